//! One link: one stream with one device about one community. Frames out of a bounded queue, frames into the inbox.
//!
//! The task of a link is the only one that speaks about it to the host, so that Up, frames and Down come in turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use iroh::endpoint::{Connection, ReadExactError, RecvStream, SendStream, VarInt, WriteError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::{MAX_FRAME_BYTES, MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, NetEvent};
use crate::hello::{MAX_REASON_BYTES, Mark, plain, shortened};
use crate::links::{Key, Links, Place};

/// In the place of a frame's length: a farewell follows, a u16 length and a reason.
const FAREWELL: u32 = u32::MAX;
/// How long the rest of the queue and the farewell may take before the stream is cut.
const FAREWELL_TIME: Duration = Duration::from_millis(500);
/// The code on a stream that is cut.
const CUT: u32 = 1;

/// What the table holds of a link.
pub(crate) struct Link {
    pub(crate) id: u64,
    pub(crate) key: Key,
    pub(crate) guest: bool,
    /// The other side's mark.
    pub(crate) mark: Mark,
    pub(crate) connection: Connection,
    /// Cancelled when the host has heard the last of this link.
    pub(crate) ended: CancellationToken,
    queue: mpsc::Sender<Bytes>,
    queued_bytes: AtomicUsize,
    closing: CancellationToken,
    why: OnceLock<String>,
}

/// The other end of a link's queue.
pub(crate) type Queue = mpsc::Receiver<Bytes>;

impl Link {
    /// A link that is not yet in the table, and its queue.
    pub(crate) fn new(id: u64, key: Key, guest: bool, mark: Mark, connection: Connection) -> (Arc<Self>, Queue) {
        let (queue, waiting) = mpsc::channel(MAX_QUEUED_FRAMES);
        let link = Self {
            id,
            key,
            guest,
            mark,
            connection,
            ended: CancellationToken::new(),
            queue,
            queued_bytes: AtomicUsize::new(0),
            closing: CancellationToken::new(),
            why: OnceLock::new(),
        };
        (Arc::new(link), waiting)
    }

    /// Puts a frame in the queue. False: it does not fit; the link is closing.
    pub(crate) fn send(&self, frame: Vec<u8>) -> bool {
        if self.is_closing() {
            return false;
        }
        if frame.len() > MAX_FRAME_BYTES {
            self.close("a frame of ours was over the limit");
            return false;
        }
        let length = frame.len();
        let before = self.queued_bytes.fetch_add(length, Ordering::Relaxed);
        if before + length > MAX_QUEUED_BYTES || self.queue.try_send(frame.into()).is_err() {
            self.close("the other device takes what it is sent too slowly");
            return false;
        }
        true
    }

    /// Closes the link; the first reason counts.
    pub(crate) fn close(&self, why: &str) {
        self.why.get_or_init(|| shortened(why).to_owned());
        self.closing.cancel();
    }

    /// Whether the link is on its way out.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Lives the link's life: waits for its predecessor, then Up, frames, Down.
    pub(crate) async fn run(
        self: Arc<Self>,
        place: Place,
        (send, mut recv): (SendStream, RecvStream),
        queue: Queue,
        inbox: mpsc::Sender<NetEvent>,
        links: &Links,
    ) {
        if let Some(after) = place.after {
            after.cancelled().await;
            links.waited(self.key);
        }
        let (device, community) = self.key;
        if !self.is_closing() && inbox.send(NetEvent::Up { device, community, guest: self.guest }).await.is_ok() {
            let writer = tokio::spawn(self.clone().write(send, queue));
            let end = tokio::select! {
                biased;
                () = self.closing.cancelled() => String::new(),
                end = self.read(&mut recv, &inbox) => end,
            };
            self.close(&end);
            recv.stop(VarInt::from_u32(CUT)).ok();
            writer.await.ok();
            let why = self.why.get().cloned().unwrap_or_default();
            inbox.send(NetEvent::Down { device, community, why }).await.ok();
        }
        links.ended(&self);
    }

