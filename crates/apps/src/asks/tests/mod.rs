//! The asks, tried: alone, by several who meet and part, in any order of arrival.

mod dates;
mod life;
mod never;
mod orders;
mod protocol;
mod refused;
mod town;
