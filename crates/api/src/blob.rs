//! `GET /blob/{root}?t=…&n=…`: a file that is whole on this device, or on its way to it, for whoever has a ticket.
//! What is asked for of one on its way is fetched first, and waited for.
//!
//! Members write files: a browser may show pictures of known kinds, and only save everything else. What it shows may do
//! nothing (the policy is a sandbox without any right).

use std::io::SeekFrom;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde::Deserialize;
use skein_app::{Kind, Refusal};
use skein_event::BlobHash;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::auth::Gate;
use crate::desk::{Blob, BlobSource};
use crate::headers::FILE_POLICY;
use crate::problem::Problem;

/// How much is read at once.
const CHUNK_BYTES: usize = 64 << 10;
/// How much of a file tells what kind it is.
const SNIFF_BYTES: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    /// The ticket.
    t: String,
    /// The name that the ticket was made for.
    #[serde(default)]
    n: String,
}

pub(crate) async fn blob(
    State(gate): State<Gate>,
    root: Result<Path<BlobHash>, PathRejection>,
    shown: Result<Query<Shown>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (Ok(Path(root)), Ok(Query(Shown { t, n: name }))) = (root, shown) else { return Err(no_ticket()) };
    if !gate.tickets().admits(&t, &root, &name, gate.house.now_ms()) {
        return Err(no_ticket());
    }
    let mut blob = gate.house.desk.blob(root).await?;
    let (kind, shows) = kind_of(&mut blob).await?;
    let (status, from, to) = match wanted(&headers, blob.bytes) {
        Wanted::All => (StatusCode::OK, 0, blob.bytes),
        Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Wanted::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    blob.source.seek(SeekFrom::Start(from)).await.map_err(unreadable)?;
    let mut response = (status, content(blob.source, to - from)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_LENGTH, (to - from).into());
    headers.insert(CONTENT_DISPOSITION, disposition(shows, &name));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let range = match status {
        StatusCode::PARTIAL_CONTENT => Some(format!("bytes {from}-{}/{}", to - 1, blob.bytes)),
        StatusCode::RANGE_NOT_SATISFIABLE => Some(format!("bytes */{}", blob.bytes)),
        _ => None,
    };
    if let Some(Ok(range)) = range.map(HeaderValue::try_from) {
        headers.insert(CONTENT_RANGE, range);
    }
    Ok(response)
}

fn no_ticket() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, Kind::Denied, "this address has run out, or is not for this file")
        .hint("Open the file from the page again.")
}

fn unreadable(error: std::io::Error) -> Problem {
    Refusal::new(Kind::Failed, format!("the file cannot be read: {error}")).hint("Run `skein doctor`.").into()
}

/// What kind of file it is, by its first bytes and never by its name; and whether a browser may show it.
async fn kind_of(blob: &mut Blob) -> Result<(&'static str, bool), Problem> {
    let mut first = Vec::with_capacity(SNIFF_BYTES);
    (&mut blob.source).take(SNIFF_BYTES as u64).read_to_end(&mut first).await.map_err(unreadable)?;
    let shown = match first.as_slice() {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => "audio/wav",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f', ..] => "image/avif",
        [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A', b' ', ..] => "audio/mp4",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "video/mp4",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "video/webm",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => "audio/mpeg",
        _ => return Ok(("application/octet-stream", false)),
    };
    Ok((shown, true))
}

enum Wanted {
    All,
    /// From the first byte to before the second.
    Part(u64, u64),
    Nothing,
}

/// One range of bytes; anything else that Range can say is answered with the whole file, as it may be.
fn wanted(headers: &HeaderMap, bytes: u64) -> Wanted {
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok()).and_then(|range| range.strip_prefix("bytes="));
    let Some((from, to)) = range.and_then(|range| range.split_once('-')) else { return Wanted::All };
    let part = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.saturating_add(1).min(bytes)),
        (Ok(from), Err(_)) if to.is_empty() => (from, bytes),
        (Err(_), Ok(last)) if from.is_empty() => (bytes.saturating_sub(last), bytes),
        _ => return Wanted::All,
    };
    if part.0 < part.1 { Wanted::Part(part.0, part.1) } else { Wanted::Nothing }
}

/// The part that is asked for, if it is one that is there.
pub(crate) fn part(headers: &HeaderMap, bytes: u64) -> Option<(u64, u64)> {
    if let Wanted::Part(from, to) = wanted(headers, bytes) { Some((from, to)) } else { None }
}

fn content(source: Box<dyn BlobSource>, bytes: u64) -> Body {
    Body::from_stream(unfold(source.take(bytes), async |mut source| {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        match (&mut source).take(CHUNK_BYTES as u64).read_to_end(&mut chunk).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(chunk), source)),
            Err(error) => Some((Err(error), source)),
        }
    }))
}

fn disposition(shows: bool, name: &str) -> HeaderValue {
    let how = if shows { "inline" } else { "attachment" };
    let text = if name.is_empty() { how.to_owned() } else { format!("{how}; filename*=UTF-8''{}", percent(name)) };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"))
}

/// The text with everything but letters and digits of ASCII, `-`, `.`, `_` and `~` written as `%XX`.
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
