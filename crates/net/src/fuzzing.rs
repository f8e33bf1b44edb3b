//! The decoders that another device's bytes reach, opened for the fuzzer in `fuzz/`. Nothing else may use them.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use skein_event::{BlobHash, CommunityId};
use skein_swarm::{Message, Wire};

use crate::blobs::list::{self, Entry, Kind};
use crate::config::MAX_PASS_BYTES;
use crate::endpoint::{parse_address, show_address};
use crate::hello::{Answer, Hello, Mark};
use crate::swarm::{read_message, write_message};

const MARK: Mark = Mark { instance: 7, stamp: 9 };

/// Reads a hello; gives whether it is one.
///
/// # Panics
/// If it is not written as it was read.
pub fn hello(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let Some(Ok(hello)) = at_once(Hello::read(&mut rest)) else { return false };
    let read = bytes.len() - rest.len();
    assert_eq!(hello.encode(), bytes[..read], "a hello has one way to be written");
    true
}

/// Reads the answer to a hello; gives whether it is one.
pub fn answer(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    at_once(Answer::read(&mut rest)).is_some_and(|answer| answer.is_ok())
}

/// Reads a folder's list; gives whether it is one.
///
/// # Panics
/// If it is not written as it was read: then one folder would have two roots.
pub fn list(bytes: &[u8]) -> bool {
    let Ok(mut entries) = list::decode(bytes) else { return false };
    assert_eq!(list::encode(&mut entries).ok().as_deref(), Some(bytes), "a folder has one list");
    true
}

/// Reads what is said about a large file; gives whether it can be read.
///
/// # Panics
/// If it does not come back from what is written of it.
pub fn about_file(bytes: &[u8]) -> bool {
    let Some((file, message)) = read_message(bytes) else { return false };
    let written = write_message(file, message.as_ref()).expect("what was read is no longer than a frame");
    assert_eq!(read_message(&written[4..]), Some((file, message)));
    true
}

/// Reads an address; gives whether it is one.
pub fn address(bytes: &[u8]) -> bool {
    let Some(address) = std::str::from_utf8(bytes).ok().and_then(parse_address) else { return false };
    show_address(&address).is_some_and(|text| parse_address(&text).is_some())
}

/// Real hellos.
pub fn hellos() -> Vec<Vec<u8>> {
    let hello = |pass| Hello { community: CommunityId::from_bytes([3; 32]), mark: MARK, pass }.encode();
    vec![hello(None), hello(Some(Vec::new())), hello(Some(vec![5; 100])), hello(Some(vec![5; MAX_PASS_BYTES]))]
}

/// Real answers.
pub fn answers() -> Vec<Vec<u8>> {
    [Answer::Welcome(MARK), Answer::Refused("no".into()), Answer::Crossed].iter().map(Answer::encode).collect()
}

/// Real lists.
pub fn lists() -> Vec<Vec<u8>> {
    let entry = |path: &str, kind| Entry { path: path.into(), mode: 0o755, kind };
    let file = |path: &str| entry(path, Kind::File { size: 3, hash: BlobHash::from_bytes([1; 32]) });
    let folder = |path: &str| entry(path, Kind::Folder);
    let lists = [vec![], vec![file("a")], vec![folder("d"), folder("d/e"), file("d/e/f"), file("d.txt"), folder("z")]];
    lists.into_iter().filter_map(|mut entries| list::encode(&mut entries).ok()).collect()
}

/// Real words about files.
pub fn about_files() -> Vec<Vec<u8>> {
    let messages = [
        None,
        Some(Message::Hello { pieces: 300, have: Wire::Runs(vec![0, 5, 7, 2]), name: 1 }),
        Some(Message::Hello { pieces: 70, have: Wire::Words(vec![5, 1]), name: 1 }),
        Some(Message::Have { runs: vec![(7, 2), (20, 1)], backlog_ms: 9 }),
        Some(Message::Ask { piece: 3, count: 1, urgent: true }),
        Some(Message::AskAny { more: 4 }),
        Some(Message::NotNow { retry_ms: 100 }),
    ];
    let write = |message: &Option<Message>| write_message(BlobHash::from_bytes([1; 32]), message.as_ref());
    messages.iter().filter_map(write).map(|bytes| bytes[4..].to_vec()).collect()
}

/// Real addresses.
pub fn addresses() -> Vec<Vec<u8>> {
    ["127.0.0.1:4711", "[fe80::1]:4711", "relay:http://relay.example/"].map(|text| text.as_bytes().to_vec()).into()
}

/// Reading from memory never waits.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
