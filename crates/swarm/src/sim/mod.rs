//! A seeded network for swarms: uplinks that send packets of all their transfers in turn, downlinks that take them one after
//! the other, and a delay. The same scene gives the same report, bit by bit.

mod acts;
mod census;
mod rng;
mod scene;
mod wire;
mod world;

pub use census::Census;
pub use rng::Rng;
pub use scene::{Fate, Kind, Report, Scene, Spec};
pub use world::run;
