//! The node of one community on one device, sans IO: `handle(inputs, now) -> effects`.
//!
//! No clock, socket, task or thread: time comes in with each call, and what is to be done goes out as [`Effect`]s.
//! One call is one SQLite transaction. Own, live and late events take one path: verify, append, fold.

mod accept;
mod ask;
mod fold;
mod forks;
mod frame;
mod hear;
mod index;
mod input;
mod node;
mod peer;
mod presence;
mod query;
mod sync;
mod who;

pub use frame::{Claim, Frame, FrameError, MAX_EVENTS_BYTES, MAX_EVENTS_PER_FRAME, MAX_FRAME_BYTES};
pub use input::{Answer, Effect, Input};
pub use node::{HELD_AHEAD_MS, Keys, Node, NodeError, Rules};
pub use presence::Presence;
pub use query::{query, wants};
pub use who::{HasIt, WhoHas};
