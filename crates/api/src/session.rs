//! Codes and sessions: the opening link's one-time code is swapped for a session token.
//!
//! Only hashes are kept, in memory and in a file that outlives the program; they compare in constant time. Nothing here is
//! ever written to a log.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use blake3::Hash;
use skein_app::{Kind, Refusal};
use tokio::sync::watch;

use crate::limits::Limits;

/// The longest code or token that is looked at, in bytes.
const MAX_SECRET_BYTES: usize = 128;

/// All codes that wait to be used, and all sessions.
pub(crate) struct Sessions {
    limits: Limits,
    /// Where sessions are remembered: one hash a line, the least recently used first.
    file: PathBuf,
    inner: Mutex<Inner>,
    /// Told whenever a session may have ended.
    ended: watch::Sender<()>,
}

#[derive(Default)]
struct Inner {
    /// The oldest first.
    codes: Vec<Timed>,
    /// The one that was used least recently first.
    sessions: Vec<Timed>,
}

struct Timed {
    hash: Hash,
    since: Instant,
}

impl Sessions {
    /// Goes on with the sessions in the file; how long they were unused before is not known.
    pub(crate) fn new(limits: &Limits, file: PathBuf, now: Instant) -> Self {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let hashes = text.lines().take(limits.sessions).filter_map(|line| Hash::from_hex(line).ok());
        let sessions = hashes.map(|hash| Timed { hash, since: now }).collect();
        let inner = Mutex::new(Inner { codes: Vec::new(), sessions });
        Self { limits: limits.clone(), file, inner, ended: watch::channel(()).0 }
    }

