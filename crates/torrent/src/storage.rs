//! Where the engine reads and writes a torrent's bytes. It is handed numbers of files, never their names: the paths are ours.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use librqbit::storage::{BoxStorageFactory, StorageFactory, StorageFactoryExt, TorrentStorage};
use librqbit::{ManagedTorrentShared, TorrentMetadata};

use crate::content::Content;
use crate::error::TorrentError;
use crate::meta::Meta;

/// A torrent's place.
#[derive(Clone)]
pub(crate) enum Shelf {
    /// What is given: never written to, whatever the engine thinks of it.
    Given(Arc<dyn Content>),
    /// What is fetched: the path of each file, or none if it only fills up.
    Kept(Arc<Vec<Option<PathBuf>>>),
}

impl Shelf {
    /// A place for what is fetched: makes the folder and empty files in it, where there are none. Blocks.
    ///
    /// # Errors
    /// If they cannot be made.
    pub fn kept(meta: &Meta, folder: &Path) -> Result<Self, TorrentError> {
        let top = if meta.folder { folder.join(&meta.name) } else { folder.to_owned() };
        let mut paths = Vec::with_capacity(meta.files.len());
        for file in &meta.files {
            if file.padding {
                paths.push(None);
                continue;
            }
            // Each part passed `names::name`: none leads out.
            let path = file.path.iter().fold(top.clone(), |path, part| path.join(part));
            let made = private_folder(path.parent().unwrap_or(&top)).and_then(|()| open(&path).map(drop));
            made.map_err(TorrentError::io(path.display().to_string()))?;
            paths.push(Some(path));
        }
        Ok(Self::Kept(Arc::new(paths)))
    }

    pub fn factory(self) -> BoxStorageFactory {
        Factory(self).boxed()
    }

    fn path(&self, file: usize) -> anyhow::Result<&Path> {
        match self {
            Self::Given(_) => bail!("what is given is only read"),
            Self::Kept(paths) => paths.get(file).and_then(Option::as_deref).context("there is no such file"),
        }
    }
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opened for each step: a torrent may have more files than a process may have open.
fn open(path: &Path) -> std::io::Result<fs::File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(path)
}

struct Factory(Shelf);

impl StorageFactory for Factory {
    type Storage = Shelf;

    fn create(&self, _: &ManagedTorrentShared, _: &TorrentMetadata) -> anyhow::Result<Shelf> {
        Ok(self.0.clone())
    }

    fn clone_box(&self) -> BoxStorageFactory {
        self.0.clone().factory()
    }
}

impl TorrentStorage for Shelf {
    fn init(&mut self, _: &ManagedTorrentShared, _: &TorrentMetadata) -> anyhow::Result<()> {
        Ok(())
    }

    fn pread_exact(&self, file: usize, at: u64, bytes: &mut [u8]) -> anyhow::Result<()> {
        match self {
            Self::Given(content) => Ok(content.read(file, at, bytes)?),
            Self::Kept(_) => Ok(open(self.path(file)?)?.read_exact_at(bytes, at)?),
        }
    }

    fn pwrite_all(&self, file: usize, at: u64, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(open(self.path(file)?)?.write_all_at(bytes, at)?)
    }

    fn ensure_file_length(&self, file: usize, length: u64) -> anyhow::Result<()> {
        match self {
            Self::Given(_) => Ok(()),
            Self::Kept(paths) if paths.get(file).is_some_and(Option::is_none) => Ok(()),
            Self::Kept(_) => Ok(open(self.path(file)?)?.set_len(length)?),
        }
    }

    fn take(&self) -> anyhow::Result<Box<dyn TorrentStorage>> {
        Ok(Box::new(self.clone()))
    }

    // What was fetched is cleared away by whoever asked for it, never by the engine.

    fn remove_file(&self, _: usize, _: &Path) -> anyhow::Result<()> {
        Ok(())
    }

    fn remove_directory_if_empty(&self, _: &Path) -> anyhow::Result<()> {
        Ok(())
    }
}
