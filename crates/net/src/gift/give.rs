//! The giver's side: an endpoint that hands out one file, a counted number of times, for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use iroh::Endpoint;
use iroh::endpoint::{Connection, Incoming, RecvStream, SendStream, VarInt};
use skein_event::SecretKey;
use tokio::io::AsyncReadExt;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::NetError;
use crate::endpoint::own_addresses;
use crate::gift::{CHUNK, Gift, Gifts, MAX_WORDS, PATIENCE, Token};
use crate::steer::Steering;

/// Whoever is being served or sized up at once; others are sent away, and try again.
const MAX_TAKERS: usize = 8;
/// After so many wrong tokens it is given to nobody any more: somebody is guessing.
const MAX_WRONG: u32 = 10;
/// How long to wait for the taker's nod at the end: it may have a large file to check.
const NOD: Duration = Duration::from_secs(120);
/// The same words to a stranger and to who comes too late: nothing is told to a guesser.
const NOT_HERE: &str = "there is nothing for this code or link; it may have been used, or taken back";

/// How it goes with a gift.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// How many have it whole.
    pub taken: u32,
    /// How many fetch it now.
    pub under_way: u32,
    /// Bytes that were sent, to all together.
    pub sent: u64,
    /// It is over: taken as often as it may be, too late, taken back, or somebody guessed at it.
    pub over: bool,
}

/// A file that is being given. Dropping it takes it back.
pub struct Given {
    told: watch::Receiver<Told>,
    stop: CancellationToken,
    addresses: Vec<String>,
}

impl Given {
    /// How it goes; changes are told.
    pub fn told(&self) -> watch::Receiver<Told> {
        self.told.clone()
    }

    /// Where it can be fetched: "ip:port" or "relay:URL".
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Gifts {
    /// Gives one file to whoever shows its token, at an address that belongs to `key`. The upload limit counts.
    ///
    /// # Errors
    /// If nothing can be listened on.
    pub async fn give(&self, key: &SecretKey, gift: Gift) -> Result<Given, NetError> {
        let endpoint = self.place.endpoint(key, true).await?;
        let stop = self.shared.stop.child_token();
        let (tell, told) = watch::channel(Told::default());
        let addresses = own_addresses(&endpoint);
        let giver = Arc::new(Giver {
            gift,
            tell,
            steering: self.steering.clone(),
            claimed: AtomicU32::new(0),
            wrong: AtomicU32::new(0),
            stop: stop.clone(),
        });
        let task = async move {
            let lasts = giver.gift.lasts;
            tokio::select! {
                () = giver.stop.cancelled() => {}
                _ = timeout(lasts, accept(&endpoint, &giver)) => {}
            }
            giver.stop.cancel();
            giver.tell.send_modify(|told| told.over = true);
            timeout(PATIENCE, endpoint.close()).await.ok();
        };
        self.shared.tasks.spawn_on(task, &self.shared.runtime);
        Ok(Given { told, stop, addresses })
    }
}

struct Giver {
    gift: Gift,
    tell: watch::Sender<Told>,
    steering: Arc<Steering>,
    /// Whole copies that were handed out, and those that are under way.
    claimed: AtomicU32,
    wrong: AtomicU32,
    stop: CancellationToken,
}

/// One of the copies that may be given; given back if it does not arrive.
struct Copy<'a>(&'a Giver, bool);

impl Drop for Copy<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.claimed.fetch_sub(1, Ordering::SeqCst);
        }
        self.0.tell.send_modify(|told| told.under_way = told.under_way.saturating_sub(1));
    }
}

impl Giver {
    fn copy(&self) -> Option<Copy<'_>> {
        let more = |claimed: u32| (claimed < self.gift.times).then_some(claimed + 1);
        self.claimed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok()?;
        self.tell.send_modify(|told| told.under_way += 1);
        Some(Copy(self, false))
    }

    fn is_right(&self, token: &Token) -> bool {
        // Comparing hashes of this type takes the same time wherever they differ.
        let right = blake3::hash(token) == blake3::hash(&self.gift.token);
        if !right && self.wrong.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_WRONG {
            self.stop.cancel();
        }
        right
    }
}

