//! A page for each channel, for people who read a community without this program: every message with its day, its name
//! and its thread.

use skein_app::{Fault, Me, Pages, View, day, moment, plain, quoted};
use skein_event::EventId;

use super::answer::Message;
use super::channel::Channel;
use super::join::Joiner;
use super::message::{self, COLUMNS, Kept};

/// How many messages are read at once.
const BATCH: i64 = 500;

/// Writes all channels.
///
/// # Errors
/// Only if the store fails.
pub fn export(me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
    for channel in Channel::all(view)? {
        Writer { page: format!("chat/{}", channel.name), day: String::new(), me, view, pages: &mut *pages }
            .channel(&channel)?;
    }
    Ok(())
}

struct Writer<'a> {
    page: String,
    /// The day of the last message that was written.
    day: String,
    me: &'a Me,
    view: &'a View<'a>,
    pages: &'a mut dyn Pages,
}

impl Writer<'_> {
    fn write(&mut self, text: &str) {
        self.pages.write(&self.page, text);
    }

    fn channel(&mut self, channel: &Channel) -> Result<(), Fault> {
        self.write(&format!("# {}\n\n", plain(&channel.name)));
        if !channel.topic.is_empty() {
            self.write(&format!("About: {}\n\n", plain(&channel.topic)));
        }
        if channel.archived {
            self.write("This channel is archived.\n\n");
        }
        self.write("All times are UTC.\n");
        let Some(object) = channel.row else { return Ok(()) };
        let (me, view) = (self.me, self.view);
        let mut joiner = Joiner::new(me, view);
        each(object, None, view, &mut |kept| {
            let message = joiner.message(kept)?;
            let today = day(message.at_ms);
            if today != self.day {
                self.write(&format!("\n## {today}\n"));
                self.day = today;
            }
            self.message(&message, 1);
            each(object, Some(kept.id), view, &mut |reply| {
                let reply = joiner.message(reply)?;
                self.message(&reply, 2);
                Ok(())
            })
        })
    }

    fn message(&mut self, message: &Message, depth: usize) {
        let margin = "> ".repeat(depth - 1);
        let mut head = format!("\n{margin}**{}** {}", plain(&message.author.name), moment(message.at_ms));
        if let Some(reply) = &message.reply {
            let who = reply.author.as_ref().map_or("somebody".into(), |author| plain(&author.name));
            let what = reply.text.as_ref().map_or("deleted".into(), |text| plain(text));
            head.push_str(&format!(", to {who} ({what})"));
        }
        self.write(&format!("{head}\n{}\n", margin.trim_end()));
        match &message.text {
            Some(text) => self.write(&quoted(text, depth)),
            None => self.write(&format!("{margin}*deleted*\n")),
        }
        let mut notes: Vec<String> = Vec::new();
        if message.edits > 0 && message.text.is_some() {
            notes.push("edited".into());
        }
        if message.pinned {
            notes.push("pinned".into());
        }
        for reaction in &message.reactions {
            let by: Vec<String> = reaction.by.iter().map(|person| plain(&person.name)).collect();
            notes.push(format!("{} {}", plain(&reaction.word), by.join(", ")));
        }
        if !notes.is_empty() {
            self.write(&format!("{}\n{margin}{}\n", margin.trim_end(), notes.join(" · ")));
        }
    }
}

/// Every message of a channel outside of threads, or of one thread; the oldest first.
fn each(
    object: i64,
    thread: Option<EventId>,
    view: &View<'_>,
    to: &mut dyn FnMut(&Kept) -> Result<(), Fault>,
) -> Result<(), Fault> {
    // `+` keeps an index out of it: a thread is read by the index of threads.
    let of = if thread.is_some() { "+m.object = ?1 AND m.thread = ?2" } else { "m.object = ?1 AND m.thread IS ?2" };
    let sql = format!(
        "SELECT {COLUMNS} FROM chat_message m JOIN event e ON e.row = m.event
         WHERE {of} AND m.tick >= ?3 AND (m.tick > ?3 OR e.prefix > ?4) ORDER BY m.tick, e.prefix LIMIT {BATCH}"
    );
    let thread = thread.as_ref().map(EventId::as_bytes);
    let (mut tick, mut prefix) = (0_i64, i64::MIN);
    loop {
        let rows = view.all(&sql, (object, thread, tick, prefix), message::read)?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        (tick, prefix) = (last.tick.raw() as i64, last.prefix);
        let mut messages = message::identified(rows, view)?;
        messages.sort_by_key(|kept| (kept.tick, kept.prefix));
        messages.iter().try_for_each(&mut *to)?;
    }
}
