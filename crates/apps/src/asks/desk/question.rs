//! What a person may ask about asks.

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use skein_app::TextFile;
use ts_rs::TS;

use crate::asks::event::AskKind;
use crate::asks::exchange::FileKind;
use crate::asks::state::State;

/// What a person may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Query {
    /// What needs you now: at most seven, the most pressing first, each with its reason
    Now,
    /// What there is, the newest change first
    Ls {
        /// Words in the title or text
        #[ts(optional = nullable)]
        words: Option<String>,
        /// need, offer, shift, report, petition, campaign or gig
        #[arg(long)]
        #[ts(optional = nullable)]
        kind: Option<AskKind>,
        /// One topic
        #[arg(long)]
        #[ts(optional = nullable)]
        topic: Option<String>,
        /// Part of a place's name
        #[arg(long)]
        #[ts(optional = nullable)]
        place: Option<String>,
        /// open, taken, delivered, done, failed or withdrawn; by default what is not over
        #[arg(long)]
        #[ts(optional = nullable)]
        state: Option<State>,
        /// Also what is over
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        all: bool,
        /// The longest without a change first
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        oldest: bool,
        /// How many at most (up to 1,000)
        #[arg(long, default_value_t = LISTED)]
        #[serde(default = "listed")]
        #[ts(as = "Option<u32>", optional)]
        limit: u32,
    },
    /// One ask: what it needs, who promised what, what is next
    Show {
        /// The ask: its id, the first characters of it, or its title
        ask: String,
    },
    /// What you promised, what you ask for, what you lead
    Mine,
    /// What looks like the same matter, before you post it
    Like {
        /// need, offer, shift, report, petition, campaign or gig
        kind: AskKind,
        /// The title
        title: String,
        /// The topic
        #[arg(long)]
        #[ts(optional = nullable)]
        topic: Option<String>,
        /// Degrees north and east
        #[arg(long, value_name = "NORTH,EAST", allow_hyphen_values = true)]
        #[ts(optional = nullable)]
        point: Option<String>,
    },
    /// What there is as a file for other programs: `skein asks export --as csv > asks.csv`
    Export {
        /// csv, geojson or ics
        #[arg(long = "as", value_name = "FORMAT", default_value = "csv")]
        #[serde(rename = "as", default = "csv")]
        #[ts(as = "Option<FileKind>", optional)]
        format: FileKind,
        /// need, offer, shift, report, petition, campaign or gig
        #[arg(long)]
        #[ts(optional = nullable)]
        kind: Option<AskKind>,
        /// One topic
        #[arg(long)]
        #[ts(optional = nullable)]
        topic: Option<String>,
        /// open, taken, delivered, done, failed or withdrawn
        #[arg(long)]
        #[ts(optional = nullable)]
        state: Option<State>,
        /// Only what is not over
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        open: bool,
    },
    /// What `skein asks import` would post, row by row; nothing is posted
    ImportCheck {
        /// The file
        #[arg(value_name = "FILE")]
        file: TextFile,
        /// What the rows are that do not say it: need, offer or report
        #[arg(long)]
        #[ts(optional = nullable)]
        kind: Option<AskKind>,
    },
    /// Reports that lie close together in place and time: they may have one cause
    Patterns,
    /// What you said you can be asked for
    Me,
    /// Topics, places and people that asks have named here
    Words,
}

/// How many asks are listed if nothing else is said.
pub const LISTED: u32 = 100;

fn listed() -> u32 {
    LISTED
}

fn csv() -> FileKind {
    FileKind::Csv
}