async fn accept(endpoint: &Endpoint, giver: &Arc<Giver>) {
    let turns = Arc::new(Semaphore::new(MAX_TAKERS));
    while let Some(incoming) = endpoint.accept().await {
        let Ok(turn) = turns.clone().try_acquire_owned() else {
            incoming.refuse();
            continue;
        };
        let giver = giver.clone();
        tokio::spawn(async move {
            let stop = giver.stop.clone();
            stop.run_until_cancelled(receive(&giver, incoming)).await;
            drop(turn);
            let told = giver.tell.borrow().clone();
            if told.taken >= giver.gift.times {
                giver.stop.cancel();
            }
        });
    }
}

/// One who comes, until they go.
async fn receive(giver: &Giver, incoming: Incoming) -> Option<()> {
    let connection = timeout(PATIENCE, incoming.accept().ok()?).await.ok()?.ok()?;
    let handed = hand_over(giver, &connection).await;
    if handed.is_none() {
        // What was refused is still on its way; whoever takes it closes first.
        timeout(PATIENCE, connection.closed()).await.ok();
    }
    connection.close(VarInt::from_u32(0), b"done");
    handed
}

async fn hand_over(giver: &Giver, connection: &Connection) -> Option<()> {
    let (mut send, mut recv) = timeout(PATIENCE, connection.accept_bi()).await.ok()?.ok()?;
    let mut token = Token::default();
    timeout(PATIENCE, recv.read_exact(&mut token)).await.ok()?.ok()?;
    if !giver.is_right(&token) {
        return say(&mut send, 0, NOT_HERE.as_bytes()).await;
    }
    let Some(mut copy) = giver.copy() else {
        let why = if giver.tell.borrow().taken >= giver.gift.times { NOT_HERE } else { "somebody else fetches it now" };
        return say(&mut send, 0, why.as_bytes()).await;
    };
    let about = postcard::to_stdvec(&giver.gift.about).ok()?;
    say(&mut send, 1, &about).await?;
    let from = timeout(PATIENCE, recv.read_u64_le()).await.ok()?.ok()?;
    if from > giver.gift.about.bytes {
        return None;
    }
    pour(giver, &mut send, from).await?;
    nod(&mut send, &mut recv).await?;
    copy.1 = true;
    giver.tell.send_modify(|told| told.taken += 1);
    Some(())
}

async fn say(send: &mut SendStream, yes: u8, words: &[u8]) -> Option<()> {
    let words = &words[..words.len().min(MAX_WORDS)];
    let mut frame = vec![yes];
    frame.extend_from_slice(&(words.len() as u16).to_le_bytes());
    frame.extend_from_slice(words);
    timeout(PATIENCE, send.write_all(&frame)).await.ok()?.ok()?;
    if yes == 0 {
        send.finish().ok()?;
        return None;
    }
    Some(())
}

async fn pour(giver: &Giver, send: &mut SendStream, from: u64) -> Option<()> {
    let mut bytes = (giver.gift.open)(from).await.ok()?;
    let mut left = giver.gift.about.bytes - from;
    let mut chunk = vec![0; CHUNK];
    while left > 0 {
        let most = left.min(CHUNK as u64) as usize;
        let read = bytes.read(&mut chunk[..most]).await.ok().filter(|read| *read > 0)?;
        giver.steering.up.pass(read as u64).await;
        timeout(PATIENCE, send.write_all(&chunk[..read])).await.ok()?.ok()?;
        left -= read as u64;
        giver.tell.send_modify(|told| told.sent += read as u64);
    }
    Some(())
}

/// Waits until the taker says that it is whole.
async fn nod(send: &mut SendStream, recv: &mut RecvStream) -> Option<()> {
    send.finish().ok()?;
    let nod = timeout(NOD, recv.read_u8()).await.ok()?.ok()?;
    (nod == 1).then_some(())
}
