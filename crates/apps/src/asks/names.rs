//! What members are called now, each looked up once.

use std::collections::BTreeMap;

use skein_app::{Fault, View};
use skein_event::MemberId;

/// Names of members.
pub(super) struct Names<'a> {
    view: &'a View<'a>,
    known: BTreeMap<MemberId, String>,
}

impl<'a> Names<'a> {
    /// None is known yet.
    pub fn new(view: &'a View<'a>) -> Self {
        Self { view, known: BTreeMap::new() }
    }

    /// What a member is called; the beginning of their id if they have no name here.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn of(&mut self, member: &MemberId) -> Result<String, Fault> {
        if let Some(known) = self.known.get(member) {
            return Ok(known.clone());
        }
        let sql = "SELECT name FROM people_member WHERE member = ?1";
        let name: Option<String> = self.view.first(sql, [member.as_bytes()], |row| row.get(0))?;
        let name = name.unwrap_or_else(|| member.short());
        self.known.insert(*member, name.clone());
        Ok(name)
    }
}
