//! Asks as screens show them.

use skein_app::{Fault, Me, View};
use skein_event::{EventId, MemberId};

use super::answer::{AskDetail, AskRow, NewsRow, Next, PartRow, Person, PromiseRow, ReviewRow, Spot, StepRow, WordRow};
use crate::asks::ask::{Ask, Step};
use crate::asks::event::{Feedback, News, Place, degrees};
use crate::asks::heard;
use crate::asks::names::Names;
use crate::asks::row::{CONFIRMED, DELIVERED, named};
use crate::asks::state::{Held, Promised, Standing, State};

/// The most news, words and reviews that one answer holds of each.
const MAX_WORDS: i64 = 500;
/// The most asks that joined another which are shown with it.
const MAX_SAME: i64 = 100;

/// Turns asks into what screens show, for one person; looks up each name once.
pub struct Shower<'a> {
    me: &'a Me,
    view: &'a View<'a>,
    names: Names<'a>,
}

/// A place in degrees.
pub fn spot(place: &Place) -> Spot {
    Spot {
        label: place.label.clone(),
        north: place.point.map(|point| degrees(point.0)),
        east: place.point.map(|point| degrees(point.1)),
    }
}

impl<'a> Shower<'a> {
    /// For this person.
    pub fn new(me: &'a Me, view: &'a View<'a>) -> Self {
        Self { me, view, names: Names::new(view) }
    }

