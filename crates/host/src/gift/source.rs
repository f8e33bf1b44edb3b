//! Where the bytes of a gift come from: a file of this computer as it is, or one that this device holds.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use skein_app::{Kind, Refusal};
use skein_event::BlobHash;
use skein_net::gift::{About, Bytes, Open};
use tokio::io::AsyncSeekExt;

use super::Giving;
use crate::core::Core;
use crate::desk::{InHand, Items, of_blobs};

/// A file, found.
pub(super) enum Source {
    Disk { path: PathBuf, about: About, changed: Option<SystemTime> },
    Held { about: About },
}

impl Source {
    /// Looks for it, and works out its hash if that is not known.
    pub async fn open(core: &Arc<Core>, what: Giving, cwd: Option<&Path>, items: &Items) -> Result<Self, Refusal> {
        match what {
            Giving::Held { root, name } => {
                let root: BlobHash =
                    root.parse().map_err(|_| Refusal::new(Kind::Usage, "this is not the name of a file's content"))?;
                let (bytes, _) = core.wire.blobs()?.read(root).await.map_err(|error| of_blobs(&error))?;
                Ok(Self::Held { about: About { name, bytes, root } })
            }
            Giving::Path(path) => {
                let path = cwd.map_or(path.clone(), |cwd| cwd.join(path));
                items.words("reading", "");
                let reading = tokio::task::spawn_blocking(move || on_disk(path)).await;
                reading.map_err(|error| Refusal::new(Kind::Failed, format!("it could not be read: {error}")))?
            }
        }
    }

    /// What it is, and how it is read.
    pub fn parts(self, core: &Arc<Core>) -> Result<(About, Open), Refusal> {
        match self {
            Self::Disk { path, about, changed } => {
                let bytes = about.bytes;
                let open: Open = Arc::new(move |from| {
                    let path = path.clone();
                    Box::pin(async move { read_disk(&path, bytes, changed, from).await })
                });
                Ok((about, open))
            }
            Self::Held { about } => {
                let (blobs, root) = (core.wire.blobs()?, about.root);
                let in_hand = Arc::new(InHand::new(core, root));
                let open: Open = Arc::new(move |from| {
                    let (blobs, in_hand) = (blobs.clone(), in_hand.clone());
                    Box::pin(async move {
                        let _in_hand = in_hand;
                        let (_, mut reader) = blobs.read(root).await.map_err(std::io::Error::other)?;
                        reader.seek(SeekFrom::Start(from)).await?;
                        Ok(Box::new(reader) as Bytes)
                    })
                });
                Ok((about, open))
            }
        }
    }
}

async fn read_disk(path: &Path, bytes: u64, changed: Option<SystemTime>, from: u64) -> std::io::Result<Bytes> {
    let mut file = tokio::fs::File::open(path).await?;
    let now = file.metadata().await?;
    if now.len() != bytes || now.modified().ok() != changed {
        return Err(std::io::Error::other("the file has changed since it was given"));
    }
    file.seek(SeekFrom::Start(from)).await?;
    Ok(Box::new(file))
}

fn on_disk(path: PathBuf) -> Result<Source, Refusal> {
    let shown = path.display().to_string();
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Refusal::new(Kind::NotFound, format!("{shown} is not there")).hint("Look whether the path is right.")
        }
        _ => Refusal::new(Kind::Failed, format!("{shown} cannot be read: {error}")),
    };
    let data = std::fs::metadata(&path).map_err(failed)?;
    if !data.is_file() {
        return Err(Refusal::new(Kind::Usage, format!("{shown} is not a file"))
            .hint("Pack a folder into one file first, for example with tar or zip."));
    }
    let name = path.file_name().and_then(|name| name.to_str()).map(String::from);
    let name = name.ok_or_else(|| Refusal::new(Kind::Usage, format!("{shown} has no name that others could read")))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(&path).map_err(failed)?).map_err(failed)?;
    let root = BlobHash::from_bytes(*hasher.finalize().as_bytes());
    let about = About { name, bytes: data.len(), root };
    Ok(Source::Disk { path, about, changed: data.modified().ok() })
}
