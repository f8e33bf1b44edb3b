//! Speaks to the running program: HTTP/1.1 on its unix socket, answers as lines of JSON.

use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::http::request::Builder;
use hyper::{Request as HttpRequest, header};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use skein_app::{Kind, Refusal};
use skein_host::{Change, Item, Progress, Request};
use tokio::net::UnixStream;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::profile::Profile;

/// How long to wait for the socket to be taken up.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long a plain question may stay unanswered.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// How long a long task may go on without a sign of progress.
const TASK_TIME: Duration = Duration::from_secs(300);
/// How long changes are gathered.
const SETTLE: Duration = Duration::from_millis(50);
/// The longest line of an answer, in bytes; a longer one ends the command.
const MAX_LINE_BYTES: usize = 64 << 20;

/// Asks the program that runs on one profile.
#[derive(Debug, Clone)]
pub struct Client {
    profile: Profile,
}

/// The items of one answer, as they come.
pub struct Answers {
    lines: Lines,
}

/// What changes, as it comes.
pub struct Changes {
    lines: Lines,
}

struct Lines {
    body: Incoming,
    buffer: Vec<u8>,
    searched: usize,
    /// How long to wait for more; `None`: for ever.
    patience: Option<Duration>,
    _connection: AbortOnDrop,
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Deserialize)]
struct Opening {
    link: String,
}

impl Client {
    /// Nothing is connected before something is asked.
    pub fn new(profile: Profile) -> Self {
        Self { profile }
    }

    /// Sends a request; the items follow.
    ///
    /// # Errors
    /// If the program is not running or does not answer.
    pub async fn send(&self, request: &Request) -> Result<Answers, Refusal> {
        let body = serde_json::to_vec(request)
            .map_err(|error| Refusal::new(Kind::Usage, format!("this cannot be asked: {error}")))?;
        let http = HttpRequest::post("/api/request").header(header::CONTENT_TYPE, "application/json");
        let lines = self.lines(http, body, patience(request)).await?;
        Ok(Answers { lines })
    }

    /// What changes from now on.
    ///
    /// # Errors
    /// If the program is not running or does not answer.
    pub async fn follow(&self, community: Option<&str>) -> Result<Changes, Refusal> {
        let chosen = community.map(|community| format!("?community={}", percent(community))).unwrap_or_default();
        let http = HttpRequest::get(format!("/api/follow{chosen}"));
        let mut lines = self.lines(http, Vec::new(), ANSWER_TIME).await?;
        lines.patience = None;
        Ok(Changes { lines })
    }

    /// A link that opens the page in a browser, signed in: good once, and for a minute.
    ///
    /// # Errors
    /// If the program is not running or does not answer.
    pub async fn opening_link(&self) -> Result<String, Refusal> {
        let opening: Opening = self.post("/api/link", &serde_json::json!({})).await?;
        Ok(opening.link)
    }

    /// Asks the local door itself, not the host behind it.
    ///
    /// # Errors
    /// What it refused, or that the program is not running or does not answer.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refusal> {
        self.one(HttpRequest::get(path), Vec::new()).await
    }

    /// Tells the local door something.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &serde_json::Value) -> Result<T, Refusal> {
        let http = HttpRequest::post(path).header(header::CONTENT_TYPE, "application/json");
        self.one(http, body.to_string().into_bytes()).await
    }

    async fn one<T: DeserializeOwned>(&self, http: Builder, body: Vec<u8>) -> Result<T, Refusal> {
        let mut lines = self.lines(http, body, ANSWER_TIME).await?;
        let answer = lines.next().await?.ok_or_else(broken)?;
        understood(&answer)
    }

    async fn lines(&self, http: Builder, body: Vec<u8>, patience: Duration) -> Result<Lines, Refusal> {
        let stream = match timeout(CONNECT_TIME, UnixStream::connect(self.profile.socket())).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(cannot_connect(&error)),
            Err(_) => return Err(silent()),
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| broken())?;
        let connection = AbortOnDrop(tokio::spawn(connection).abort_handle());
        let http = http.header(header::HOST, "localhost").body(Full::new(Bytes::from(body)));
        let http = http.expect("paths and headers are plain text");
        match timeout(patience, sender.send_request(http)).await {
            Ok(Ok(response)) => Ok(Lines {
                body: response.into_body(),
                buffer: Vec::new(),
                searched: 0,
                patience: Some(patience),
                _connection: connection,
            }),
            Ok(Err(_)) => Err(broken()),
            Err(_) => Err(silent()),
        }
    }

    /// Asks and waits for the last item; progress goes to `seen`.
    ///
    /// # Errors
    /// What the program refused, or that it does not answer.
    pub async fn ask<T: DeserializeOwned>(&self, request: &Request, seen: impl FnMut(&Progress)) -> Result<T, Refusal> {
        let value = self.send(request).await?.last(seen).await?;
        serde_json::from_value(value).map_err(|_| misunderstood())
    }
}

/// How long an answer may be silent.
fn patience(request: &Request) -> Duration {
    match request {
        Request::Do { .. }
        | Request::Export { .. }
        | Request::Backup { .. }
        | Request::Doctor
        | Request::Join { .. }
        | Request::DeviceLink { .. } => TASK_TIME,
        _ => ANSWER_TIME,
    }
}

