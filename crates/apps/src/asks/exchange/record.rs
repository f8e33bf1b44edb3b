//! An ask as named texts: one row of a table, the properties of one point on a map. And back: a row as a command to post it.

use std::collections::BTreeMap;

use skein_app::{Fault, Me};

use super::stamp::iso;
use crate::asks::ask::Ask;
use crate::asks::event::{AskKind, Part, Unit, degrees};
use crate::asks::names::Names;
use crate::asks::row::{name, named};
use crate::asks::state::Standing;
use crate::asks::{Command, PartSpec, Said};

/// The names of the texts, in the order in which they are written.
pub const COLUMNS: &[&str] = &[
    "id", "kind", "title", "text", "topic", "place", "north", "east", "until", "urgent", "for", "to", "parts", "state",
    "promised", "by", "leads", "posted", "changed", "note",
];
/// Those that are numbers: what a spreadsheet may read as such.
pub const NUMBERS: &[&str] = &["north", "east"];

/// What others call the same: the first of each is ours.
const ALSO: &[&[&str]] = &[
    &["title", "name", "subject", "what", "summary"],
    &["kind", "type"],
    &["text", "description", "details", "notes"],
    &["topic", "category", "service_name"],
    &["place", "address", "location"],
    &["north", "lat", "latitude"],
    &["east", "lon", "long", "lng", "longitude"],
    &["until", "deadline", "due", "expires"],
    &["for", "behalf", "on behalf of"],
    &["to", "addressee"],
    &["parts", "part"],
];

/// The texts of one ask by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record(BTreeMap<String, String>);

/// What was read from a file: each row with its number, or what is wrong with it.
pub type Rows = Vec<(usize, Result<Record, String>)>;

