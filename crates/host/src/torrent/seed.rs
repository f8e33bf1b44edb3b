//! Making a torrent of a file or folder, and giving it to whoever asks for it.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skein_app::{Kind, Refusal};
use skein_event::BlobHash;
use skein_torrent::{Content, File, Magnet, Meta, TorrentError, find, is_tracker, make};
use tokio::sync::mpsc;

use super::held::Held;
use super::{Given, MAX_GIVEN, SeedTerms, TorrentRow, TorrentState, broke, of_own};
use crate::core::Core;
use crate::desk::{InHand, Items, of_blobs};
use crate::{Giving, Progress, Unit};

/// The most trackers of one torrent.
const MAX_TRACKERS: usize = 20;
/// The most addresses of this computer in one link.
const MAX_ADDRESSES: usize = 8;

/// What becomes a torrent.
struct Source {
    name: String,
    folder: bool,
    files: Vec<File>,
    content: Arc<dyn Content>,
}

/// Makes a torrent, and gives it if it is to be given.
///
/// # Errors
/// If it cannot be read, described or given, or too much is given already.
pub(super) async fn seed(core: &Arc<Core>, terms: SeedTerms, items: &Items) -> Result<TorrentRow, Refusal> {
    trackers_fit(&terms.trackers)?;
    if terms.seed && core.torrents.given().len() >= MAX_GIVEN {
        return Err(Refusal::new(Kind::Limit, format!("{MAX_GIVEN} torrents are given already"))
            .hint("End one: `skein files torrent end NUMBER`."));
    }
    let cwd = terms.cwd.as_deref();
    let source = source(core, terms.what, terms.folder, cwd).await?;
    let (meta, content) = described(source, items).await?;
    let place = core.wire.torrent_place()?;
    let active = if terms.seed {
        let seeding = core.torrents.engine.seed(&place, &meta, content, terms.trackers.clone());
        Some(seeding.await.map_err(|error| of_own(&error))?)
    } else {
        None
    };
    // Only now: what could not be given leaves no file behind.
    let path = terms.to.map(|path| cwd.map_or(path.clone(), |cwd| cwd.join(&path)));
    let file = meta.write(&terms.trackers);
    if let Some(path) = path.clone() {
        let bytes = file.clone();
        let written = tokio::task::spawn_blocking(move || write_new(&path, &bytes)).await.map_err(broke)?;
        written.map_err(|error| of_own(&error))?;
    }
    let addresses = active.as_ref().map_or_else(Vec::new, |active| own_addresses(core, active.port()));
    let state = if active.is_some() { TorrentState::Given } else { TorrentState::Described };
    let row = TorrentRow {
        id: String::new(),
        bytes: meta.bytes(),
        files: meta.count(),
        hash: meta.hash(),
        magnet: Magnet::of(&meta, &terms.trackers, &addresses).write(),
        name: meta.name,
        path: path.map(|path| path.display().to_string()),
        state,
        peers: 0,
        sent_bytes: 0,
        here_bytes: 0,
    };
    let Some(active) = active else { return Ok(row) };
    let mut given = core.torrents.given();
    let number = given.keys().next_back().map_or(1, |last| last + 1);
    let row = TorrentRow { id: number.to_string(), ..row };
    given.insert(number, Given { row: row.clone(), active, file });
    Ok(row)
}

/// Whether these can be the addresses of trackers.
pub(super) fn trackers_fit(trackers: &[String]) -> Result<(), Refusal> {
    if trackers.len() > MAX_TRACKERS {
        return Err(Refusal::new(Kind::Limit, format!("a torrent has at most {MAX_TRACKERS} trackers")));
    }
    match trackers.iter().find(|tracker| !is_tracker(tracker)) {
        Some(strange) => Err(Refusal::new(Kind::Usage, format!("\"{strange}\" is no address of a tracker"))
            .hint("It begins with http://, https:// or udp://.")),
        None => Ok(()),
    }
}

async fn source(core: &Arc<Core>, what: Giving, folder: bool, cwd: Option<&Path>) -> Result<Source, Refusal> {
    match what {
        Giving::Path(path) => {
            let path = cwd.map_or(path.clone(), |cwd| cwd.join(path));
            let found = tokio::task::spawn_blocking(move || find(&path)).await.map_err(broke)?;
            let found = found.map_err(|error| of_own(&error))?;
            let content = Arc::new(found.content);
            Ok(Source { name: found.name, folder: found.folder, files: found.files, content })
        }
        Giving::Held { root, name } => held(core, &root, name, folder).await,
    }
}

async fn held(core: &Arc<Core>, root: &str, name: String, folder: bool) -> Result<Source, Refusal> {
    let root: BlobHash =
        root.parse().map_err(|_| Refusal::new(Kind::Usage, "this is not the name of a file's content"))?;
    let blobs = core.wire.blobs()?;
    let whole = blobs.has(root, folder).await.map_err(|error| of_blobs(&error))?;
    if !whole.complete {
        return Err(of_blobs(&skein_net::BlobsError::Incomplete));
    }
    let (files, roots) = if folder {
        let listed = blobs.files(root).await.map_err(|error| of_blobs(&error))?;
        let file = |path: &str, bytes| File { path: path.split('/').map(Into::into).collect(), bytes, padding: false };
        listed.into_iter().map(|(path, bytes, root)| (file(&path, bytes), root)).unzip()
    } else {
        (vec![File { path: vec![name.clone()], bytes: whole.bytes_total, padding: false }], vec![root])
    };
    let content = Arc::new(Held::new(blobs, core.runtime.clone(), roots, InHand::new(core, root)));
    Ok(Source { name, folder, files, content })
}

/// Reads all of it, and describes it.
async fn described(source: Source, items: &Items) -> Result<(Meta, Arc<dyn Content>), Refusal> {
    let total = source.files.iter().map(|file| file.bytes).sum();
    let what = source.name.clone();
    let (tell, mut told) = mpsc::channel(1);
    let gone = items.clone();
    let mut reading = tokio::task::spawn_blocking(move || {
        let Source { name, folder, files, content } = source;
        let mut seen = |done| {
            tell.try_send(done).ok(); // whoever shows it may be slower
            !gone.is_gone()
        };
        make(&name, folder, &files, &*content, &mut seen).map(|meta| (meta, content))
    });
    loop {
        tokio::select! {
            read = &mut reading => return read.map_err(broke)?.map_err(|error| of_own(&error)),
            Some(done) = told.recv() => {
                items.progress(Progress { what: what.clone(), done, total, unit: Unit::Bytes, ..Progress::default() });
            }
        }
    }
}

fn write_new(path: &PathBuf, bytes: &[u8]) -> Result<(), TorrentError> {
    let made = std::fs::OpenOptions::new().create_new(true).write(true).open(path);
    let written = made.and_then(|mut file| file.write_all(bytes));
    written.map_err(|why| TorrentError::Io { what: path.display().to_string(), why })
}

/// Where others may find this computer: its own addresses, as it tells them to members.
fn own_addresses(core: &Core, port: u16) -> Vec<SocketAddr> {
    let all = core.wire.addresses();
    let own = all.iter().filter_map(|text| text.parse::<SocketAddr>().ok()).map(|address| address.ip());
    let mut ips: Vec<_> =
        own.filter(|ip| !matches!(ip, std::net::IpAddr::V6(ip) if ip.is_unicast_link_local())).collect();
    ips.sort_unstable();
    ips.dedup();
    ips.into_iter().take(MAX_ADDRESSES).map(|ip| SocketAddr::new(ip, port)).collect()
}
