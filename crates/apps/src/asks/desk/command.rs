//! What a person may do: the command line's help text and the local API's JSON are both made from this.

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use skein_app::{Reply, TextFile};
use ts_rs::TS;

use super::said::{Cleared, Said};
use super::typed::{PartSpec, When};
use crate::asks::event::{AskKind, News};

/// What a person may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Ask for something, or offer it
    Post {
        /// need, offer, shift, report, petition, campaign or gig
        kind: AskKind,
        /// What, in one line
        title: String,
        /// The rest of what it says
        #[command(flatten)]
        #[serde(flatten)]
        said: Said,
        /// What exactly, as often as needed: "3 things blankets", "2-4 people kitchen @ 2026-12-05T10:00/2026-12-05T14:00"
        #[arg(long = "part", value_name = "PART", value_parser = PartSpec::parse)]
        #[serde(default)]
        #[ts(as = "Option<Vec<PartSpec>>", optional)]
        parts: Vec<PartSpec>,
        /// Repeat a shift's slots every week, so many times in all
        #[arg(long, value_name = "WEEKS")]
        #[ts(optional = nullable)]
        weeks: Option<u16>,
        /// For somebody without a device: a name or a word
        #[arg(long = "for", value_name = "WHOM")]
        #[ts(optional = nullable)]
        behalf: Option<String>,
        /// To whom a petition or report goes
        #[arg(long, value_name = "WHOM")]
        #[ts(optional = nullable)]
        to: Option<String>,
        /// The message it is made from: its whole id
        #[arg(long, value_name = "MSG")]
        #[ts(optional = nullable)]
        from: Option<skein_event::EventId>,
    },
    /// Say an ask of yours differently
    Change {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// The new title
        #[arg(long)]
        #[ts(optional = nullable)]
        title: Option<String>,
        /// The rest of what it says
        #[command(flatten)]
        #[serde(flatten)]
        said: Said,
        /// What it no longer says: date, place or picture; as often as needed
        #[arg(long, value_name = "WHAT")]
        #[serde(default)]
        #[ts(as = "Option<Vec<Cleared>>", optional)]
        clear: Vec<Cleared>,
    },
    /// Promise: take it, or a part of it; sign, pledge, bid
    #[command(visible_aliases = ["promise", "sign", "pledge", "bid"])]
    Take {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// Which part, counted from 1
        #[arg(long, default_value_t = 1)]
        #[serde(default = "one")]
        #[ts(as = "Option<u16>", optional)]
        part: u16,
        /// How much; by default what is missing, or one
        #[arg(long)]
        #[ts(optional = nullable)]
        amount: Option<u64>,
        /// A word with it
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// Lay a promise down: your own, or (as who asks) somebody's
    Release {
        /// The promise's id, or the ask if the promise is yours
        promise: String,
        /// Why, in a word
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// Not for me: nobody is told, this never leaves your device
    Decline {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// Ask me again after all
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        undo: bool,
    },
    /// Say whose promises hold: settles what was taken twice, accepts a bid
    #[command(visible_alias = "accept")]
    Choose {
        /// The promises' ids; of one ask and one part
        #[arg(required = true)]
        promises: Vec<String>,
    },
    /// Ask somebody to take your promise over; it stays yours until they do
    Hand {
        /// The promise's id, or the ask
        promise: String,
        /// To whom; leave out to take the wish back
        #[ts(optional = nullable)]
        to: Option<String>,
    },
    /// Take over a promise that was handed to you
    TakeOver {
        /// The promise's id, or the ask
        promise: String,
    },
    /// Ask for help with your promise
    HelpMe {
        /// The promise's id, or the ask
        promise: String,
        /// With what
        note: String,
    },
    /// Say that your promise is on track, or until when you need
    OnTrack {
        /// The promise's id, or the ask
        promise: String,
        /// Until when, if not as agreed
        #[arg(long, value_name = "WHEN")]
        #[ts(as = "Option<String>", optional = nullable)]
        until: Option<When>,
    },
    /// Say that it is done
    #[command(visible_alias = "done")]
    Deliver {
        /// The promise's id, or the ask
        promise: String,
        /// The milestone of a gig, counted from 1
        #[arg(long)]
        #[ts(optional = nullable)]
        part: Option<u16>,
        /// A word about it
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// Say that what you got is good; or, with --bad, that it was not there
    Confirm {
        /// The promise's id, or the ask
        promise: String,
        /// The milestone of a gig, counted from 1
        #[arg(long)]
        #[ts(optional = nullable)]
        part: Option<u16>,
        /// It was not there, or is to be done again
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        bad: bool,
        /// A word about it
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// End an ask
    Close {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// How: done, failed or withdrawn
        #[arg(long, default_value = "done")]
        #[serde(default = "done")]
        #[ts(as = "Option<crate::asks::event::Ending>", optional)]
        how: crate::asks::event::Ending,
        /// What came of it, in a line
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// Open an ask again; anybody may, if it is a report
    Reopen {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// Why
        why: String,
    },
    /// Lead an ask, or share, hand on, lay down its lead
    Lead {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// Offer it to somebody as well
        #[arg(long, value_name = "MEMBER", group = "what")]
        #[ts(optional = nullable)]
        share: Option<String>,
        /// Offer it to somebody instead of you
        #[arg(long, value_name = "MEMBER", group = "what")]
        #[ts(optional = nullable)]
        hand: Option<String>,
        /// Lay it down
        #[arg(long, group = "what")]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        lay_down: bool,
    },
    /// Tell all who take part: an update, an answer, a lesson
    Tell {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// The news
        text: String,
        /// update, sent, answer or lesson
        #[arg(long, default_value = "update")]
        #[serde(default = "update")]
        #[ts(as = "Option<News>", optional)]
        kind: News,
    },
    /// Hear of it, because you have the same trouble or care for it
    Follow {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// No longer
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        stop: bool,
    },
    /// Say that an ask is the same matter as another: whoever follows it follows that one
    Join {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
        /// The other; leave out to take them apart again
        #[ts(optional = nullable)]
        into: Option<String>,
    },
    /// Thank somebody for a promise they kept; one line, for all to read
    Thank {
        /// The promise's id, or the ask if only one helped
        promise: String,
        /// The line
        text: String,
        /// Say instead what would make it better the next time
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        next_time: bool,
    },
    /// After a gig: how it was to work together; shown once both have said it
    Review {
        /// The gig: its id, the first characters of it, or its title
        ask: String,
        /// How it was
        text: String,
        /// Rather not again
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        not_again: bool,
    },
    /// Say what you can be asked for; what you leave out is no longer said
    Can {
        /// A topic that you know; as often as needed
        #[arg(long = "topic", value_name = "TOPIC")]
        #[serde(default)]
        #[ts(as = "Option<Vec<String>>", optional)]
        topics: Vec<String>,
        /// A topic that you want to learn; as often as needed
        #[arg(long = "learn", value_name = "TOPIC")]
        #[serde(default)]
        #[ts(as = "Option<Vec<String>>", optional)]
        learning: Vec<String>,
        /// How many promises you want to have open at once; 0: do not ask me
        #[arg(long, default_value_t = 3)]
        #[serde(default = "three")]
        #[ts(as = "Option<u8>", optional)]
        at_once: u8,
        /// When you can be asked, in UTC: "mon-fri 17-22, sat 9-18"; by default at any time
        #[arg(long, value_name = "HOURS")]
        #[ts(optional = nullable)]
        hours: Option<String>,
    },
    /// Send a report to a city's Open311 server; all who hear of the report are told its number there
    Send {
        /// The report: its id, the first characters of it, or its title
        ask: String,
        /// The server's address, up to what comes before /requests.xml
        #[arg(long, value_name = "URL")]
        to: String,
        /// The city's service_code; by default the service that is called like the report's topic
        #[arg(long, value_name = "CODE")]
        #[ts(optional = nullable)]
        service: Option<String>,
        /// The key that the city gave you, if it wants one
        #[arg(long, value_name = "KEY")]
        #[ts(optional = nullable)]
        api_key: Option<String>,
        /// The city's jurisdiction_id, if the server is for several
        #[arg(long, value_name = "ID")]
        #[ts(optional = nullable)]
        jurisdiction: Option<String>,
        /// Speak JSON with the server instead of XML
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        in_json: bool,
        /// What the server has answered: filled in by the host.
        #[arg(skip)]
        #[serde(default)]
        #[ts(skip)]
        replies: Vec<Reply>,
    },
    /// Ask a city what became of a report that you sent there; what is new is told to all who hear of it
    Check {
        /// The report: its id, the first characters of it, or its title
        ask: String,
        /// What the server has answered: filled in by the host.
        #[arg(skip)]
        #[serde(default)]
        #[ts(skip)]
        replies: Vec<Reply>,
    },
    /// Post what a file holds: needs, offers, reports, as CSV or GeoJSON; what is here already is passed over
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: TextFile,
        /// What the rows are that do not say it: need, offer or report
        #[arg(long)]
        #[ts(optional = nullable)]
        kind: Option<AskKind>,
        /// Leave out the rows that cannot be posted, instead of posting none
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        leave_out: bool,
    },
    /// Do not ask me for a while; nobody is told, this never leaves your device
    Pause {
        /// Until when: a day, a time in UTC or a span from now; "now" ends the pause
        #[ts(as = "String")]
        until: When,
    },
    /// Remember that you were shown an ask, or that you know that a report is done; nobody is told
    #[command(hide = true)]
    Seen {
        /// The ask
        ask: String,
    },
}

fn one() -> u16 {
    1
}

fn three() -> u8 {
    3
}

fn done() -> crate::asks::event::Ending {
    crate::asks::event::Ending::Done
}

fn update() -> News {
    News::Update
}
