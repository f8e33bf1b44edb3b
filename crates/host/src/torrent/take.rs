//! Fetching a torrent from outside: into a folder of Skein's own, which is kept until it is shared or thrown away.

use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use skein_app::{Kind, Refusal};
use skein_torrent::{MAX_TORRENT_BYTES, Magnet, Meta, Progress as Coming, Sources, TorrentError};
use tokio::sync::watch;

use super::room::room;
use super::seed::trackers_fit;
use super::{MAX_BEGUN, TakeTerms, TakenTorrent, TorrentRow, TorrentState, broke, of_torrent};
use crate::core::Core;
use crate::desk::{Items, community};
use crate::profile::write_private;
use crate::{Progress, Unit, spare};

/// When nothing has come in for so long, it is given up; what is here stays.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most computers that may be named.
const MAX_PEERS: usize = 64;
/// In the folder of one that was begun: its description, and what came of it.
const DESCRIPTION: &str = "description.torrent";
const DATA: &str = "data";

/// Fetches a torrent whole.
///
/// # Errors
/// If there is no such community or torrent, nobody who has it is named or answers, there is no room, or nothing comes in any more.
pub(super) async fn take(core: &Arc<Core>, terms: TakeTerms, items: &Items) -> Result<TakenTorrent, Refusal> {
    let began = Instant::now();
    community(core, terms.community.as_deref())?;
    trackers_fit(&terms.trackers)?;
    let (wanted, mut named) = read(&terms).await?;
    named.trackers.retain(|_| terms.ask_trackers);
    let sources = Sources {
        peers: [peers(&terms.peers)?, named.peers].concat(),
        trackers: [terms.trackers.clone(), named.trackers].concat(),
    };
    if sources == Sources::default() {
        return Err(nobody(&wanted));
    }
    let waiting = fetch(core, wanted, &sources, began, items);
    tokio::select! {
        taken = waiting => taken,
        () = items.gone() => Err(of_torrent(&TorrentError::GivenUp)),
    }
}

/// What is wanted, by its description or only by its hash.
enum Wanted {
    Known(Meta),
    Linked(Magnet),
}

async fn read(terms: &TakeTerms) -> Result<(Wanted, Sources), Refusal> {
    let text = terms.from.trim();
    if text.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("magnet:")) {
        let magnet = Magnet::read(text).map_err(|error| of_torrent(&error))?;
        let sources = Sources { peers: magnet.peers.clone(), trackers: magnet.trackers.clone() };
        return Ok((Wanted::Linked(magnet), sources));
    }
    let path = terms.cwd.as_deref().map_or_else(|| PathBuf::from(text), |cwd| cwd.join(text));
    let meta = tokio::task::spawn_blocking(move || read_file(&path)).await.map_err(broke)?;
    let meta = meta.map_err(|error| of_torrent(&error))?;
    let sources = Sources { peers: Vec::new(), trackers: meta.trackers.clone() };
    Ok((Wanted::Known(meta), sources))
}

