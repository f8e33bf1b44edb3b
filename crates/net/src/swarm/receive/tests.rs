//! Pieces over a real connection: what lands when, what is told, and how much may wait.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::ops::Range;

use iroh::endpoint::{Connection, SendStream, presets};
use skein_event::DeviceId;
use skein_swarm::{FileId, PeerId};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::*;
use crate::blobs::drafts::Drafts;
use crate::steer::Steering;
use crate::swarm::keep::RUN;
use crate::swarm::path::PAIR;

const MIB: usize = 1 << 20;
const PIECE: u64 = 4 << 20;
const LONG: Duration = Duration::from_secs(60);

/// A file that one has, the encodings of its two pieces, and a connection to somebody with an empty store.
struct Scene {
    _places: [TempDir; 2],
    _endpoints: [iroh::Endpoint; 2],
    to: Arc<Store>,
    ways: [Connection; 2],
    file: BlobHash,
    layout: Layout,
    upper: Arc<Upper>,
    piece: Vec<u8>,
    second: Vec<u8>,
}

impl Scene {
    async fn new() -> Self {
        let places = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let open = |at: usize| {
            let (steering, drafts) = (Arc::new(Steering::new(None)), Drafts::of(&device(at as u8), places[at].path()));
            Store::open(places[at].path(), Duration::from_secs(600), steering, drafts)
        };
        let (from, to) = (open(0).await.unwrap(), Arc::new(open(1).await.unwrap()));
        let mut bytes = vec![0; 8 * MIB];
        blake3::Hasher::new().update(b"noise").finalize_xof().fill(&mut bytes);
        let layout = Layout::with_piece(bytes.len() as u64, PIECE).unwrap();
        let tag = from.api().add_bytes(bytes).await.unwrap();
        let mut encoded = [const { Vec::new() }; 2];
        for piece in [0, 1] {
            let whole = from.api().export_bao(tag.hash, chunks(layout, piece as u32, 1)).bao_to_vec().await.unwrap();
            encoded[piece] = whole[8..].to_vec();
        }
        let file = BlobHash::from_bytes(*tag.hash.as_bytes());
        from.close().await;
        let [server, client] = [endpoint().await, endpoint().await];
        let at = server.bound_sockets().into_iter().map(iroh::TransportAddr::Ip);
        let at = iroh::EndpointAddr::from_parts(server.id(), at);
        let (called, calls) = tokio::join!(async { server.accept().await.unwrap().await }, client.connect(at, b"test"));
        let ways = [called.unwrap(), calls.unwrap()];
        let [piece, second] = encoded;
        let upper = Arc::default();
        Self { _places: places, _endpoints: [server, client], to, ways, file, layout, upper, piece, second }
    }

    /// Begins to send, and to take in.
    async fn begin(&self, first: &[u8]) -> (SendStream, JoinHandle<(Parts, Outcome)>, mpsc::Receiver<Told>) {
        self.begin_pieces(0..1, 0, first).await
    }

    /// The same with other pieces, of which so many hashes are left out.
    async fn begin_pieces(
        &self,
        pieces: Range<u32>,
        left_out: u8,
        first: &[u8],
    ) -> (SendStream, JoinHandle<(Parts, Outcome)>, mpsc::Receiver<Told>) {
        let mut sending = self.ways[0].open_uni().await.unwrap();
        let (head, rest) = first.split_at(100);
        sending.write_all(head).await.unwrap();
        let stream = self.ways[1].accept_uni().await.unwrap();
        let (told, heard) = mpsc::channel(64);
        let parts = Parts { peer: PeerId(1), file: FileId(1), first: pieces.start, count: pieces.len() as u32 };
        let (swarm, store) = (Handle { told }, self.to.clone());
        let (file, layout, upper) = (self.file, self.layout, self.upper.clone());
        let receiving = Receiving { stream, swarm, store, file, layout, parts, upper, left_out, turn: 1 };
        let taken = tokio::spawn(receiving.run());
        // Read already: more than a stream's window would not go out before.
        sending.write_all(rest).await.ok();
        (sending, taken, heard)
    }

    /// Sends all of it, and gives what came of it.
    async fn whole(&self, piece: u32, left_out: u8, bytes: &[u8]) -> Outcome {
        let (mut sending, taken, _heard) = self.begin_pieces(piece..piece + 1, left_out, bytes).await;
        sending.finish().ok();
        ended(taken).await.1
    }

    async fn here(&self) -> usize {
        self.to.part(self.file).await.unwrap().bytes_have as usize
    }
}

/// What came of pieces that were begun: those that were not told of before, and how it went with them.
async fn ended(taken: JoinHandle<(Parts, Outcome)>) -> (Parts, Outcome) {
    timeout(LONG, taken).await.expect("in time").unwrap()
}

fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 32])
}

