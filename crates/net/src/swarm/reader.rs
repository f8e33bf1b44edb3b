//! Reading a stream in larger parts than the decoder asks for.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use iroh::endpoint::{RecvStream, VarInt};

/// Parts of packets that are read from the stream at once.
const PARTS: usize = 32;

/// A stream, and what was read of it.
pub(super) struct Reader {
    stream: RecvStream,
    buffer: BytesMut,
}

impl Reader {
    /// `buffer` is what is read before the stream.
    pub(super) fn new(stream: RecvStream, buffer: BytesMut) -> Self {
        Self { stream, buffer }
    }

    /// Whether there is nothing more.
    pub(super) async fn is_at_end(&mut self) -> bool {
        self.buffer.is_empty() && !self.fill().await.unwrap_or(false)
    }

    /// Reads what is there; gives false at the end.
    async fn fill(&mut self) -> io::Result<bool> {
        let mut parts = [const { Bytes::new() }; PARTS];
        let Some(count) = self.stream.read_many_chunks(&mut parts).await? else { return Ok(false) };
        parts[..count].iter().for_each(|part| self.buffer.extend_from_slice(part));
        Ok(true)
    }

    async fn have(&mut self, len: usize) -> io::Result<()> {
        while self.buffer.len() < len {
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

impl iroh_blobs::util::RecvStream for Reader {
    async fn recv_bytes(&mut self, len: usize) -> io::Result<Bytes> {
        self.recv_bytes_exact(len).await
    }

    async fn recv_bytes_exact(&mut self, len: usize) -> io::Result<Bytes> {
        self.have(len).await?;
        Ok(self.buffer.split_to(len).freeze())
    }

    async fn recv_exact(&mut self, target: &mut [u8]) -> io::Result<()> {
        self.have(target.len()).await?;
        self.buffer.copy_to_slice(target);
        Ok(())
    }

    fn stop(&mut self, _: VarInt) -> io::Result<()> {
        Ok(())
    }

    fn id(&self) -> u64 {
        0
    }
}
