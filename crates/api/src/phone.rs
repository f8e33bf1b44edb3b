//! Paired phones: a code is swapped once, at the phones' door, for a session that belongs to one phone.
//!
//! They are kept apart from the browsers' sessions, so that neither kind is ever good at the other's door. Only hashes are
//! kept, in memory and in a file; nothing here is ever written to a log.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use blake3::Hash;
use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use tokio::sync::watch;

use crate::limits::Limits;
use crate::session::{hash_of, random, secret};

/// The longest name of a phone, in bytes.
const MAX_LABEL_BYTES: usize = 64;
/// The longest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 64 << 10;
/// When a phone was last used is written down at most so often, in milliseconds.
const NOTE_AGAIN_MS: u64 = 3_600_000;

/// The code that waits for a phone, and all phones.
pub(crate) struct Phones {
    limits: Limits,
    file: PathBuf,
    inner: Mutex<Inner>,
    /// Told whenever a phone's session may have ended.
    ended: watch::Sender<()>,
}

#[derive(Default)]
struct Inner {
    /// One at a time: a new one takes the place of the one before.
    code: Option<Code>,
    kept: Kept,
}

struct Code {
    hash: Hash,
    since: Instant,
    label: String,
}

/// What the file holds.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// Where the phones' door was last: their pages hang on the address.
    port: Option<u16>,
    phones: Vec<Phone>,
}

#[derive(Serialize, Deserialize)]
struct Phone {
    id: String,
    /// The token's, in hexadecimal.
    hash: String,
    label: String,
    since_ms: u64,
    used_ms: u64,
}

/// A phone that is paired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub(crate) struct PhoneRow {
    /// Its id.
    pub(crate) id: String,
    /// What its person calls it.
    pub(crate) label: String,
    /// When it was paired.
    #[ts(type = "number")]
    since_ms: u64,
    /// When it was last used; right to the hour after a restart.
    #[ts(type = "number")]
    used_ms: u64,
}

