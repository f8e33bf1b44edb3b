//! The village: N real nodes in one process, on a seeded network with loss, delay, cuts, crashes and wrong clocks.
//!
//! For tests only. Everything random comes from one seed, so a failing seed fails again. What happens is made from the
//! list of apps alone: a new app is tried without a line being written here.

mod dump;
mod house;
mod judge;
mod links;
mod luck;
mod monkey;
mod oracle;
mod rng;
mod village;
mod weather;

pub use dump::{Dump, dump};
pub use house::{House, RULES, keys};
pub use monkey::Monkey;
pub use oracle::Verdicts;
pub use rng::Rng;
pub use village::Village;
pub use weather::Weather;
