//! Commands become events.

use skein_app::{Act, Draft, Fault, Job, Kind, Me, Refusal, View};
use skein_event::{EventId, Tick};

use super::ask::in_channel;
use super::channel::{Channel, proper_name};
use super::command::{ChannelCommand, Command};
use super::message::{self, Kept};
use super::names::mentioned;
use super::unread;
use crate::chat::event::{
    Deleted, Event, MAX_TEXT_BYTES, MAX_TOPIC_CHARS, MAX_VERSIONS, MAX_WORD_BYTES, Said, channel_id,
};
use crate::chat::rules::{EDITS, is_text, is_topic, is_word};

/// Turns what a person asked into an event, or into a job for this device.
///
/// # Errors
/// Why not, in people's words.
pub fn decide(me: &Me, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    match command {
        Command::Say { channel, text, thread, reply } => say(me, &channel, &text, thread, reply, view),
        Command::Edit { message, text } => edit(me, &message, &text, view),
        Command::Delete { message } => delete(me, &message, view),
        Command::React { message, emoji, remove } => react(me, &message, emoji.trim(), !remove, view),
        Command::Pin { message, remove } => {
            let kept = living(&message, view)?;
            about(&kept, Event::Pinned { message: kept.id, present: !remove }, view)
        }
        Command::Channel(command) => of_channel(me, command, view),
        Command::MarkRead { channel, thread } => {
            let channel = Channel::find(&channel, me, view)?;
            if let Some(root) = in_channel(thread, &channel, view)? {
                let sql = "SELECT max(tick) FROM chat_message WHERE thread = ?1 AND object = ?2";
                let last: Option<i64> = view.first(sql, (root.id.as_bytes(), root.object), |row| row.get(0))?.flatten();
                let tick = Tick::from_raw(last.unwrap_or(0) as u64).max(root.tick);
                return Ok(Act::Do(Job::Mark { object: unread::place_of(&root.id), tick }));
            }
            let sql = "SELECT max(tick) FROM chat_message WHERE object = ?1";
            let last: Option<i64> = view.first(sql, [channel.row.unwrap_or(0)], |row| row.get(0))?.flatten();
            let tick = Tick::from_raw(last.unwrap_or(0) as u64);
            Ok(Act::Do(Job::Mark { object: channel.id, tick }))
        }
    }
}

fn say(
    me: &Me,
    channel: &str,
    text: &[String],
    thread: Option<String>,
    reply: Option<String>,
    view: &View<'_>,
) -> Result<Act<Event>, Refusal> {
    let text = proper_text(text)?;
    let channel = match Channel::look_up(channel, me, view)? {
        Some(channel) => channel,
        None => Channel::unopened(me, proper_name(channel)?),
    };
    if channel.archived {
        return Err(Refusal::new(Kind::Denied, format!("#{} is archived: nothing more is said in it", channel.name))
            .hint(format!("`skein chat channel archive \"{}\" --undo` takes it out again.", channel.name)));
    }
    let here = |typed: String| {
        let kept = living(&typed, view)?;
        if Some(kept.object) == channel.row {
            return Ok(kept);
        }
        Err(Refusal::new(Kind::Usage, format!("the message \"{typed}\" is not in #{}", channel.name))
            .hint(format!("`skein chat show {typed}` says where it is.")))
    };
    let root = thread.map(here).transpose()?;
    let answered = reply.map(here).transpose()?;
    let said_first = channel.first_name.is_none().then_some(channel.name);
    let said = Said {
        mentions: mentioned(&text, view)?,
        text,
        // A thread has no threads of its own; and an answer stays in the thread of what it answers.
        thread: root.map(|root| root.thread.unwrap_or(root.id)).or(answered.as_ref().and_then(|kept| kept.thread)),
        reply: answered.map(|kept| kept.id),
        channel: said_first.filter(|name| channel_id(&me.community, name) == channel.id),
    };
    Ok(Act::Say(Draft { object: channel.id, event: Event::Said(said) }))
}

fn proper_text(words: &[String]) -> Result<String, Refusal> {
    let text = words.join(" ").replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_end().trim_start_matches(['\n', ' ']).to_string();
    if text.len() > MAX_TEXT_BYTES {
        let message = format!("this is {} bytes long; a message has at most {MAX_TEXT_BYTES}", text.len());
        return Err(Refusal::new(Kind::Limit, message).hint("Share it as a file: `skein files add PATH`."));
    }
    if !is_text(&text) {
        return Err(Refusal::new(Kind::Usage, "this message is empty or holds characters that cannot be shown")
            .hint("Write some text; line ends and tabs are fine."));
    }
    Ok(text)
}

/// A message that is not deleted.
fn living(typed: &str, view: &View<'_>) -> Result<Kept, Refusal> {
    let kept = message::find(typed, view)?;
    if kept.text.is_some() {
        return Ok(kept);
    }
    Err(Refusal::new(Kind::Conflict, "this message was deleted").hint("Nothing more can be done with it."))
}

fn own(me: &Me, typed: &str, what: &str, view: &View<'_>) -> Result<Kept, Refusal> {
    let kept = living(typed, view)?;
    if kept.member == me.member {
        return Ok(kept);
    }
    Err(Refusal::new(Kind::Denied, format!("this message is somebody else's: only its author can {what} it"))
        .hint(format!("You can answer it: `skein chat say CHANNEL TEXT --reply {typed}`.")))
}

