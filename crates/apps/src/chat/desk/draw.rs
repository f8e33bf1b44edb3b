//! Answers as text for a terminal. What came from others is shown without control characters, whatever it holds.

use std::collections::BTreeSet;
use std::fmt::Write;

use skein_app::{day, moment};

use super::answer::{Answer, ChannelInfo, Message};

/// The shortest id that is shown.
const MIN_ID: usize = 8;

/// Draws an answer.
pub fn text(answer: &Answer) -> String {
    match answer {
        Answer::Page { channel, thread, messages, more, .. } => page(channel, thread.is_some(), messages, *more),
        Answer::Channels { channels } => channel_list(channels),
        Answer::Message { message } => one(message),
        Answer::Mentions { messages } if messages.is_empty() => "Nobody has called you by name.\n".into(),
        Answer::Mentions { messages } => lines(messages, true),
    }
}

fn page(channel: &ChannelInfo, thread: bool, messages: &[Message], more: bool) -> String {
    let mut out = format!("#{}", plain(&channel.name));
    if channel.archived {
        out.push_str(" (archived)");
    }
    if !channel.topic.is_empty() {
        let _ = write!(out, "  {}", plain(&channel.topic)); // writing to a String cannot fail
    }
    out.push('\n');
    match (messages.is_empty(), thread) {
        (true, true) => out.push_str("Nothing more in this thread.\n"),
        (true, false) => out.push_str("Nothing to show here.\n"),
        (false, _) => out.push_str(&lines(messages, false)),
    }
    if more {
        out.push_str("There is more: see --before, --after and --limit.\n");
    }
    out
}

fn channel_list(channels: &[ChannelInfo]) -> String {
    let width = channels.iter().map(|channel| plain(&channel.name).chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for channel in channels {
        let name = plain(&channel.name);
        let same = channels.iter().filter(|other| other.name == channel.name).count() > 1;
        let mut notes = Vec::new();
        match channel.unread {
            0 => {}
            unread @ 1000.. => notes.push(format!("{unread}+ unread")),
            unread => notes.push(format!("{unread} unread")),
        }
        if channel.mentions > 0 {
            notes.push(format!("{} for you", channel.mentions));
        }
        notes.push(match channel.last_ms {
            Some(last) => format!("last {}", moment(last)),
            None => "nothing said yet".into(),
        });
        notes.extend(channel.archived.then(|| "archived".to_string()));
        notes.extend(same.then(|| channel.id.short()));
        notes.extend((!channel.topic.is_empty()).then(|| plain(&channel.topic)));
        let _ = writeln!(out, "#{name:width$}  {}", notes.join(", "));
    }
    out
}

fn one(message: &Message) -> String {
    let mut out = lines(std::slice::from_ref(message), true);
    let _ = writeln!(out, "id: {}", message.id);
    if message.edits > 0 {
        let _ = match message.edits {
            1 => writeln!(out, "edited once"),
            edits => writeln!(out, "edited {edits} times"),
        };
    }
    for reaction in &message.reactions {
        let names: Vec<String> = reaction.by.iter().map(|person| plain(&person.name)).collect();
        let _ = writeln!(out, "{} by {}", plain(&reaction.word), names.join(", "));
    }
    out
}

/// Messages, with a line for each new day; `channels` says in which channel each is.
fn lines(messages: &[Message], channels: bool) -> String {
    let width = id_width(messages);
    let mut out = String::new();
    let mut before = String::new();
    for message in messages {
        let today = day(message.at_ms);
        if today != before {
            let _ = writeln!(out, "-- {today} --");
            before = today;
        }
        draw(message, width, channels, &mut out);
    }
    out
}

/// How many characters of an id tell these messages apart.
fn id_width(messages: &[Message]) -> usize {
    let ids: BTreeSet<String> = messages.iter().map(|message| message.id.to_string()).collect();
    let apart = |width: &usize| ids.iter().map(|id| &id[..*width]).collect::<BTreeSet<_>>().len() == ids.len();
    (MIN_ID..52).find(apart).unwrap_or(52)
}

fn draw(message: &Message, width: usize, channels: bool, out: &mut String) {
    let id = message.id.to_string();
    let indent = " ".repeat(width + 7);
    let place = if channels { format!("#{} ", plain(&message.channel_name)) } else { String::new() };
    let head = format!("{} {} {place}{}:", &id[..width], time(message.at_ms), plain(&message.author.name));
    match &message.text {
        None => {
            let _ = writeln!(out, "{head} (deleted)");
        }
        Some(text) => {
            let mut lines = text.lines();
            let edited = if message.edits > 0 { " (edited)" } else { "" };
            let first = plain(lines.next().unwrap_or_default());
            let rest: Vec<String> = lines.map(|line| format!("\n{indent}{}", plain(line))).collect();
            let _ = writeln!(out, "{head} {first}{}{edited}", rest.concat());
        }
    }
    if let Some(quote) = &message.reply {
        let author = quote.author.as_ref().map_or("somebody".into(), |author| plain(&author.name));
        let text = quote.text.as_ref().map_or("(not here)".into(), |text| plain(text));
        let _ = writeln!(out, "{indent}in answer to {author}: {text}");
    }
    let mut notes: Vec<String> = Vec::new();
    notes.extend(message.pinned.then(|| "pinned".to_string()));
    notes.extend(message.reactions.iter().map(|reaction| format!("{} {}", plain(&reaction.word), reaction.by.len())));
    match (message.replies.count, message.replies.last_ms) {
        (0, _) | (_, None) => {}
        (1, Some(last)) => notes.push(format!("1 in its thread, {}", time(last))),
        (count, Some(last)) => notes.push(format!("{count} in its thread, last {}", time(last))),
    }
    if !notes.is_empty() {
        let _ = writeln!(out, "{indent}{}", notes.join("  "));
    }
}

/// "09:05", of milliseconds since 1970.
fn time(ms: u64) -> String {
    moment(ms).rsplit(' ').next().unwrap_or_default().into()
}

/// The text without control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}
