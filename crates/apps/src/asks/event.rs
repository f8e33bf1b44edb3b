//! What is signed about asks: a protocol. The order of variants and fields is its format; tests pin the bytes. New variants
//! go at the end.
//!
//! All events of an ask have the ask as their object; the first, `Posted`, creates it. What a member offers to be asked for
//! has an object of its own ([`profile_id`]). The words follow Valueflows: an ask is an *intent*, a promise a *commitment*, a
//! delivery that was confirmed an *economic event* (<https://www.valueflo.ws>).
//!
//! A decline is never an event: it stays on the device of whoever declined.

use serde::{Deserialize, Serialize};
use skein_event::{CommunityId, EventId, MemberId, ObjectId, statement};
use ts_rs::TS;

/// Something that happened to an ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Somebody asks for something, or offers it.
    Posted(Posted),
    /// Its poster or one of its leads says it differently.
    Changed(Words),
    /// Its author promises a part. A later promise of the same member for the same part takes the place of the earlier.
    Promised(Promised),
    /// The promise is laid down: by whoever made it, or by the ask's poster or leads.
    Released {
        /// The promise.
        promise: EventId,
        /// Why, in a word; may be empty.
        note: String,
    },
    /// The poster or a lead says whose promises hold for a part; the others there help (or, for a gig, are released).
    Chosen {
        /// Which part.
        part: u16,
        /// The promises that hold.
        promises: Vec<EventId>,
    },
    /// Whoever promised would rather somebody else did it; the promise stays theirs until that one takes it over.
    Handed {
        /// The promise.
        promise: EventId,
        /// To whom; `None` takes the wish back.
        to: Option<MemberId>,
    },
    /// The one to whom it was handed takes it over.
    TakenOver {
        /// The promise.
        promise: EventId,
    },
    /// Whoever promised asks for help with it.
    HelpWanted {
        /// The promise.
        promise: EventId,
        /// With what.
        note: String,
    },
    /// Half the time is over: whoever promised is on track, or needs until then.
    OnTrack {
        /// The promise.
        promise: EventId,
        /// Until when, in milliseconds since 1970, if not as agreed.
        until_ms: Option<u64>,
    },
    /// It is done: said by whoever gives. For a gig, one milestone of it.
    Delivered {
        /// The promise.
        promise: EventId,
        /// The milestone of a gig; else the promise's own part.
        part: u16,
        /// A word about it; may be empty.
        note: String,
    },
    /// Whoever gets it says whether it is good. For a shift, its leads say who came.
    Confirmed {
        /// The promise.
        promise: EventId,
        /// The milestone of a gig; else the promise's own part.
        part: u16,
        /// False: it was not there, or is to be done again.
        good: bool,
        /// A word about it; may be empty.
        note: String,
    },
    /// The ask is over.
    Closed {
        /// How it ended.
        how: Ending,
        /// What came of it, in a line; may be empty.
        note: String,
    },
    /// It is not over after all. Anybody may say so of a report, with a reason; of others the poster and the leads.
    Reopened {
        /// Why.
        why: String,
    },
    /// Somebody takes the lead, shares it, hands it on, or lays it down.
    Led(Lead),
    /// News for all who take part: a petition's update, an addressee's answer, what was learned.
    Told {
        /// What kind of news.
        kind: News,
        /// The news.
        text: String,
    },
    /// A member wants to hear of it (has the same trouble), or no longer.
    Followed {
        /// Whether they follow.
        on: bool,
    },
    /// This is the same matter as that ask: whoever follows this one follows that one.
    Joined {
        /// The other ask; `None` takes it apart again.
        into: Option<ObjectId>,
    },
    /// Thanks, or a word for next time, for a promise; everybody can read it.
    Thanked {
        /// For which promise.
        promise: EventId,
        /// What kind of word.
        kind: Feedback,
        /// The word, one line.
        text: String,
    },
    /// After a gig, one side says how it was with the other. Shown when both sides have.
    Reviewed {
        /// The bid that was accepted.
        promise: EventId,
        /// Whether they would do it again together.
        again: bool,
        /// How it was.
        text: String,
    },
    /// What a member can be asked for. Its object is the member's own [`profile_id`].
    Offering(Profile),
}

/// An ask as it is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// What kind of ask.
    pub kind: AskKind,
    /// What it says.
    pub words: Words,
    /// What is asked for; the milestones of a gig, the slots of a shift.
    pub parts: Vec<Part>,
    /// For whom, if not for the poster: a name or a word.
    pub behalf: String,
    /// To whom a petition or a report goes.
    pub addressee: String,
    /// The message it was made from.
    pub from: Option<EventId>,
}

