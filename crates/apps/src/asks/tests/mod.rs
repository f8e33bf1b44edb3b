//! The asks, tried: alone, by several who meet and part, in any order of arrival.

mod dates;
mod hear;
mod life;
mod many;
mod never;
mod orders;
mod patterns;
mod protocol;
mod refused;
pub(super) mod town;
