//! Answers: stable JSON. Ids are text, times are milliseconds since 1970, places are degrees.
//!
//! Beside another person's name stands what they said of this ask, never a sum, an average or a rank over their acts.

use serde::{Deserialize, Serialize};
use skein_event::{EventId, MemberId, ObjectId};
use ts_rs::TS;

use crate::asks::event::{AskKind, Feedback, News, Profile, Unit};
use crate::asks::exchange::{Faulty, Planned};
use crate::asks::next::Act;
use crate::asks::state::{Held, State};

/// The answer to a query; in JSON its `answer` says which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// What needs this person now.
    Now {
        /// At most seven, the most pressing first.
        items: Vec<Todo>,
        /// Whether there is more than that.
        more: bool,
        /// Until when this person is not to be asked, if they said so.
        paused_until_ms: Option<u64>,
    },
    /// Asks.
    Asks {
        /// The asks.
        asks: Vec<AskRow>,
        /// Whether there are more.
        more: bool,
    },
    /// One ask.
    Ask {
        /// The ask.
        ask: Box<AskDetail>,
    },
    /// What this person has to do with.
    Mine {
        /// Asks to which they promised something that stands.
        promised: Vec<AskRow>,
        /// Asks of theirs that are not over.
        asked: Vec<AskRow>,
        /// Asks of others that they lead.
        led: Vec<AskRow>,
        /// What they did lately: confirmed, with thanks.
        kept: Vec<AskRow>,
    },
    /// What looks like the same matter.
    Like {
        /// The likeliest first.
        asks: Vec<AskRow>,
    },
    /// Reports that lie close together in place and time.
    Patterns {
        /// The alarms first, then the largest.
        patterns: Vec<PatternRow>,
    },
    /// What this person can be asked for.
    Me {
        /// What everybody can read.
        profile: Profile,
        /// The hours as text.
        hours: String,
        /// Until when they are not to be asked: on this device only.
        paused_until_ms: Option<u64>,
        /// What they declined: on this device only.
        declined: Vec<AskRow>,
    },
    /// A file for other programs.
    File {
        /// What to call it.
        name: String,
        /// Its content type.
        mime: String,
        /// What is in it.
        text: String,
    },
    /// What a file would post.
    Plan {
        /// The rows that would be posted.
        posts: Vec<Planned>,
        /// The rows that need not be.
        here: Vec<Faulty>,
        /// The rows that cannot be.
        faults: Vec<Faulty>,
    },
    /// What asks have named here.
    Words {
        /// Topics, the most used first.
        topics: Vec<String>,
        /// Places, the most used first.
        places: Vec<Spot>,
    },
}

/// A member, with the name they have now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "Somebody")]
pub struct Person {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Spot {
    /// What people call it; may be empty.
    pub label: String,
    /// Degrees north, to about a hundred metres.
    pub north: Option<f64>,
    /// Degrees east.
    pub east: Option<f64>,
}

/// Something that needs this person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Todo {
    /// What to do.
    pub act: Act,
    /// Why, in plain words.
    pub why: String,
    /// Why this person, if they are asked because it fits.
    pub fit: Vec<String>,
    /// By when, if there is a date.
    pub due_ms: Option<u64>,
    /// The promise that it is about.
    pub promise: Option<EventId>,
    /// The ask.
    pub ask: AskRow,
}

/// Reports that may have one cause: what to do is to open one fix, and to join them to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PatternRow {
    /// What they are about; empty if that differs, or none says it.
    pub topic: String,
    /// How many reports.
    pub count: u32,
    /// They lie at most so far from the middle, in metres, to a hundred.
    pub radius_m: u32,
    /// From the first to the last of them, in hours.
    pub hours: u64,
    /// The middle, to about a hundred metres, with the name that the newest of them give it.
    pub middle: Spot,
    /// Whether it is more than chance would bring, compared with all places and the last ninety days.
    pub alarm: bool,
    /// By chance it would come less than once in so many: 100 or 1,000. `null`: it may be chance.
    pub once_in: Option<u32>,
    /// The ask that some of them joined already: the others may belong to it, too.
    pub fix: Option<ObjectId>,
    /// The reports, the newest first; of many, the newest fifty.
    pub reports: Vec<AskRow>,
}

