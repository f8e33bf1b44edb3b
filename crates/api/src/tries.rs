//! Wrong guesses at the phones' door: an address that makes too many is not listened to for a while.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many wrong codes and tokens an address may show in [`SPAN`].
const MOST: u32 = 10;
/// How long they count.
const SPAN: Duration = Duration::from_secs(60);
/// How many addresses are remembered; beyond it the one that has waited longest makes room.
const MAX_ADDRESSES: usize = 256;

/// Wrong guesses by address.
#[derive(Default)]
pub(crate) struct Tries(Mutex<HashMap<IpAddr, (u32, Instant)>>);

impl Tries {
    /// Whether this address has guessed too often.
    pub(crate) fn too_many(&self, from: IpAddr, now: Instant) -> bool {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.get(&from).is_some_and(|(count, since)| *count >= MOST && now.duration_since(*since) < SPAN)
    }

    /// This address has shown something that was wrong.
    pub(crate) fn wrong(&self, from: IpAddr, now: Instant) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !tries.contains_key(&from) && tries.len() >= MAX_ADDRESSES {
            let oldest = tries.iter().min_by_key(|(_, (_, since))| *since).map(|(address, _)| *address);
            oldest.map(|address| tries.remove(&address));
        }
        let entry = tries.entry(from).or_insert((0, now));
        if now.duration_since(entry.1) >= SPAN {
            *entry = (0, now);
        }
        entry.0 = entry.0.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_guesses_is_stopped_for_a_minute_and_no_other() {
        let (tries, now) = (Tries::default(), Instant::now());
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..MOST {
            assert!(!tries.too_many(one, now));
            tries.wrong(one, now);
        }
        assert!(tries.too_many(one, now) && !tries.too_many(other, now));
        assert!(!tries.too_many(one, now + SPAN));
        tries.wrong(one, now + SPAN);
        assert!(!tries.too_many(one, now + SPAN), "it begins anew");
    }

    #[test]
    fn few_addresses_are_remembered() {
        let (tries, now) = (Tries::default(), Instant::now());
        for number in 0..1_000_u32 {
            tries.wrong(IpAddr::from(number.to_be_bytes()), now + Duration::from_millis(number.into()));
        }
        assert_eq!(tries.0.lock().expect("nobody broke it").len(), MAX_ADDRESSES);
    }
}
