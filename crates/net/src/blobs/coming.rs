//! Reading a file that is still coming: what is read next is fetched next, and waited for. Only what was checked against the
//! file's hash is ever given out.

use std::future::Future;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt};
use skein_event::BlobHash;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, ReadBuf};
use tokio::time::sleep;

use crate::blobs::store::{Store, hash};

/// What is read at once: a bound on what one reader takes in memory.
const STEP: u64 = 64 << 10;
/// How long a reader waits for one step; then whoever reads is told that it does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether it has come.
const LOOK: Duration = Duration::from_millis(50);

/// A file that is open for reading.
pub trait Content: AsyncRead + AsyncSeek + Send + Unpin {}
impl<T: AsyncRead + AsyncSeek + Send + Unpin> Content for T {}

type Step = Pin<Box<dyn Future<Output = io::Result<Bytes>> + Send>>;

/// A file that is still coming.
pub(super) struct Coming {
    store: Arc<Store>,
    file: BlobHash,
    size: u64,
    at: u64,
    step: Option<Step>,
    here: Bytes,
}

impl Coming {
    pub(super) fn new(store: Arc<Store>, file: BlobHash, size: u64) -> Self {
        Self { store, file, size, at: 0, step: None, here: Bytes::new() }
    }
}

impl AsyncRead for Coming {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.here.is_empty() {
            if self.at >= self.size || into.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            let (store, file, at, size) = (self.store.clone(), self.file, self.at, self.size);
            let step = self.step.get_or_insert_with(|| Box::pin(next(store, file, at, size)));
            let read = ready!(step.as_mut().poll(cx));
            self.step = None;
            self.here = read?;
        }
        let count = self.here.len().min(into.remaining());
        into.put_slice(&self.here[..count]);
        self.here.advance(count);
        self.at += count as u64;
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Coming {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        (self.step, self.here) = (None, Bytes::new());
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.at))
    }
}

/// Waits for the bytes from here on to the end of the step, and reads them.
async fn next(store: Arc<Store>, file: BlobHash, at: u64, size: u64) -> io::Result<Bytes> {
    let end = (at / STEP * STEP).saturating_add(STEP).min(size);
    let wanted = ChunkRanges::bytes(at..end);
    let begun = Instant::now();
    loop {
        store.steering.watch(file, at);
        let here = store.api().observe(hash(file)).await.map_err(io::Error::other)?;
        if here.ranges.is_superset(&wanted) {
            break;
        }
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "this part does not come"));
        }
        sleep(LOOK).await;
    }
    let mut reader = store.api().blobs().reader(hash(file));
    reader.seek(SeekFrom::Start(at)).await?;
    let mut bytes = vec![0; usize::try_from(end - at).map_err(io::Error::other)?];
    reader.read_exact(&mut bytes).await?;
    Ok(bytes.into())
}
