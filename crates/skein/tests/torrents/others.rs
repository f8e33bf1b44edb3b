//! Programs that are not ours: aria2 and libtorrent, and a tracker. They must be there: a test without them shows nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// Debian's own: its `libtorrent` is not where another Python looks.
const PYTHON: &str = "/usr/bin/python3";
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/torrents/peer.py");

/// A program that runs until the test is over.
pub struct Running {
    child: Child,
    /// Where it can be reached.
    pub at: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("is text")
}

fn peer(words: &[&str]) -> Command {
    let mut command = Command::new(PYTHON);
    command.arg(PEER).args(words).stdin(Stdio::null());
    command
}

fn good(what: &str, mut command: Command) {
    let done =
        command.output().unwrap_or_else(|error| panic!("{what} cannot be started ({error}): see the list in .ci/run"));
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{what}: {out}{err}(python3-libtorrent and aria2 must be there: see .ci/run)");
}

/// libtorrent describes a file or folder: `v1` or `hybrid`.
pub fn lt_make(version: &str, path: &Path, torrent: &Path) {
    good("libtorrent describes", peer(&["make", version, text(path), text(torrent)]));
}

/// libtorrent gives what is in a folder, at most so many bytes a second (0: without limit).
pub fn lt_seed(torrent: &Path, folder: &Path, rate: u32, sent: &Path) -> Running {
    let mut command = peer(&["seed", text(torrent), text(folder), &rate.to_string(), text(sent)]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("Debian's Python is there");
    let mut port = String::new();
    let out = child.stdout.take().expect("is piped");
    BufReader::new(out).read_line(&mut port).expect("can be read");
    let mut running = Running { child, at: format!("127.0.0.1:{}", port.trim()) };
    let ended = running.child.try_wait().expect("can be asked");
    assert!(!port.trim().is_empty(), "libtorrent gives nothing ({ended:?}): is python3-libtorrent there? see .ci/run");
    running
}

/// libtorrent fetches, asking trackers, or only those that the link names.
pub fn lt_fetch(source: &str, folder: &Path, how: &str) {
    good("libtorrent fetches", peer(&["fetch", source, text(folder), how]));
}

fn aria2(folder: &Path) -> Command {
    let mut command = Command::new("aria2c");
    command.args(["--no-conf", "--quiet", "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false"]);
    command.args([
        "--interface=127.0.0.1",
        "--bt-tracker-interval=1",
        "--bt-stop-timeout=90",
        "--file-allocation=none",
    ]);
    command.arg(format!("--listen-port={}", free_port())).arg(format!("--dir={}", text(folder)));
    command.stdin(Stdio::null());
    command
}

/// aria2 fetches.
pub fn aria2_fetch(source: &str, folder: &Path) {
    let mut command = aria2(folder);
    command.args(["--seed-time=0", source]);
    good("aria2 fetches", command);
}

/// aria2 gives what is in a folder.
pub fn aria2_seed(torrent: &Path, folder: &Path) -> Running {
    let port = free_port();
    let mut command = aria2(folder);
    command.args(["--seed-ratio=0.0", "--check-integrity=true", text(torrent)]).arg(format!("--listen-port={port}"));
    let child = command.stdout(Stdio::null()).spawn().expect("aria2 is there: see .ci/run");
    let at = format!("127.0.0.1:{port}");
    super::until("aria2 listens", || TcpStream::connect(&at).is_ok());
    Running { child, at }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("there is a port").port()
}

/// A tracker on loopback: tells everybody who asks about a hash who else did.
pub struct Tracker {
    /// Its address.
    pub url: String,
    seen: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u16>>>>,
}

impl Tracker {
    /// Begins to answer.
    pub fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let url = format!("http://{}/announce", listener.local_addr().expect("has one"));
        let seen: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u16>>>> = Arc::default();
        let known = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &known);
            }
        });
        Self { url, seen }
    }

    /// How many have asked so far.
    pub fn asked(&self) -> usize {
        self.seen.lock().expect("nobody breaks").values().map(Vec::len).sum()
    }
}

fn answer(mut stream: TcpStream, known: &Mutex<BTreeMap<Vec<u8>, Vec<u16>>>) {
    let mut request = [0; 4_096];
    let Ok(length) = stream.read(&mut request) else { return };
    let line = String::from_utf8_lossy(&request[..length]).lines().next().unwrap_or_default().to_owned();
    let field = |name: &str| {
        let (_, rest) = line.split_once(&format!("{name}="))?;
        rest.split(['&', ' ']).next().map(str::to_owned)
    };
    let Some((hash, port)) =
        field("info_hash").map(|hash| decoded(&hash)).zip(field("port").and_then(|port| port.parse::<u16>().ok()))
    else {
        return;
    };
    let mut known = known.lock().expect("nobody breaks");
    let ports = known.entry(hash).or_default();
    let others = ports.iter().filter(|other| **other != port).flat_map(|other| {
        let [high, low] = other.to_be_bytes();
        [127, 0, 0, 1, high, low]
    });
    let others: Vec<u8> = others.collect();
    if !ports.contains(&port) {
        ports.push(port);
    }
    let body = [b"d8:intervali1e5:peers".as_slice(), format!("{}:", others.len()).as_bytes(), &others, b"e"].concat();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), &body].concat()).ok(); // whoever asked may have gone
}

/// The bytes that are meant: every program writes others of them as they are.
fn decoded(text: &str) -> Vec<u8> {
    let mut rest = text.bytes();
    let mut bytes = Vec::new();
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).unwrap_or_default() as u8;
        bytes.push(if byte == b'%' { digit() << 4 | digit() } else { byte });
    }
    bytes
}
