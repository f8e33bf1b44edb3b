//! Bridges: addresses with a secret in them, by which programs that know nothing of Skein ask an app in a protocol of their
//! own. None is open before the person opens it, and each is for one protocol of one app in one community.
//!
//! Only hashes of the secrets are kept, in memory and in a file. No cookie, no session, no CORS header: a page from elsewhere
//! is turned away by the guard before anything is looked at, and could read nothing if it were not.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use blake3::Hash;
use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};

use crate::session::{hash_of, random, secret};

/// How many bridges there may be; beyond it one has to be ended first.
const MAX_BRIDGES: usize = 16;
/// The longest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 64 << 10;
/// When a bridge was last used is written down at most so often, in milliseconds.
const NOTE_AGAIN_MS: u64 = 3_600_000;

/// All bridges.
pub(crate) struct Bridges {
    file: PathBuf,
    inner: Mutex<Vec<Bridge>>,
}

/// A bridge that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bridge {
    pub(crate) id: String,
    /// The secret's, in hexadecimal.
    hash: String,
    #[serde(flatten)]
    pub(crate) leads: Leads,
    since_ms: u64,
    used_ms: u64,
}

/// Where a bridge leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub(crate) struct Leads {
    /// The community's id.
    pub(crate) community: String,
    /// The community's name when it was opened.
    pub(crate) name: String,
    /// The app.
    pub(crate) app: String,
    /// The protocol.
    pub(crate) speaks: String,
    /// Whether it can also put something in.
    pub(crate) writes: bool,
    /// What follows the secret in the address.
    pub(crate) entry: String,
    /// Whether it is open to the local network too, while a phone is paired.
    pub(crate) near: bool,
}

/// A bridge in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub(crate) struct BridgeRow {
    /// Its id.
    id: String,
    /// Where it leads.
    #[serde(flatten)]
    leads: Leads,
    /// When its address was made.
    #[ts(type = "number")]
    since_ms: u64,
    /// When it was last used, right to the hour after a restart; 0: never.
    #[ts(type = "number")]
    used_ms: u64,
}

impl Bridges {
    /// Goes on with the bridges in the file. One that cannot be read is as good as none: they are opened anew.
    pub(crate) fn new(file: PathBuf) -> Self {
        let mut text = String::new();
        let read = fs::File::open(&file).and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text));
        let mut kept: Vec<Bridge> = read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default();
        kept.truncate(MAX_BRIDGES);
        Self { file, inner: Mutex::new(kept) }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Bridge>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the file.
    fn write(&self, bridges: &[Bridge]) -> Result<(), Refusal> {
        let text = serde_json::to_vec(bridges).expect("texts and numbers can be written as JSON");
        let fresh = self.file.with_extension("new-bridges");
        let mut options = fs::OpenOptions::new();
        let written = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh);
        let written = written.and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()));
        written.and_then(|()| fs::rename(&fresh, &self.file)).map_err(|error| {
            Refusal::new(Kind::Failed, format!("which bridges are open could not be written down: {error}"))
        })
    }

    /// Opens a bridge; gives its id and its secret.
    pub(crate) fn open(&self, leads: Leads, now_ms: u64) -> Result<(String, String), Refusal> {
        let (secret, id) = (secret()?, random()?);
        let mut inner = self.lock();
        if inner.len() >= MAX_BRIDGES {
            return Err(Refusal::new(Kind::Limit, format!("{MAX_BRIDGES} bridges are open already"))
                .hint("End one that is no longer used first: `skein bridge ls`."));
        }
        let id = data_encoding::BASE32_NOPAD.encode(&id[..10]).to_ascii_lowercase();
        let hash = blake3::hash(secret.as_bytes()).to_hex().to_string();
        let mut bridges = inner.clone();
        bridges.push(Bridge { id: id.clone(), hash, leads, since_ms: now_ms, used_ms: 0 });
        self.write(&bridges)?;
        *inner = bridges;
        Ok((id, secret))
    }

    /// Gives a bridge another secret: the address before is worth nothing from now on.
    pub(crate) fn renew(&self, which: &str, now_ms: u64) -> Result<(Bridge, String), Refusal> {
        let secret = secret()?;
        let mut inner = self.lock();
        let mut bridges = inner.clone();
        let at = find(&bridges, which)?;
        bridges[at].hash = blake3::hash(secret.as_bytes()).to_hex().to_string();
        (bridges[at].since_ms, bridges[at].used_ms) = (now_ms, 0);
        self.write(&bridges)?;
        *inner = bridges;
        Ok((inner[at].clone(), secret))
    }

    /// Ends a bridge.
    pub(crate) fn end(&self, which: &str) -> Result<(), Refusal> {
        let mut inner = self.lock();
        let mut bridges = inner.clone();
        bridges.remove(find(&bridges, which)?);
        self.write(&bridges)?;
        *inner = bridges;
        Ok(())
    }

    /// All of them, in the order in which they were opened.
    pub(crate) fn all(&self) -> Vec<BridgeRow> {
        let row = |bridge: &Bridge| BridgeRow {
            id: bridge.id.clone(),
            leads: bridge.leads.clone(),
            since_ms: bridge.since_ms,
            used_ms: bridge.used_ms,
        };
        self.lock().iter().map(row).collect()
    }

    /// Where the bridge with this secret leads; it counts as used now.
    pub(crate) fn knows(&self, secret: &str, now_ms: u64) -> Option<Leads> {
        let hash = hash_of(secret)?;
        let mut inner = self.lock();
        let mut found = None;
        // Looks at every one, wherever the right one is, so that the time taken tells nothing.
        for (at, bridge) in inner.iter().enumerate() {
            if Hash::from_hex(&bridge.hash).is_ok_and(|known| known == hash) {
                found = Some(at);
            }
        }
        let bridge = &mut inner[found?];
        let noted_ms = bridge.used_ms;
        bridge.used_ms = now_ms.max(noted_ms);
        let leads = bridge.leads.clone();
        if now_ms / NOTE_AGAIN_MS > noted_ms / NOTE_AGAIN_MS
            && let Err(refusal) = self.write(&inner)
        {
            tracing::warn!("{refusal}");
        }
        Some(leads)
    }
}

