//! What looks like the same matter: the same words nearby, not long ago. Shown before somebody posts it a second time.

use std::collections::BTreeSet;

use skein_app::{Fault, Me, View};

use crate::asks::ask::Ask;
use crate::asks::event::AskKind;
use crate::asks::row::name;
use crate::asks::state::Standing;

/// The most that are shown.
const MAX_SHOWN: usize = 5;
/// The most that are looked at, the newest.
const MAX_LOOKED_AT: i64 = 2_000;
/// Nearer than this counts as the same place: 300 metres.
const NEAR_M: f64 = 300.0;
/// The least likeness that is worth a look.
const LIKELY: f64 = 0.34;

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
    let which = "a.kind = ?1 AND a.ended IS NULL ORDER BY a.changed DESC LIMIT ?2";
    let asks = Ask::all(which, (name(kind), MAX_LOOKED_AT), view)?;
    let own = terms(title);
    let mut found: Vec<(f64, Ask)> = Vec::new();
    for ask in asks.into_iter().filter(|ask| Standing::of(ask, me.now_ms).is_open()) {
        let same_topic = topic.is_some_and(|topic| !topic.is_empty() && topic == ask.words.topic);
        let there = ask.words.place.as_ref().and_then(|place| place.point);
        let near = point.zip(there).map(|(a, b)| distance_m(a, b) <= NEAR_M);
        let words = jaccard(&own, &terms(&ask.words.title));
        let likeness =
            words + if same_topic { 0.1 } else { 0.0 } + near.map_or(0.0, |near| if near { 0.3 } else { -0.5 });
        if likeness >= LIKELY {
            found.push((likeness, ask));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.tick.cmp(&a.1.tick)));
    Ok(found.into_iter().take(MAX_SHOWN).map(|(_, ask)| ask).collect())
}

/// Words of three letters and more, cut to their first six: so that endings do not count.
fn terms(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 3);
    words.map(|word| word.to_lowercase().chars().take(6).collect()).collect()
}

/// The share of all words that both have.
fn jaccard(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let both = a.intersection(b).count();
    let all = a.len() + b.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

/// Metres between two places near one another, on a sphere that is flat there.
pub(in crate::asks) fn distance_m(a: (i32, i32), b: (i32, i32)) -> f64 {
    let metres_a_degree = 111_195.0;
    let north = f64::from(a.0 - b.0) / 1_000.0 * metres_a_degree;
    let middle = f64::from(a.0 + b.0) / 2_000.0;
    let mut east = f64::from(a.1 - b.1) / 1_000.0;
    if east.abs() > 180.0 {
        east = 360.0 - east.abs();
    }
    let east = east * metres_a_degree * middle.to_radians().cos();
    north.hypot(east)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_right() {
        assert!((distance_m((52_520, 13_405), (52_521, 13_405)) - 111.2).abs() < 0.1);
        assert!((distance_m((60_000, 10_000), (60_000, 10_010)) - 556.0).abs() < 1.0);
        assert!(distance_m((0, 179_999), (0, -179_999)) < 300.0, "across the date line");
    }
}
