//! Two engines over loopback: what one gives, the other fetches; and nothing runs before and after.

mod ends;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use skein_torrent::{Active, Magnet, Meta, Place, Progress, Sources, TorrentError, Torrents, find, make};
use tokio::sync::watch;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn place() -> Place {
    Place { ip: Some(HERE), upload_bytes_per_s: Arc::new(|| None), sent: Arc::new(|_| ()) }
}

/// A place whose upload limit can be changed, and the limit.
fn limited(bytes_per_s: u64) -> (Place, Arc<AtomicU64>) {
    let limit = Arc::new(AtomicU64::new(bytes_per_s));
    let now = limit.clone();
    (Place { upload_bytes_per_s: Arc::new(move || Some(now.load(Ordering::Relaxed))), ..place() }, limit)
}

/// Bytes that no compression and no luck makes alike.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

async fn give(torrents: &Torrents, place: &Place, path: &Path) -> (Meta, Active) {
    let found = find(path).expect("is there");
    let meta = make(&found.name, found.folder, &found.files, &found.content, &mut |_| true).expect("is made");
    let active = torrents.seed(place, &meta, Arc::new(found.content), Vec::new()).await.expect("is given");
    (meta, active)
}

fn from(active: &Active) -> Sources {
    Sources { peers: vec![SocketAddr::new(HERE, active.port())], trackers: Vec::new() }
}

async fn whole(active: &Active) -> Result<(), TorrentError> {
    active.whole(Duration::from_secs(60), &watch::channel(Progress::default()).0).await
}

/// Waits until `done`.
async fn until(what: &str, done: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done().await {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_goes_from_one_to_the_other_by_its_magnet_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let top = folder.path().join("photos");
    std::fs::create_dir_all(top.join("may")).expect("is made");
    let files = [("may/a.jpg", noise(300_000, 1)), ("may/none", Vec::new()), ("b.jpg", noise(70_000, 2))];
    for (name, bytes) in &files {
        std::fs::write(top.join(name), bytes).expect("is written");
    }
    let (one, other) = (Torrents::default(), Torrents::default());
    let (meta, given) = give(&one, &place(), &top).await;
    let sources = from(&given);
    let magnet = Magnet::read(&Magnet::of(&meta, &[], &sources.peers).write()).expect("is one");
    let heard = other.look_up(&place(), &magnet, &sources).await.expect("is told");
    assert_eq!(heard, meta);
    let to = folder.path().join("to");
    let fetching = other.fetch(&place(), &heard, to.clone(), &sources).await.expect("begins");
    whole(&fetching).await.expect("comes");
    for (name, bytes) in &files {
        assert_eq!(&std::fs::read(to.join("photos").join(name)).expect("is there"), bytes, "{name}");
    }
    let told = given.told();
    assert!(told.sent_bytes >= 370_000 && told.whole && told.peers <= 1, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_gives_is_never_written_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, noise(200_000, 4)).expect("is written");
    let found = find(&path).expect("is there");
    let meta = make(&found.name, false, &found.files, &found.content, &mut |_| true).expect("is made");
    // Somebody has the old bytes; the file has new ones, of the same length.
    std::fs::write(&path, noise(200_000, 5)).expect("is written");
    let now = find(&path).expect("is there");
    let given = Torrents::default().seed(&place(), &meta, Arc::new(now.content), Vec::new()).await;
    assert!(matches!(given, Err(TorrentError::Unfit(_))), "what is there is not what the torrent says");
    assert_eq!(std::fs::read(&path).expect("is there"), noise(200_000, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn torrents_take_half_of_the_upload_limit_and_it_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, noise(2_000_000, 6)).expect("is written");
    let counted = Arc::new(AtomicU64::new(0));
    let counter = counted.clone();
    let sent = move |bytes| {
        counter.fetch_add(bytes, Ordering::Relaxed);
    };
    let slow = Place { upload_bytes_per_s: Arc::new(|| Some(800_000)), sent: Arc::new(sent), ..place() };
    let (one, other) = (Torrents::default(), Torrents::default());
    let (meta, given) = give(&one, &slow, &path).await;
    let began = Instant::now();
    let fetching = other.fetch(&place(), &meta, folder.path().join("to"), &from(&given)).await.expect("begins");
    whole(&fetching).await.expect("comes");
    // 400,000 bytes a second, the first second's worth at once.
    assert!(began.elapsed() >= Duration::from_secs(3), "it took {:?}", began.elapsed());
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(counted.load(Ordering::Relaxed) >= 2_000_000);
    let slowest = Place { upload_bytes_per_s: Arc::new(|| Some(10_000)), ..slow };
    let refused = Torrents::default().fetch(&slowest, &meta, folder.path().join("no"), &Sources::default()).await;
    assert!(matches!(refused, Err(TorrentError::TooSlow)), "less than a block a second cannot be held to");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_changes_holds_for_what_is_under_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, noise(4_000_000, 8)).expect("is written");
    let (slow, limit) = limited(200_000);
    let (one, other) = (Torrents::default(), Torrents::default());
    let (meta, given) = give(&one, &slow, &path).await;
    let fetching = other.fetch(&place(), &meta, folder.path().join("to"), &from(&given)).await.expect("begins");
    while fetching.told().have_bytes < 200_000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // At 100,000 bytes a second the rest would take more than half a minute.
    limit.store(100_000_000, Ordering::Relaxed);
    let began = Instant::now();
    whole(&fetching).await.expect("comes");
    assert!(began.elapsed() < Duration::from_secs(20), "it took {:?}", began.elapsed());
}
