//! What can be typed about shares, done and asked. Local, free to change.

use std::path::PathBuf;

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use skein_app::Import;
use skein_event::BlobHash;
use ts_rs::TS;

use super::answer;
use super::copies::desk::{Amount, Number};

/// What a person may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Share a file or folder with the community
    Add {
        /// The file or folder
        path: Import,
        /// What to call it; by default as it is called here
        #[arg(long)]
        #[ts(optional = nullable)]
        name: Option<String>,
        /// A word about it
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// Fetch a share and put it into a folder
    Get {
        /// Its name, or the beginning of its id
        share: String,
        /// The folder to put it in; by default the one you are in
        #[arg(long, value_name = "DIR")]
        #[ts(optional = nullable)]
        to: Option<PathBuf>,
        /// An earlier version, by its number in `show`
        #[arg(long)]
        #[ts(optional = nullable)]
        version: Option<u32>,
    },
    /// Hold a copy on this device for the others, also of new versions, even if it is taken back
    Keep {
        /// Its name, or the beginning of its id
        share: String,
    },
    /// Let this device's own copy go; what you have put elsewhere with `get` stays
    Drop {
        /// Its name, or the beginning of its id
        share: String,
        /// Also if nobody else is known to hold it: it may be lost for good
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        even_if_last: bool,
    },
    /// Call a share of yours differently
    Rename {
        /// Its name, or the beginning of its id
        share: String,
        /// The new name
        name: String,
        /// A new word about it; by default as before
        #[arg(long)]
        #[ts(optional = nullable)]
        note: Option<String>,
    },
    /// Give a new version of a share of yours; the old ones stay to be had
    Update {
        /// Its name, or the beginning of its id
        share: String,
        /// The file or folder as it is now
        path: Import,
    },
    /// Take a share of yours back: it goes from everybody's list and devices, but for those who keep it
    Rm {
        /// Its name, or the beginning of its id
        share: String,
    },
    /// Ask for so many copies of everything that is shared, on devices that offer room
    Copies {
        /// How many: 1 to 64; or "none"
        #[ts(as = "Option<u32>")]
        number: Number,
        /// Only of this share of yours; "none": as many as of everything
        #[arg(long)]
        #[ts(optional = nullable)]
        share: Option<String>,
    },
    /// Offer room on this device for copies of what others share
    Room {
        /// How much: 20GB, 1.5TB; or "none"
        #[ts(as = "u64")]
        bytes: Amount,
    },
    /// Have those who hold a share show that they do; without a name, of the newest hundred shares
    Drill {
        /// Its name, or the beginning of its id
        #[ts(optional = nullable)]
        share: Option<String>,
        /// Fetch all of it from the others into a place for that, check it, and throw it away
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        whole: bool,
    },
    /// Say how much of what this device offers its disk allows
    #[command(hide = true)]
    Fits {
        /// In bytes
        fits: u64,
    },
    /// Say that this device holds a share for the others
    #[command(hide = true)]
    HeldForOthers {
        /// Its name, or the beginning of its id
        share: String,
        /// Which content
        #[arg(long)]
        root: BlobHash,
    },
    /// Say that this device does not take a share: it is larger than was said
    #[command(hide = true)]
    Unfit {
        /// Its name, or the beginning of its id
        share: String,
        /// Which content
        #[arg(long)]
        root: BlobHash,
    },
    /// Say that this device holds a share whole
    #[command(hide = true)]
    Held {
        /// Its name, or the beginning of its id
        share: String,
        /// Which content
        #[arg(long)]
        root: BlobHash,
    },
    /// Say that this device no longer holds a share
    #[command(hide = true)]
    Unheld {
        /// Its name, or the beginning of its id
        share: String,
        /// Which content
        #[arg(long)]
        root: BlobHash,
    },
}

/// What a person may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Subcommand, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Query {
    /// What is shared, the newest first
    Ls {
        /// Part of a name, or a pattern with * and ?
        #[ts(optional = nullable)]
        pattern: Option<String>,
        /// Also what was taken back
        #[arg(long)]
        #[serde(default)]
        #[ts(as = "Option<_>", optional)]
        all: bool,
        /// How many at most (up to 10,000)
        #[arg(long, default_value_t = answer::LISTED)]
        #[serde(default = "answer::listed")]
        #[ts(as = "Option<_>", optional)]
        limit: usize,
    },
    /// One share: its versions and who holds it
    Show {
        /// Its name, or the beginning of its id
        share: String,
    },
    /// Which devices hold a share, whose they are and since when
    Holders {
        /// Its name, or the beginning of its id
        share: String,
    },
    /// What only you hold: what would be lost with your device
    Sole,
    /// How many copies are asked for, who offers room, and what has too few
    Safety,
}
