//! The bytes of a torrent of what this device holds: read from the store of files, where they are verified.

use std::io::{self, SeekFrom};
use std::sync::{Mutex, PoisonError, mpsc};

use skein_event::BlobHash;
use skein_net::{Blobs, Reader};
use skein_torrent::Content;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::runtime::Handle;

use crate::desk::InHand;

/// Files in the store.
pub(super) struct Held {
    blobs: Blobs,
    /// The runtime on which the store is asked: whoever reads waits on a thread of another one.
    runtime: Handle,
    roots: Vec<BlobHash>,
    /// The file that was read last, still open: most who read go on where they were.
    open: Mutex<Option<(usize, Reader)>>,
    /// While it is given, nothing of it is cleared away by itself.
    _in_hand: InHand,
}

impl Held {
    pub fn new(blobs: Blobs, runtime: Handle, roots: Vec<BlobHash>, in_hand: InHand) -> Self {
        Self { blobs, runtime, roots, open: Mutex::new(None), _in_hand: in_hand }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<(usize, Reader)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content for Held {
    fn read(&self, file: usize, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        let root = *self.roots.get(file).ok_or(io::ErrorKind::NotFound)?;
        let open = self.last().take_if(|(number, _)| *number == file).map(|(_, reader)| reader);
        let (blobs, length) = (self.blobs.clone(), bytes.len());
        let (answer, answered) = mpsc::channel();
        self.runtime.spawn(async move {
            answer.send(read(&blobs, root, open, at, length).await).ok(); // whoever asked may have gone
        });
        let (read, reader) = answered.recv().map_err(|_| io::Error::other("the program is about to stop"))??;
        bytes.copy_from_slice(&read);
        *self.last() = Some((file, reader));
        Ok(())
    }
}

async fn read(
    blobs: &Blobs,
    root: BlobHash,
    open: Option<Reader>,
    at: u64,
    length: usize,
) -> io::Result<(Vec<u8>, Reader)> {
    let mut reader = match open {
        Some(reader) => reader,
        None => blobs.read(root).await.map_err(io::Error::other)?.1,
    };
    reader.seek(SeekFrom::Start(at)).await?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).await?;
    Ok((bytes, reader))
}
