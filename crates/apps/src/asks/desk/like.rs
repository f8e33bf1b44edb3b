//! What looks like the same matter: the same words nearby, not long ago. Shown before somebody posts it a second time.

use std::collections::BTreeSet;

use skein_app::{Fault, Me, ObjectRow, View};

use crate::asks::ask::Ask;
use crate::asks::event::AskKind;
use crate::asks::patterns::square_m;
use crate::asks::row::name;
use crate::asks::state::Standing;

/// The most that are shown.
const MAX_SHOWN: usize = 5;
/// The most that are looked at, the newest.
const MAX_LOOKED_AT: i64 = 2_000;
/// Nearer than this counts as the same place: 300 metres.
const NEAR_M: f64 = 300.0;
/// The most of those that are looked at whole, the likeliest: what is over in fact may still stand as open in its row.
const MAX_OPENED: usize = 50;
/// The least likeness that is worth a look: the same topic nearby is, nearness alone is not.
const LIKELY: f64 = 0.38;
/// What a word of three letters counts beside a longer one: most are "the", "und", "les".
const SHORT: f64 = 0.2;

/// The open asks of this kind that are the likeliest to be the same matter, the likeliest first.
///
/// # Errors
/// Only if the store fails.
pub fn like(
    me: &Me,
    kind: AskKind,
    title: &str,
    topic: Option<&str>,
    point: Option<(i32, i32)>,
    view: &View<'_>,
) -> Result<Vec<Ask>, Fault> {
    let sql = "SELECT object, title, topic, north, east FROM asks_ask
               WHERE kind = ?1 AND ended IS NULL ORDER BY changed DESC, id LIMIT ?2";
    let rows = view.all(sql, (name(kind), MAX_LOOKED_AT), |row| {
        let there = row.get::<_, Option<i32>>(3)?.zip(row.get::<_, Option<i32>>(4)?);
        Ok((row.get::<_, ObjectRow>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, there))
    })?;
    let (own, topic) = (terms(title), topic.map(crate::asks::fits::topic).filter(|topic| !topic.is_empty()));
    let mut likely: Vec<(f64, ObjectRow)> = Vec::new();
    for (row, title, about, there) in rows {
        let near = match point.zip(there).map(|(a, b)| square_m(a, b) <= NEAR_M * NEAR_M) {
            None => 0.0,
            Some(true) => 0.3,
            Some(false) => -0.5,
        };
        let likeness = shared(&own, &terms(&title)) + near + if topic.as_ref() == Some(&about) { 0.1 } else { 0.0 };
        if likeness >= LIKELY {
            likely.push((likeness, row));
        }
    }
    // The sort keeps the newest change first among those that are as like.
    likely.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found = Vec::new();
    for (_, row) in likely.into_iter().take(MAX_OPENED) {
        found.extend(Ask::one(row, view)?.filter(|ask| Standing::of(ask, me.now_ms).is_open()));
        if found.len() == MAX_SHOWN {
            break;
        }
    }
    Ok(found)
}

/// Words of three letters and more, cut to their first six: so that endings do not count.
fn terms(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 3);
    words.map(|word| word.to_lowercase().chars().take(6).collect()).collect()
}

/// The share of all words that both have, from 0 to 1. "Lamp" and "lamps" are one word.
fn shared(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let weight = |word: &String| if word.chars().count() > 3 { 1.0 } else { SHORT };
    let begins = |long: &str, short: &str| short.chars().count() > 3 && long.starts_with(short);
    let same = |word: &String, other: &String| word == other || begins(word, other) || begins(other, word);
    let both: f64 = a.iter().filter(|word| b.iter().any(|other| same(word, other))).map(weight).sum();
    let all = a.iter().chain(b).map(weight).sum::<f64>() - both;
    if all > 0.0 { (both / all).min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_share_words_whatever_their_endings_and_little_words_count_little() {
        let share = |a: &str, b: &str| shared(&terms(a), &terms(b));
        assert_eq!(share("Lamps broken", "broken LAMP!"), 1.0);
        assert_eq!(share("", ""), 0.0);
        assert_eq!(share("water", "fire"), 0.0);
        assert!(
            share("dog in the garden", "water in the street") < LIKELY - 0.3,
            "nearness and \"the\" are no likeness"
        );
        assert!((share("water in the street", "water in the cellar") - 1.2 / 3.2).abs() < 1e-9);
        assert!(share("water waters", "water") <= 1.0);
    }
}