    /// Reads frames until there are no more; says why.
    async fn read(&self, recv: &mut RecvStream, inbox: &mpsc::Sender<NetEvent>) -> String {
        let (device, community) = self.key;
        loop {
            let mut length = [0; 4];
            if let Err(error) = recv.read_exact(&mut length).await {
                return lost(&error);
            }
            let length = match u32::from_be_bytes(length) {
                FAREWELL => return farewell(recv).await,
                length if length as usize <= MAX_FRAME_BYTES => length as usize,
                _ => return format!("the other device sent a frame over {MAX_FRAME_BYTES} bytes"),
            };
            let mut bytes = vec![0; length];
            if let Err(error) = recv.read_exact(&mut bytes).await {
                return lost(&error);
            }
            if inbox.send(NetEvent::Frame { device, community, bytes }).await.is_err() {
                return "this device is shutting down".into();
            }
        }
    }

    /// Writes what is queued; when the link closes, what is left and a farewell, for a short while.
    async fn write(self: Arc<Self>, mut send: SendStream, mut queue: Queue) {
        let late = async {
            self.closing.cancelled().await;
            tokio::time::sleep(FAREWELL_TIME).await;
        };
        tokio::select! {
            biased;
            () = late => (),
            written = self.write_frames(&mut send, &mut queue) => if written.is_err() {
                self.close("the connection was lost");
            },
        }
        send.reset(VarInt::from_u32(CUT)).ok();
    }

    async fn write_frames(&self, send: &mut SendStream, queue: &mut Queue) -> Result<(), WriteError> {
        loop {
            let frame = tokio::select! {
                biased;
                frame = queue.recv() => frame,
                () = self.closing.cancelled() => None,
            };
            let Some(frame) = frame else { break };
            let length = frame.len();
            let mut parts = [Bytes::copy_from_slice(&(length as u32).to_be_bytes()), frame];
            send.write_all_chunks(&mut parts).await?;
            self.queued_bytes.fetch_sub(length, Ordering::Relaxed);
        }
        let why = self.why.get().map_or("", String::as_str);
        let mut bytes = FAREWELL.to_be_bytes().to_vec();
        bytes.extend_from_slice(&(why.len() as u16).to_be_bytes());
        bytes.extend_from_slice(why.as_bytes());
        send.write_all(&bytes).await?;
        send.finish().ok();
        send.stopped().await.ok();
        Ok(())
    }
}

async fn farewell(recv: &mut RecvStream) -> String {
    let mut length = [0; 2];
    if recv.read_exact(&mut length).await.is_err() {
        return "the other device hung up".into();
    }
    let mut reason = vec![0; usize::from(u16::from_be_bytes(length)).min(MAX_REASON_BYTES)];
    match recv.read_exact(&mut reason).await {
        Ok(()) if !reason.is_empty() => format!("the other device hung up: {}", plain(&reason)),
        _ => "the other device hung up".into(),
    }
}

fn lost(error: &ReadExactError) -> String {
    use iroh::endpoint::{ConnectionError, ReadError};
    match error {
        ReadExactError::ReadError(ReadError::ConnectionLost(ConnectionError::TimedOut)) => {
            "no sign of life from the other device".into()
        }
        ReadExactError::ReadError(ReadError::Reset(_)) | ReadExactError::FinishedEarly(_) => {
            "the other device hung up".into()
        }
        ReadExactError::ReadError(ReadError::ConnectionLost(ConnectionError::ApplicationClosed(close))) => {
            format!("the other device closed the connection: {}", plain(&close.reason))
        }
        ReadExactError::ReadError(ReadError::ConnectionLost(ConnectionError::LocallyClosed)) => {
            "this device closed the connection".into()
        }
        ReadExactError::ReadError(_) => "the connection was lost".into(),
    }
}
