//! The decoders that a link, another device or the local door's bytes reach, opened for the fuzzer in `fuzz/`. Nothing else
//! may use them.

use skein_event::{CommunityId, DeviceId, EventId};

use crate::Request;
pub use crate::backup::fuzzing::{backup, backups, manifest, manifests};
use crate::link::{DeviceLink, Entry, Invited, Link};
use crate::lobby::{Gift, Given};

/// Reads a link; gives whether it is one.
///
/// # Panics
/// If it is not written so that it reads the same.
pub fn link(bytes: &[u8]) -> bool {
    let Some(link) = std::str::from_utf8(bytes).ok().and_then(|text| Link::read(text).ok()) else { return false };
    assert_eq!(Link::read(&link.write()), Ok(link));
    true
}

/// Reads what a device gives to a further one; gives whether it is that.
pub fn gift(bytes: &[u8]) -> bool {
    Gift::read(bytes).is_some()
}

/// Reads what is asked at the local door; gives whether it is a request.
///
/// # Panics
/// If it is not written so that it reads the same.
pub fn request(bytes: &[u8]) -> bool {
    let Ok(request) = serde_json::from_slice::<Request>(bytes) else { return false };
    let again = serde_json::to_vec(&request).expect("a request is JSON");
    assert_eq!(serde_json::from_slice::<Request>(&again).ok(), Some(request));
    true
}

fn entry() -> Entry {
    let addresses = ["10.0.0.7:4711", "[fe80::1]:4711", "relay:http://relay.example/"].map(String::from);
    Entry::new(DeviceId::from_bytes([3; 32]), &addresses)
}

/// Real links.
pub fn links() -> Vec<Vec<u8>> {
    let join = Link::Join(Invited {
        community: CommunityId::from_bytes([1; 32]),
        community_name: "Allotments".into(),
        from: "Ana".into(),
        invitation: EventId::from_bytes([2; 32]),
        secret: [4; 32],
        expires_ms: 1_800_000_000_000,
        entries: vec![entry()],
    });
    let device = Link::Device(DeviceLink { secret: [4; 32], expires_ms: 1_800_000_000_000, entry: entry() });
    [join, device].iter().map(|link| link.write().into_bytes()).collect()
}

/// Real gifts.
pub fn gifts() -> Vec<Vec<u8>> {
    let given =
        Given { community: CommunityId::from_bytes([1; 32]), name: "Allotments".into(), entries: vec![entry()] };
    let gift = |communities| Gift { member: [9; 32], name: "Ana".into(), communities };
    [gift(Vec::new()), gift(vec![given])].iter().map(|gift| postcard::to_stdvec(gift).expect("it is data")).collect()
}

/// Real requests.
pub fn requests() -> Vec<Vec<u8>> {
    let invite = Request::Invite { community: Some("Allotments".into()), uses: 1, expires_ms: 1_800_000_000_000 };
    let join = Request::Join { link: "skein:x".into(), my_name: None, wait_ms: Some(5) };
    [Request::Status, invite, join].iter().map(|request| serde_json::to_vec(request).expect("it is JSON")).collect()
}
