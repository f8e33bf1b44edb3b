//! [`Shelf`]: what the host must know of the app whose log says what is in a folder, without knowing that app.

use serde_json::Value;
use skein_app::{Fault, Refusal, View};
use skein_event::{BlobHash, DeviceId, MemberId, ObjectId, Tick};

use crate::{Change, Head, HeadId, Use, What};

/// A folder of a community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Which.
    pub id: ObjectId,
    /// What it is called.
    pub name: String,
}

/// A version of a file, replaced or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub id: HeadId,
    /// Where.
    pub path: String,
    /// What.
    pub what: What,
    /// When, by its author's clock.
    pub tick: Tick,
    /// Whose.
    pub member: MemberId,
    /// Written where.
    pub device: DeviceId,
    /// Whether it is what the folder holds now.
    pub current: bool,
}

/// The app that keeps folders: one implements it, and the host is given it without knowing which.
pub trait Shelf: Sync {
    /// The app's name.
    fn app(&self) -> &'static str;

    /// The command that makes a folder.
    fn make(&self, name: &str) -> Value;

    /// The command that keeps one of several versions of a file: the folder's id, and the path at which it is shown.
    fn keep(&self, folder: &str, path: &str) -> Value;

    /// The commands that tell these changes: in parts, for an event has room for so many only. Each comes with how many of
    /// the changes it tells.
    fn change(&self, folder: &ObjectId, changes: &[Change]) -> Vec<(usize, Value)>;

    /// The folders that there are, by name.
    ///
    /// # Errors
    /// Only if the store fails.
    fn folders(&self, view: &View<'_>) -> Result<Vec<Folder>, Fault>;

    /// The one folder that a person means: its name, or the beginning of its id.
    ///
    /// # Errors
    /// If it is none, or could be several.
    fn find(&self, typed: &str, view: &View<'_>) -> Result<Folder, Refusal>;

    /// What nothing has replaced in a folder, in the order of paths. Labels are empty: the host knows names.
    ///
    /// # Errors
    /// Only if the store fails.
    fn heads(&self, folder: &ObjectId, view: &View<'_>) -> Result<Vec<Head>, Fault>;

    /// All versions of files at a path, or of all paths, the newest first; at most some thousands.
    ///
    /// # Errors
    /// Only if the store fails.
    fn versions(&self, folder: &ObjectId, path: Option<&str>, view: &View<'_>) -> Result<Vec<Kept>, Fault>;

    /// The bytes of every folder that are current: what a keeper holds.
    ///
    /// # Errors
    /// Only if the store fails.
    fn current(&self, view: &View<'_>) -> Result<Vec<BlobHash>, Fault>;

    /// What the folders of this community need these bytes for.
    ///
    /// # Errors
    /// Only if the store fails.
    fn use_of(&self, root: &BlobHash, view: &View<'_>) -> Result<Use, Fault>;
}
