//! One ask's rows, as the rules need them: looked up one by one, since an ask may have thousands of promises.

use clap::ValueEnum;
use skein_app::{Fault, ObjectRow, View};
use skein_event::{EventId, MemberId};

use super::event::{AskKind, Ending, News};

/// A promise's step that says that it was delivered.
pub(super) const DELIVERED: i64 = 0;
/// A step that confirms it.
pub(super) const CONFIRMED: i64 = 1;
/// A step that says that it was not there, or is to be done again.
pub(super) const RETURNED: i64 = 2;

/// What every rule asks of an ask.
pub(super) struct Head {
    pub kind: AskKind,
    pub poster: MemberId,
    pub until_ms: Option<u64>,
    pub ended: Option<Ending>,
    /// Whether it is said to be the same matter as another ask.
    pub joined: bool,
    pub promises: u64,
}

/// A promise, as the rules see it.
pub(super) struct Promise {
    pub part: u16,
    pub member: MemberId,
    pub chosen: Option<bool>,
    pub released: bool,
    pub handed: Option<MemberId>,
}

impl Head {
    /// Who gives what was promised.
    pub fn giver(&self, promise: &Promise) -> MemberId {
        self.kind.giver(self.poster, promise.member)
    }

    /// Who gets it.
    pub fn receiver(&self, promise: &Promise) -> MemberId {
        self.kind.receiver(self.poster, promise.member)
    }
}

/// The word for it in rows, as on the command line.
pub(super) fn name<T: ValueEnum>(value: T) -> String {
    value.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
}

/// What a word in a row stands for.
pub(super) fn named<T: ValueEnum>(name: &str) -> Option<T> {
    T::from_str(name, false).ok()
}

/// The ask that the view is bound to, if it was posted.
pub(super) fn head(view: &View<'_>) -> Result<Option<Head>, Fault> {
    let sql = "SELECT kind, member, until, ended, promises, joined IS NOT NULL FROM asks_ask WHERE object = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let (kind, ended): (String, Option<String>) = (row.get(0)?, row.get(3)?);
        Ok(Head {
            kind: named(&kind).unwrap_or(AskKind::Need),
            poster: MemberId::from_bytes(row.get(1)?),
            until_ms: row.get::<_, Option<i64>>(2)?.map(|ms| ms as u64),
            ended: ended.and_then(|ended| named(&ended)),
            promises: row.get::<_, i64>(4)? as u64,
            joined: row.get(5)?,
        })
    };
    view.first(sql, [view.object()], read)
}

pub(super) fn promise(id: &EventId, view: &View<'_>) -> Result<Option<Promise>, Fault> {
    let sql =
        "SELECT part, member, chosen, released IS NOT NULL, handed FROM asks_promise WHERE object = ?1 AND id = ?2";
    view.first(sql, (view.object(), id.as_bytes()), |row| {
        Ok(Promise {
            part: row.get(0)?,
            member: MemberId::from_bytes(row.get(1)?),
            chosen: row.get(2)?,
            released: row.get(3)?,
            handed: row.get::<_, Option<[u8; 32]>>(4)?.map(MemberId::from_bytes),
        })
    })
}

fn any(sql: &str, params: impl rusqlite::Params, view: &View<'_>) -> Result<bool, Fault> {
    Ok(view.first(sql, params, |_| Ok(()))?.is_some())
}

pub(super) fn has_part(part: u16, view: &View<'_>) -> Result<bool, Fault> {
    any("SELECT 1 FROM asks_part WHERE object = ?1 AND part = ?2", (view.object(), part), view)
}

/// Whether a promise was confirmed: one milestone of it, or any.
pub(super) fn confirmed(promise: &EventId, part: Option<u16>, view: &View<'_>) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM asks_step s JOIN asks_ask a ON a.object = s.object
               WHERE s.object = ?1 AND s.promise = ?2 AND (?3 IS NULL OR s.part = ?3) AND s.kind = ?4 AND s.tick > a.again";
    any(sql, (view.object(), promise.as_bytes(), part, CONFIRMED), view)
}

/// Whether every milestone of a bid was confirmed.
pub(super) fn all_confirmed(promise: &EventId, view: &View<'_>) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM asks_part p WHERE p.object = ?1 AND NOT EXISTS
                 (SELECT 1 FROM asks_step s WHERE s.object = ?1 AND s.promise = ?2 AND s.part = p.part AND s.kind = ?3)";
    Ok(!any(sql, (view.object(), promise.as_bytes(), CONFIRMED), view)?)
}

/// Whether anything was said to be done since it was last opened.
pub(super) fn any_step(view: &View<'_>) -> Result<bool, Fault> {
    let sql =
        "SELECT 1 FROM asks_step s JOIN asks_ask a ON a.object = s.object WHERE s.object = ?1 AND s.tick > a.again";
    any(sql, [view.object()], view)
}

/// Whether news of this kind were told since it was last opened.
pub(super) fn told(object: ObjectRow, kind: News, view: &View<'_>) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM asks_news n JOIN asks_ask a ON a.object = n.object
               WHERE n.object = ?1 AND n.kind = ?2 AND n.tick > a.again LIMIT 1";
    any(sql, (object, name(kind)), view)
}

pub(super) fn leads(member: &MemberId, view: &View<'_>) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM asks_lead WHERE object = ?1 AND member = ?2 AND offered_by IS NULL";
    any(sql, (view.object(), member.as_bytes()), view)
}

pub(super) fn lead_offered(member: &MemberId, view: &View<'_>) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM asks_lead WHERE object = ?1 AND member = ?2 AND offered_by IS NOT NULL";
    any(sql, (view.object(), member.as_bytes()), view)
}

pub(super) fn lead_count(view: &View<'_>) -> Result<usize, Fault> {
    let sql = "SELECT count(*) FROM asks_lead WHERE object = ?1 AND offered_by IS NULL";
    Ok(view.first(sql, [view.object()], |row| row.get::<_, i64>(0))?.unwrap_or(0) as usize)
}

pub(super) fn took_part(member: &MemberId, view: &View<'_>) -> Result<bool, Fault> {
    any("SELECT 1 FROM asks_promise WHERE object = ?1 AND member = ?2", (view.object(), member.as_bytes()), view)
}
