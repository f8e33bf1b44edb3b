//! The decoders that a browser's bytes reach before anything is known of who sends them, opened for the fuzzer in `fuzz/`.
//! Nothing else may use them.

use axum::http::HeaderMap;
use axum::http::header::{HOST, RANGE};
use axum::http::{HeaderValue, Request};
use skein_event::BlobHash;

use crate::blob;
use crate::guard::{self, Door};
use crate::ticket::Tickets;
use crate::ws::Hello;

const BYTES: u64 = 1_000;

/// Reads the first frame of a WebSocket; gives whether it says who it is.
pub fn first_frame(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Hello>(bytes).is_ok()
}

/// Real first frames.
pub fn first_frames() -> Vec<Vec<u8>> {
    vec![br#"{"token":"mfzwizltoqqgc43emfzwg"}"#.to_vec()]
}

/// Reads a ticket for a file; gives whether it looks like one.
///
/// # Panics
/// If a ticket that was never given lets anybody in.
pub fn ticket(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let tickets = Tickets::new().expect("there are random numbers");
    assert!(!tickets.admits(text, &BlobHash::from_bytes([1; 32]), "a.png", 0), "it was never given");
    Tickets::reads(text).is_some()
}

/// Real tickets.
pub fn tickets() -> Vec<Vec<u8>> {
    let tickets = Tickets::new().expect("there are random numbers");
    vec![tickets.mint(&BlobHash::from_bytes([1; 32]), "a.png", 5_000).into_bytes()]
}

/// Reads the header Range for a file of a thousand bytes; gives whether it asks for a part that is there.
///
/// # Panics
/// If the part is empty or not within the file.
pub fn range(bytes: &[u8]) -> bool {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return false };
    let headers = HeaderMap::from_iter([(RANGE, value)]);
    let Some((from, to)) = blob::part(&headers, BYTES) else { return false };
    assert!(from < to && to <= BYTES, "{from}..{to}");
    true
}

/// Real ranges.
pub fn ranges() -> Vec<Vec<u8>> {
    ["bytes=0-99", "bytes=500-", "bytes=-1"].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Looks at the header Host at the browser's door; gives whether it is let through.
///
/// # Panics
/// If anything but our own three names is let through.
pub fn host(bytes: &[u8]) -> bool {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return false };
    let mut request = Request::new(());
    request.headers_mut().insert(HOST, value);
    let taken = guard::check(Door::Loopback(7117), &request).is_ok();
    assert_eq!(taken, hosts().iter().any(|host| host == bytes));
    taken
}

/// Our own names.
pub fn hosts() -> Vec<Vec<u8>> {
    ["127.0.0.1:7117", "[::1]:7117", "localhost:7117"].map(|text| text.as_bytes().to_vec()).to_vec()
}