    /// Remembers who is signed in. If that fails, browsers are asked to sign in again after the next start.
    fn write(&self, inner: &Inner) {
        let text: String = inner.sessions.iter().map(|session| format!("{}\n", session.hash.to_hex())).collect();
        let fresh = self.file.with_extension("new");
        let mut options = fs::OpenOptions::new();
        let written = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh);
        let written = written.and_then(|mut file| file.write_all(text.as_bytes()));
        if let Err(error) = written.and_then(|()| fs::rename(&fresh, &self.file)) {
            tracing::warn!("who is signed in could not be written down: {error}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new one-time code.
    pub(crate) fn mint_code(&self, now: Instant) -> Result<String, Refusal> {
        let code = secret()?;
        let mut inner = self.lock();
        inner.codes.retain(|code| now.duration_since(code.since) < self.limits.code);
        make_room(&mut inner.codes, self.limits.codes);
        inner.codes.push(Timed { hash: blake3::hash(code.as_bytes()), since: now });
        Ok(code)
    }

    /// Swaps a code for a session token; the code is used up. `None`: it is not one of ours, used, or too old.
    pub(crate) fn swap(&self, code: &str, now: Instant) -> Result<Option<String>, Refusal> {
        let Some(hash) = hash_of(code) else { return Ok(None) };
        let token = secret()?;
        let mut inner = self.lock();
        inner.codes.retain(|code| now.duration_since(code.since) < self.limits.code);
        let Some(at) = find(&inner.codes, &hash) else { return Ok(None) };
        inner.codes.remove(at);
        inner.sessions.retain(|session| now.duration_since(session.since) < self.limits.session);
        make_room(&mut inner.sessions, self.limits.sessions);
        inner.sessions.push(Timed { hash: blake3::hash(token.as_bytes()), since: now });
        self.write(&inner);
        drop(inner);
        self.ended.send_replace(());
        Ok(Some(token))
    }

    /// Whether a token is that of a session; it counts as used now.
    pub(crate) fn knows(&self, token: &str, now: Instant) -> bool {
        let Some(hash) = hash_of(token) else { return false };
        let mut inner = self.lock();
        inner.sessions.retain(|session| now.duration_since(session.since) < self.limits.session);
        let Some(at) = find(&inner.sessions, &hash) else { return false };
        inner.sessions.remove(at);
        inner.sessions.push(Timed { hash, since: now });
        true
    }

    /// Ends the session of this token.
    pub(crate) fn revoke(&self, token: &str) {
        let Some(hash) = hash_of(token) else { return };
        let mut inner = self.lock();
        if let Some(at) = find(&inner.sessions, &hash) {
            inner.sessions.remove(at);
            self.write(&inner);
        }
        drop(inner);
        self.ended.send_replace(());
    }

    /// Whether there is a session with this token; it does not count as used.
    pub(crate) fn has(&self, token: &str) -> bool {
        hash_of(token).is_some_and(|hash| find(&self.lock().sessions, &hash).is_some())
    }

    /// Hears whenever a session may have ended.
    pub(crate) fn endings(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    /// Ends all sessions and voids all codes; gives how many sessions there were.
    pub(crate) fn revoke_all(&self) -> usize {
        let mut inner = self.lock();
        let before = std::mem::take(&mut *inner).sessions.len();
        self.write(&inner);
        drop(inner);
        self.ended.send_replace(());
        before
    }
}

/// Looks at every entry, wherever the right one is, so that the time taken tells nothing.
fn find(all: &[Timed], hash: &Hash) -> Option<usize> {
    let mut found = None;
    for (at, one) in all.iter().enumerate() {
        if one.hash == *hash {
            found = Some(at);
        }
    }
    found
}

fn make_room(all: &mut Vec<Timed>, limit: usize) {
    while all.len() >= limit.max(1) {
        all.remove(0);
    }
}

pub(crate) fn hash_of(secret: &str) -> Option<Hash> {
    (secret.len() <= MAX_SECRET_BYTES).then(|| blake3::hash(secret.as_bytes()))
}

/// 256 random bits as text.
pub(crate) fn secret() -> Result<String, Refusal> {
    Ok(data_encoding::BASE32_NOPAD.encode(&random()?).to_ascii_lowercase())
}

/// 256 random bits from the system.
pub(crate) fn random() -> Result<[u8; 32], Refusal> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Refusal::new(Kind::Failed, format!("the system gave no random numbers: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn sessions() -> (Sessions, Instant) {
        let folder = tempfile::tempdir().expect("a folder").keep();
        (Sessions::new(&Limits::default(), folder.join("sessions"), Instant::now()), Instant::now())
    }

    #[test]
    fn sessions_outlive_the_program_and_endings_do_too() {
        let (sessions, now) = sessions();
        let open = || {
            let code = sessions.mint_code(now).expect("random numbers");
            sessions.swap(&code, now).expect("random numbers").expect("a good code")
        };
        let (first, second) = (open(), open());
        sessions.revoke(&first);
        let again = || Sessions::new(&Limits::default(), sessions.file.clone(), now);
        assert!(again().knows(&second, now) && !again().knows(&first, now));
        let text = std::fs::read_to_string(&sessions.file).expect("is there");
        assert!(!text.contains(&second), "no token is written down");
        std::fs::write(&sessions.file, "nonsense\n\u{fffd}").expect("is written");
        assert!(!again().knows(&second, now));
        sessions.revoke_all();
        assert!(!again().knows(&second, now));
    }

    #[test]
    fn a_code_opens_once_and_for_a_minute() {
        let (sessions, now) = sessions();
        let code = sessions.mint_code(now).expect("random numbers");
        let token = sessions.swap(&code, now).expect("random numbers").expect("a good code");
        assert!(sessions.knows(&token, now));
        assert_eq!(sessions.swap(&code, now), Ok(None), "a second time");
        let late = sessions.mint_code(now).expect("random numbers");
        assert_eq!(sessions.swap(&late, now + Duration::from_secs(60)), Ok(None), "after a minute");
        assert_eq!(sessions.swap("", now), Ok(None));
        assert_eq!(sessions.swap(&"a".repeat(10_000), now), Ok(None));
        assert!(!sessions.knows(&code, now), "a code is no token");
        assert_eq!(token.len(), 52, "256 bits");
    }

    #[test]
    fn sessions_are_few_end_and_can_be_revoked() {
        let (sessions, now) = sessions();
        let open = || {
            let code = sessions.mint_code(now).expect("random numbers");
            sessions.swap(&code, now).expect("random numbers").expect("a good code")
        };
        let first = open();
        let second = open();
        for _ in 0..sessions.limits.sessions - 2 {
            open();
        }
        assert!(sessions.knows(&first, now), "used just now");
        open();
        assert!(!sessions.knows(&second, now), "the least recently used one made room");
        assert!(sessions.knows(&first, now));
        sessions.revoke(&first);
        assert!(!sessions.knows(&first, now));
        let third = open();
        assert!(!sessions.knows(&third, now + sessions.limits.session), "too long unused");
        open();
        assert_eq!(sessions.revoke_all(), 1);
    }

    #[test]
    fn codes_are_few() {
        let (sessions, now) = sessions();
        let first = sessions.mint_code(now).expect("random numbers");
        for _ in 0..sessions.limits.codes {
            sessions.mint_code(now).expect("random numbers");
        }
        assert_eq!(sessions.swap(&first, now), Ok(None), "the oldest made room");
    }
}
