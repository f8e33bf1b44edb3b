//! Old versions, listed and brought back: those that lie in the folder itself, and those that the log knows and whose bytes
//! are still on this computer.

use std::path::Path;
use std::sync::Arc;

use skein_app::{Kind, Refusal};
use skein_event::BlobHash;

use super::answer::{BroughtBack, OldVersion};
use super::disk::Top;
use super::engine::blocking;
use super::tie::Tie;
use super::{mark, versions};
use crate::core::Core;
use crate::desk::{InHand, of_blobs};

/// The most versions of one answer.
const MAX_LISTED: usize = 1_000;

/// Old versions of all files, or of one: its path within the folder, or on this computer.
pub(crate) async fn old_versions(core: &Arc<Core>, dir: &Path, path: Option<&str>) -> Result<Vec<OldVersion>, Refusal> {
    let tie = core.mirrors.at(dir)?;
    let path = path.map(|path| within(&tie, path));
    let wanted = path.clone();
    // Its disk may be elsewhere: what the log knows can be had back all the same.
    let kept = match opened(&tie).await? {
        Some(top) => blocking(move || versions::list(&top)).await.map_err(|error| unreadable(&error))?,
        None => Vec::new(),
    };
    let kept = kept.into_iter().filter(|old| wanted.as_ref().is_none_or(|path| old.path == *path));
    let mut found: Vec<OldVersion> = kept
        .map(|old| OldVersion {
            id: old.at.clone(),
            path: old.path,
            at_ms: old.when_ms,
            bytes: old.bytes,
            by: String::new(),
            at: tie.settings().dir.join(old.at).display().to_string(),
        })
        .collect();
    found.extend(told(core, &tie, path).await?);
    found.sort_by(|a, b| (b.at_ms, &a.path, &a.id).cmp(&(a.at_ms, &b.path, &b.id)));
    found.truncate(MAX_LISTED);
    Ok(found)
}

/// Those that the log knows, that are not current, and that are here.
async fn told(core: &Arc<Core>, tie: &Tie, path: Option<String>) -> Result<Vec<OldVersion>, Refusal> {
    let settings = tie.settings();
    let Some(hall) = core.halls.get(&settings.community) else { return Ok(Vec::new()) };
    let (folder, roster) = (settings.folder, core.rules.roster);
    let all = core.read(&hall, move |view, _| {
        let versions = skein_apps::SHELF.versions(&folder, path.as_deref(), view)?;
        let mut found = Vec::new();
        for version in versions.into_iter().filter(|version| !version.current) {
            let by = roster.names(&version.member, view)?.1;
            found.push((version, by));
        }
        Ok(found)
    });
    let blobs = core.wire.blobs()?;
    let mut found = Vec::new();
    for (version, by) in all.await? {
        let Some((root, bytes)) = version.what.root() else { continue };
        if found.len() >= MAX_LISTED {
            break;
        }
        if blobs.has(root, false).await.map_err(|error| of_blobs(&error))?.complete {
            let (id, path, at_ms, at) = (root.to_string(), version.path, version.tick.ms(), String::new());
            found.push(OldVersion { id, path, at_ms, bytes, by, at });
        }
    }
    Ok(found)
}

/// Puts an old version beside what is there now, in the folder itself: everybody gets it as a file of its own.
pub(crate) async fn bring_back(core: &Arc<Core>, dir: &Path, id: &str) -> Result<BroughtBack, Refusal> {
    let tie = core.mirrors.at(dir)?;
    let all = old_versions(core, dir, None).await?;
    let mut fitting = all.iter().filter(|old| old.id == id || (id.len() >= 4 && old.id.starts_with(id)));
    let old = match (fitting.next(), fitting.next()) {
        (Some(one), None) => one.clone(),
        (Some(one), Some(other)) if one.id == other.id => one.clone(),
        (None, _) => {
            return Err(Refusal::new(Kind::NotFound, "there is no old version with that id")
                .hint(format!("See which there are: `skein files sync versions {}`.", dir.display())));
        }
        _ => return Err(Refusal::new(Kind::Ambiguous, "several old versions begin so").hint("Give more of the id.")),
    };
    let top = tie.settings().dir;
    // A folder that is away is not made anew, and nothing is put into another one.
    let open = opened(&tie).await?.ok_or_else(|| {
        Refusal::new(Kind::Unreachable, format!("{} is not the folder that was tied", top.display()))
            .hint("It was moved, or its disk is not connected: put it back first.")
    })?;
    let (folder, name) = match old.path.rsplit_once('/') {
        Some((folder, name)) => (top.join(folder), name.to_owned()),
        None => (top.clone(), old.path.clone()),
    };
    let path = if old.at.is_empty() {
        let root: BlobHash = old.id.parse().map_err(|_| Refusal::new(Kind::Failed, "this version has no bytes"))?;
        let blobs = core.wire.blobs()?;
        let _in_hand = InHand::new(core, root);
        blobs.export(root, false, &name, &folder).await.map_err(|error| of_blobs(&error))?
    } else {
        let id = old.id.clone();
        blocking(move || put_back(&open, &id, &folder, &name)).await.map_err(|error| unreadable(&error))?
    };
    tie.moved.notify_one();
    Ok(BroughtBack { path: path.display().to_string() })
}

/// A copy: the old version stays where it is, too.
fn put_back(top: &Top, id: &str, folder: &Path, name: &str) -> std::io::Result<std::path::PathBuf> {
    let mut from = top.read(id)?;
    std::fs::create_dir_all(folder)?;
    for number in 1..1_000_u32 {
        let path = folder.join(numbered(name, number));
        match std::fs::File::create_new(&path) {
            Ok(mut to) => {
                std::io::copy(&mut from, &mut to)?;
                to.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => (),
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, ending))) if !stem.is_empty() => format!("{stem} ({number}).{ending}"),
        _ => format!("{name} ({number})"),
    }
}

fn within(tie: &Tie, path: &str) -> String {
    let place = Path::new(path);
    place.strip_prefix(&tie.settings().dir).ok().and_then(Path::to_str).unwrap_or(path).to_owned()
}

/// The folder, if it is not away.
async fn opened(tie: &Tie) -> Result<Option<Top>, Refusal> {
    let settings = tie.settings();
    blocking(move || mark::open(&settings.dir, &settings.mark)).await.map_err(|error| unreadable(&error))
}

fn unreadable(error: &std::io::Error) -> Refusal {
    Refusal::new(Kind::Failed, format!("the old versions cannot be read or written: {error}"))
        .hint("Look whether the folder is there and can be written.")
}
