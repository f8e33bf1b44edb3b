//! Open311 GeoReport v2 (<https://wiki.open311.org/GeoReport_v2>): what cities and their programs speak about reports.

mod client;
mod read;
mod server;
#[cfg(test)]
mod tests;
mod words;

pub use client::{Sending, check, send};
pub use read::items;
pub use server::answer;