async fn endpoint() -> iroh::Endpoint {
    let builder = iroh::Endpoint::builder(presets::Minimal).relay_mode(iroh::RelayMode::Disabled);
    let builder = builder.alpns(vec![b"test".to_vec()]).clear_ip_transports();
    builder.bind_addr("127.0.0.1:0").unwrap().bind().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_piece_is_kept_as_it_comes_and_not_gathered_in_memory() {
    let scene = Scene::new().await;
    let (mut sending, taken, mut heard) = scene.begin(&scene.piece[..3 * MIB]).await;
    let some = async {
        while scene.here().await < 3 * MIB - 2 * RUN {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, some).await.expect("most of what was sent is with the store before the rest comes");
    assert!(!taken.is_finished());
    assert!(matches!(heard.recv().await, Some(Told::Received(_, 1, bytes)) if bytes > 0));
    sending.write_all(&scene.piece[3 * MIB..]).await.unwrap();
    sending.finish().unwrap();
    assert!(matches!(ended(taken).await.1, Outcome::Verified));
    assert_eq!(scene.here().await, PIECE as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_as_many_pieces_as_may_be_read_the_next_waits_for_its_turn() {
    let scene = Scene::new().await;
    let store = scene.to.clone();
    let all = store.reads.acquire_many(READ_AT_ONCE as u32).await.unwrap();
    let (mut sending, taken, _heard) = scene.begin(&scene.piece[..MIB]).await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(scene.here().await, 0, "nothing is read");
    drop(all);
    sending.write_all(&scene.piece[MIB..]).await.unwrap();
    sending.finish().unwrap();
    assert!(matches!(ended(taken).await.1, Outcome::Verified));
    const { assert!(READ_AT_ONCE * (RUN + 96 * 1024) <= 44 * MIB, "what the comment says") };
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_group_is_known_when_it_comes_and_what_was_before_it_is_kept() {
    let scene = Scene::new().await;
    let mut wrong = scene.piece.clone();
    wrong[2 * MIB] ^= 1;
    let (_sending, taken, _heard) = scene.begin(&wrong[..2 * MIB + 64 * 1024]).await;
    assert!(matches!(ended(taken).await.1, Outcome::Lie), "before the piece is through");
    let here = scene.here().await;
    assert!((MIB..2 * MIB).contains(&here), "{here}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_piece_has_is_a_lie_and_less_is_broken() {
    let scene = Scene::new().await;
    let (mut sending, taken, _heard) = scene.begin(&[&scene.piece[..], b"more"].concat()).await;
    sending.finish().ok();
    assert!(matches!(ended(taken).await.1, Outcome::Lie));
    let (mut sending, taken, _heard) = scene.begin(&scene.piece[..MIB]).await;
    sending.finish().unwrap();
    assert!(matches!(ended(taken).await.1, Outcome::Broken));
}

#[tokio::test(flavor = "multi_thread")]
async fn hashes_that_came_before_need_not_come_again_and_what_never_came_cannot_be_left_out() {
    let scene = Scene::new().await;
    let short = &scene.second[PAIR..];
    assert!(matches!(scene.whole(1, 1, short).await, Outcome::Broken), "the root's hashes never came");
    assert!(matches!(scene.whole(0, 0, &scene.piece).await, Outcome::Verified));
    assert!(matches!(scene.whole(1, 2, short).await, Outcome::Broken), "there is one node above it");
    let mut wrong = short.to_vec();
    wrong[MIB] ^= 1;
    assert!(matches!(scene.whole(1, 1, &wrong).await, Outcome::Lie), "checked all the same");
    assert!(matches!(scene.whole(1, 1, short).await, Outcome::Verified));
    assert_eq!(scene.here().await, 8 * MIB);
    // What the store was given is all that it needs to give the file to somebody else.
    let (from, all) = (scene.to.api(), ChunkRanges::all());
    let given = from.export_bao(hash(scene.file), all).bao_to_vec().await.unwrap();
    assert_eq!(given.len(), 8 + 8 * MIB + 511 * PAIR);
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_that_come_together_are_told_of_as_they_are_kept() {
    let scene = Scene::new().await;
    // The root comes once, with the first.
    let both = [&scene.piece[..], &scene.second[PAIR..]].concat();
    let (mut sending, taken, mut heard) = scene.begin_pieces(0..2, 0, &both[..5 * MIB]).await;
    let first = async {
        loop {
            match heard.recv().await {
                Some(Told::Came(parts, 1, Outcome::Verified)) => return parts.each().map(|part| part.piece).collect(),
                Some(Told::Received(part, 1, bytes)) => assert!(part.piece == 0 && bytes < PIECE),
                _ => panic!("the first piece is told of"),
            }
        }
    };
    let told: Vec<_> = timeout(LONG, first).await.expect("before the second is through");
    assert_eq!(told, [0]);
    assert!(scene.here().await >= PIECE as usize);
    sending.write_all(&both[5 * MIB..]).await.unwrap();
    sending.finish().unwrap();
    let (rest, outcome) = ended(taken).await;
    assert!(matches!(outcome, Outcome::Verified));
    assert_eq!((rest.first, rest.count), (1, 1));
    assert_eq!(scene.here().await, 8 * MIB);
    assert!(scene.upper.has(&(0, 2)), "the hashes above them are remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_pieces_that_come_together_those_before_a_lie_count() {
    let scene = Scene::new().await;
    let mut both = [&scene.piece[..], &scene.second[PAIR..]].concat();
    both[6 * MIB] ^= 1;
    let (_sending, taken, mut heard) = scene.begin_pieces(0..2, 0, &both[..6 * MIB + 64 * 1024]).await;
    let (rest, outcome) = ended(taken).await;
    assert!(matches!(outcome, Outcome::Lie));
    assert_eq!((rest.first, rest.count), (1, 1));
    let mut whole = Vec::new();
    while let Ok(told) = heard.try_recv() {
        if let Told::Came(parts, 1, Outcome::Verified) = told {
            whole.extend(parts.each().map(|part| part.piece));
        }
    }
    assert_eq!(whole, [0]);
}
