//! The folder of one installation: keys, settings, one file per community, the store of files.
//!
//! One program at a time works on a folder. The device's key is made here and never leaves: no backup may hold it.

mod files;
mod keys;
mod settings;

use std::fs::File;
use std::path::{Path, PathBuf};

use skein_app::{Kind, Refusal};
use skein_event::{CommunityId, SecretKey};
use skein_node::Keys;

pub(crate) use files::{create_private, failed, make_folder, write_private};
pub use settings::Settings;

/// The folder, held for as long as this lives.
#[derive(Debug)]
pub struct Profile {
    folder: PathBuf,
    _lock: File,
}

impl Profile {
    /// Opens the folder, or makes it, and holds it.
    ///
    /// # Errors
    /// If another program holds it, or it cannot be used.
    pub fn open(folder: &Path) -> Result<Self, Refusal> {
        let folder = std::path::absolute(folder).map_err(|error| files::failed("find", folder, &error))?;
        files::make_folder(&folder)?;
        let lock = files::lock(&folder.join("lock"))?.ok_or_else(|| {
            Refusal::new(Kind::Conflict, format!("Skein already runs on the folder {}", folder.display()))
                .hint("Use that one, or stop it with `skein down`. Another folder: `--data-dir FOLDER`.")
        })?;
        for inner in ["communities", "blobs"] {
            files::make_folder(&folder.join(inner))?;
        }
        Ok(Self { folder, _lock: lock })
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the store of files.
    pub fn blobs(&self) -> PathBuf {
        self.folder.join("blobs")
    }

    /// The folder with one file per community.
    pub fn communities(&self) -> PathBuf {
        self.folder.join("communities")
    }

    /// The file of a community.
    pub fn community(&self, community: &CommunityId) -> PathBuf {
        self.communities().join(format!("{community}.skein"))
    }

    /// The communities that have a file here, in the order of their ids.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn all_communities(&self) -> Result<Vec<CommunityId>, Refusal> {
        let folder = self.communities();
        let entries = std::fs::read_dir(&folder).map_err(|error| files::failed("read", &folder, &error))?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut ids: Vec<CommunityId> =
            names.filter_map(|name| name.strip_suffix(".skein").and_then(|id| id.parse().ok())).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The keys of this device and its member; made on first use.
    ///
    /// # Errors
    /// If they cannot be read or written.
    pub fn keys(&self) -> Result<Keys, Refusal> {
        Ok(Keys {
            device: keys::read_or_make(&self.folder.join("device.key"))?,
            member: keys::read_or_make(&self.folder.join("member.key"))?,
        })
    }

    /// Makes this device one of another member: for a device that was linked, and for a restored backup.
    ///
    /// # Errors
    /// If the key cannot be written.
    pub fn set_member(&self, member: &SecretKey) -> Result<(), Refusal> {
        keys::write(&self.folder.join("member.key"), member)
    }

    /// Gives this device a fresh key and moves the old one aside; gives the new one and where the old one is.
    ///
    /// # Errors
    /// If the keys cannot be moved or written.
    pub fn renew_device(&self, now_ms: u64) -> Result<(SecretKey, PathBuf), Refusal> {
        let current = self.folder.join("device.key");
        let old = self.folder.join(format!("device.key.until-{now_ms}"));
        std::fs::rename(&current, &old).map_err(|error| files::failed("move", &current, &error))?;
        Ok((keys::read_or_make(&current)?, old))
    }

    /// The settings, as they were written last.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn settings(&self) -> Result<Settings, Refusal> {
        Settings::read(&self.folder.join("settings.json"))
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn save(&self, settings: &Settings) -> Result<(), Refusal> {
        settings.write(&self.folder.join("settings.json"))
    }
}
