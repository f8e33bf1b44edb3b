//! The decoders of a backup file, opened for the fuzzer in `fuzz/`. Nothing else may use them.

use std::io::Read;

use skein_event::{CommunityId, DeviceId};

use super::format::{Chapter, Manifest};
use super::seal::{Reader, Writer};
use crate::link::Entry;

/// Reads a whole backup that is not sealed; gives whether it is one.
pub fn backup(bytes: &[u8]) -> bool {
    let Ok(mut reader) = Reader::begin(bytes, None) else { return false };
    let mut content = Vec::new();
    // The checksum is good, so what is inside is what somebody meant to write: hostile all the same.
    reader.read_to_end(&mut content).is_ok() && reader.finish().is_ok() && manifest(&content)
}

/// Reads the part of a backup that says what is in it; gives whether it is one.
///
/// # Panics
/// If it is not written so that it reads the same.
pub fn manifest(bytes: &[u8]) -> bool {
    let Ok(manifest) = Manifest::read(&mut &bytes[..]) else { return false };
    assert!(Manifest::read(&mut written(&manifest).as_slice()).is_ok_and(|again| again == manifest));
    true
}

/// Real manifests: of nobody's communities, and of one.
pub fn manifests() -> Vec<Vec<u8>> {
    let chapter = Chapter {
        community: CommunityId::from_bytes([1; 32]),
        name: "Allotments".into(),
        entries: vec![Entry::new(DeviceId::from_bytes([2; 32]), &["127.0.0.1:1".into(), "relay:x".into()])],
        snapshot: Some(5),
    };
    let manifest = |chapters| Manifest { made_ms: 7, name: "Ana".into(), member: [3; 32], chapters };
    vec![written(&manifest(Vec::new())), written(&manifest(vec![chapter]))]
}

/// Real backups.
pub fn backups() -> Vec<Vec<u8>> {
    let seal = |content: Vec<u8>| {
        let mut writer = Writer::begin(Vec::new(), None).ok()?;
        std::io::Write::write_all(&mut writer, &content).ok()?;
        writer.end().ok().map(|(bytes, _)| bytes)
    };
    manifests().into_iter().filter_map(seal).collect()
}

fn written(manifest: &Manifest) -> Vec<u8> {
    let mut bytes = Vec::new();
    manifest.write(&mut bytes).expect("memory takes it");
    bytes
}
