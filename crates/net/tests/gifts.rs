//! Files for people who are no members: given on endpoints of their own, to whoever shows the token, and to nobody else.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod common;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Device, LONG, key};
use skein_event::BlobHash;
use skein_net::Progress;
use skein_net::gift::{About, Bytes, From, Gift, GiftError, Given, Taken};
use tempfile::tempdir;
use tokio::sync::watch;
use tokio::time::timeout;

const TOKEN: [u8; 32] = [7; 32];

fn about(name: &str, bytes: &[u8]) -> About {
    let root = BlobHash::from_bytes(*blake3::hash(bytes).as_bytes());
    About { name: name.into(), bytes: bytes.len() as u64, root }
}

/// A gift of these bytes; where each taker begins is noted.
fn gift(name: &str, bytes: &[u8], begun: &Arc<Mutex<Vec<u64>>>) -> Gift {
    let (all, begun) = (Arc::new(bytes.to_vec()), begun.clone());
    let open = move |from: u64| -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Bytes>> + Send>> {
        begun.lock().unwrap().push(from);
        let rest = all[from as usize..].to_vec();
        Box::pin(async move { Ok(Box::new(std::io::Cursor::new(rest)) as Bytes) })
    };
    Gift { about: about(name, bytes), token: TOKEN, times: 1, lasts: LONG, open: Arc::new(open) }
}

