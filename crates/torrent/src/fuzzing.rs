//! The decoders that a stranger's bytes reach, opened for the fuzzer in `fuzz/`. Nothing else may use them.

use crate::bencode;
use crate::{Magnet, Meta};

/// Reads a `.torrent` file; gives whether it is one.
///
/// # Panics
/// If it is not the same after it was written and read again, or leads anywhere.
pub fn torrent(bytes: &[u8]) -> bool {
    let Ok(meta) = Meta::read(bytes) else { return false };
    assert_eq!(Meta::read(&meta.write(&meta.trackers)).ok().as_ref(), Some(&meta), "it is written as it was read");
    let parts = meta.files.iter().flat_map(|file| &file.path).chain([&meta.name]);
    parts
        .for_each(|part| assert!(!part.contains(['/', '\\', '\0']) && part != ".." && part != "." && !part.is_empty()));
    true
}

/// Reads a magnet link; gives whether it is one.
///
/// # Panics
/// If it is not the same after it was written and read again.
pub fn magnet(bytes: &[u8]) -> bool {
    let Some(magnet) = std::str::from_utf8(bytes).ok().and_then(|text| Magnet::read(text).ok()) else { return false };
    if let Ok(again) = Magnet::read(&magnet.write()) {
        assert_eq!(again, magnet, "it is written as it was read");
    }
    true
}

/// Real torrents.
pub fn torrents() -> Vec<Vec<u8>> {
    let file =
        b"d8:announce9:udp://x:14:infod6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
    let files =
        b"d4:infod5:filesld6:lengthi3e4:pathl1:b1:ceed4:attr1:p6:lengthi1e4:pathl4:.pad1:1eee4:name1:a12:piece \
        lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
    debug_assert!(bencode::read(file).is_some());
    vec![file.to_vec(), files.to_vec()]
}

/// Real links.
pub fn magnets() -> Vec<Vec<u8>> {
    let hash = "a621779b5e3d486e127c3efbca9b6f8d135f52e5";
    let more = "&dn=A%20b&tr=http%3A%2F%2F127.0.0.1%3A1%2Fannounce&x.pe=127.0.0.1:6881&x.pe=[::1]:1";
    vec![format!("magnet:?xt=urn:btih:{hash}").into(), format!("magnet:?xt=urn:btih:{hash}{more}").into()]
}