/// A text as part of an address: everything but letters and digits is spelled in hexadecimal.
fn percent(text: &str) -> String {
    let spell = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(spell).collect()
}

impl Answers {
    /// The next item, or `None` after the last.
    ///
    /// # Errors
    /// If the program stops in between, falls silent or says what cannot be understood.
    pub async fn next(&mut self) -> Result<Option<Item>, Refusal> {
        self.lines.next().await?.map(|line| understood(&line)).transpose()
    }

    /// The answer after all progress.
    ///
    /// # Errors
    /// What was refused, or as [`Answers::next`].
    pub async fn last(mut self, mut seen: impl FnMut(&Progress)) -> Result<serde_json::Value, Refusal> {
        while let Some(item) = self.next().await? {
            match item {
                Item::Progress(progress) => seen(&progress),
                Item::Change(_) => {}
                Item::Done(value) => return Ok(value),
                Item::Refused(refusal) => return Err(refusal),
            }
        }
        Err(broken())
    }
}

impl Changes {
    /// The next change. Waits for it as long as it takes.
    ///
    /// # Errors
    /// If the program stops, or the community is not there.
    pub async fn next(&mut self) -> Result<Change, Refusal> {
        match self.lines.next().await? {
            Some(line) => understood(&line),
            None => Err(Refusal::new(Kind::NotRunning, "Skein was stopped").hint("Start it with `skein up`.")),
        }
    }

    /// Takes all changes of the next moment: what comes together is answered by one question.
    pub async fn settle(&mut self) {
        // Running out of time is how this ends; an error will be met again by whoever asks for the next change.
        let _ = timeout(SETTLE, async { while self.next().await.is_ok() {} }).await;
    }
}

impl Lines {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        loop {
            if let Some(line) = self.take_line() {
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Ok(Some(line));
            }
            let frame = match self.patience {
                Some(patience) => timeout(patience, self.body.frame()).await.map_err(|_| silent())?,
                None => self.body.frame().await,
            };
            match frame {
                None if self.buffer.is_empty() => return Ok(None),
                // The last line may lack its line break.
                None => self.buffer.push(b'\n'),
                Some(Err(_)) => return Err(broken()),
                Some(Ok(frame)) => self.buffer.extend(frame.into_data().unwrap_or_default()),
            }
            if self.buffer.len() > MAX_LINE_BYTES {
                return Err(Refusal::new(Kind::Limit, "the answer is too long").hint("Ask for less at once."));
            }
        }
    }

    fn take_line(&mut self) -> Option<Vec<u8>> {
        let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let rest = self.buffer.split_off(self.searched + end + 1);
        self.searched = 0;
        Some(std::mem::replace(&mut self.buffer, rest))
    }
}

/// A line as what it should be, or as the `{"error": …}` of a request that was refused.
fn understood<T: DeserializeOwned>(line: &[u8]) -> Result<T, Refusal> {
    #[derive(Deserialize)]
    struct Problem {
        error: Detail,
    }
    #[derive(Deserialize)]
    struct Detail {
        code: Kind,
        message: String,
        hint: String,
    }
    if let Ok(value) = serde_json::from_slice(line) {
        return Ok(value);
    }
    let Problem { error } = serde_json::from_slice(line).map_err(|_| misunderstood())?;
    Err(Refusal { kind: error.code, message: error.message, hint: error.hint })
}

fn cannot_connect(error: &io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            Refusal::new(Kind::Denied, "this Skein belongs to another user of this computer")
                .hint("Use your own with --data-dir FOLDER, or ask them.")
        }
        _ => not_running(),
    }
}

/// Nothing listens on the socket.
pub fn not_running() -> Refusal {
    Refusal::new(Kind::NotRunning, "Skein is not running").hint("Start it with `skein up`.")
}

fn silent() -> Refusal {
    Refusal::new(Kind::Unreachable, "Skein runs but does not answer")
        .hint("Look at `skein logs`; `skein down` and `skein up` start it anew.")
}

fn broken() -> Refusal {
    Refusal::new(Kind::Failed, "Skein stopped before it had answered")
        .hint("Nothing that was confirmed is lost. Look at `skein logs`, then `skein up`.")
}

fn misunderstood() -> Refusal {
    Refusal::new(Kind::Failed, "the running Skein speaks another version than this command")
        .hint("Start it anew: `skein down`, then `skein up`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_saying_no_are_understood() {
        let refused = Refusal::new(Kind::Denied, "no").hint("ask");
        let in_stream = serde_json::to_vec(&Item::Refused(refused.clone())).expect("is JSON");
        let at_door = br#"{"error":{"code":"denied","message":"no","hint":"ask"}}"#;
        assert_eq!(understood(&in_stream), Ok(Item::Refused(refused.clone())));
        assert_eq!(understood::<Item>(at_door), Err(refused));
        assert_eq!(understood::<Item>(b"404 page not found"), Err(misunderstood()));
    }

    #[test]
    fn a_community_of_any_name_can_be_part_of_an_address() {
        assert_eq!(percent("Our garden & café"), "Our%20garden%20%26%20caf%C3%A9");
    }
}
