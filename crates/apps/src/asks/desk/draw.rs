//! Answers as text for a terminal.

use std::fmt::Write;

use skein_app::{day, moment};

use super::answer::{Answer, AskDetail, AskRow, PartRow, PatternRow, Person, PromiseRow, Todo};
use super::typed::hours_text;
use crate::asks::event::{AskKind, Feedback, News, Unit};
use crate::asks::next::Act;
use crate::asks::row::name;
use crate::asks::state::State;

/// Draws an answer.
pub fn text(answer: &Answer) -> String {
    match answer {
        Answer::Now { items, more, paused_until_ms } => now(items, *more, *paused_until_ms),
        Answer::Asks { asks, more } => list(asks, *more),
        Answer::Ask { ask } => detail(ask),
        Answer::Mine { promised, asked, led, kept } => {
            let mut out = String::new();
            for (heading, asks) in [("You promised", promised), ("You ask", asked), ("You lead", led), ("Kept", kept)] {
                section(&mut out, heading, asks);
            }
            if out.is_empty() { "Nothing is open. `skein asks now` says what fits you.\n".into() } else { out }
        }
        Answer::Like { asks } if asks.is_empty() => "Nothing like it is open.\n".into(),
        Answer::Like { asks } => format!("Is it one of these?\n{}", list(asks, false)),
        Answer::Patterns { patterns } if patterns.is_empty() => {
            "Nothing lies so close together that it may have one cause.\n".into()
        }
        Answer::Patterns { patterns } => patterns.iter().map(pattern).collect::<Vec<_>>().join("\n"),
        Answer::Me { profile, paused_until_ms, declined, .. } => {
            let or = |list: &[String]| if list.is_empty() { "nothing said".into() } else { plain(&list.join(", ")) };
            let hours = if profile.hours.is_empty() { "at any time".into() } else { hours_text(&profile.hours) };
            let mut out =
                format!("You know:        {}\nYou want to learn: {}\n", or(&profile.topics), or(&profile.learning));
            let _ = writeln!(out, "At once:         {}\nHours (UTC):     {hours}", profile.capacity);
            if let Some(until) = paused_until_ms {
                let _ = writeln!(out, "Paused until {} UTC. Only this device knows.", moment(*until));
            }
            section(&mut out, "Declined (only this device knows)", declined);
            out
        }
        Answer::File { text, .. } => text.clone(),
        Answer::Plan { posts, here, faults } => {
            let mut out = String::new();
            for row in posts {
                let _ = writeln!(out, "{:>5}  {:<8} {}", row.row, name(row.kind), plain(&row.title));
            }
            for (what, rows) in [("passed over", here), ("wrong", faults)] {
                for row in rows {
                    let _ = writeln!(out, "{:>5}  {what}: {}", row.row, plain(&row.why));
                }
            }
            let _ = writeln!(out, "{} to post, {} passed over, {} wrong.", posts.len(), here.len(), faults.len());
            let assumed = posts.iter().filter(|row| row.assumed).count();
            if assumed > 0 {
                let _ = writeln!(out, "The kind of {assumed} of them is from --kind.");
            }
            out
        }
        Answer::Words { topics, places } => {
            let places: Vec<String> = places.iter().map(|place| plain(&place.label)).collect();
            format!("Topics: {}\nPlaces: {}\n", plain(&topics.join(", ")), places.join(", "))
        }
    }
}

/// What an act is called where it is to be done.
fn todo(act: Act) -> &'static str {
    match act {
        Act::Take => "take",
        Act::Accept => "accept a bid",
        Act::Settle => "settle",
        Act::TakeOver => "take over",
        Act::Check => "on track?",
        Act::Replan => "go on?",
        Act::Deliver => "do",
        Act::Confirm => "confirm",
        Act::Send => "bring",
        Act::Answer => "tell the answer",
        Act::Hear => "done",
    }
}

fn now(items: &[Todo], more: bool, paused: Option<u64>) -> String {
    let mut out = String::new();
    if let Some(until) = paused {
        let _ = writeln!(out, "You are not asked until {} UTC. `skein asks pause now` ends that.", moment(until));
    }
    if items.is_empty() {
        out.push_str("Nothing needs you now.\n");
    }
    for item in items {
        let due = item.due_ms.map(|due| format!("  by {}", moment(due))).unwrap_or_default();
        let _ = writeln!(out, "{}  {:<12} {}{due}", short(&item.ask), todo(item.act), plain(&item.ask.title));
        let _ = writeln!(out, "          {}", plain(&item.why));
        if item.act == Act::Hear {
            let id = short(&item.ask);
            let _ = writeln!(out, "          Good: `skein asks seen {id}`. Not good: `skein asks reopen {id} WHY`.");
        }
        for reason in &item.fit {
            let _ = writeln!(out, "          - {}", plain(reason));
        }
    }
    if more {
        out.push_str("There is more, when these are done.\n");
    }
    out
}

