//! The server: a member's own program answers for the community's reports, and takes in new ones in that member's name.
//!
//! Nobody is named to strangers: not who reported, not who takes it. What a sender says of themselves beyond a name (mail,
//! phone, device, account) is not kept.

use serde_json::{Value, json};
use skein_app::{Bridged, Bridging, Fault, Kind, Me, Outcome, Refusal, Reply, View};
use skein_event::Tick;

use super::super::stamp;
use super::words::{Format, Row, error, list, own};
use crate::asks::ask::Ask;
use crate::asks::event::{AskKind, degrees};
use crate::asks::fits::{MAX_TITLE_BYTES, MAX_WORD_BYTES};
use crate::asks::state::Standing;
use crate::asks::{Command, Said};

/// The most reports of one answer.
const MAX_REPORTS: usize = 1_000;
/// The most reports that are looked at to find them.
const MAX_LOOKED_AT: i64 = 5_000;
/// The longest span of one answer: 90 days.
const SPAN_MS: u64 = 90 * 86_400_000;
/// The most ids, codes or states in one filter.
const MAX_LISTED: usize = 100;
/// The most services: topics of reports.
const MAX_SERVICES: i64 = 100;
/// The longest description that is taken in, in characters: the specification's own.
const MAX_DESCRIPTION: usize = 4_000;
/// The longest address of a picture that is kept, in bytes.
const MAX_MEDIA_BYTES: usize = 500;
/// The service of reports without a topic.
const OTHER: &str = "other";

/// Answers a request.
///
/// # Errors
/// Only if the store fails.
pub fn answer(
    me: &Me,
    request: &Bridged,
    done: Option<Outcome>,
    view: &View<'_>,
) -> Result<Bridging<Command>, Refusal> {
    let Some((path, format)) = Format::of(&request.path) else {
        let why = "there is nothing at this address: ask for services.xml or .json, or requests.xml or .json";
        return Ok(Bridging::Answer(error(Format::Xml, 404, why)));
    };
    let server = Server { me, view, format };
    let reply = match (request.posts, path.split_once('/').unwrap_or((path, ""))) {
        (true, ("requests", "")) => match (done, server.report(request)?) {
            (Some(Ok(object)), _) => {
                let id = object.to_string();
                let row = vec![
                    ("service_request_id", id.into()),
                    ("service_notice", Value::Null),
                    ("account_id", Value::Null),
                ];
                list(format, "service_requests", "request", &[row])
            }
            (Some(Err(refusal)), _) => error(format, code(refusal.kind), &refusal.message),
            (None, Ok(command)) => return Ok(Bridging::Do(command)),
            (None, Err((code, why))) => error(format, code, &why),
        },
        (true, _) => error(format, 404, "nothing can be posted to this address"),
        (false, ("services", "")) => list(format, "services", "service", &server.services()?),
        (false, ("services", of)) => server.definition(of)?,
        (false, ("requests", "")) => server.requests(request)?,
        (false, ("requests", id)) => server.request(id)?,
        (false, ("tokens", token)) => server.token(token)?,
        (false, _) => error(format, 404, "there is nothing at this address"),
    };
    Ok(Bridging::Answer(reply))
}

fn code(kind: Kind) -> u16 {
    match kind {
        Kind::NotFound => 404,
        Kind::Denied => 403,
        Kind::Limit => 429,
        Kind::Failed | Kind::NotRunning | Kind::Unreachable => 500,
        Kind::Usage | Kind::Ambiguous | Kind::Conflict => 400,
    }
}

/// Topics are letters, digits, blanks and hyphens, so it can be undone.
fn service_code(topic: &str) -> String {
    if topic.is_empty() { OTHER.into() } else { topic.replace(' ', "_") }
}

fn topic(code: &str) -> String {
    if code == OTHER { String::new() } else { code.replace('_', " ") }
}

fn service_name(topic: &str) -> String {
    let mut letters = topic.chars();
    letters.next().map_or_else(|| "Something else".into(), |first| first.to_uppercase().chain(letters).collect())
}

struct Server<'a> {
    me: &'a Me,
    view: &'a View<'a>,
    format: Format,
}

