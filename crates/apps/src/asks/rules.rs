//! What counts: the same on every device. Sees one ask's rows and nothing else; knows no clock but the events' own.

use skein_app::{Fault, Meta, Verdict, View};
use skein_event::{EventId, MemberId, ObjectId};

use super::event::{AskKind, Ending, Event, Lead, News, Promised, Words, profile_id};
use super::fits::{self, MAX_CHOSEN, MAX_LEADS, MAX_PROMISES};
use super::row::{self, Head, Promise};

type Judged = Result<Result<(), &'static str>, Fault>;

/// Judges an event by what was said of its ask before, in the order of ticks.
pub(super) fn check(event: &Event, meta: &Meta, view: &View<'_>) -> Result<Verdict, Fault> {
    let verdict = match event {
        Event::Offering(profile) => {
            let own = profile_id(&meta.community, &meta.member) == meta.object;
            if own { fits::profile(profile) } else { Err("this is another member's own page") }
        }
        Event::Posted(posted) => {
            let made = ObjectId::created_by(&meta.community, &meta.author, meta.seq);
            match row::head(view)? {
                Some(_) => Err("this ask is posted already"),
                None if made != meta.object => Err("an ask begins with its own first event"),
                None => fits::posted(posted, meta.tick.ms()),
            }
        }
        _ => match row::head(view)? {
            None => Err("there is no such ask"),
            Some(head) => Case { head, meta, view }.judge(event)?,
        },
    };
    Ok(verdict.map_or_else(|why| Verdict::Reject(why.into()), |()| Verdict::Accept))
}

/// An event about an ask that is there.
struct Case<'a> {
    head: Head,
    meta: &'a Meta,
    view: &'a View<'a>,
}

