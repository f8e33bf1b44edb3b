//! Queries.

use skein_app::{Kind, Me, Refusal, View};
use skein_event::{EventId, ObjectId, Tick};

use super::answer::Answer;
use super::channel::{Channel, GENERAL};
use super::command::Query;
use super::join::Joiner;
use super::message::{self, Kept};
use super::page::{self, MAX_LIMIT, Which};
use super::unread::Reading;

/// Answers a question.
///
/// # Errors
/// In people's words.
pub fn query(me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
    match query {
        Query::Read { channel, limit, before, after, thread, pinned, since } => {
            let channel = Channel::find(&channel, me, view)?;
            let message_of_channel = |typed: Option<String>| in_channel(typed, &channel, view);
            let which = match (since, message_of_channel(after)?, pinned) {
                (Some(since), ..) => Which::Since(since.parse().map_err(|_| not_an_event(&since))?),
                (None, Some(after), _) => Which::After(after),
                (None, None, true) => Which::Pinned,
                (None, None, false) => Which::Before(message_of_channel(before)?),
            };
            read(&channel, message_of_channel(thread)?, &which, limit, me, view)
        }
        Query::Channels { all } => channels(all, me, view),
        Query::Show { message } => {
            let message = Joiner::new(me, view).message(&message::find(&message, view)?)?;
            Ok(Answer::Message { message })
        }
        Query::Mentions { limit } => mentions(limit, me, view),
    }
}

/// The channel that a person means by a name.
///
/// # Errors
/// If several could be meant.
pub fn find(me: &Me, typed: &str, view: &View<'_>) -> Result<Option<ObjectId>, Refusal> {
    Ok(Channel::look_up(typed, me, view)?.map(|channel| channel.id))
}

/// For `--follow`: what came after the answer.
pub fn next(query: &Query, answer: &Answer) -> Option<Query> {
    match (query, answer) {
        (Query::Read { limit, thread, .. }, Answer::Page { channel, newest, .. }) => Some(Query::Read {
            channel: channel.id.to_string(),
            limit: *limit,
            before: None,
            after: None,
            thread: thread.clone(),
            pinned: false,
            since: Some(newest.to_string()),
        }),
        _ => None,
    }
}

fn not_an_event(since: &str) -> Refusal {
    Refusal::new(Kind::Usage, format!("\"{}\" is not the id of an event", since.escape_debug()))
        .hint("Give the `newest` of an earlier answer.")
}

/// The message that a person means, if it is in this channel.
///
/// # Errors
/// If it is not.
pub(super) fn in_channel(typed: Option<String>, channel: &Channel, view: &View<'_>) -> Result<Option<Kept>, Refusal> {
    let Some(typed) = typed else { return Ok(None) };
    let kept = message::find(&typed, view)?;
    if Some(kept.object) == channel.row {
        return Ok(Some(kept));
    }
    Err(Refusal::new(Kind::NotFound, format!("the message \"{typed}\" is not in #{}", channel.name))
        .hint(format!("`skein chat show {typed}` says where it is.")))
}

fn read(
    channel: &Channel,
    thread: Option<Kept>,
    which: &Which,
    limit: u32,
    me: &Me,
    view: &View<'_>,
) -> Result<Answer, Refusal> {
    let page = page::read(channel, thread.as_ref(), which, limit, view)?;
    let mut joiner = Joiner::new(me, view);
    let messages = page.messages.iter().map(|kept| joiner.message(kept)).collect::<Result<_, _>>()?;
    let reading = Reading::of(me, view)?;
    let info = channel.info(&reading, view)?;
    let read_ms = thread.as_ref().map(|root| reading.until_in(channel, &root.id)).transpose()?;
    Ok(Answer::Page {
        read_ms: read_ms.map_or(info.read_ms, |read| Tick::from_raw(read as u64).ms()),
        channel: info,
        thread: thread.map(|root| root.id),
        messages,
        more: page.more,
        newest: page.newest,
    })
}

fn channels(all: bool, me: &Me, view: &View<'_>) -> Result<Answer, Refusal> {
    let mut channels = Channel::all(view)?;
    if !channels.iter().any(|channel| channel.first_name.as_deref() == Some(GENERAL)) {
        channels.insert(0, Channel::unopened(me, GENERAL.into()));
    }
    channels.retain(|channel| all || !channel.archived);
    let reading = Reading::of(me, view)?;
    let channels = channels.iter().map(|channel| channel.info(&reading, view)).collect::<Result<_, _>>()?;
    Ok(Answer::Channels { channels })
}

fn mentions(limit: u32, me: &Me, view: &View<'_>) -> Result<Answer, Refusal> {
    let limit = limit.clamp(1, MAX_LIMIT) as usize;
    let sql = "SELECT c.event, v.target FROM chat_mention c
               LEFT JOIN chat_version v ON v.object = c.object AND v.event = c.event
               WHERE c.member = ?1 ORDER BY c.tick DESC LIMIT ?2";
    // Twice as many, since an edit may call the same person again.
    let rows = view.all(sql, (me.member.as_bytes(), limit as i64 * 2), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<[u8; 32]>>(1)?.map(EventId::from_bytes)))
    })?;
    let mut found: Vec<Kept> = Vec::new();
    for (event, edited) in rows {
        let id = match edited {
            Some(id) => id,
            None => view.ids().event_id(event)?,
        };
        let known = found.iter().any(|kept| kept.id == id);
        if found.len() < limit && !known {
            found.extend(message::load(&id, view)?.filter(|kept| kept.text.is_some() && kept.member != me.member));
        }
    }
    found.sort_by_key(|kept| (kept.tick, kept.prefix));
    let mut joiner = Joiner::new(me, view);
    let messages = found.iter().map(|kept| joiner.message(kept)).collect::<Result<_, _>>()?;
    Ok(Answer::Mentions { messages })
}
