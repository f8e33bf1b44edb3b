//! The host: the thin shell with threads. It owns the nodes, the clock, randomness, the folders and the network, and does
//! what the nodes' effects ask.
//!
//! Nothing here knows an app by name, and nothing here judges an event.

mod answer;
mod answer_drill;
mod background;
mod backup;
mod chance;
mod core;
mod desk;
mod doctor;
mod door;
mod doubts;
mod engine;
mod export;
#[doc(hidden)]
pub mod fuzzing;
mod gift;
mod hall;
mod host;
mod item;
mod knock;
mod link;
mod lobby;
mod mirror;
mod options;
mod outside;
mod profile;
mod pull;
mod record;
mod request;
mod spare;
mod steer;
mod torrent;
mod trouble;
mod wants;
mod wire;

pub use answer::Knock;
pub use answer::{
    CommunityRow, DeviceInvitation, DeviceLinked, DeviceRow, Entered, Fetched, FindingRow, Hit, HolderRow, Invitation,
    Left, LinkKind, LinkRead, MemberRow, ProtocolRow, Renewed, Said, Several, Speech, Standing, Status, Told, WhoHasIt,
};
pub use answer_drill::{Drilled, DrilledHolder, DrilledShare, Shown};
pub use backup::{BackedUp, Passphrase, Restored, restore};
pub use doctor::{Area, Check, Checkup, Level};
pub use export::Exported;
pub use gift::{GiftRow, Giving, TakenFile, Terms};
pub use host::{Ending, Host};
pub use item::{Change, Item, Progress, Unit};
pub use mirror::{BroughtBack, LeftAlone, OldVersion, TieRow, TieState, Tying};
pub use options::Options;
pub use profile::{Profile, Settings};
pub use request::Request;
pub use steer::limits::{Limits, LimitsNow, MAX_WINDOWS, Window};
pub use steer::{Coming, ComingRow, PausedFile, Steering, Which, Why};
pub use torrent::{SeedTerms, TakeTerms, TakenTorrent, TorrentFile, TorrentRequest, TorrentRow, TorrentState};