impl Phones {
    /// Goes on with the phones in the file. One that cannot be read is as good as none: they are paired anew.
    pub(crate) fn new(limits: &Limits, file: PathBuf) -> Self {
        let mut text = String::new();
        let read = fs::File::open(&file).and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text));
        let mut kept: Kept = read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default();
        kept.phones.truncate(limits.phones);
        let inner = Mutex::new(Inner { code: None, kept });
        Self { limits: limits.clone(), file, inner, ended: watch::channel(()).0 }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the file. If that fails, phones are to be paired anew after the next start.
    fn write(&self, inner: &Inner) {
        let text = serde_json::to_vec(&inner.kept).expect("texts and numbers can be written as JSON");
        let fresh = self.file.with_extension("new-phones");
        let mut options = fs::OpenOptions::new();
        let written = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh);
        let written = written.and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()));
        if let Err(error) = written.and_then(|()| fs::rename(&fresh, &self.file)) {
            tracing::warn!("which phones are paired could not be written down: {error}");
        }
    }

    /// Phones that were not used for long are gone, and a code that is too old.
    fn sweep(&self, inner: &mut Inner, now: Instant, now_ms: u64) {
        inner.code.take_if(|code| now.duration_since(code.since) >= self.limits.pairing);
        let most = u64::try_from(self.limits.phone.as_millis()).unwrap_or(u64::MAX);
        let before = inner.kept.phones.len();
        inner.kept.phones.retain(|phone| now_ms.saturating_sub(phone.used_ms) < most);
        if inner.kept.phones.len() < before {
            self.write(inner);
            self.ended.send_replace(());
        }
    }

    /// A new one-time code for a phone of this name; the one before is void.
    ///
    /// # Errors
    /// If the name is none, or there are as many phones as there may be.
    pub(crate) fn mint_code(&self, label: &str, now: Instant, now_ms: u64) -> Result<String, Refusal> {
        let label = label.trim();
        let plain = label.len() <= MAX_LABEL_BYTES && !label.chars().any(char::is_control);
        if label.is_empty() || !plain {
            return Err(Refusal::new(Kind::Usage, "a phone's name has 1 to 64 bytes and no line breaks"));
        }
        let code = secret()?;
        let mut inner = self.lock();
        self.sweep(&mut inner, now, now_ms);
        self.has_room(&inner)?;
        inner.code = Some(Code { hash: blake3::hash(code.as_bytes()), since: now, label: label.into() });
        Ok(code)
    }

    fn has_room(&self, inner: &Inner) -> Result<(), Refusal> {
        if inner.kept.phones.len() < self.limits.phones {
            return Ok(());
        }
        let most = self.limits.phones;
        Err(Refusal::new(Kind::Limit, format!("{most} phones are paired already, and there is no room for more"))
            .hint("End one that is no longer used first."))
    }

    /// Swaps the code for a phone's token; the code is used up. `None`: it is not the one, used, or too old.
    pub(crate) fn swap(&self, code: &str, now: Instant, now_ms: u64) -> Result<Option<String>, Refusal> {
        let Some(hash) = hash_of(code) else { return Ok(None) };
        let (token, id) = (secret()?, random()?);
        let mut inner = self.lock();
        self.sweep(&mut inner, now, now_ms);
        // `Hash == Hash` compares in constant time.
        let Some(Code { label, .. }) = inner.code.take_if(|code| code.hash == hash) else { return Ok(None) };
        self.has_room(&inner)?;
        inner.kept.phones.push(Phone {
            id: data_encoding::BASE32_NOPAD.encode(&id[..10]).to_ascii_lowercase(),
            hash: blake3::hash(token.as_bytes()).to_hex().to_string(),
            label,
            since_ms: now_ms,
            used_ms: now_ms,
        });
        self.write(&inner);
        Ok(Some(token))
    }

    /// The id of the phone whose token this is; it counts as used now.
    pub(crate) fn knows(&self, token: &str, now: Instant, now_ms: u64) -> Option<String> {
        let hash = hash_of(token)?;
        let mut inner = self.lock();
        self.sweep(&mut inner, now, now_ms);
        let mut found = None;
        // Looks at every one, wherever the right one is, so that the time taken tells nothing.
        for (at, phone) in inner.kept.phones.iter().enumerate() {
            if Hash::from_hex(&phone.hash).is_ok_and(|known| known == hash) {
                found = Some(at);
            }
        }
        let phone = &mut inner.kept.phones[found?];
        let id = phone.id.clone();
        let noted_ms = phone.used_ms;
        phone.used_ms = now_ms.max(noted_ms);
        if now_ms / NOTE_AGAIN_MS > noted_ms / NOTE_AGAIN_MS {
            self.write(&inner);
        }
        Some(id)
    }

    /// The phone with this id, if it is still paired.
    pub(crate) fn get(&self, id: &str) -> Option<PhoneRow> {
        self.lock().kept.phones.iter().find(|phone| phone.id == id).map(row)
    }

    /// All phones, in the order in which they were paired.
    pub(crate) fn all(&self, now: Instant, now_ms: u64) -> Vec<PhoneRow> {
        let mut inner = self.lock();
        self.sweep(&mut inner, now, now_ms);
        inner.kept.phones.iter().map(row).collect()
    }

    /// Ends a phone's session: its id, the beginning of it, or its name.
    ///
    /// # Errors
    /// If it is none of them, or could be several.
    pub(crate) fn end(&self, which: &str) -> Result<(), Refusal> {
        let mut inner = self.lock();
        let fits = |phone: &Phone| (which.len() >= 3 && phone.id.starts_with(which)) || phone.label == which;
        let mut found = inner.kept.phones.iter().enumerate().filter(|(_, phone)| fits(phone)).map(|(at, _)| at);
        let at = match (found.next(), found.next()) {
            (Some(at), None) => at,
            (None, _) => {
                return Err(Refusal::new(Kind::NotFound, "no such phone is paired")
                    .hint("`skein phone ls` shows which there are."));
            }
            _ => {
                return Err(Refusal::new(Kind::Ambiguous, "several phones are called that")
                    .hint("Use the beginning of its id: see `skein phone ls`."));
            }
        };
        inner.kept.phones.remove(at);
        self.write(&inner);
        drop(inner);
        self.ended.send_replace(());
        Ok(())
    }

    /// Hears whenever a phone's session may have ended.
    pub(crate) fn endings(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    /// For how long the phones' door is needed at least; `None`: it is not. `Duration::MAX`: as long as there is a phone.
    pub(crate) fn needed(&self, now: Instant, now_ms: u64) -> Option<Duration> {
        let mut inner = self.lock();
        self.sweep(&mut inner, now, now_ms);
        if !inner.kept.phones.is_empty() {
            return Some(Duration::MAX);
        }
        inner.code.as_ref().map(|code| self.limits.pairing.saturating_sub(now.duration_since(code.since)))
    }

    /// The port of the phones' door when it was last open.
    pub(crate) fn port(&self) -> Option<u16> {
        self.lock().kept.port
    }

    /// Remembers the port of the phones' door.
    pub(crate) fn set_port(&self, port: u16) {
        let mut inner = self.lock();
        if inner.kept.port.replace(port) != Some(port) {
            self.write(&inner);
        }
    }
}

