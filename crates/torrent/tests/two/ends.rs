//! What is ended, given up or paused: nothing of it goes on, and nothing is lost by it.

use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use skein_torrent::{Magnet, Place, Progress, Sources, TorrentError, Torrents, find};
use tokio::sync::watch;

use super::{HERE, from, give, limited, noise, place, until, whole};

/// How many threads the engines of this process have.
fn threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").expect("is there").flatten();
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
    names.filter(|name| name.starts_with("skein-torrent")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_listens_before_the_first_torrent_and_after_the_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, noise(100_000, 3)).expect("is written");
    let torrents = Torrents::default();
    let (_, given) = give(&torrents, &place(), &path).await;
    let at = SocketAddr::new(HERE, given.port());
    TcpStream::connect(at).expect("somebody listens");
    assert!(threads() > 0, "they are known by their name");
    drop(given);
    until("nobody listens any more", async || TcpStream::connect(at).is_err()).await;
    // A thread may need a moment longer than its port.
    until("no thread is left", async || threads() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_ended_is_gone_while_another_is_still_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    std::fs::write(&a, noise(100_000, 9)).expect("is written");
    std::fs::write(&b, noise(100_000, 10)).expect("is written");
    let torrents = Torrents::default();
    let (meta, ended) = give(&torrents, &place(), &a).await;
    let (other, given) = give(&torrents, &place(), &b).await;
    assert_eq!(ended.port(), given.port(), "one engine gives both");
    drop(ended);
    // Only what the engine has let go of can be given anew.
    let again = async || {
        let content = Arc::new(find(&a).expect("is there").content);
        let again = torrents.seed(&place(), &meta, content, Vec::new()).await;
        assert!(matches!(again, Ok(_) | Err(TorrentError::Busy)), "{:?}", again.err());
        again.is_ok()
    };
    until("it is let go of", again).await;
    let to = folder.path().join("to");
    let fetching = Torrents::default().fetch(&place(), &other, to.clone(), &from(&given)).await.expect("begins");
    whole(&fetching).await.expect("comes");
    assert_eq!(std::fs::read(to.join("b")).expect("is there"), noise(100_000, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_limit_leaves_too_little_nothing_goes_until_it_leaves_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, noise(4_000_000, 11)).expect("is written");
    let (slow, limit) = limited(200_000);
    let (one, other) = (Torrents::default(), Torrents::default());
    let (meta, given) = give(&one, &slow, &path).await;
    let fetching = other.fetch(&place(), &meta, folder.path().join("to"), &from(&given)).await.expect("begins");
    until("it comes", async || fetching.told().have_bytes > 0).await;
    limit.store(10_000, Ordering::Relaxed);
    // At the rate of before, the rest would take longer than is waited here.
    until("it pauses", async || given.told().peers == 0).await;
    assert!(!fetching.told().whole);
    drop(fetching);
    limit.store(100_000_000, Ordering::Relaxed);
    // Whoever comes while it still pauses is sent away, and would not ask again for long.
    let again = async || {
        let (other, to) = (Torrents::default(), folder.path().join("to"));
        let fetching = other.fetch(&place(), &meta, to, &from(&given)).await.expect("goes on");
        fetching.whole(Duration::from_secs(2), &watch::channel(Progress::default()).0).await.is_ok()
    };
    until("it comes whole", again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gives_up_looking_leaves_nobody_waiting() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, noise(100_000, 12)).expect("is written");
    let (torrents, place) = (Torrents::default(), place());
    // The engine runs on for another one.
    let _given = give(&torrents, &place, &path).await;
    let silent = TcpListener::bind((HERE, 0)).expect("a port is free");
    let sources = Sources { peers: vec![silent.local_addr().expect("has one")], trackers: Vec::new() };
    let magnet = Magnet::read(&format!("magnet:?xt=urn:btih:{}", "1".repeat(40))).expect("is one");
    let asked = tokio::task::spawn_blocking(move || silent.accept().expect("somebody comes").0);
    let mut asked = tokio::select! {
        found = torrents.look_up(&place, &magnet, &sources) => panic!("{found:?}"),
        asked = asked => asked.expect("it came"),
    };
    asked.set_read_timeout(Some(Duration::from_secs(20))).expect("can be set");
    let left = tokio::task::spawn_blocking(move || asked.read_to_end(&mut Vec::new()).map_err(|error| error.kind()));
    let left = left.await.expect("is read");
    assert!(!matches!(left, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "nobody hangs up");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_come_is_given_up_and_what_came_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, noise(600_000, 7)).expect("is written");
    let slow = Place { upload_bytes_per_s: Arc::new(|| Some(200_000)), ..place() };
    let (one, other) = (Torrents::default(), Torrents::default());
    let (meta, given) = give(&one, &slow, &path).await;
    let (sources, to) = (from(&given), folder.path().join("to"));
    let fetching = other.fetch(&place(), &meta, to.clone(), &sources).await.expect("begins");
    while fetching.told().have_bytes < 200_000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(given);
    let nothing = watch::channel(Progress::default()).0;
    let stalled = fetching.whole(Duration::from_secs(2), &nothing).await;
    assert!(matches!(stalled, Err(TorrentError::Stalled(2))), "{stalled:?}");
    let had = fetching.told().have_bytes;
    drop(fetching);
    // Another one gives it: only the rest is sent.
    let third = Torrents::default();
    let (_, given) = give(&third, &place(), &path).await;
    let again = Torrents::default();
    let fetching = again.fetch(&place(), &meta, to.clone(), &from(&given)).await.expect("goes on");
    whole(&fetching).await.expect("comes");
    assert_eq!(std::fs::read(to.join("a")).expect("is there"), noise(600_000, 7));
    assert!(given.told().sent_bytes <= 600_000 - had + (32 << 10), "{} after {had}", given.told().sent_bytes);
}
