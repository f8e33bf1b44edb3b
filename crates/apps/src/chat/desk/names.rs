//! Names: whose they are, and who is called by them in a text.

use std::collections::BTreeMap;

use skein_app::{Fault, View};
use skein_event::MemberId;

use super::answer::Person;
use crate::chat::event::MAX_MENTIONS;

/// The most members among whom a called name is looked for.
const MAX_MEMBERS: i64 = 10_000;

/// The names of members, looked up once each.
#[derive(Default)]
pub struct Names(BTreeMap<MemberId, String>);

impl Names {
    /// A member and their name.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn person(&mut self, member: MemberId, view: &View<'_>) -> Result<Person, Fault> {
        if let Some(name) = self.0.get(&member) {
            return Ok(Person { member, name: name.clone() });
        }
        let sql = "SELECT name FROM people_member WHERE member = ?1";
        let name: Option<String> = view.first(sql, [member.as_bytes()], |row| row.get(0))?;
        let name = name.unwrap_or_else(|| member.short());
        self.0.insert(member, name.clone());
        Ok(Person { member, name })
    }
}

/// Whom a text calls by `@name`: upper and lower case are the same, the longest name that fits counts, and of several
/// members with one name all are meant.
///
/// # Errors
/// Only if the store fails.
pub fn mentioned(text: &str, view: &View<'_>) -> Result<Vec<MemberId>, Fault> {
    if !text.contains('@') {
        return Ok(Vec::new());
    }
    let members = view.all("SELECT name, member FROM people_member LIMIT ?1", [MAX_MEMBERS], |row| {
        Ok((row.get::<_, String>(0)?.to_lowercase(), row.get(1).map(MemberId::from_bytes)?))
    })?;
    Ok(called(&text.to_lowercase(), &members))
}

fn called(text: &str, members: &[(String, MemberId)]) -> Vec<MemberId> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let in_word = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let rest = &text[at + 1..];
        let fits = |name: &str| {
            let after = rest.strip_prefix(name).map(|after| after.chars().next());
            !name.is_empty() && after.is_some_and(|next| !next.is_some_and(char::is_alphanumeric))
        };
        let longest = members.iter().filter(|(name, _)| fits(name)).map(|(name, _)| name).max_by_key(|name| name.len());
        let (Some(name), false) = (longest, in_word) else { continue };
        for (_, member) in members.iter().filter(|(other, _)| other == name) {
            if !found.contains(member) && found.len() < MAX_MENTIONS {
                found.push(*member);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_is_called_and_addresses_are_not() {
        let id = |n: u8| MemberId::from_bytes([n; 32]);
        let members =
            [("ana".to_string(), id(1)), ("ana maria".into(), id(2)), ("ben".into(), id(3)), ("ben".into(), id(4))];
        assert_eq!(called("@ana, hello", &members), [id(1)]);
        assert_eq!(called("hello @ana maria!", &members), [id(2)]);
        assert_eq!(called("@ben @ana @ben", &members), [id(3), id(4), id(1)]);
        for nobody in ["mail@ana", "@anabel", "@", "ana", "@ ana"] {
            assert_eq!(called(nobody, &members), [], "{nobody}");
        }
    }
}
