//! Torrents and links to them, from anywhere.

use skein_torrent::fuzzing;

use crate::Decoder;

pub const TORRENT: Decoder =
    Decoder { name: "torrent", decode: fuzzing::torrent, seeds: fuzzing::torrents, max_len: 1024, heavy: false };
pub const MAGNET: Decoder =
    Decoder { name: "magnet", decode: fuzzing::magnet, seeds: fuzzing::magnets, max_len: 1024, heavy: false };
