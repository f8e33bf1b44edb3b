//! A program asked at its own door, where every step of an answer is told, and files can be read by a ticket.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::Person;

/// How long one read may take.
const PATIENCE: Duration = Duration::from_secs(100);

fn post(person: &Person, path: &str, body: &Value) -> UnixStream {
    let body = body.to_string();
    let mut door = UnixStream::connect(person.home.join("ctl.sock")).expect("the program runs");
    door.set_read_timeout(Some(PATIENCE)).expect("it has a clock");
    let head = "HTTP/1.1\r\nHost: skein\r\nContent-Type: application/json\r\nConnection: close";
    write!(door, "POST {path} {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).expect("it listens");
    door
}

/// What a fetch has told so far: how much is here, of how much, how much of that came during it, and its words.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub here: u64,
    pub total: u64,
    pub came: u64,
    pub words: String,
}

/// A fetch that is under way; it ends when this is dropped.
pub struct Fetch(Box<dyn Iterator<Item = Value>>);

impl Fetch {
    /// Begins to fetch a share into a folder.
    pub fn begin(person: &Person, share: &str, to: &str) -> Self {
        let ask = json!({ "do": { "app": "files", "command": { "get": { "share": share, "to": to } } } });
        let lines = BufReader::new(post(person, "/api/request", &ask)).lines().map_while(Result::ok);
        // The sizes of chunks stand between the items, and are numbers.
        let items = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        Self(Box::new(items.filter(Value::is_object)))
    }

    /// What is told next that fits.
    pub fn until(&mut self, fits: impl Fn(&Told) -> bool) -> Told {
        self.0.by_ref().filter_map(|line| told(&line)).find(fits).expect("it gets so far")
    }

    /// Waits for its end.
    pub fn end(mut self) -> Value {
        self.0.by_ref().find(|line| line.get("progress").is_none()).expect("it ends")
    }
}

fn told(line: &Value) -> Option<Told> {
    let line = line.get("progress")?;
    let (here, total, words) = (line["done"].as_u64()?, line["total"].as_u64()?, line["words"].as_str()?.to_owned());
    (total > 0).then(|| Told { here, total, came: came(line), words })
}

/// Bytes that came, from all together.
pub fn came(line: &Value) -> u64 {
    line["from"].as_array().into_iter().flatten().filter_map(|from| from[1].as_u64()).sum()
}

/// Where a file can be read for a while.
pub fn ticket(person: &Person, root: &str) -> String {
    let mut text = String::new();
    let answer = post(person, "/api/ticket", &json!({ "root": root, "name": "film" })).read_to_string(&mut text);
    answer.expect("it answers");
    let body = text.lines().find(|line| line.starts_with('{')).expect("a ticket");
    serde_json::from_str::<Value>(body).expect("it is JSON")["url"].as_str().expect("it has an address").to_owned()
}

/// Reads some bytes of a file as a player would: from the first to before the last. Gives the status, and what came.
pub fn range(person: &Person, url: &str, from: u64, to: u64) -> (u16, Vec<u8>) {
    let mut door = UnixStream::connect(person.home.join("ctl.sock")).expect("the program runs");
    door.set_read_timeout(Some(PATIENCE)).expect("it has a clock");
    write!(door, "GET {url} HTTP/1.1\r\nHost: skein\r\nRange: bytes={from}-{}\r\nConnection: close\r\n\r\n", to - 1)
        .expect("it listens");
    let mut bytes = Vec::new();
    door.read_to_end(&mut bytes).ok(); // what broke off is seen by its length
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let status = String::from_utf8_lossy(&bytes[9..12]).parse().expect("a status");
    (status, bytes.split_off(head))
}