async fn take(by: &Device, given: &Given, token: [u8; 32], to: &Path) -> Result<Taken, GiftError> {
    let from = From { giver: key(90).device(), addresses: given.addresses().to_vec(), token, root: None };
    let (progress, _) = watch::channel(Progress::default());
    timeout(LONG, by.net.gifts().take(&key(91), &from, to, progress)).await.expect("within a minute")
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_token_gets_the_file_once() {
    let (ana, zoe) = (Device::start(1).await, Device::start(2).await);
    let (to, begun) = (tempdir().unwrap(), Arc::default());
    let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(to.path().join("plan.pdf"), "mine").unwrap();
    let given = ana.net.gifts().give(&key(90), gift("plan.pdf", &bytes, &begun)).await.unwrap();
    let taken = take(&zoe, &given, TOKEN, to.path()).await.unwrap();
    assert_eq!(taken.path, to.path().join("plan (2).pdf"));
    assert_eq!(std::fs::read(&taken.path).unwrap(), bytes);
    assert_eq!(files(to.path()), ["plan (2).pdf", "plan.pdf"], "nothing else is left, and nothing was written over");
    assert_eq!(std::fs::read(to.path().join("plan.pdf")).unwrap(), b"mine");
    let mut told = given.told();
    timeout(LONG, told.wait_for(|told| told.over)).await.unwrap().unwrap();
    let now = told.borrow().clone();
    // On a busy machine a try may break off, and what was under way is sent once more.
    assert!(now.taken == 1 && now.under_way == 0 && now.sent >= bytes.len() as u64, "{now:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_nobody_gets_anything_and_guessing_ends_it() {
    let (ana, zoe) = (Device::start(1).await, Device::start(2).await);
    let (to, begun) = (tempdir().unwrap(), Arc::default());
    let given = ana.net.gifts().give(&key(90), gift("plan.pdf", b"secret", &begun)).await.unwrap();
    let mut guess = TOKEN;
    guess[31] ^= 1;
    for _ in 0..9 {
        let refused = take(&zoe, &given, guess, to.path()).await.unwrap_err();
        assert!(matches!(&refused, GiftError::Refused(why) if why.contains("nothing for this")), "{refused}");
    }
    assert!(!given.told().borrow().over);
    // Whoever guesses once more finds nobody, and would look for a while.
    let mut told = given.told();
    let over = timeout(LONG, told.wait_for(|told| told.over));
    tokio::select! {
        over = over => drop(over.unwrap().unwrap()),
        taken = take(&zoe, &given, guess, to.path()) => panic!("it was still there: {taken:?}"),
    }
    assert!(begun.lock().unwrap().is_empty() && files(to.path()).is_empty());
    assert_eq!(given.told().borrow().sent, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_goes_on_where_it_was() {
    let (ana, zoe) = (Device::start(1).await, Device::start(2).await);
    let (to, begun) = (tempdir().unwrap(), Arc::default());
    let bytes = vec![5_u8; 4 << 20];
    let mut gift = gift("film.mkv", &bytes, &begun);
    let (whole, tries) = (gift.open.clone(), Arc::new(AtomicUsize::new(0)));
    // The first time it ends after a megabyte, as if the disk had been taken out.
    gift.open = Arc::new(move |from| {
        if tries.fetch_add(1, Ordering::SeqCst) > 0 {
            return whole(from);
        }
        Box::pin(async { Ok(Box::new(std::io::Cursor::new(vec![5_u8; 1 << 20])) as Bytes) })
    });
    let given = ana.net.gifts().give(&key(90), gift).await.unwrap();
    let taken = take(&zoe, &given, TOKEN, to.path()).await.unwrap();
    assert_eq!(std::fs::read(&taken.path).unwrap(), bytes);
    let begun = begun.lock().unwrap().clone();
    assert!(begun.len() == 1 && begun[0] > 0 && begun[0] <= 1 << 20, "it went on, and did not begin anew: {begun:?}");
    assert_eq!(files(to.path()), ["film.mkv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_was_promised_is_thrown_away() {
    let (ana, zoe) = (Device::start(1).await, Device::start(2).await);
    let begun = Arc::default();
    for (name, promised, sent) in [
        ("plan.pdf", &b"the real plan"[..], &b"the fake plan"[..]),
        ("../plan.pdf", b"plan", b"plan"),
        ("/etc/plan", b"plan", b"plan"),
        ("pl\nan", b"plan", b"plan"),
        ("", b"plan", b"plan"),
    ] {
        let to = tempdir().unwrap();
        let gift = Gift { about: about(name, promised), ..gift(name, sent, &begun) };
        let given = ana.net.gifts().give(&key(90), gift).await.unwrap();
        let refused = take(&zoe, &given, TOKEN, to.path()).await.unwrap_err();
        assert!(matches!(refused, GiftError::Damaged(_)), "{name:?}: {refused}");
        assert!(files(to.path()).is_empty(), "{name:?}");
        assert_eq!(given.told().borrow().taken, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_fetches_the_only_copy_another_is_told_so() {
    let (ana, zoe) = (Device::start(1).await, Device::start(2).await);
    let (to, other, begun) = (tempdir().unwrap(), tempdir().unwrap(), Arc::default());
    let mut gift = gift("film.mkv", b"film", &begun);
    let (held, go) = watch::channel(false);
    let whole = gift.open.clone();
    gift.open = Arc::new(move |from| {
        let (mut go, bytes) = (go.clone(), whole(from));
        Box::pin(async move {
            go.wait_for(|go| *go).await.map_err(std::io::Error::other)?;
            bytes.await
        })
    });
    let given = ana.net.gifts().give(&key(90), gift).await.unwrap();
    let (first, second) = tokio::join!(take(&zoe, &given, TOKEN, to.path()), async {
        timeout(LONG, given.told().wait_for(|told| told.under_way == 1)).await.unwrap().unwrap();
        let refused = take(&zoe, &given, TOKEN, other.path()).await;
        held.send(true).unwrap();
        refused
    });
    assert!(matches!(second.unwrap_err(), GiftError::Refused(why) if why.contains("somebody else")));
    assert_eq!(std::fs::read(first.unwrap().path).unwrap(), b"film");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_time_ends_it() {
    let ana = Device::start(1).await;
    let gift = Gift { lasts: Duration::from_millis(50), ..gift("plan.pdf", b"plan", &Arc::default()) };
    let given = ana.net.gifts().give(&key(90), gift).await.unwrap();
    timeout(LONG, given.told().wait_for(|told| told.over)).await.unwrap().unwrap();
}