fn read_file(path: &Path) -> Result<Meta, TorrentError> {
    let shown = path.display().to_string();
    let failed = |why| TorrentError::Io { what: shown.clone(), why };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    // One byte more than it may have: then it is seen that it is too long.
    file.take(MAX_TORRENT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Meta::read(&bytes)
}

fn peers(texts: &[String]) -> Result<Vec<SocketAddr>, Refusal> {
    if texts.len() > MAX_PEERS {
        return Err(Refusal::new(Kind::Limit, format!("at most {MAX_PEERS} computers can be named")));
    }
    let peer = |text: &String| {
        text.parse().map_err(|_| {
            Refusal::new(Kind::Usage, format!("\"{text}\" is no address of a computer"))
                .hint("Give its number and its port: 192.0.2.7:6881.")
        })
    };
    texts.iter().map(peer).collect()
}

/// Nobody is asked whom the person did not choose.
fn nobody(wanted: &Wanted) -> Refusal {
    let trackers = match wanted {
        Wanted::Known(meta) => &meta.trackers,
        Wanted::Linked(magnet) => &magnet.trackers,
    };
    let refusal = Refusal::new(Kind::Usage, "nobody is named from whom it could be fetched");
    if trackers.is_empty() {
        return refusal.hint("Name a computer that has it (`--from IP:PORT`), or a tracker to ask (`--tracker URL`).");
    }
    let hosts: Vec<_> = trackers.iter().filter_map(|url| url.split('/').nth(2)).collect();
    refusal.hint(format!(
        "It names trackers: {}. If they are asked (`--trackers`), they learn this computer's address. Or name a computer that has it (`--from IP:PORT`).",
        hosts.join(", ")
    ))
}

async fn fetch(
    core: &Arc<Core>,
    wanted: Wanted,
    sources: &Sources,
    began: Instant,
    items: &Items,
) -> Result<TakenTorrent, Refusal> {
    let place = core.wire.torrent_place()?;
    let engine = &core.torrents.engine;
    let meta = match wanted {
        Wanted::Known(meta) => meta,
        Wanted::Linked(magnet) => {
            items.words("looking", "Looking for somebody who has it…");
            engine.look_up(&place, &magnet, sources).await.map_err(|error| of_torrent(&error))?
        }
    };
    let hash = meta.hash();
    let _busy = Busy::new(core, &hash)?;
    let folder = prepare(core, &meta).await?;
    let fetching = engine.fetch(&place, &meta, folder.join(DATA), sources).await;
    let fetching = fetching.map_err(|error| of_torrent(&error))?;
    let (progress, mut seen) = watch::channel(Coming::default());
    {
        let whole = fetching.whole(PATIENCE, &progress);
        tokio::pin!(whole);
        loop {
            tokio::select! {
                whole = &mut whole => break whole.map_err(|error| of_torrent(&error))?,
                Ok(()) = seen.changed() => items.progress(shown(&meta, &seen.borrow_and_update())),
            }
        }
    }
    drop(fetching);
    let path = folder.join(DATA).join(&meta.name).display().to_string();
    let took_ms = began.elapsed().as_millis() as u64;
    Ok(TakenTorrent { id: hash, bytes: meta.bytes(), files: meta.count(), name: meta.name, path, took_ms })
}

fn shown(meta: &Meta, coming: &Coming) -> Progress {
    let words = match coming {
        Coming { reading: true, .. } => "Looking at what is here already…",
        Coming { peers: 0, .. } => "Nobody who has it is connected yet…",
        _ => "",
    };
    Progress {
        what: meta.name.clone(),
        done: coming.have_bytes,
        total: meta.bytes(),
        unit: Unit::Bytes,
        rate_per_s: coming.rate as f64,
        from: Vec::new(),
        words: words.into(),
    }
}

/// Sees to it that there is room, makes the folder, and writes down what is to come into it.
async fn prepare(core: &Arc<Core>, meta: &Meta) -> Result<PathBuf, Refusal> {
    let folder = top(core).join(meta.hash());
    let here = {
        let folder = folder.clone();
        tokio::task::spawn_blocking(move || on_disk(&folder)).await.map_err(broke)?
    };
    room(meta.bytes(), here, spare::free_bytes(core))?;
    let all = begun(core).await?;
    if all.len() >= MAX_BEGUN && !all.iter().any(|row| row.hash == meta.hash()) {
        return Err(Refusal::new(Kind::Limit, format!("{MAX_BEGUN} torrents were begun and not finished"))
            .hint("Throw one away: `skein files torrent list`, `skein files torrent end ID`."));
    }
    let description = meta.write(&[]);
    let made = folder.clone();
    let written = tokio::task::spawn_blocking(move || {
        crate::profile::make_folder(&made)?;
        write_private(&made.join(DESCRIPTION), &description)
    });
    written.await.map_err(broke)??;
    Ok(folder)
}

fn top(core: &Core) -> PathBuf {
    core.profile.folder().join("torrents")
}

/// What was begun to be fetched and is neither shared nor thrown away.
pub(super) async fn begun(core: &Arc<Core>) -> Result<Vec<TorrentRow>, Refusal> {
    let folder = top(core);
    let found = tokio::task::spawn_blocking(move || {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let one = |path: PathBuf| Some((read_file(&path.join(DESCRIPTION)).ok()?, on_disk(&path)));
        entries.flatten().take(2 * MAX_BEGUN).filter_map(|entry| one(entry.path())).collect()
    });
    let found: Vec<(Meta, u64)> = found.await.map_err(broke)?;
    let fetching = core.torrents.fetching();
    let row = |(meta, here_bytes): (Meta, u64)| TorrentRow {
        id: meta.hash().chars().take(12).collect(),
        bytes: meta.bytes(),
        files: meta.count(),
        hash: meta.hash(),
        magnet: String::new(),
        path: None,
        state: if fetching.contains(&meta.hash()) { TorrentState::Fetching } else { TorrentState::Begun },
        peers: 0,
        sent_bytes: 0,
        here_bytes,
        name: meta.name,
    };
    Ok(found.into_iter().map(row).collect())
}

pub(super) fn none_such() -> Refusal {
    Refusal::new(Kind::NotFound, "there is no torrent of that number")
        .hint("See what there is: `skein files torrent list`.")
}

/// Throws away what came of a torrent.
pub(super) async fn throw_away(core: &Arc<Core>, id: &str) -> Result<(), Refusal> {
    let meant = |row: &TorrentRow| id.len() >= 6 && row.hash.starts_with(&id.to_ascii_lowercase());
    let mut found: Vec<_> = begun(core).await?.into_iter().filter(meant).collect();
    let row = match (found.pop(), found.is_empty()) {
        (Some(row), true) => row,
        (None, _) => return Err(none_such()),
        _ => return Err(Refusal::new(Kind::Ambiguous, "several torrents begin like that").hint("Give more of it.")),
    };
    // Held until it is gone: nobody begins anew to fetch it meanwhile.
    let _busy = Busy::new(core, &row.hash)?;
    let folder = top(core).join(&row.hash);
    let removed = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder)).await.map_err(broke)?;
    removed.map_err(|why| of_torrent(&TorrentError::Io { what: "it cannot be thrown away".into(), why }))
}

/// While somebody works on a torrent, nobody else does.
struct Busy(Arc<Core>, String);

impl Busy {
    fn new(core: &Arc<Core>, hash: &str) -> Result<Self, Refusal> {
        if !core.torrents.fetching().insert(hash.to_owned()) {
            return Err(of_torrent(&TorrentError::Busy));
        }
        Ok(Self(core.clone(), hash.to_owned()))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.torrents.fetching().remove(&self.1);
    }
}

fn on_disk(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let one = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => on_disk(&entry.path()),
        Ok(data) => data.blocks() * 512,
        Err(_) => 0,
    };
    entries.flatten().map(one).sum()
}