/// An ask in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AskRow {
    /// Its id.
    pub id: ObjectId,
    /// The event that posted it.
    pub event: EventId,
    /// What kind of ask.
    pub kind: AskKind,
    /// In one line.
    pub title: String,
    /// What it is about.
    pub topic: String,
    /// Where.
    pub place: Option<Spot>,
    /// Until when.
    pub until_ms: Option<u64>,
    /// Whether it is urgent.
    pub urgent: bool,
    /// Who posted it.
    pub by: Person,
    /// For whom, if not for them.
    pub behalf: String,
    /// To whom a petition or report goes.
    pub addressee: String,
    /// Where it stands.
    pub state: State,
    /// Whether that can no longer change; false while devices that count have not been heard of since its date.
    pub sure: bool,
    /// Who has not been heard of since its date.
    pub unheard: Vec<Person>,
    /// Whether more people took a part than it needs, knowing nothing of one another.
    pub contested: bool,
    /// Whether more promises are wanted.
    pub room: bool,
    /// What is asked for.
    pub parts: Vec<PartRow>,
    /// Who leads.
    pub leads: Vec<Person>,
    /// The next act.
    pub next: Option<Next>,
    /// This person's own promise.
    pub mine: Option<PromiseRow>,
    /// Whether this person posted or leads it.
    pub minds: bool,
    /// Whether this person hears of it.
    pub follows: bool,
    /// When it was posted.
    pub posted_ms: u64,
    /// When it last changed.
    pub changed_ms: u64,
    /// The ask that is the same matter.
    pub joined: Option<ObjectId>,
}

/// Something that is asked for, and how much of it is promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PartRow {
    /// What.
    pub what: String,
    /// Counted in what.
    pub unit: Unit,
    /// So much makes it come together.
    pub minimum: u64,
    /// More is not needed.
    pub optimum: u64,
    /// How much is promised.
    pub promised: u64,
    /// How much was confirmed.
    pub confirmed: u64,
    /// From when.
    pub starts_ms: Option<u64>,
    /// Until when.
    pub ends_ms: Option<u64>,
}

/// The one next act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Next {
    /// What.
    pub act: Act,
    /// Who can do it; `null`: anybody.
    pub who: Option<Person>,
    /// Whether that is this person.
    pub yours: bool,
}

/// A promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PromiseRow {
    /// Its id.
    pub id: EventId,
    /// Whose.
    pub by: Person,
    /// Which part, counted from 1.
    pub part: u16,
    /// How much.
    pub amount: u64,
    /// The word with it.
    pub note: String,
    /// How it stands.
    pub held: Held,
    /// Whether it was made without knowing of those before it.
    pub apart: bool,
    /// Why it was released.
    pub why: String,
    /// When it was released.
    pub released_ms: Option<u64>,
    /// Who was asked to take it over.
    pub handed: Option<Person>,
    /// With what help is wanted.
    pub help: Option<String>,
    /// By when it is to be kept.
    pub due_ms: Option<u64>,
    /// When it was made.
    pub at_ms: u64,
    /// What came of it, in order.
    pub steps: Vec<StepRow>,
}

/// What came of a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StepRow {
    /// Which part, counted from 1.
    pub part: u16,
    /// What: delivered, confirmed or returned.
    pub held: Held,
    /// A word about it.
    pub note: String,
    /// When.
    pub at_ms: u64,
}

/// An ask with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AskDetail {
    /// What lists show.
    pub row: AskRow,
    /// More about it.
    pub text: String,
    /// A shared file or folder that shows it.
    pub share: Option<ObjectId>,
    /// The message that it was made from.
    pub made_from: Option<EventId>,
    /// How it ended, or why it goes on.
    pub note: String,
    /// The promises, in order; those that were released, too.
    pub promises: Vec<PromiseRow>,
    /// The lead was offered to them.
    pub lead_offered: Vec<Person>,
    /// What was told.
    pub news: Vec<NewsRow>,
    /// Thanks, and words for the next time.
    pub words: Vec<WordRow>,
    /// Reviews, once both are there; one's own at once.
    pub reviews: Vec<ReviewRow>,
    /// How many hear of it.
    pub followers: u32,
    /// The asks that are the same matter and joined this one.
    pub same: Vec<AskRow>,
    /// When this person declined it: on this device only.
    pub declined_ms: Option<u64>,
}

/// News of an ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewsRow {
    /// What kind.
    pub kind: News,
    /// Who told it.
    pub by: Person,
    /// What.
    pub text: String,
    /// When.
    pub at_ms: u64,
}

/// Feedback on a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WordRow {
    /// What kind.
    pub kind: Feedback,
    /// The promise.
    pub promise: EventId,
    /// Who said it.
    pub by: Person,
    /// To whom.
    pub to: Person,
    /// The line.
    pub text: String,
    /// When.
    pub at_ms: u64,
}

/// A review after a gig.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReviewRow {
    /// Who said it.
    pub by: Person,
    /// Whether they would do it again together.
    pub again: bool,
    /// How it was.
    pub text: String,
    /// When.
    pub at_ms: u64,
    /// Whether both see it.
    pub shown: bool,
}