/// One pattern, and the one act.
fn pattern(pattern: &PatternRow) -> String {
    let about = if pattern.topic.is_empty() { String::new() } else { format!(" about {}", plain(&pattern.topic)) };
    let label =
        if pattern.middle.label.is_empty() { String::new() } else { format!("{}, ", plain(&pattern.middle.label)) };
    let point = pattern.middle.north.zip(pattern.middle.east).map(|(north, east)| format!("{north:.3},{east:.3}"));
    let point = point.unwrap_or_default();
    let far = format!("{} m, {} h", pattern.radius_m, pattern.hours);
    let mut out = format!("{} reports{about}, {far} ({label}{point}): one cause?\n", pattern.count);
    match pattern.once_in {
        Some(1_000) => out.push_str("  So much at once would come by chance less than once in a thousand.\n"),
        Some(_) => out.push_str("  So much at once would come by chance less than once in a hundred.\n"),
        None => out.push_str("  That may be chance.\n"),
    }
    pattern.reports.iter().for_each(|report| out.push_str(&format!("  {}", line(report))));
    match &pattern.fix {
        Some(fix) => {
            let fix = fix.short();
            let _ = writeln!(
                out,
                "  Some joined {fix} already. If the others belong to it: `skein asks join REPORT {fix}`."
            );
        }
        None => {
            let topic = if pattern.topic.is_empty() {
                String::new()
            } else {
                format!(" --topic \"{}\"", plain(&pattern.topic))
            };
            let _ = writeln!(out, "  Open one fix: `skein asks post need \"…\" --point={point}{topic}`,");
            let _ = writeln!(
                out,
                "  then for each report: `skein asks join REPORT FIX`. Whoever follows a report hears of the fix."
            );
        }
    }
    out
}

fn section(out: &mut String, heading: &str, asks: &[AskRow]) {
    if !asks.is_empty() {
        let _ = writeln!(out, "{heading}:\n{}", list(asks, false));
    }
}

fn list(asks: &[AskRow], more: bool) -> String {
    if asks.is_empty() {
        return "Nothing is asked for here. `skein asks post need \"…\"` asks for something.\n".into();
    }
    let mut out: String = asks.iter().map(line).collect();
    if more {
        out.push_str("There are more: see --limit, --kind, --topic, --state.\n");
    }
    out
}

fn line(ask: &AskRow) -> String {
    let mut notes = vec![standing(ask)];
    notes.extend(
        ask.place.as_ref().filter(|place| !place.label.is_empty()).map(|place| format!("in {}", plain(&place.label))),
    );
    notes.extend(ask.until_ms.map(|until| format!("until {}", day(until))));
    notes.extend(ask.urgent.then(|| "urgent".to_string()));
    notes.extend((!ask.topic.is_empty()).then(|| format!("#{}", plain(&ask.topic))));
    let who = if ask.behalf.is_empty() {
        plain(&ask.by.name)
    } else {
        format!("{} for {}", plain(&ask.by.name), plain(&ask.behalf))
    };
    format!("{}  {:<8} {}  ({who}; {})\n", short(ask), name(ask.kind), plain(&ask.title), notes.join(", "))
}

fn short(ask: &AskRow) -> String {
    ask.id.to_string().chars().take(8).collect()
}

/// Where it stands, in words.
fn standing(ask: &AskRow) -> String {
    let mut text = match ask.state {
        State::Open => "open".into(),
        State::Taken if ask.kind == AskKind::Petition => "all signatures are there".into(),
        State::Taken => "taken".to_string(),
        State::Delivered => "done, not yet confirmed".into(),
        State::Done => "done".into(),
        State::Failed => "did not come together".into(),
        State::Withdrawn => "withdrawn".into(),
    };
    if ask.parts.len() == 1 && ask.parts[0].optimum > 1 && ask.state != State::Withdrawn {
        let _ = write!(text, ", {}", amounts(&ask.parts[0]));
    }
    if ask.contested {
        text.push_str(", taken by several while apart");
    }
    if !ask.sure {
        let names: Vec<String> = ask.unheard.iter().take(3).map(|person| plain(&person.name)).collect();
        let more = if ask.unheard.len() > 3 { " and others" } else { "" };
        let _ = write!(text, ", not sure yet: nothing heard of {}{more} since its date", names.join(", "));
    }
    text
}

fn amounts(part: &PartRow) -> String {
    let unit = units(part.unit);
    format!("{} of {} {unit}", part.promised, part.minimum)
}