fn about(kept: &Kept, event: Event, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    Ok(Act::Say(Draft { object: view.ids().object_id(kept.object)?, event }))
}

fn edit(me: &Me, typed: &str, text: &[String], view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let kept = own(me, typed, "edit", view)?;
    let text = proper_text(text)?;
    if versions(&kept, view)?.len() >= MAX_VERSIONS {
        return Err(Refusal::new(
            Kind::Limit,
            format!("this message was edited {MAX_VERSIONS} times, and that is the limit"),
        )
        .hint("Delete it and say it anew."));
    }
    let mentions = mentioned(&text, view)?;
    about(&kept, Event::Edited { message: kept.id, text, mentions }, view)
}

/// The edits of a message, the newest first.
fn versions(kept: &Kept, view: &View<'_>) -> Result<Vec<EventId>, Fault> {
    let sql = "SELECT event FROM chat_version WHERE target = ?1 AND object = ?2 AND member = ?3 AND kind = ?4
               ORDER BY tick DESC, prefix DESC LIMIT ?5";
    let of = (kept.id.as_bytes(), kept.object, kept.member.as_bytes(), EDITS, MAX_VERSIONS as i64);
    let rows: Vec<i64> = view.all(sql, of, |row| row.get(0))?;
    rows.into_iter().map(|row| view.ids().event_id(row)).collect()
}

fn delete(me: &Me, typed: &str, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let kept = own(me, typed, "delete", view)?;
    let channel = Channel::load(kept.object, view)?;
    let deleted = Deleted {
        message: kept.id,
        versions: versions(&kept, view)?,
        at: kept.tick,
        thread: kept.thread,
        channel: channel.first_name,
    };
    about(&kept, Event::Deleted(deleted), view)
}

fn react(me: &Me, typed: &str, word: &str, present: bool, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let kept = living(typed, view)?;
    if !is_word(word) {
        let message = format!("\"{}\" cannot be a reaction", word.escape_debug());
        return Err(Refusal::new(Kind::Usage, message)
            .hint(format!("A reaction is one emoji or short word of at most {MAX_WORD_BYTES} bytes.")));
    }
    let sql = "SELECT present FROM chat_reaction WHERE target = ?1 AND object = ?2 AND member = ?3 AND word = ?4
               ORDER BY tick DESC, prefix DESC LIMIT 1";
    let of = (kept.id.as_bytes(), kept.object, me.member.as_bytes(), word);
    let there = view.first(sql, of, |row| row.get(0))?.unwrap_or(false);
    if there == present {
        let message = if present { "you have reacted so already" } else { "you have not reacted so" };
        return Err(
            Refusal::new(Kind::Conflict, message).hint(format!("`skein chat show {typed}` says who reacted how."))
        );
    }
    about(&kept, Event::Reacted { message: kept.id, word: word.into(), present }, view)
}

fn of_channel(me: &Me, command: ChannelCommand, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let (typed, event) = match command {
        ChannelCommand::New { name, topic } => return open(me, &name, topic, view),
        ChannelCommand::Rename { channel, name } => {
            let name = proper_name(&name)?;
            let channel_now = Channel::find(&channel, me, view)?;
            let taken = Channel::look_up(&name, me, view)?.filter(|other| other.id != channel_now.id);
            if taken.is_some() {
                return Err(Refusal::new(Kind::Conflict, format!("there is a channel called \"{name}\" already"))
                    .hint("Choose another name."));
            }
            (channel, Event::Renamed { name })
        }
        ChannelCommand::Topic { channel, topic } => {
            (channel, Event::Described { topic: proper_topic(&topic.join(" "))? })
        }
        ChannelCommand::Archive { channel, undo } => (channel, Event::Archived { archived: !undo }),
    };
    let channel = Channel::find(&typed, me, view)?;
    if channel.row.is_none() {
        return Err(Refusal::new(Kind::Conflict, format!("nothing has been said in #{} yet", channel.name))
            .hint(format!("Open it first: `skein chat channel new {}`.", channel.name)));
    }
    Ok(Act::Say(Draft { object: channel.id, event }))
}

fn open(me: &Me, name: &str, topic: Option<String>, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let name = proper_name(name)?;
    if Channel::look_up(&name, me, view)?.is_some_and(|channel| channel.name == name || channel.first_name.is_some()) {
        return Err(Refusal::new(
            Kind::Conflict,
            format!("there is a channel called \"{name}\" already, or there was"),
        )
        .hint(format!("Say something in it: `skein chat say \"{name}\" TEXT`.")));
    }
    let channel = Channel::unopened(me, name);
    let event = Event::Opened { name: channel.name, topic: proper_topic(&topic.unwrap_or_default())? };
    Ok(Act::Say(Draft { object: channel.id, event }))
}

fn proper_topic(topic: &str) -> Result<String, Refusal> {
    let topic = topic.trim();
    if is_topic(topic) {
        return Ok(topic.into());
    }
    Err(Refusal::new(Kind::Limit, "this topic is too long, or holds characters that cannot be shown")
        .hint(format!("A topic is one line of at most {MAX_TOPIC_CHARS} characters.")))
}