fn find(bridges: &[Bridge], which: &str) -> Result<usize, Refusal> {
    let fits = |bridge: &&Bridge| which.len() >= 3 && bridge.id.starts_with(which);
    let mut found = bridges.iter().enumerate().filter(|(_, bridge)| fits(bridge)).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => Err(Refusal::new(Kind::NotFound, "no such bridge is open").hint("See `skein bridge ls`.")),
        _ => Err(Refusal::new(Kind::Ambiguous, "several bridges begin so").hint("Type more of the id.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads() -> Leads {
        let text = String::from;
        let (writes, near) = (false, false);
        Leads {
            community: text("c"),
            name: text("Garden"),
            app: text("asks"),
            speaks: text("calendar"),
            writes,
            entry: text("x"),
            near,
        }
    }

    fn bridges() -> Bridges {
        Bridges::new(tempfile::tempdir().expect("a folder").keep().join("bridges"))
    }

    #[test]
    fn a_bridge_is_known_by_its_secret_until_it_is_renewed_or_ended() {
        let bridges = bridges();
        let (id, secret) = bridges.open(leads(), 5).expect("there is room");
        let (other, others) = bridges.open(leads(), 5).expect("there is room");
        assert_eq!((secret.len(), bridges.knows(&secret, 6)), (52, Some(leads())));
        let (_, fresh) = bridges.renew(&id, 7).expect("is there");
        assert_eq!((bridges.knows(&secret, 8), bridges.knows(&fresh, 8)), (None, Some(leads())));
        bridges.end(&id).expect("is there");
        assert_eq!((bridges.knows(&fresh, 9), bridges.knows(&others, 9)), (None, Some(leads())));
        assert!(bridges.end(&id).is_err() && bridges.end("").is_err() && bridges.end(&other[..5]).is_ok());
    }

    #[test]
    fn bridges_outlive_the_program_and_no_secret_is_written_down() {
        let bridges = bridges();
        let (_, secret) = bridges.open(leads(), 5).expect("there is room");
        let text = fs::read_to_string(&bridges.file).expect("is there");
        assert!(!text.contains(&secret));
        assert!(Bridges::new(bridges.file.clone()).knows(&secret, 6).is_some());
        for broken in ["", "nonsense", "[{}]"] {
            fs::write(&bridges.file, broken).expect("is written");
            assert_eq!(Bridges::new(bridges.file.clone()).knows(&secret, 6), None);
        }
        for _ in 1..MAX_BRIDGES {
            bridges.open(leads(), 5).expect("there is room");
        }
        assert_eq!(bridges.open(leads(), 5).expect_err("full").kind, Kind::Limit);
    }
}