fn units(unit: Unit) -> &'static str {
    match unit {
        Unit::Things => "pieces",
        Unit::Hours => "hours",
        Unit::People => "people",
        Unit::Signatures => "signatures",
        Unit::Credits => "credits",
    }
}

fn detail(ask: &AskDetail) -> String {
    let row = &ask.row;
    let mut out = format!("{}\n{} {}, {}\n", plain(&row.title), name(row.kind), row.id, standing(row));
    let _ = writeln!(out, "by {} on {}{}", plain(&row.by.name), day(row.posted_ms), leads(&row.leads));
    for (what, value) in [("for", &row.behalf), ("to", &row.addressee), ("about", &row.topic)] {
        if !value.is_empty() {
            let _ = writeln!(out, "{what} {}", plain(value));
        }
    }
    if let Some(place) = &row.place {
        let point = place.north.zip(place.east).map(|(north, east)| format!(" ({north:.3}, {east:.3})"));
        let _ = writeln!(out, "in {}{}", plain(&place.label), point.unwrap_or_default());
    }
    if let Some(until) = row.until_ms {
        let _ = writeln!(out, "until {} UTC", moment(until));
    }
    if !ask.text.is_empty() {
        let lines: String = ask.text.lines().map(|line| format!("  {}\n", plain(line))).collect();
        let _ = write!(out, "\n{lines}");
    }
    if !ask.note.is_empty() {
        let _ = writeln!(out, "\n{}", plain(&ask.note));
    }
    out.push('\n');
    for (number, part) in row.parts.iter().enumerate() {
        let slot =
            part.starts_ms.zip(part.ends_ms).map(|(from, to)| format!(", {} to {} UTC", moment(from), moment(to)));
        let _ = writeln!(out, "{}. {}: {}{}", number + 1, plain(&part.what), amounts(part), slot.unwrap_or_default());
    }
    for promise in &ask.promises {
        let _ = write!(out, "   {}", promised(promise, row));
    }
    for news in &ask.news {
        let _ = writeln!(out, "{} {}: {}", news_word(news.kind), plain(&news.by.name), plain(&news.text));
    }
    for word in &ask.words {
        let kind = if word.kind == Feedback::Thanks { "thanks" } else { "for next time" };
        let _ =
            writeln!(out, "{kind} to {} from {}: {}", plain(&word.to.name), plain(&word.by.name), plain(&word.text));
    }
    for review in &ask.reviews {
        let waits = if review.shown { "" } else { " (shown when the other side has said theirs)" };
        let _ = writeln!(out, "review by {}: {}{waits}", plain(&review.by.name), plain(&review.text));
    }
    for same in &ask.same {
        let _ = write!(out, "same matter: {}", line(same));
    }
    if let Some(next) = &row.next {
        let who =
            next.who.as_ref().map_or("anybody".into(), |who| if next.yours { "you".into() } else { plain(&who.name) });
        let _ = writeln!(out, "\nnext: {} ({who})", todo(next.act));
    }
    out
}

fn leads(leads: &[Person]) -> String {
    let names: Vec<String> = leads.iter().map(|person| plain(&person.name)).collect();
    if names.is_empty() { "; nobody leads it".into() } else { format!("; led by {}", names.join(", ")) }
}

fn news_word(kind: News) -> &'static str {
    match kind {
        News::Update => "news from",
        News::Sent => "brought to its addressee by",
        News::Answer => "the answer, told by",
        News::Lesson => "lesson from",
    }
}

fn promised(promise: &PromiseRow, ask: &AskRow) -> String {
    let held = promise.held.word(ask.kind);
    let part = ask.parts.get(usize::from(promise.part) - 1);
    let unit = part.map_or("", |part| units(part.unit));
    let mut notes = Vec::new();
    notes.extend((ask.parts.len() > 1 && ask.kind != AskKind::Gig).then(|| format!("part {}", promise.part)));
    notes.extend(promise.apart.then(|| "took it while apart".to_string()));
    notes.extend(promise.handed.as_ref().map(|to| format!("handed to {}", plain(&to.name))));
    notes.extend(promise.help.as_ref().map(|help| format!("wants help: {}", plain(help))));
    notes.extend((!promise.note.is_empty()).then(|| plain(&promise.note)));
    notes.extend((!promise.why.is_empty()).then(|| plain(&promise.why)));
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    let amount = if promise.amount == 1 && ask.kind != AskKind::Gig {
        String::new()
    } else {
        format!(" {} {unit}", promise.amount)
    };
    format!("{}  {} {held}{amount}{notes}\n", &promise.id.to_string()[..8], plain(&promise.by.name))
}

/// The text on one line, without control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\t' | '\n') { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}
