//! The one trait that every app implements, and the words it is written in.
//!
//! Pure: no clock, no file, no socket, no task. An app sees an event, its [`Meta`] and a [`View`]; nothing else.

mod app;
mod erased;
mod export;
mod meta;
mod outcome;
mod outside;
mod roster;
mod types;
mod view;

pub use app::App;
pub use erased::{DynApp, Erased, Folded, Typed};
pub use export::{Attached, Concern, Pages, day, moment, plain, quoted, read_day};
pub use meta::{Me, Meta, Order};
pub use outcome::{
    Act, Draft, Drill, Fault, Hold, Holding, Import, Imported, Job, Kind, Line, MAX_DRILLS, MAX_NOTE_BYTES,
    MAX_NOTE_KEY_BYTES, Refusal, Unread, Verdict, Want,
};
pub use outside::{
    Bridged, Bridging, Call, MAX_BRIDGED_BYTES, MAX_EACH, MAX_REPLY_BYTES, MAX_TEXT_FILE_BYTES, Outcome, Reply, Spoken,
    TextFile,
};
pub use roster::{Device, Guest, Introduction, KNOCK_BOX_BYTES, Knocking, MAX_KNOCK_BOXES, Pass, Roster, Standing};
pub use types::Declarations;
pub use view::{EventRow, Ids, ObjectRow, View};
