//! The swarm: who sends which piece of a file to whom, so that everybody has it hardly later than one alone could.
//!
//! **The bound.** With one source of uplink u, N others of uplinks uᵢ and a file of F bytes, nothing can be faster than
//! max(F/u, F/d_min, N·F/(u+Σuᵢ)) (Kumar & Ross, *Peer-Assisted File Distribution: The Minimum Distribution Time*, 2006). To come
//! near it, the source must send every piece once before it sends any twice, and no uplink may rest.
//!
//! **How.** Whoever has a piece serves it while fetching the others, and asks for what fewest have (*rarest first*: Legout,
//! Urvoy-Keller, Michiardi, *Rarest First and Choke Algorithms Are Enough*, 2006). Of a neighbour that has a part, we ask for
//! certain pieces; of a *source* (it had everything from the start), for any: **it chooses**, since it alone knows which pieces it
//! has not sent yet. That is what BitTorrent's *super-seeding* is for, without hiding anything. Among those who ask, it
//! prefers whoever's first copies are soonest with others: so a slow uplink gets few of the pieces that all wait for, without
//! anybody having to be believed. Several sources divide the pieces by rendezvous hashing. Once every missing
//! piece is with somebody else, too, we choose ourselves, and a source is a neighbour like any other.
//!
//! **Queues are short.** On order is about what comes in 100 ms and a round trip and a half; at one neighbour never more than
//! 300 ms. So a choice is made late, when most is known, and nobody waits behind a queue. Neighbours say how long theirs is.
//! What is late by its own estimate is taken back and asked elsewhere; at the very end it is asked twice, the loser cancelled.
//!
//! **The machine** ([`Swarm`]) knows no clock, thread, socket or file: [`Swarm::handle`] takes an [`Input`] and the time, and says
//! in [`Effect`]s what is to be done. It is deterministic, bounded (`MAX_…`), and takes every message as hostile. It must never
//! count a piece as there that the store has not verified.
//!
//! `sim` (feature `sim`) is a seeded network for it; `cargo run --release -p skein-swarm --example sim` shows the figures.

mod ask;
mod bits;
mod cancel;
mod choose;
mod file;
mod hear;
mod input;
mod late;
mod limit;
mod members;
mod message;
mod peer;
mod piece;
mod rarest;
mod rate;
mod receive;
mod serve;
#[cfg(feature = "sim")]
pub mod sim;
mod swarm;

pub use bits::{Bits, Wire};
pub use file::{MAX_NEIGHBOURS, MAX_ORDERS};
pub use hear::MAX_WISHES;
pub use input::{Effect, FileId, Input, Order, Part, Parts, PeerId, Priority, Why};
pub use limit::Bucket;
pub use message::{MAX_ANY, MAX_RUNS, Message};
pub use peer::MAX_MESSAGES;
pub use piece::{GROUP, Layout, MAX_PIECE, MAX_PIECES, MAX_TOGETHER, MIN_PIECE};
pub use serve::MAX_SENDING;
pub use swarm::{MAX_BANNED, MAX_FILES, MAX_PEERS, MAX_STRIKES, Swarm};
