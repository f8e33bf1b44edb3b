//! Leaving with everything: a page of all asks for people, and the same as files for other programs.

use skein_app::{Fault, Me, Pages, View, day, moment, plain, quoted};

use super::record::Record;
use super::{Which, calendar, csv, each, geojson};
use crate::asks::ask::Ask;
use crate::asks::event::{Feedback, News, degrees};
use crate::asks::names::Names;
use crate::asks::row::{name, named};
use crate::asks::state::{Promised, Standing};

/// The page's name.
const PAGE: &str = "asks";

/// Writes all asks.
///
/// # Errors
/// Only if the store fails.
pub fn export(me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
    let mut asks = Vec::new();
    each(me, &Which::default(), view, &mut |ask| {
        asks.push(ask.clone());
        Ok(())
    })?;
    pages.write(PAGE, "# Asks\n\nNeeds, offers, shifts, reports, petitions, campaigns and gigs, the oldest first. All times are UTC.\n");
    if asks.is_empty() {
        return Ok(());
    }
    let mut names = Names::new(view);
    let records = asks.iter().map(|ask| Record::of(me, ask, &mut names)).collect::<Result<Vec<_>, _>>()?;
    let calendar = calendar::of_all(me, &asks, view)?;
    let files = [
        pages.keep(PAGE, "asks", ".csv", csv::write(&records).as_bytes()),
        pages.keep(PAGE, "asks", ".geojson", geojson::write(&records).as_bytes()),
        pages.keep(PAGE, "asks", ".ics", calendar.as_bytes()),
    ];
    pages.write(PAGE, &format!("\nThe same for other programs: {}.\n", files.join(", ")));
    for ask in &asks {
        let text = Writer { me, view, names: &mut names }.ask(ask)?;
        pages.write(PAGE, &text);
    }
    Ok(())
}

struct Writer<'a, 'b> {
    me: &'a Me,
    view: &'a View<'a>,
    names: &'a mut Names<'b>,
}

impl Writer<'_, '_> {
    fn ask(&mut self, ask: &Ask) -> Result<String, Fault> {
        let standing = Standing::of(ask, self.me.now_ms);
        let words = &ask.words;
        let by = plain(&self.names.of(&ask.by)?);
        let behalf = if ask.behalf.is_empty() { String::new() } else { format!(" for {}", plain(&ask.behalf)) };
        let mut text = format!("\n## {}\n\n", plain(&words.title));
        text.push_str(&format!(
            "{} by {by}{behalf}, {}: {}.",
            name(ask.kind),
            moment(ask.tick.ms()),
            name(standing.state)
        ));
        for (what, value) in [("To", ask.addressee.as_str()), ("About", &words.topic)] {
            if !value.is_empty() {
                text.push_str(&format!(" {what} {}.", plain(value)));
            }
        }
        if let Some(place) = &words.place {
            let point = place.point.map(|(north, east)| format!(" ({:.3}, {:.3})", degrees(north), degrees(east)));
            text.push_str(&format!(" At {}{}.", plain(&place.label), point.unwrap_or_default()));
        }
        text.push_str(&words.until_ms.map(|until| format!(" Until {}.", day(until))).unwrap_or_default());
        text.push_str(if words.urgent { " Urgent.\n" } else { "\n" });
        if !words.text.is_empty() {
            text.push_str(&format!("\n{}", quoted(&words.text, 1)));
        }
        text.push('\n');
        for (number, (part, filled)) in ask.parts.iter().zip(&standing.filled).enumerate() {
            let slot = part.slot.map(|(from, to)| format!(", {} to {}", moment(from), moment(to))).unwrap_or_default();
            let (what, unit) = (plain(&part.what), name(part.unit));
            text.push_str(&format!("{}. {what}: {} of {} {unit}{slot}\n", number + 1, filled.promised, part.minimum));
        }
        for one in standing.promises() {
            text.push_str(&self.promise(ask, &one)?);
        }
        self.told(ask, &mut text)?;
        if !ask.note.is_empty() {
            text.push_str(&format!("\n{}", quoted(&ask.note, 1)));
        }
        Ok(text)
    }

    fn promise(&mut self, ask: &Ask, Promised { promise, held, .. }: &Promised<'_>) -> Result<String, Fault> {
        let held = held.word(ask.kind);
        let unit = ask.parts.get(usize::from(promise.part)).map(|part| name(part.unit)).unwrap_or_default();
        let by = plain(&self.names.of(&promise.member)?);
        let note = if promise.note.is_empty() { String::new() } else { format!(": {}", plain(&promise.note)) };
        let (part, amount, at) = (promise.part + 1, promise.amount, moment(promise.tick.ms()));
        Ok(format!("- {by}, part {part}, {amount} {unit}, {at}: {held}{note}\n"))
    }

    /// News, thanks and words for the next time, in order of time. Reviews are for the two whom they are about.
    fn told(&mut self, ask: &Ask, text: &mut String) -> Result<(), Fault> {
        let sql = "SELECT kind, member, text, tick FROM asks_news WHERE object = ?1
                   UNION ALL SELECT kind, member, text, tick FROM asks_word WHERE object = ?1 ORDER BY 4, 2, 3 LIMIT 2000";
        let rows = self.view.all(sql, [ask.row], |row| {
            let member = skein_event::MemberId::from_bytes(row.get(1)?);
            Ok((row.get::<_, String>(0)?, member, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
        })?;
        for (kind, member, said, tick) in rows {
            let what = match (named::<News>(&kind), named::<Feedback>(&kind)) {
                (Some(News::Sent), _) => "brought to its addressee",
                (Some(News::Answer), _) => "the answer",
                (Some(News::Lesson), _) => "a lesson",
                (_, Some(Feedback::Thanks)) => "thanks",
                (_, Some(Feedback::NextTime)) => "for the next time",
                _ => "news",
            };
            let (by, at) = (plain(&self.names.of(&member)?), moment(skein_event::Tick::from_raw(tick as u64).ms()));
            text.push_str(&format!("\n{by}, {at}, {what}:\n\n{}", quoted(&said, 1)));
        }
        Ok(())
    }
}
