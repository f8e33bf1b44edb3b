//! Codes and sessions: the opening link's one-time code is swapped for a session token.
//!
//! Only hashes are kept, and hashes compare in constant time. Nothing here is ever written to a log.

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
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), inner: Mutex::default(), ended: watch::channel(()).0 }
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
        let before = std::mem::take(&mut *self.lock()).sessions.len();
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

fn hash_of(secret: &str) -> Option<Hash> {
    (secret.len() <= MAX_SECRET_BYTES).then(|| blake3::hash(secret.as_bytes()))
}

/// 256 random bits as text.
fn secret() -> Result<String, Refusal> {
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
        (Sessions::new(&Limits::default()), Instant::now())
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
