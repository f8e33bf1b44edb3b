//! What a person has not read: messages of others that are newer than the read mark, and newer than this person's coming
//! in. Every count is bounded, however long a channel grows: the newest are looked at first, and so many at most.

use std::collections::BTreeMap;

use skein_app::{Fault, Me, ObjectRow, Unread, View};
use skein_event::{EventId, MemberId, ObjectId};

use super::channel::Channel;

/// Counting ends here.
pub const MAX_COUNT: u32 = 1_000;
/// How many messages of a channel are looked at: own and deleted ones do not count, but take time.
const MAX_LOOKED: i64 = 4_000;

/// The messages of a channel (`?1`) after a tick (`?2`) that are not of this member (`?3`); looks at `?4`, counts to `?5`.
pub(in crate::chat) const UNREAD: &str = "SELECT count(*) FROM (SELECT 1 FROM
       (SELECT member, text FROM chat_message WHERE object = ?1 AND tick > ?2 ORDER BY tick DESC LIMIT ?4)
     WHERE text IS NOT NULL AND member <> ?3 LIMIT ?5)";
/// The channels and ticks of what calls this member (`?1`) by name after a tick (`?2`); looks at `?3`.
pub(in crate::chat) const CALLS: &str = "SELECT newest.object, newest.tick FROM
       (SELECT object, event, tick FROM chat_mention WHERE member = ?1 AND tick > ?2 ORDER BY tick DESC LIMIT ?3) newest
     CROSS JOIN chat_message m ON m.event = newest.event WHERE m.member <> ?1";

/// Under what id it is kept until when a thread was read: that of its first message. No object has it: it is another hash.
pub fn place_of(root: &EventId) -> ObjectId {
    ObjectId::from_bytes(*root.as_bytes())
}

/// What one person has not read.
pub struct Reading<'a> {
    me: MemberId,
    /// When this person came in: what was said before was said to others.
    since: i64,
    /// When they were called by name, in each channel.
    calls: BTreeMap<ObjectRow, Vec<i64>>,
    view: &'a View<'a>,
}

impl<'a> Reading<'a> {
    /// Of this person.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn of(me: &Me, view: &'a View<'a>) -> Result<Self, Fault> {
        let member = me.member.as_bytes();
        let sql = "SELECT min(tick) FROM people_device WHERE member = ?1";
        let since: Option<i64> = view.first(sql, [member], |row| row.get(0))?.flatten();
        let since = since.unwrap_or(0);
        let mut calls: BTreeMap<ObjectRow, Vec<i64>> = BTreeMap::new();
        for (object, tick) in view.all(CALLS, (member, since, MAX_LOOKED), |row| Ok((row.get(0)?, row.get(1)?)))? {
            calls.entry(object).or_default().push(tick);
        }
        Ok(Self { me: me.member, since, calls, view })
    }

    /// Until when a channel was read, as a tick.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn until(&self, channel: &Channel) -> Result<i64, Fault> {
        Ok(self.mark(&channel.id)?.unwrap_or(0).max(self.since))
    }

    /// Until when a thread was read, as a tick: by itself, or with its channel if it was never opened.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn until_in(&self, channel: &Channel, root: &EventId) -> Result<i64, Fault> {
        match self.mark(&place_of(root))? {
            Some(tick) => Ok(tick.max(self.since)),
            None => self.until(channel),
        }
    }

    fn mark(&self, object: &ObjectId) -> Result<Option<i64>, Fault> {
        self.view.first("SELECT tick FROM mark WHERE object = ?1", [object.as_bytes()], |row| row.get(0))
    }

    /// Of a channel; counts to [`MAX_COUNT`].
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn in_channel(&self, channel: &Channel) -> Result<Unread, Fault> {
        let Some(object) = channel.row else { return Ok(Unread::default()) };
        let read = self.until(channel)?;
        let of = (object, read, self.me.as_bytes(), MAX_LOOKED, MAX_COUNT);
        let items = self.view.first(UNREAD, of, |row| row.get(0))?.unwrap_or(0);
        let calls = self.calls.get(&object).map_or(0, |ticks| ticks.iter().filter(|tick| **tick > read).count());
        Ok(Unread { items, mentions: u32::try_from(calls).unwrap_or(u32::MAX).min(MAX_COUNT) })
    }
}

/// Of all channels that are not put away; counts to [`MAX_COUNT`].
///
/// # Errors
/// Only if the store fails.
pub fn in_all(me: &Me, view: &View<'_>) -> Result<Unread, Fault> {
    let reading = Reading::of(me, view)?;
    let mut all = Unread::default();
    for channel in Channel::all(view)?.iter().filter(|channel| !channel.archived) {
        let unread = reading.in_channel(channel)?;
        all.items = all.items.saturating_add(unread.items).min(MAX_COUNT);
        all.mentions = all.mentions.saturating_add(unread.mentions).min(MAX_COUNT);
        if all.items == MAX_COUNT && all.mentions == MAX_COUNT {
            break;
        }
    }
    Ok(all)
}
