//! The client: brings a report to a city's server, and asks what became of it. The calls are the host's; here is what is called,
//! and what an answer means.
//!
//! Nobody is named to a city: not who reported, not who sends it.

use skein_app::{Act, Call, Draft, Fault, Job, Kind, Me, Refusal, Reply, View};

use super::read::{Item, items};
use super::server::cut;
use crate::asks::Command;
use crate::asks::ask::Ask;
use crate::asks::event::{AskKind, Event, News, degrees};
use crate::asks::fits::MAX_NEWS_BYTES;

/// The longest address of a server, in bytes.
const MAX_BASE_BYTES: usize = 300;
/// How many services a refusal lists.
const LISTED: usize = 20;
/// The most of a description that is sent, in bytes: at most as many characters as the specification has.
const MAX_DESCRIPTION_BYTES: usize = 4_000;

type Acted = Result<Act<Event>, Refusal>;

/// How a report is to be sent.
pub struct Sending<'a> {
    pub to: &'a str,
    pub service: Option<&'a str>,
    pub api_key: Option<&'a str>,
    pub jurisdiction: Option<&'a str>,
    pub json: bool,
    /// What the server has answered so far.
    pub replies: &'a [Reply],
}

/// The next step of sending a report. `again` is the command that is given again after a call.
///
/// # Errors
/// If it cannot be sent, or was refused.
pub fn send(ask: &Ask, sending: &Sending<'_>, again: &Command) -> Acted {
    if ask.kind != AskKind::Report {
        return Err(Refusal::new(Kind::Usage, "only a report can be sent to a city"));
    }
    let place = ask.words.place.as_ref().ok_or_else(|| {
        let hint = format!("Say where it is: `skein asks change {} --point NORTH,EAST`.", ask.id.short());
        Refusal::new(Kind::Usage, "a city needs to know where it is").hint(hint)
    })?;
    let base = base(sending.to)?;
    let ending = if sending.json { "json" } else { "xml" };
    let replies =
        if sending.service.is_some() { sending.replies } else { sending.replies.get(1..).unwrap_or_default() };
    let code = match (sending.service, sending.replies.first()) {
        (Some(code), _) => code.to_string(),
        (None, None) => {
            let of = sending.jurisdiction.map(|id| format!("?jurisdiction_id={}", percent(id))).unwrap_or_default();
            return call(format!("{base}/services.{ending}{of}"), None, again);
        }
        (None, Some(services)) => service(&ask.words.topic, &items(services).map_err(failed)?)?,
    };
    let Some(reply) = replies.first() else {
        let mut form: Vec<(String, String)> = Vec::new();
        let mut put = |name: &str, value: &str| form.push((name.into(), value.into()));
        put("service_code", &code);
        sending.api_key.into_iter().for_each(|key| put("api_key", key));
        sending.jurisdiction.into_iter().for_each(|id| put("jurisdiction_id", id));
        if let Some((north, east)) = place.point {
            put("lat", &format!("{:.3}", degrees(north)));
            put("long", &format!("{:.3}", degrees(east)));
        }
        if !place.label.is_empty() {
            put("address_string", &place.label);
        }
        let description = [ask.words.title.as_str(), &ask.words.text].join("\n");
        put("description", &cut(description.trim(), MAX_DESCRIPTION_BYTES));
        return call(format!("{base}/requests.{ending}"), Some(form), again);
    };
    let sent = items(reply).map_err(failed)?.into_iter().next().unwrap_or_default();
    let named = ["service_request_id", "token"].into_iter().find_map(|name| Some((name, sent.get(name)?)));
    let Some((what, id)) = named.filter(|(_, id)| is_plain(id)) else {
        return Err(failed("the server took it, but did not say under what number".into()));
    };
    let what = if what == "token" { TOKEN } else { REQUEST };
    let notice = sent.get("service_notice").map(|notice| format!("\n{notice}")).unwrap_or_default();
    say(ask, News::Sent, &format!("Sent to {base} {what} {id}{notice}"))
}

const REQUEST: &str = "as request";
const TOKEN: &str = "with token";

