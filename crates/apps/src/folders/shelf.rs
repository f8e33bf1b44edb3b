//! What the host is told of this app, without knowing it: [`skein_mirror::Shelf`].

use serde_json::{Value, json};
use skein_app::{Fault, Refusal, View};
use skein_event::{BlobHash, MAX_PAYLOAD_BYTES, ObjectId};
use skein_mirror::{Change, Folder, Head, Kept, Shelf, Use};

use super::desk::{self, Command};
use super::{find, rows, rules, show};

/// How much of an event the changes may take, in bytes: the rest is room for what is around them.
const ROOM: usize = MAX_PAYLOAD_BYTES - 1_024;

/// The app of folders, as the host sees it.
pub struct FolderShelf;

impl Shelf for FolderShelf {
    fn app(&self) -> &'static str {
        "folders"
    }

    fn make(&self, name: &str) -> Value {
        json!(Command::Make { name: name.into() })
    }

    fn keep(&self, folder: &str, path: &str) -> Value {
        json!(Command::Keep { folder: folder.into(), path: path.into(), root: None })
    }

    fn change(&self, folder: &ObjectId, changes: &[Change]) -> Vec<(usize, Value)> {
        let mut commands = Vec::new();
        let mut rest = changes;
        while !rest.is_empty() {
            let (mut count, mut bytes, mut paths) = (0, 0, std::collections::BTreeSet::new());
            for change in rest.iter().take(rules::MAX_CHANGES) {
                let written = desk::written(change.clone());
                bytes += postcard::to_stdvec(&written).map_or(0, |bytes| bytes.len());
                // An event tells of each path once; the same path again is for the next one.
                if count > 0 && (bytes > ROOM || paths.contains(&written.path)) {
                    break;
                }
                paths.insert(written.path);
                count += 1;
            }
            let (now, later) = rest.split_at(count);
            let changes = serde_json::to_string(now).unwrap_or_default();
            commands.push((count, json!(Command::Change { folder: folder.to_string(), changes })));
            rest = later;
        }
        commands
    }

    fn folders(&self, view: &View<'_>) -> Result<Vec<Folder>, Fault> {
        Ok(rows::folders(view)?.into_iter().map(|(_, folder)| folder).collect())
    }

    fn find(&self, typed: &str, view: &View<'_>) -> Result<Folder, Refusal> {
        find::folder(typed, view)
    }

    fn heads(&self, folder: &ObjectId, view: &View<'_>) -> Result<Vec<Head>, Fault> {
        let Some(object) = rows::object(folder, view)? else { return Ok(Vec::new()) };
        let mut heads = rows::heads(object, view)?;
        show::label(&mut heads, view)?;
        Ok(heads)
    }

    fn versions(&self, folder: &ObjectId, path: Option<&str>, view: &View<'_>) -> Result<Vec<Kept>, Fault> {
        let Some(object) = rows::object(folder, view)? else { return Ok(Vec::new()) };
        rows::versions(object, path, view)
    }

    fn current(&self, view: &View<'_>) -> Result<Vec<BlobHash>, Fault> {
        rows::current(view)
    }

    fn use_of(&self, root: &BlobHash, view: &View<'_>) -> Result<Use, Fault> {
        rows::use_of(root, view)
    }
}