fn row(phone: &Phone) -> PhoneRow {
    PhoneRow { id: phone.id.clone(), label: phone.label.clone(), since_ms: phone.since_ms, used_ms: phone.used_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 24 * 3_600_000;

    fn phones() -> (Phones, Instant) {
        let folder = tempfile::tempdir().expect("a folder").keep();
        (Phones::new(&Limits::default(), folder.join("phones")), Instant::now())
    }

    fn pair(phones: &Phones, now: Instant, now_ms: u64) -> String {
        let code = phones.mint_code("my phone", now, now_ms).expect("there is room");
        phones.swap(&code, now, now_ms).expect("random numbers").expect("a good code")
    }

    #[test]
    fn a_code_is_good_once_for_two_minutes_and_until_the_next_one() {
        let (phones, now) = phones();
        let first = phones.mint_code("a", now, 0).expect("there is room");
        let second = phones.mint_code("b", now, 0).expect("there is room");
        assert_eq!(phones.swap(&first, now, 0), Ok(None), "another took its place");
        assert!(phones.swap(&second, now, 0).is_ok_and(|token| token.is_some()));
        assert_eq!(phones.swap(&second, now, 0), Ok(None), "a second time");
        let late = phones.mint_code("c", now, 0).expect("there is room");
        assert_eq!(phones.swap(&late, now + Duration::from_secs(120), 0), Ok(None), "too late");
        for bad in ["", " ", "a\nb", &"x".repeat(65)] {
            assert!(phones.mint_code(bad, now, 0).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn phones_outlive_the_program_and_their_endings_do_too() {
        let (phones, now) = phones();
        let (one, two) = (pair(&phones, now, 5), pair(&phones, now, 6));
        let id = phones.knows(&one, now, 7).expect("is paired");
        phones.end(&id).expect("is there");
        let again = Phones::new(&Limits::default(), phones.file.clone());
        assert_eq!(again.knows(&one, now, 8), None);
        assert!(again.knows(&two, now, 8).is_some());
        let text = fs::read_to_string(&phones.file).expect("is there");
        assert!(!text.contains(&two), "no token is written down");
        for broken in ["", "nonsense", "{\"phones\":[{}]}"] {
            fs::write(&phones.file, broken).expect("is written");
            assert_eq!(Phones::new(&Limits::default(), phones.file.clone()).knows(&two, now, 9), None);
        }
    }

    #[test]
    fn a_phone_that_is_not_used_for_90_days_is_gone() {
        let (phones, now) = phones();
        let (used, unused) = (pair(&phones, now, 0), pair(&phones, now, 0));
        assert!(phones.knows(&used, now, 89 * DAY_MS).is_some());
        assert!(phones.knows(&used, now, 90 * DAY_MS).is_some());
        assert_eq!(phones.knows(&unused, now, 90 * DAY_MS), None);
        assert_eq!(phones.all(now, 90 * DAY_MS).len(), 1);
        let again = Phones::new(&Limits::default(), phones.file.clone());
        assert!(again.knows(&used, now, 178 * DAY_MS).is_some(), "its use was written down");
        assert_eq!(again.needed(now, 300 * DAY_MS), None, "none is left");
    }

    #[test]
    fn phones_are_few_and_none_makes_room_for_another() {
        let (phones, now) = phones();
        let first = pair(&phones, now, 0);
        for _ in 1..8 {
            pair(&phones, now, 0);
        }
        assert_eq!(phones.mint_code("ninth", now, 0).expect_err("full").kind, Kind::Limit);
        assert!(phones.knows(&first, now, 0).is_some());
        assert_eq!(phones.end("my phone").expect_err("all are called so").kind, Kind::Ambiguous);
        assert_eq!(phones.end("").expect_err("is none").kind, Kind::NotFound);
    }
}
