//! What is in a backup: the manifest, then the snapshots that it names, one after the other.
//!
//! Every length is bounded before it is believed.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use skein_event::CommunityId;

use crate::link::Entry;

/// The most communities in one backup.
pub(super) const MAX_COMMUNITIES: usize = 256;
/// The most devices to call for each community.
pub(super) const MAX_ENTRIES: usize = 64;
/// The longest manifest, in bytes.
const MAX_MANIFEST_BYTES: u32 = 32 << 20;
/// The longest name of a person or a community, in bytes.
const MAX_NAME_BYTES: usize = 256;
/// The longest snapshot, in bytes.
const MAX_SNAPSHOT_BYTES: u64 = 1 << 40;

/// The first part of a backup.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// When it was made, by the clock of the device that made it.
    pub made_ms: u64,
    /// The person's name as used last.
    pub name: String,
    /// The member's secret key.
    pub member: [u8; 32],
    pub chapters: Vec<Chapter>,
}

/// One community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chapter {
    pub community: CommunityId,
    pub name: String,
    /// Whom to call.
    pub entries: Vec<Entry>,
    /// How long its snapshot is, if it has one.
    pub snapshot: Option<u64>,
}

impl Manifest {
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let bytes = postcard::to_stdvec(self).expect("a manifest has no part that postcard cannot write");
        to.write_all(&(bytes.len() as u32).to_be_bytes())?;
        to.write_all(&bytes)
    }

    pub fn read(from: &mut impl Read) -> Result<Self, Refusal> {
        let mut length = [0; 4];
        from.read_exact(&mut length).map_err(|error| unreadable(&error))?;
        let length = u32::from_be_bytes(length);
        if length > MAX_MANIFEST_BYTES {
            return Err(damaged());
        }
        let mut bytes = Vec::new();
        let read = from.take(length.into()).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        if read != length as usize {
            return Err(damaged());
        }
        match postcard::take_from_bytes::<Self>(&bytes) {
            Ok((manifest, [])) if manifest.fits() => Ok(manifest),
            _ => Err(damaged()),
        }
    }

    fn fits(&self) -> bool {
        let name = |name: &str| name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
        let chapter = |chapter: &Chapter| {
            name(&chapter.name)
                && chapter.entries.len() <= MAX_ENTRIES
                && chapter.snapshot.is_none_or(|bytes| bytes <= MAX_SNAPSHOT_BYTES)
        };
        let mut ids: Vec<_> = self.chapters.iter().map(|chapter| chapter.community).collect();
        ids.sort_unstable();
        ids.dedup();
        let once = ids.len() == self.chapters.len();
        name(&self.name) && once && ids.len() <= MAX_COMMUNITIES && self.chapters.iter().all(chapter)
    }
}

/// The file is not as it was written.
pub(super) fn damaged() -> Refusal {
    Refusal::new(Kind::Failed, "this backup is damaged or not complete")
        .hint("Take another copy of it. Another device of yours can let this one in too: `skein device add`.")
}

/// What an error while reading means.
pub(super) fn unreadable(error: &io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => damaged(),
        _ => Refusal::new(Kind::Failed, format!("the backup cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skein_event::DeviceId;

    pub(super) fn manifest() -> Manifest {
        let entry = Entry::new(DeviceId::from_bytes([2; 32]), &["127.0.0.1:1".into()]);
        let chapter = Chapter {
            community: CommunityId::from_bytes([1; 32]),
            name: "Allotments".into(),
            entries: vec![entry],
            snapshot: Some(5),
        };
        Manifest { made_ms: 7, name: "Ana".into(), member: [3; 32], chapters: vec![chapter] }
    }

    fn bytes(manifest: &Manifest) -> Vec<u8> {
        let mut bytes = Vec::new();
        manifest.write(&mut bytes).expect("memory takes it");
        bytes
    }

    fn reads(bytes: &[u8]) -> bool {
        Manifest::read(&mut &bytes[..]).is_ok()
    }

    #[test]
    fn a_manifest_reads_back_and_a_broken_one_does_not() {
        let whole = bytes(&manifest());
        assert!(Manifest::read(&mut whole.as_slice()).is_ok_and(|read| read == manifest()));
        for end in 0..whole.len() {
            assert!(!reads(&whole[..end]), "cut at {end}");
        }
        assert!(!reads(&u32::MAX.to_be_bytes()), "far too long");
        assert!(!reads(&[&(32_u32 << 20).to_be_bytes()[..], &[0xff; 100]].concat()), "it says more than it has");
    }

    #[test]
    fn what_exceeds_a_limit_is_refused() {
        let mut twice = manifest();
        twice.chapters.push(twice.chapters[0].clone());
        let mut crowd = manifest();
        crowd.chapters[0].entries = vec![crowd.chapters[0].entries[0].clone(); MAX_ENTRIES + 1];
        let mut endless = manifest();
        endless.chapters[0].snapshot = Some(u64::MAX);
        let mut named = manifest();
        named.name = "a\u{1b}[2J".into();
        for manifest in [twice, crowd, endless, named] {
            assert!(!reads(&bytes(&manifest)));
        }
    }
}