/// The kinds of asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum AskKind {
    /// Somebody needs something.
    Need,
    /// Somebody gives something.
    Offer,
    /// People for certain hours.
    Shift,
    /// Something is wrong somewhere.
    Report,
    /// Signatures to somebody.
    Petition,
    /// Many small contributions: enough of them by a date, or none.
    Campaign,
    /// A piece of work with milestones, given to one bidder.
    Gig,
}

impl AskKind {
    /// Whether only others than the poster may promise something.
    pub fn is_for_others(self) -> bool {
        matches!(self, Self::Need | Self::Offer | Self::Gig)
    }

    /// Whether it comes together by its date, or not at all: that date stays, and every promise counts.
    pub fn is_all_or_nothing(self) -> bool {
        matches!(self, Self::Campaign | Self::Petition)
    }

    /// Whether what is promised goes to whoever posted it; of an offer it is the other way round.
    pub fn gives_to_poster(self) -> bool {
        self != Self::Offer
    }

    /// Who gives what a member promised.
    pub fn giver(self, poster: MemberId, promised: MemberId) -> MemberId {
        if self.gives_to_poster() { promised } else { poster }
    }

    /// Who gets it.
    pub fn receiver(self, poster: MemberId, promised: MemberId) -> MemberId {
        if self.gives_to_poster() { poster } else { promised }
    }
}

/// Degrees, of the thousandths that events hold.
pub fn degrees(thousandths: i32) -> f64 {
    f64::from(thousandths) / 1_000.0
}

/// What an ask says; may be said differently later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// In one line.
    pub title: String,
    /// More; may be empty.
    pub text: String,
    /// What it is about, in one word: what people are asked by.
    pub topic: String,
    /// Where.
    pub place: Option<Place>,
    /// Until when it is of use, in milliseconds since 1970.
    pub until_ms: Option<u64>,
    /// Whether it is urgent.
    pub urgent: bool,
    /// A shared file or folder that shows it.
    pub share: Option<ObjectId>,
}

/// A place, coarse by nature: whole thousandths of a degree are about a hundred metres.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What people call it; may be empty.
    pub label: String,
    /// Degrees north, in thousandths, and degrees east.
    pub point: Option<(i32, i32)>,
}

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What.
    pub what: String,
    /// Counted in what.
    pub unit: Unit,
    /// So much must be promised before it counts as taken.
    pub minimum: u64,
    /// More than this is not needed.
    pub optimum: u64,
    /// From when until when, in milliseconds since 1970: a slot of a shift.
    pub slot: Option<(u64, u64)>,
}

/// What promises are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Pieces of something.
    Things,
    /// Hours of somebody's time.
    Hours,
    /// People.
    People,
    /// Signatures: one a member.
    Signatures,
    /// The community's own credit.
    Credits,
}

/// A promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promised {
    /// Which part; for a bid on a gig, 0.
    pub part: u16,
    /// How much of it; for a bid, its price in the first part's unit.
    pub amount: u64,
    /// A word with it; may be empty.
    pub note: String,
    /// How many promises for this part its author had seen standing: more than that were made while apart.
    pub seen: u32,
}

/// How an ask ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// What was asked for is there.
    Done,
    /// Its poster no longer asks.
    Withdrawn,
    /// It did not come together; every promise is released.
    Failed,
}

/// What somebody does about the lead of an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lead {
    /// Takes it: if nobody leads, or as one to whom it was given.
    Take,
    /// Gives it to another as well. Said by a lead or the poster.
    Share(MemberId),
    /// Gives it to another instead of oneself. Said by a lead.
    Hand(MemberId),
    /// Lays it down.
    Lay,
}

/// Kinds of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// How it goes.
    Update,
    /// It was handed to its addressee.
    Sent,
    /// What the addressee answered.
    Answer,
    /// What to do the same way, or otherwise, the next time.
    Lesson,
}

/// Kinds of feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Feedback {
    /// Thanks.
    Thanks,
    /// What would make it better the next time.
    NextTime,
}

/// What a member can be asked for. All of it is said by that member, and nothing is worked out about them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Profile {
    /// Topics that they know.
    pub topics: Vec<String>,
    /// Topics that they want to learn.
    pub learning: Vec<String>,
    /// How many promises they want to have open at once; 0: they are not to be asked.
    pub capacity: u8,
    /// The hours of the week in which they can be asked, Monday 00:00 UTC first; empty: at any time.
    pub hours: Vec<u8>,
}

/// How many promises somebody who has said nothing is taken to want open at once.
pub const USUAL_CAPACITY: u8 = 3;

/// The object that a member's [`Profile`] is about.
pub fn profile_id(community: &CommunityId, member: &MemberId) -> ObjectId {
    let parts = [community.as_bytes(), member.as_bytes()];
    ObjectId::from_bytes(statement("skein 2026 asks: what this member of this community can be asked for", &parts))
}