impl Case<'_> {
    fn judge(&self, event: &Event) -> Judged {
        match event {
            Event::Posted(_) | Event::Offering(_) => Ok(Err("this is said elsewhere")),
            Event::Changed(words) => self.minds(|| {
                let same = !self.head.kind.is_all_or_nothing() || words.until_ms == self.head.until_ms;
                // Else who pledged by one date could be held to another.
                if !same { Err("its date stays as it was posted") } else { self.changed(words) }
            }),
            Event::Promised(promised) => self.promised(promised),
            Event::Released { promise, note } => self.released(promise, note),
            Event::Chosen { part, promises } => self.chosen(*part, promises),
            Event::Handed { promise, to } => self.of_own(promise, |_| {
                let other = to.is_none_or(|to| to != self.meta.member);
                if other { Ok(()) } else { Err("it is yours already") }
            }),
            Event::TakenOver { promise } => self.taken_over(promise),
            Event::HelpWanted { promise, note } => self.of_own(promise, |_| fits::note(note)),
            Event::OnTrack { promise, until_ms } => {
                let date = || until_ms.map_or(Ok(()), |until| fits::date(until, self.meta.tick.ms()));
                self.of_own(promise, |_| date())
            }
            Event::Delivered { promise, part, note } => self.delivered(promise, *part, note),
            Event::Confirmed { promise, part, note, .. } => self.confirmed(promise, *part, note),
            Event::Closed { how, note } => self.closed(*how, note),
            Event::Reopened { why } => self.reopened(why),
            Event::Led(lead) => self.led(lead),
            Event::Told { kind, text } => self.told(*kind, text),
            Event::Followed { .. } => Ok(Ok(())),
            Event::Joined { into } => self.joined(into.as_ref()),
            Event::Thanked { promise, text, .. } => self.thanked(promise, text),
            Event::Reviewed { promise, text, .. } => self.reviewed(promise, text),
        }
    }

    fn is_open(&self) -> Result<(), &'static str> {
        if self.head.ended.is_none() { Ok(()) } else { Err("this ask is over") }
    }

    /// Whether whoever speaks posted it or leads it.
    fn is_minder(&self) -> Result<bool, Fault> {
        Ok(self.head.poster == self.meta.member || row::leads(&self.meta.member, self.view)?)
    }

    fn minds(&self, then: impl FnOnce() -> Result<(), &'static str>) -> Judged {
        if !self.is_minder()? {
            return Ok(Err("only who posted it, or leads it, may do that"));
        }
        Ok(self.is_open().and_then(|()| then()))
    }

    /// A promise that stands.
    fn standing(&self, promise: &EventId) -> Result<Result<Promise, &'static str>, Fault> {
        Ok(match row::promise(promise, self.view)? {
            None => Err("there is no such promise"),
            Some(promise) if promise.released => Err("this promise was released"),
            Some(promise) => Ok(promise),
        })
    }

    /// A date that is over may stay as it is.
    fn changed(&self, words: &Words) -> Result<(), &'static str> {
        let kept = words.until_ms == self.head.until_ms;
        let words = Words { until_ms: words.until_ms.filter(|_| !kept), ..words.clone() };
        fits::words(&words, self.meta.tick.ms())
    }

    fn of_own(&self, promise: &EventId, then: impl FnOnce(&Promise) -> Result<(), &'static str>) -> Judged {
        Ok(self.is_open().and(self.standing(promise)?).and_then(|promise| {
            if promise.member == self.meta.member { then(&promise) } else { Err("this is somebody else's promise") }
        }))
    }

    fn promised(&self, promised: &Promised) -> Judged {
        let (head, meta) = (&self.head, self.meta);
        let own = head.poster == meta.member && head.kind.is_for_others();
        let over = head.kind.is_all_or_nothing() && head.until_ms.is_some_and(|until| meta.tick.ms() > until);
        let there = row::has_part(promised.part, self.view)? && (head.kind != AskKind::Gig || promised.part == 0);
        Ok(self.is_open().and_then(|()| match () {
            () if own => Err("this is your own"),
            () if over => Err("its date is over"),
            () if !there => Err("it has no such part"),
            () if head.promises >= MAX_PROMISES => Err("it has more promises than fit"),
            () => fits::promise(head.kind, promised),
        }))
    }

    fn released(&self, promise: &EventId, note: &str) -> Judged {
        // What comes together by a date is in the hands of those who pledged, and of nobody else.
        let minder = self.is_minder()? && !self.head.kind.is_all_or_nothing();
        let kept = row::confirmed(promise, None, self.view)?;
        Ok(self.standing(promise)?.and_then(|promise| match () {
            () if promise.member != self.meta.member && !minder => Err("this is somebody else's promise"),
            () if kept => Err("it is delivered and confirmed"),
            () => fits::note(note),
        }))
    }

    fn chosen(&self, part: u16, promises: &[EventId]) -> Judged {
        let few = match self.head.kind {
            AskKind::Gig => 1,
            kind if kind.is_all_or_nothing() => return Ok(Err("here all promises count")),
            _ => MAX_CHOSEN,
        };
        if promises.is_empty() || promises.len() > few {
            return Ok(Err("that is not so many promises as can be chosen"));
        }
        for promise in promises {
            match self.standing(promise)? {
                Ok(promise) if promise.part == part => {}
                Ok(_) => return Ok(Err("this promise is for something else")),
                Err(why) => return Ok(Err(why)),
            }
        }
        self.minds(|| Ok(()))
    }

    fn taken_over(&self, promise: &EventId) -> Judged {
        let own = self.head.poster == self.meta.member && self.head.kind.gives_to_poster();
        Ok(self.is_open().and(self.standing(promise)?).and_then(|promise| match () {
            () if promise.handed != Some(self.meta.member) => Err("it was not handed to you"),
            () if own => Err("this is your own"),
            () => Ok(()),
        }))
    }

    fn milestone(&self, promise: &Promise, part: u16) -> Judged {
        Ok(match self.head.kind {
            AskKind::Petition => Err("a signature is given when it is promised"),
            AskKind::Gig if promise.chosen != Some(true) => Err("this bid was not accepted"),
            AskKind::Gig if row::has_part(part, self.view)? => Ok(()),
            AskKind::Gig => Err("there is no such milestone"),
            _ if promise.part == part => Ok(()),
            _ => Err("this promise is for something else"),
        })
    }

    fn delivered(&self, id: &EventId, part: u16, note: &str) -> Judged {
        let promise = match self.is_open().and(self.standing(id)?) {
            Ok(promise) => promise,
            Err(why) => return Ok(Err(why)),
        };
        let kept = row::confirmed(id, Some(part), self.view)?;
        let milestone = self.milestone(&promise, part)?;
        Ok(milestone.and_then(|()| match () {
            () if self.head.giver(&promise) != self.meta.member => Err("only who gives it says that it is done"),
            () if kept => Err("it is confirmed already"),
            () => fits::note(note),
        }))
    }

    fn confirmed(&self, id: &EventId, part: u16, note: &str) -> Judged {
        let promise = match self.is_open().and(self.standing(id)?) {
            Ok(promise) => promise,
            Err(why) => return Ok(Err(why)),
        };
        let leads = self.is_minder()? && self.head.kind.gives_to_poster();
        let milestone = self.milestone(&promise, part)?;
        let me = self.meta.member;
        Ok(milestone.and_then(|()| match () {
            () if self.head.giver(&promise) == me => Err("nobody confirms what they did themselves"),
            () if self.head.receiver(&promise) != me && !leads => Err("only who gets it may confirm it"),
            () => fits::note(note),
        }))
    }

    fn closed(&self, how: Ending, note: &str) -> Judged {
        let poster = self.head.poster == self.meta.member;
        self.minds(|| match how {
            Ending::Withdrawn if !poster => Err("only who posted it may withdraw it"),
            _ => fits::note(note),
        })
    }

    fn reopened(&self, why: &str) -> Judged {
        let anyone = self.head.kind == AskKind::Report;
        // A report that joined another ask may be over because that one is, which cannot be seen from here.
        let answered = self.head.kind == AskKind::Petition && row::told(self.view.object(), News::Answer, self.view)?;
        let over = self.head.ended.is_some() || (anyone && self.head.joined) || answered || row::any_step(self.view)?;
        let may = anyone || self.is_minder()?;
        Ok(match () {
            () if !may => Err("only who posted it, or leads it, may do that"),
            () if !over => Err("it is still open"),
            () => fits::line(why),
        })
    }

    fn led(&self, lead: &Lead) -> Judged {
        let me = &self.meta.member;
        let (leads, offered) = (row::leads(me, self.view)?, row::lead_offered(me, self.view)?);
        let count = row::lead_count(self.view)?;
        let minder = leads || self.head.poster == *me;
        let given = |to: &MemberId| match () {
            () if to == me => Err("nobody gives the lead to themselves"),
            () if count >= MAX_LEADS => Err("seven lead it already"),
            () => Ok(()),
        };
        Ok(self.is_open().and_then(|()| match lead {
            Lead::Take if leads => Err("you lead it already"),
            Lead::Take if count == 0 || offered => Ok(()),
            Lead::Take => Err("somebody leads it; they can share the lead"),
            Lead::Share(to) if minder => given(to),
            Lead::Hand(to) if leads => given(to),
            Lead::Lay if leads || offered => Ok(()),
            Lead::Share(_) | Lead::Hand(_) | Lead::Lay => Err("only who leads it may do that"),
        }))
    }

    fn told(&self, kind: News, text: &str) -> Judged {
        let minder = self.is_minder()?;
        let took_part = minder || row::took_part(&self.meta.member, self.view)?;
        let may = if kind == News::Lesson { took_part } else { minder };
        Ok(if may { fits::news(text) } else { Err("only who posted it, or leads it, may do that") })
    }

    fn joined(&self, into: Option<&ObjectId>) -> Judged {
        let may = self.head.kind == AskKind::Report || self.is_minder()?;
        Ok(match () {
            () if !may => Err("only who posted it, or leads it, may do that"),
            () if into == Some(&self.meta.object) => Err("it is that ask itself"),
            () => Ok(()),
        })
    }

    fn thanked(&self, promise: &EventId, text: &str) -> Judged {
        Ok(match row::promise(promise, self.view)? {
            None => Err("there is no such promise"),
            Some(promise) if self.head.giver(&promise) == self.meta.member => Err("nobody thanks themselves"),
            Some(_) => fits::line(text),
        })
    }

    fn reviewed(&self, id: &EventId, text: &str) -> Judged {
        let Some(promise) = row::promise(id, self.view)? else { return Ok(Err("there is no such promise")) };
        let part_of_it = [self.head.poster, promise.member].contains(&self.meta.member);
        let all = row::all_confirmed(id, self.view)?;
        Ok(match () {
            () if self.head.kind != AskKind::Gig || promise.chosen != Some(true) => Err("no such work was agreed"),
            () if !part_of_it => Err("only those two may review it"),
            () if !all && self.head.ended.is_none() => Err("the work is not over yet"),
            () => fits::news(text),
        })
    }
}
