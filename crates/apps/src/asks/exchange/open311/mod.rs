//! Open311 GeoReport v2 (<https://wiki.open311.org/GeoReport_v2>): what cities and their programs speak about reports.

mod server;
#[cfg(test)]
mod tests;
mod words;

pub use server::answer;