/// The next step of asking what became of a report.
///
/// # Errors
/// If it was not sent from here, or the server refuses.
pub fn check(me: &Me, ask: &Ask, replies: &[Reply], again: &Command, view: &View<'_>) -> Acted {
    // Only where this person has sent it themselves: nobody else says where their program calls.
    let sql =
        "SELECT text FROM asks_news WHERE object = ?1 AND kind = 'sent' AND member = ?2 ORDER BY tick DESC LIMIT 50";
    let told = view.all(sql, (ask.row, me.member.as_bytes()), |row| row.get::<_, String>(0))?;
    let Some((base, what, id)) = told.iter().find_map(|text| sent(text)) else {
        return Err(Refusal::new(Kind::NotFound, "you have not sent this report to any city")
            .hint(format!("`skein asks send {} --to URL` sends it.", ask.id.short())));
    };
    let (id, replies) = match (what, replies.split_first()) {
        (TOKEN, None) => return call(format!("{base}/tokens/{}.xml", percent(&id)), None, again),
        (TOKEN, Some((token, replies))) => {
            let token = items(token).map_err(failed)?.into_iter().next().unwrap_or_default();
            match token.get("service_request_id").filter(|id| is_plain(id)) {
                Some(id) => (id.clone(), replies),
                None => return tell("The city has not given it a number yet."),
            }
        }
        _ => (id, replies),
    };
    let Some(reply) = replies.first() else {
        return call(format!("{base}/requests/{}.xml", percent(&id)), None, again);
    };
    let found = items(reply).map_err(failed)?.into_iter().next().unwrap_or_default();
    let status = found.get("status").map_or("without a status", |status| status.as_str());
    let notes = found.get("status_notes").map(|notes| format!(": {notes}")).unwrap_or_default();
    let text = cut(&format!("At {base}, request {id} is {status}{notes}"), MAX_NEWS_BYTES);
    if last_answer(ask, view)?.as_deref() == Some(text.as_str()) {
        return tell(&format!("Nothing new. {text}"));
    }
    say(ask, News::Answer, &text)
}

fn last_answer(ask: &Ask, view: &View<'_>) -> Result<Option<String>, Fault> {
    let sql = "SELECT text FROM asks_news WHERE object = ?1 AND kind = 'answer' ORDER BY tick DESC LIMIT 1";
    view.first(sql, [ask.row], |row| row.get(0))
}

/// Where a report was sent, by what was told of it.
fn sent(text: &str) -> Option<(String, &'static str, String)> {
    let line = text.lines().next()?.strip_prefix("Sent to ")?;
    let (base_said, rest) = line.split_once(' ')?;
    let what = [REQUEST, TOKEN].into_iter().find(|what| rest.starts_with(what))?;
    let id = rest[what.len()..].trim();
    (is_plain(id) && base(base_said).is_ok()).then(|| (base_said.into(), what, id.into()))
}

/// The service of the topic's name, or the only one.
fn service(topic: &str, services: &[Item]) -> Result<String, Refusal> {
    let code = |item: &Item| item.get("service_code").cloned().unwrap_or_default();
    let is = |item: &&Item| {
        ["service_code", "service_name"]
            .iter()
            .any(|name| !topic.is_empty() && item.get(*name).is_some_and(|text| text.to_lowercase() == topic))
    };
    if let Some(found) = services.iter().find(is) {
        return Ok(code(found));
    }
    if let [one] = services {
        return Ok(code(one));
    }
    let name = |item: &Item| format!("  {}  {}", code(item), item.get("service_name").map_or("", |name| name.as_str()));
    let lines: Vec<String> = services.iter().take(LISTED).map(name).collect();
    Err(Refusal::new(Kind::Ambiguous, "the city has several services, and none is called like the report's topic")
        .hint(format!("Name one with --service CODE:\n{}", lines.join("\n"))))
}

fn base(typed: &str) -> Result<String, Refusal> {
    let base = typed.trim().trim_end_matches('/');
    let plain = base.len() <= MAX_BASE_BYTES && base.chars().all(|c| c.is_ascii_graphic() && !"?#@\\".contains(c));
    if plain && (base.starts_with("https://") || base.starts_with("http://")) {
        return Ok(base.into());
    }
    Err(Refusal::new(Kind::Usage, "this is no address of a server")
        .hint("It begins with https:// and has no ? or # in it."))
}

fn is_plain(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic())
}

fn percent(text: &str) -> String {
    let spell = |byte: u8| match byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(spell).collect()
}

fn failed(why: String) -> Refusal {
    Refusal::new(Kind::Failed, why).hint("Nothing was told to the others.")
}

fn call(url: String, form: Option<Vec<(String, String)>>, again: &Command) -> Acted {
    let command = serde_json::to_value(again).map_err(|error| failed(format!("it cannot be written down: {error}")))?;
    Ok(Act::Do(Job::Call { call: Call { url, form }, command }))
}

fn tell(words: &str) -> Acted {
    Ok(Act::Do(Job::Tell { words: words.into() }))
}

fn say(ask: &Ask, kind: News, text: &str) -> Acted {
    Ok(Act::Say(Draft { object: ask.id, event: Event::Told { kind, text: cut(text, MAX_NEWS_BYTES) } }))
}