    /// A member with their name.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn person(&mut self, member: MemberId) -> Result<Person, Fault> {
        Ok(Person { member, name: self.names.of(&member)? })
    }

    fn people(&mut self, members: impl IntoIterator<Item = MemberId>) -> Result<Vec<Person>, Fault> {
        members.into_iter().map(|member| self.person(member)).collect()
    }

    /// An ask in a list.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn row(&mut self, ask: &Ask) -> Result<AskRow, Fault> {
        let now_ms = self.me.now_ms;
        let standing = Standing::of(ask, now_ms);
        let unheard = heard::unheard(&standing, now_ms, self.view)?;
        let next = match standing.next(now_ms) {
            None => None,
            Some((act, who)) => {
                let yours = who.map_or_else(
                    || !(ask.kind.is_for_others() && ask.by == self.me.member),
                    |who| who == self.me.member,
                );
                Some(Next { act, who: who.map(|who| self.person(who)).transpose()?, yours })
            }
        };
        let mine =
            standing.promises().filter(|one| one.promise.member == self.me.member && one.promise.released.is_none());
        let mine = mine.last().map(|mine| self.promise(&standing, &mine)).transpose()?;
        Ok(AskRow {
            id: ask.id,
            event: ask.posted,
            kind: ask.kind,
            title: ask.words.title.clone(),
            topic: ask.words.topic.clone(),
            place: ask.words.place.as_ref().map(spot),
            until_ms: ask.words.until_ms,
            urgent: ask.words.urgent,
            by: self.person(ask.by)?,
            behalf: ask.behalf.clone(),
            addressee: ask.addressee.clone(),
            state: standing.state,
            sure: unheard.as_ref().is_none_or(Vec::is_empty),
            unheard: self.people(unheard.unwrap_or_default())?,
            contested: standing.contested,
            room: standing.has_room(),
            parts: parts(&standing),
            leads: self.people(ask.leading().map(|led| led.member).collect::<Vec<_>>())?,
            next,
            mine,
            minds: ask.minds(&self.me.member),
            follows: self.follows(ask)?,
            posted_ms: ask.tick.ms(),
            changed_ms: ask.changed.ms(),
            joined: ask.joined,
        })
    }

    /// Several.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn rows<'b>(&mut self, asks: impl IntoIterator<Item = &'b Ask>) -> Result<Vec<AskRow>, Fault> {
        asks.into_iter().map(|ask| self.row(ask)).collect()
    }

    /// Whoever follows what joined an ask follows that ask.
    fn follows(&self, ask: &Ask) -> Result<bool, Fault> {
        let sql = "SELECT 1 FROM asks_follow WHERE member = ?3
                      AND (object = ?1 OR object IN (SELECT object FROM asks_ask WHERE joined = ?2)) LIMIT 1";
        let params = (ask.row, ask.id.as_bytes(), self.me.member.as_bytes());
        Ok(self.view.first(sql, params, |_| Ok(()))?.is_some())
    }

    fn promise(&mut self, standing: &Standing<'_>, one: &Promised<'_>) -> Result<PromiseRow, Fault> {
        let Promised { promise, held, unseen } = *one;
        let late = standing.state == State::Done && promise.chosen.is_none();
        Ok(PromiseRow {
            id: promise.id,
            by: self.person(promise.member)?,
            part: promise.part + 1,
            amount: promise.amount,
            note: promise.note.clone(),
            held,
            apart: unseen && (late || matches!(held, Held::Helps | Held::Waits)),
            why: promise.why.clone(),
            released_ms: promise.released.map(|tick| tick.ms()),
            handed: promise.handed.map(|to| self.person(to)).transpose()?,
            help: promise.help.clone(),
            due_ms: standing.due(promise),
            at_ms: promise.tick.ms(),
            steps: promise.steps.iter().map(step).collect(),
        })
    }

    /// An ask with all that belongs to it.
    ///
    /// # Errors
    /// Only if the store fails.
    pub fn detail(&mut self, ask: &Ask) -> Result<AskDetail, Fault> {
        let standing = Standing::of(ask, self.me.now_ms);
        let promises = standing.promises().map(|one| self.promise(&standing, &one)).collect::<Result<_, _>>()?;
        let offered: Vec<_> = ask.leads.iter().filter(|led| led.offered_by.is_some()).map(|led| led.member).collect();
        let sql = "SELECT count(DISTINCT member) FROM asks_follow
                   WHERE object = ?1 OR object IN (SELECT object FROM asks_ask WHERE joined = ?2)";
        let followers = self.view.first(sql, (ask.row, ask.id.as_bytes()), |row| row.get(0))?.unwrap_or(0);
        let same = Ask::all("a.joined = ?1 ORDER BY a.tick LIMIT ?2", (ask.id.as_bytes(), MAX_SAME), self.view)?;
        Ok(AskDetail {
            row: self.row(ask)?,
            text: ask.words.text.clone(),
            share: ask.words.share,
            made_from: ask.made_from,
            note: ask.note.clone(),
            promises,
            lead_offered: self.people(offered)?,
            news: self.news(ask)?,
            words: self.words(ask)?,
            reviews: self.reviews(ask)?,
            followers,
            same: self.rows(&same)?,
            declined_ms: super::aside::declined(&ask.id, self.view)?,
        })
    }

    fn news(&mut self, ask: &Ask) -> Result<Vec<NewsRow>, Fault> {
        let sql = "SELECT kind, member, text, tick FROM asks_news WHERE object = ?1 ORDER BY tick DESC, id LIMIT ?2";
        let rows = self.view.all(sql, (ask.row, MAX_WORDS), |row| {
            Ok((row.get::<_, String>(0)?, MemberId::from_bytes(row.get(1)?), row.get(2)?, row.get::<_, i64>(3)?))
        })?;
        let one = |(kind, by, text, tick): (String, _, _, i64)| {
            let kind = named(&kind).unwrap_or(News::Update);
            Ok(NewsRow { kind, by: self.person(by)?, text, at_ms: ms(tick) })
        };
        rows.into_iter().map(one).collect()
    }

    fn words(&mut self, ask: &Ask) -> Result<Vec<WordRow>, Fault> {
        let sql =
            "SELECT kind, member, text, tick, promise FROM asks_word WHERE object = ?1 ORDER BY tick, id LIMIT ?2";
        let rows = self.view.all(sql, (ask.row, MAX_WORDS), |row| {
            let (by, promise) = (MemberId::from_bytes(row.get(1)?), EventId::from_bytes(row.get(4)?));
            Ok((row.get::<_, String>(0)?, by, row.get::<_, String>(2)?, row.get::<_, i64>(3)?, promise))
        })?;
        let mut words = Vec::new();
        for (kind, by, text, tick, promise) in rows {
            let Some(of) = ask.promises.iter().find(|of| of.id == promise) else { continue };
            let kind = named(&kind).unwrap_or(Feedback::Thanks);
            let (by, to) = (self.person(by)?, self.person(ask.giver(of))?);
            words.push(WordRow { kind, promise, by, to, text, at_ms: ms(tick) });
        }
        Ok(words)
    }

    /// Shown when both are there, or a month after the end; one's own at once.
    fn reviews(&mut self, ask: &Ask) -> Result<Vec<ReviewRow>, Fault> {
        let sql = "SELECT member, again, text, tick, count(*) OVER (PARTITION BY promise)
                   FROM asks_review WHERE object = ?1 ORDER BY tick, member LIMIT ?2";
        let rows = self.view.all(sql, (ask.row, MAX_WORDS), |row| {
            let both = row.get::<_, i64>(4)? > 1;
            Ok((MemberId::from_bytes(row.get(0)?), row.get(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?, both))
        })?;
        let mut reviews = Vec::new();
        for (by, again, text, tick, shown) in rows {
            if shown || by == self.me.member {
                reviews.push(ReviewRow { by: self.person(by)?, again, text, at_ms: ms(tick), shown });
            }
        }
        Ok(reviews)
    }
}

fn ms(tick: i64) -> u64 {
    skein_event::Tick::from_raw(tick as u64).ms()
}

fn step(step: &Step) -> StepRow {
    let held = match step.kind {
        DELIVERED => Held::Delivered,
        CONFIRMED => Held::Confirmed,
        _ => Held::Returned,
    };
    StepRow { part: step.part + 1, held, note: step.note.clone(), at_ms: step.tick.ms() }
}

fn parts(standing: &Standing<'_>) -> Vec<PartRow> {
    let one = |(part, filled): (&crate::asks::event::Part, &crate::asks::state::Filled)| PartRow {
        what: part.what.clone(),
        unit: part.unit,
        minimum: part.minimum,
        optimum: part.optimum,
        promised: filled.promised,
        confirmed: filled.confirmed,
        starts_ms: part.slot.map(|slot| slot.0),
        ends_ms: part.slot.map(|slot| slot.1),
    };
    standing.ask.parts.iter().zip(&standing.filled).map(one).collect()
}
