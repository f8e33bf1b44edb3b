//! What the door needs of the host, and nothing more; so the door can be tested without a network.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;

use skein_app::Refusal;
use skein_event::BlobHash;
use skein_host::{Item, Request};
use tokio::io::{AsyncRead, AsyncSeek};
use tokio::sync::mpsc;

/// Something that comes later.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a file's bytes are read from.
pub trait BlobSource: AsyncRead + AsyncSeek + Send + Unpin {}

impl<T: AsyncRead + AsyncSeek + Send + Unpin> BlobSource for T {}

/// A file that can be read here.
pub struct Blob {
    /// Its length.
    pub bytes: u64,
    /// Its content, from the beginning.
    pub source: Box<dyn BlobSource>,
}

/// Whoever opens the demo community, for a person who tries Skein alone.
pub trait Demo: Send + Sync + 'static {
    /// Opens it, or goes on with the one that there is; gives its id.
    ///
    /// # Errors
    /// A [`Refusal`] in people's words.
    fn open(&self) -> Pending<'_, Result<String, Refusal>>;
}

/// Whoever answers.
pub trait Desk: Send + Sync + 'static {
    /// Answers a request with a bounded stream of items; when the receiver is dropped, nobody waits for it any longer.
    fn ask(&self, request: Request) -> mpsc::Receiver<Item>;

    /// The same for somebody who is not at this computer: files that the request names must lie within `folder`, and none is
    /// written anywhere.
    fn ask_within(&self, request: Request, folder: &Path) -> mpsc::Receiver<Item>;

    /// Opens a file that is whole on this device, or on its way to it: then a read waits until what it wants has come.
    ///
    /// # Errors
    /// A [`Refusal`] in people's words: it is neither.
    fn blob(&self, root: BlobHash) -> Pending<'_, Result<Blob, Refusal>>;
}