impl Record {
    /// An ask's texts.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn of(me: &Me, ask: &Ask, names: &mut Names<'_>) -> Result<Self, Fault> {
        let standing = Standing::of(ask, me.now_ms);
        let words = &ask.words;
        let place = words.place.as_ref();
        let written = |thousandths: i32| format!("{:.3}", degrees(thousandths));
        let point = place.and_then(|place| place.point);
        let filled = standing.filled.iter().map(|filled| filled.promised.to_string());
        let leads: Result<Vec<String>, Fault> = ask.leading().map(|led| names.of(&led.member)).collect();
        let mut record = Self::default();
        for (column, text) in [
            ("id", ask.id.to_string()),
            ("kind", name(ask.kind)),
            ("title", words.title.clone()),
            ("text", words.text.clone()),
            ("topic", words.topic.clone()),
            ("place", place.map(|place| place.label.clone()).unwrap_or_default()),
            ("north", point.map(|point| written(point.0)).unwrap_or_default()),
            ("east", point.map(|point| written(point.1)).unwrap_or_default()),
            ("until", words.until_ms.map(iso).unwrap_or_default()),
            ("urgent", if words.urgent { "yes".into() } else { String::new() }),
            ("for", ask.behalf.clone()),
            ("to", ask.addressee.clone()),
            ("parts", ask.parts.iter().map(part_text).collect::<Vec<_>>().join("\n")),
            ("state", name(standing.state)),
            ("promised", filled.collect::<Vec<_>>().join("\n")),
            ("by", names.of(&ask.by)?),
            ("leads", leads?.join("\n")),
            ("posted", iso(ask.tick.ms())),
            ("changed", iso(ask.changed.ms())),
            ("note", ask.note.clone()),
        ] {
            record.0.insert(column.into(), text);
        }
        Ok(record)
    }

    /// The text of this name; empty if there is none.
    pub fn get(&self, column: &str) -> &str {
        self.0.get(column).map_or("", |text| text.trim())
    }

    /// Takes in a text under the name that others give it; the first of several is kept. Unknown names are passed over.
    pub fn put(&mut self, given: &str, text: &str) {
        let given = given.trim().to_lowercase();
        let also = ALSO.iter().find(|names| names.contains(&given.as_str())).map(|names| names[0]);
        let column = also.or(COLUMNS.iter().find(|column| **column == given).copied());
        if let (Some(column), false) = (column, text.trim().is_empty()) {
            self.0.entry(column.into()).or_insert_with(|| text.into());
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The command that would post it.
    ///
    /// # Errors
    /// What is wrong with it, in people's words.
    pub fn command(&self, usual: Option<AskKind>) -> Result<Command, String> {
        let kind = match self.get("kind") {
            "" => usual.ok_or("it does not say what kind of ask it is; --kind says so for all that do not")?,
            text => named::<AskKind>(&text.to_lowercase())
                .ok_or_else(|| format!("\"{}\" is no kind of ask", text.escape_debug()))?,
        };
        if !matches!(kind, AskKind::Need | AskKind::Offer | AskKind::Report) {
            return Err("only needs, offers and reports are taken in".into());
        }
        let some = |column| Some(self.get(column)).filter(|text| !text.is_empty()).map(String::from);
        let urgent = match self.get("urgent").to_lowercase().as_str() {
            "" | "no" | "0" | "false" => None,
            "yes" | "1" | "true" | "urgent" | "x" => Some(true),
            other => {
                return Err(format!("\"{}\" does not say whether it is urgent: write yes or no", other.escape_debug()));
            }
        };
        let point = match (self.get("north"), self.get("east")) {
            ("", "") => None,
            (north, east) => Some(format!("{north},{east}")),
        };
        let until = match self.get("until") {
            "" => None,
            text => Some(super::stamp::read(text).map_or_else(|| text.parse(), |ms| Ok(crate::asks::When::At(ms)))?),
        };
        let said =
            Said { text: some("text"), topic: some("topic"), place: some("place"), point, until, urgent, share: None };
        let parts =
            self.get("parts").lines().filter(|line| !line.trim().is_empty()).map(part).collect::<Result<_, _>>()?;
        let (behalf, to) = (some("for"), some("to"));
        Ok(Command::Post { kind, title: self.get("title").into(), said, parts, weeks: None, behalf, to, from: None })
    }
}

/// "2-4 people kitchen @ 2026-12-05T10:00:00Z/2026-12-05T14:00:00Z".
fn part_text(part: &Part) -> String {
    let amount = if part.minimum == part.optimum {
        part.minimum.to_string()
    } else {
        format!("{}-{}", part.minimum, part.optimum)
    };
    let slot = part.slot.map(|(from, to)| format!(" @ {}/{}", iso(from), iso(to))).unwrap_or_default();
    format!("{amount} {} {}{slot}", name(part.unit), part.what)
}

/// The same, read; what is asked for may hold an `@` of its own.
fn part(text: &str) -> Result<PartSpec, String> {
    let text = text.trim();
    let slot = text.rsplit_once(" @ ").filter(|(_, slot)| slot.contains('/'));
    let (said, slot) = slot.map_or((text, None), |(said, slot)| (said, Some(slot)));
    let (amount, what) = said.split_once(' ').unwrap_or((said, ""));
    let mut spec = PartSpec::parse(amount)?;
    let (first, rest) = what.split_once(' ').unwrap_or((what, ""));
    spec.unit = named::<Unit>(first);
    spec.what = if spec.unit.is_some() { rest.trim().into() } else { what.trim().into() };
    if let Some((from, to)) = slot.and_then(|slot| slot.split_once('/')) {
        let time =
            |text: &str| super::stamp::read(text).ok_or_else(|| format!("\"{}\" is no time", text.escape_debug()));
        (spec.starts_ms, spec.ends_ms) = (Some(time(from)?), Some(time(to)?));
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_as_they_were_written() {
        let slot = Some((1_796_148_000_000, 1_796_151_600_000));
        for what in ["blankets", "a mail to x@y.org @ noon", "5 things / 2"] {
            for slot in [None, slot] {
                let written = Part { what: what.into(), unit: Unit::People, minimum: 2, optimum: 4, slot };
                let read = part(&part_text(&written)).expect("reads");
                assert_eq!((read.what.as_str(), read.unit), (what, Some(Unit::People)), "{what}");
                assert_eq!((read.minimum, read.optimum, read.starts_ms.zip(read.ends_ms)), (2, 4, slot));
            }
        }
        assert_eq!(part("3 blankets").expect("reads").unit, None);
        for bad in ["blankets", "-1 things x", "1 things x @ soon/later"] {
            assert!(part(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn others_names_are_understood_and_the_first_counts() {
        let mut record = Record::default();
        for (name, text) in [
            (" Lat ", "52.5"),
            ("latitude", "1"),
            ("LONG", "13.4"),
            ("subject", "Blankets"),
            ("colour", "red"),
            ("due", " "),
        ] {
            record.put(name, text);
        }
        assert_eq!((record.get("north"), record.get("east"), record.get("title")), ("52.5", "13.4", "Blankets"));
        assert_eq!((record.get("until"), record.get("colour")), ("", ""));
        let Ok(Command::Post { kind, said, .. }) = record.command(Some(AskKind::Need)) else { panic!("can be posted") };
        assert_eq!((kind, said.point.as_deref()), (AskKind::Need, Some("52.5,13.4")));
        assert!(record.command(None).is_err(), "nothing says what kind");
        record.put("kind", "petition");
        assert!(record.command(Some(AskKind::Need)).is_err());
    }
}
