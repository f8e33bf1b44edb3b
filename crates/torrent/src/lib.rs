//! Torrents: a thin shell over librqbit, by which files go to people outside and come from them.
//!
//! It knows no event, member or community: the host joins it to them. Nothing of it runs, and no port is open, while there is no
//! torrent. Without an address that a person gave it talks to nobody: no DHT, no search of the local network, no port opened in a
//! router, and trackers only by name.

mod bencode;
mod content;
mod engine;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod magnet;
mod make;
mod meta;
mod names;
mod storage;
mod waiting;

pub use content::{Content, Disk, Found, find};
pub use engine::{Active, Place, Sources, Told, Torrents};
pub use error::TorrentError;
pub use magnet::{Magnet, is_tracker};
pub use make::make;
pub use meta::{File, MAX_TORRENT_BYTES, Meta};
pub use waiting::Progress;