impl Server<'_> {
    fn topics(&self) -> Result<Vec<String>, Fault> {
        let sql = "SELECT topic FROM asks_ask WHERE kind = 'report' AND topic NOT IN ('', 'other')
                   GROUP BY topic ORDER BY count(*) DESC, topic LIMIT ?1";
        let mut topics: Vec<String> = self.view.all(sql, [MAX_SERVICES], |row| row.get(0))?;
        topics.push(String::new());
        Ok(topics)
    }

    fn services(&self) -> Result<Vec<Row>, Fault> {
        let row = |topic: &String| {
            vec![
                ("service_code", service_code(topic).into()),
                ("service_name", service_name(topic).into()),
                ("description", "A report to the people of this community".into()),
                ("metadata", false.into()),
                ("type", "realtime".into()),
                ("keywords", Value::Null),
                ("group", "reports".into()),
            ]
        };
        Ok(self.topics()?.iter().map(row).collect())
    }

    /// No service asks for more than a report has.
    fn definition(&self, of: &str) -> Result<Reply, Fault> {
        if !self.topics()?.contains(&topic(of)) {
            return Ok(error(self.format, 404, "there is no service of this service_code"));
        }
        let body = match self.format {
            Format::Xml => format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<service_definition><service_code>{of}</service_code>\
                 <attributes/></service_definition>\n"
            ),
            Format::Json => json!({ "service_code": of, "attributes": [] }).to_string(),
        };
        // It is the code of a topic: letters, digits and hyphens, which XML holds as they are.
        Ok(own(self.format, body))
    }

    fn requests(&self, request: &Bridged) -> Result<Reply, Fault> {
        if let Some(ids) = request.field("service_request_id") {
            let mut rows = Vec::new();
            for id in ids.split(',').map(str::trim).take(MAX_LISTED) {
                rows.extend(self.find(id)?.map(|ask| self.row(&ask)));
            }
            return Ok(list(self.format, "service_requests", "request", &rows));
        }
        let (first, last) = match self.span(request) {
            Ok(span) => span,
            Err(why) => return Ok(error(self.format, 400, why)),
        };
        let among = |name: &str| -> Option<Vec<String>> {
            request.field(name).map(|all| all.split(',').take(MAX_LISTED).map(|one| one.trim().into()).collect())
        };
        let (codes, states) = (among("service_code"), among("status"));
        if states.iter().flatten().any(|state| !matches!(state.as_str(), "open" | "closed")) {
            return Ok(error(self.format, 400, "status is open or closed"));
        }
        let which = "a.kind = 'report' AND a.tick BETWEEN ?1 AND ?2 ORDER BY a.tick DESC, a.id LIMIT ?3";
        let span =
            (Tick::at_ms(first).raw() as i64, Tick::at_ms(last.saturating_add(1)).raw() as i64 - 1, MAX_LOOKED_AT);
        let asks = Ask::all(which, span, self.view)?;
        let passes = |ask: &&Ask| {
            codes.as_ref().is_none_or(|codes| codes.contains(&service_code(&ask.words.topic)))
                && states.as_ref().is_none_or(|states| states.iter().any(|state| state == self.status(ask)))
        };
        let rows: Vec<Row> = asks.iter().filter(passes).take(MAX_REPORTS).map(|ask| self.row(ask)).collect();
        Ok(list(self.format, "service_requests", "request", &rows))
    }

    /// From when until when; never more than 90 days.
    fn span(&self, request: &Bridged) -> Result<(u64, u64), &'static str> {
        let date = |name| match request.field(name) {
            None => Ok(None),
            Some(text) => stamp::read(text).map(Some).ok_or("a date is written as 2026-12-01T18:00:00Z"),
        };
        let now_ms = self.me.now_ms;
        let (first, last) = match (date("start_date")?, date("end_date")?) {
            (Some(first), Some(last)) => (first, last),
            (Some(first), None) => (first, first.saturating_add(SPAN_MS)),
            (None, last) => {
                let last = last.unwrap_or(now_ms);
                (last.saturating_sub(SPAN_MS), last)
            }
        };
        if first > last {
            return Err("start_date lies after end_date");
        }
        // A tick has 48 bits for the time.
        let most = (1 << 48) - 2;
        Ok((first.min(most), last.min(first.saturating_add(SPAN_MS)).min(most)))
    }

    fn request(&self, id: &str) -> Result<Reply, Fault> {
        Ok(match self.find(id)? {
            Some(ask) => list(self.format, "service_requests", "request", &[self.row(&ask)]),
            None => error(self.format, 404, "there is no request of this service_request_id"),
        })
    }

    /// What is posted has its id at once: it is its own token.
    fn token(&self, token: &str) -> Result<Reply, Fault> {
        Ok(match self.find(token)? {
            Some(ask) => {
                let row = vec![("service_request_id", ask.id.to_string().into()), ("token", token.into())];
                list(self.format, "service_requests", "request", &[row])
            }
            None => error(self.format, 404, "there is no such token"),
        })
    }

    fn find(&self, id: &str) -> Result<Option<Ask>, Fault> {
        Ok(Ask::all("a.id = ?1 AND a.kind = 'report' LIMIT 1", [id], self.view)?.pop())
    }

    fn status(&self, ask: &Ask) -> &'static str {
        if Standing::of(ask, self.me.now_ms).is_open() { "open" } else { "closed" }
    }

    fn row(&self, ask: &Ask) -> Row {
        let words = &ask.words;
        let or_null = |text: &str| if text.is_empty() { Value::Null } else { Value::from(text) };
        let description = [words.title.as_str(), &words.text].map(str::trim).join("\n");
        let place = words.place.as_ref();
        let point = place.and_then(|place| place.point);
        let axis = |thousandths: Option<i32>| thousandths.map(degrees).map_or(Value::Null, Value::from);
        vec![
            ("service_request_id", ask.id.to_string().into()),
            ("status", self.status(ask).into()),
            ("status_notes", or_null(&ask.note)),
            ("service_name", service_name(&words.topic).into()),
            ("service_code", service_code(&words.topic).into()),
            ("description", description.trim().into()),
            ("agency_responsible", or_null(&ask.addressee)),
            ("service_notice", Value::Null),
            ("requested_datetime", stamp::iso(ask.tick.ms()).into()),
            ("updated_datetime", stamp::iso(ask.changed.ms()).into()),
            ("expected_datetime", words.until_ms.map_or(Value::Null, |until| stamp::iso(until).into())),
            ("address", or_null(place.map_or("", |place| &place.label))),
            ("address_id", Value::Null),
            ("zipcode", Value::Null),
            ("lat", axis(point.map(|point| point.0))),
            ("long", axis(point.map(|point| point.1))),
            ("media_url", Value::Null),
        ]
    }

    /// The report that a sender asks to be posted; or the code and the reason why not.
    fn report(&self, request: &Bridged) -> Result<Result<Command, (u16, String)>, Fault> {
        let no = |code: u16, why: &str| Ok(Err((code, why.to_string())));
        let Some(code) = request.field("service_code") else { return no(400, "service_code was not provided") };
        if !self.topics()?.contains(&topic(code)) {
            return no(404, "service_code was not found: see services");
        }
        let point = match (request.field("lat"), request.field("long")) {
            (Some(north), Some(east)) => Some(format!("{north},{east}")),
            (None, None) => None,
            _ => return no(400, "lat and long belong together"),
        };
        let address = request.field("address_string").map(|text| cut(&line(text), MAX_WORD_BYTES * 2));
        if point.is_none() && address.is_none() {
            return no(400, "a place was not provided: lat and long, or address_string");
        }
        let description = lines(request.field("description").unwrap_or_default());
        if description.chars().count() > MAX_DESCRIPTION {
            return no(400, "the description has more than 4,000 characters");
        }
        let first = description.lines().next().unwrap_or_default().trim();
        let title = if first.is_empty() { service_name(&topic(code)) } else { cut(first, MAX_TITLE_BYTES) };
        let mut text =
            if title == description.trim() || first.is_empty() { String::new() } else { description.clone() };
        let media = request.field("media_url").map(line).filter(|url| url.len() <= MAX_MEDIA_BYTES);
        if let Some(url) = media.filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
            text.push_str(&format!("{}Picture: {url}", if text.is_empty() { "" } else { "\n" }));
        }
        let name = [request.field("first_name"), request.field("last_name")].into_iter().flatten();
        let name = cut(&line(&name.collect::<Vec<_>>().join(" ")), MAX_WORD_BYTES * 2);
        let some = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        let said = Said {
            text: some(text),
            topic: some(topic(code)),
            place: address.and_then(some),
            point,
            until: None,
            urgent: None,
            share: None,
        };
        let behalf = some(name);
        let (kind, to, from) = (AskKind::Report, None, None);
        Ok(Ok(Command::Post { kind, title, said, parts: Vec::new(), weeks: None, behalf, to, from }))
    }
}

/// On one line, without what cannot be seen.
pub(super) fn line(text: &str) -> String {
    lines(text).replace('\n', " ")
}

fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n").replace('\t', " ");
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| *c == '\n' || !(c.is_control() || turns(*c))).collect()
}

/// Its beginning, of at most so many bytes.
pub(super) fn cut(text: &str, most: usize) -> String {
    text[..text.floor_char_boundary(most)].trim().into()
}
