//! A door with a desk behind it that answers from memory, and a client that sends exactly the bytes it is told to.

use std::collections::HashMap;
use std::io::Cursor;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use skein_api::{Blob, Demo, Desk, Lan, Limits, Options, Pending, Port, Server, serve};
use skein_app::{Kind, Refusal};
use skein_event::BlobHash;
use skein_host::{Change, Item, Progress, Request};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{broadcast, mpsc};
use tokio::time::timeout;

/// Longer than anything that a test waits for.
pub const LONG: Duration = Duration::from_secs(20);

/// A desk that answers from memory.
pub struct Fake {
    pub changes: broadcast::Sender<Change>,
    pub files: HashMap<BlobHash, Vec<u8>>,
}

impl Desk for Fake {
    fn ask(&self, request: Request) -> mpsc::Receiver<Item> {
        let (items, answer) = mpsc::channel(8);
        let mut changes = self.changes.subscribe();
        tokio::spawn(async move {
            match request {
                Request::Status => items.send(Item::Done(json!({ "version": "test" }))).await.unwrap(),
                Request::Backup { .. } => {
                    for done in 1..=3 {
                        items.send(Item::Progress(Progress { done, ..Progress::default() })).await.unwrap();
                    }
                    items.send(Item::Done(json!("/backup"))).await.unwrap();
                }
                Request::Members { community: Some(kind) } => {
                    let kind: Kind = serde_json::from_value(Value::String(kind)).unwrap();
                    items.send(Item::Refused(Refusal::new(kind, "no").hint("try"))).await.unwrap();
                }
                Request::Follow { .. } => loop {
                    let item = match changes.recv().await {
                        Ok(change) => Item::Change(change),
                        Err(broadcast::error::RecvError::Lagged(_)) => Item::Change(Change::Lagged),
                        Err(_) => return,
                    };
                    if items.send(item).await.is_err() {
                        return;
                    }
                },
                Request::Speech { app, .. } => {
                    let protocol =
                        |name: &str, writes| json!({ "name": name, "about": "", "entry": "in", "writes": writes });
                    let protocols = [protocol("calendar", false), protocol("open311", true)];
                    let speech = json!({ "community": "c", "name": "Garden", "app": app, "protocols": protocols });
                    items.send(Item::Done(speech)).await.unwrap();
                }
                // Says back what was handed on.
                Request::Bridge { community, app, request } => {
                    assert_eq!((community.as_deref(), app.as_str()), (Some("c"), "asks"));
                    let body = serde_json::to_string(&request).unwrap();
                    let reply = json!({ "status": 203, "kind": "text/x-echo", "body": body });
                    items.send(Item::Done(reply)).await.unwrap();
                }
                Request::Doctor => items.closed().await, // never answers
                _ => (),                                 // breaks off without an answer
            }
        });
        answer
    }

    fn ask_within(&self, request: Request, folder: &Path) -> mpsc::Receiver<Item> {
        assert!(folder.ends_with("profile/spool"));
        match request {
            // Says that the bounds were handed on.
            Request::Do { .. } => {
                let (items, answer) = mpsc::channel(1);
                items.try_send(Item::Done(json!("within"))).unwrap();
                answer
            }
            request => self.ask(request),
        }
    }

    fn blob(&self, root: BlobHash) -> Pending<'_, Result<Blob, Refusal>> {
        Box::pin(async move {
            let bytes = self.files.get(&root).ok_or_else(|| Refusal::new(Kind::NotFound, "it is not here"))?.clone();
            Ok(Blob { bytes: bytes.len() as u64, source: Box::new(Cursor::new(bytes)) })
        })
    }
}

/// A demo that is there already.
struct Played;

impl Demo for Played {
    fn open(&self) -> Pending<'_, Result<String, Refusal>> {
        Box::pin(async { Ok("allotment".to_owned()) })
    }
}

/// A door that is open.
pub struct Open {
    pub server: Server,
    pub desk: Arc<Fake>,
    pub folder: TempDir,
}

/// Opens a door on a port that the system chooses.
pub async fn open(limits: Limits) -> Open {
    open_at(tempfile::tempdir().unwrap(), limits).await
}

async fn open_at(folder: TempDir, limits: Limits) -> Open {
    let mut files = HashMap::new();
    for bytes in [&b"<script>alert(1)</script>"[..], b"\x89PNG\r\n\x1a\nthe rest of it", b""] {
        files.insert(BlobHash::from_bytes(*blake3::hash(bytes).as_bytes()), bytes.to_vec());
    }
    let desk = Arc::new(Fake { changes: broadcast::channel(64).0, files });
    let options = Options {
        port: Port::Exactly(0),
        socket: folder.path().join("profile/ctl.sock"),
        spool: folder.path().join("profile/spool"),
        lan: Lan { port: Port::Usual(0), addresses: vec![Ipv4Addr::new(127, 0, 0, 2)] },
        demo: Some(Arc::new(Played)),
        limits,
    };
    let server = serve(desk.clone(), options).await.unwrap();
    Open { server, desk, folder }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let find = |line: &'_ str| line.split_once(": ").is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        self.head.lines().find(|line| find(line)).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn lines(&self) -> Vec<Value> {
        String::from_utf8(self.body.clone()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let body = bytes[end + 4..].to_vec();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        let body = if chunked { unchunk(&body) } else { body };
        Some(Self { status, head, body })
    }
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        out.extend_from_slice(&bytes[end + 2..end + 2 + length]);
        bytes = &bytes[end + 4 + length..];
    }
    out
}

/// Sends bytes and reads until the other side closes; `None` if it closed without an answer.
pub async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> Option<Reply> {
    // The other side may have heard enough before all was sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(LONG, stream.read_to_end(&mut answer)).await.expect("it closes in time");
    Reply::read(&answer)
}

impl Open {
    /// The same door, closed and opened anew.
    pub async fn again(self) -> Self {
        self.server.stop().await;
        open_at(self.folder, Limits::default()).await
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.server.port())
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.host()).await.unwrap()
    }

    pub async fn connect_socket(&self) -> UnixStream {
        UnixStream::connect(self.folder.path().join("profile/ctl.sock")).await.unwrap()
    }

    /// Sends exactly these bytes.
    pub async fn raw(&self, bytes: impl AsRef<[u8]>) -> Option<Reply> {
        exchange(self.connect().await, bytes.as_ref()).await
    }

    /// A request as our own page would send it, with these further headers.
    pub async fn send(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.raw(self.request(line, headers, body)).await.expect("an answer")
    }

    /// The same on the socket.
    pub async fn send_socket(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        exchange(self.connect_socket().await, self.request(line, headers, body).as_bytes()).await.expect("an answer")
    }

    pub fn request(&self, line: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut text = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            text.push_str(&format!("Host: {}\r\n", self.host()));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if line.starts_with("POST") {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        format!("{text}\r\n{body}")
    }

    /// A session's token.
    pub async fn token(&self) -> String {
        let link = self.server.opening_link().unwrap();
        let (_, code) = link.split_once("#code=").unwrap();
        let reply = self.send("POST /api/login", &[JSON], &json!({ "code": code }).to_string()).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["token"].as_str().unwrap().to_owned()
    }

    /// A request of somebody who is signed in.
    pub async fn ask(&self, token: &str, body: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        self.send("POST /api/request", &[JSON, ("Authorization", &bearer)], body).await
    }
}

/// The header that everything needs that changes something.
pub const JSON: (&str, &str) = ("Content-Type", "application/json");
