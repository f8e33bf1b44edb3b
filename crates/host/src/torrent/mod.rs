//! Torrents: files of this person for anybody who has a link, and files from anywhere for a community.
//!
//! A torrent is public to whoever has its hash: nothing becomes one unless its person says so, and no member is told. What is
//! given is given while this program runs; what is fetched lies in a place of its own until it is shared or thrown away.

mod held;
mod room;
mod seed;
mod take;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skein_app::{Kind, Refusal};
use skein_torrent::{Active, TorrentError, Torrents};
use ts_rs::TS;

use crate::Giving;
use crate::core::Core;
use crate::desk::{Items, json};

use seed::seed;
use take::take;

/// How many torrents may be given at once.
const MAX_GIVEN: usize = 16;
/// How many may lie here unfinished.
const MAX_BEGUN: usize = 16;

/// What may be asked about torrents. The answers are named with each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TorrentRequest {
    /// Makes a torrent of a file or folder and gives it to whoever asks for it by its hash. Progress, then [`TorrentRow`].
    Seed(SeedTerms),
    /// Torrents that are given, and such as were begun to be fetched. A list of [`TorrentRow`].
    List,
    /// The `.torrent` file of one that is given, for whoever writes no files here: the page. [`TorrentFile`].
    File {
        /// Its number.
        id: String,
    },
    /// Ends giving a torrent; or throws away what came of one. `null`.
    End {
        /// Its number, or the beginning of its hash.
        id: String,
    },
    /// Fetches a torrent from outside into a place of Skein's own, until it is shared or thrown away. Progress, then
    /// [`TakenTorrent`].
    Take(TakeTerms),
}

/// What is to become a torrent, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SeedTerms {
    /// Which file or folder.
    pub what: Giving,
    /// What is held is a folder.
    #[serde(default)]
    pub folder: bool,
    /// Where the person stands: relative paths start here.
    #[serde(default)]
    pub cwd: Option<PathBuf>,
    /// The `.torrent` file to write, which must not be there yet; `None`: none is written.
    #[serde(default)]
    pub to: Option<PathBuf>,
    /// Trackers that are to be told, as URLs; at most 20. Without any, nobody is told.
    #[serde(default)]
    pub trackers: Vec<String>,
    /// Give it now; else it is only described.
    pub seed: bool,
}

/// Which torrent is to be fetched, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TakeTerms {
    /// The community that it is meant for: it must be there.
    pub community: Option<String>,
    /// A magnet link, or the path of a `.torrent` file.
    pub from: String,
    /// Where the person stands: a relative path starts here.
    #[serde(default)]
    pub cwd: Option<PathBuf>,
    /// Computers that have it, as "ip:port"; besides those that the link names.
    #[serde(default)]
    pub peers: Vec<String>,
    /// Trackers to ask, as URLs.
    #[serde(default)]
    pub trackers: Vec<String>,
    /// Ask the trackers that the torrent itself names, too.
    #[serde(default)]
    pub ask_trackers: bool,
}

/// What is being done with a torrent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum TorrentState {
    /// It is given.
    Given,
    /// It is described, and not given.
    Described,
    /// It is being fetched.
    Fetching,
    /// It was begun to be fetched.
    Begun,
}

/// A torrent on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TorrentRow {
    /// By which it can be ended; empty if there is nothing to end.
    pub id: String,
    /// What the file or folder is called.
    pub name: String,
    /// How large it is.
    #[ts(type = "number")]
    pub bytes: u64,
    /// How many files it has.
    #[ts(type = "number")]
    pub files: u64,
    /// Its hash: whoever has it can fetch it where it is given.
    pub hash: String,
    /// Its link; empty of one that is fetched.
    pub magnet: String,
    /// The `.torrent` file that was written, if one was.
    pub path: Option<String>,
    /// What is being done with it.
    pub state: TorrentState,
    /// How many others it is connected with now.
    pub peers: u32,
    /// How many bytes were sent.
    #[ts(type = "number")]
    pub sent_bytes: u64,
    /// What lies here of one that is fetched, in bytes.
    #[ts(type = "number")]
    pub here_bytes: u64,
}

/// A `.torrent` file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TorrentFile {
    /// What to call it.
    pub name: String,
    /// What is in it, in base64.
    pub base64: String,
}

/// A torrent that was fetched whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakenTorrent {
    /// Its hash; by it, what was fetched is thrown away once it is shared.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where it lies until then.
    pub path: String,
    /// How large it is.
    #[ts(type = "number")]
    pub bytes: u64,
    /// How many files it has.
    #[ts(type = "number")]
    pub files: u64,
    /// How long it took.
    #[ts(type = "number")]
    pub took_ms: u64,
}

/// The torrents of this device, and the engine that runs while there are any.
#[derive(Default)]
pub(crate) struct OpenTorrents {
    engine: Torrents,
    given: Mutex<BTreeMap<u64, Given>>,
    /// The hashes of those that somebody waits for.
    fetching: Mutex<BTreeSet<String>>,
}

/// A torrent that is given.
struct Given {
    row: TorrentRow,
    active: Active,
    /// Its `.torrent` file: 8 MiB at most.
    file: Vec<u8>,
}

impl OpenTorrents {
    fn given(&self) -> MutexGuard<'_, BTreeMap<u64, Given>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fetching(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all that is given, and with it the engine.
    pub fn stop(&self) {
        self.given().clear();
    }
}

/// Answers a request.
pub(crate) async fn answer(core: &Arc<Core>, request: TorrentRequest, items: &Items) -> Result<Value, Refusal> {
    match request {
        TorrentRequest::Seed(terms) => json(&seed(core, terms, items).await?),
        TorrentRequest::List => json(&rows(core).await?),
        TorrentRequest::File { id } => json(&file(core, &id)?),
        TorrentRequest::End { id } => end(core, &id).await.map(|()| Value::Null),
        TorrentRequest::Take(terms) => json(&take(core, terms, items).await?),
    }
}

/// All torrents: what is given first, then what was begun.
async fn rows(core: &Arc<Core>) -> Result<Vec<TorrentRow>, Refusal> {
    let mut rows: Vec<TorrentRow> = {
        let given = core.torrents.given();
        let row = |given: &Given| {
            let told = given.active.told();
            TorrentRow { peers: told.peers, sent_bytes: told.sent_bytes, ..given.row.clone() }
        };
        given.values().map(row).collect()
    };
    rows.extend(take::begun(core).await?);
    Ok(rows)
}

fn file(core: &Core, id: &str) -> Result<TorrentFile, Refusal> {
    let given = core.torrents.given();
    let found = id.parse().ok().and_then(|number: u64| given.get(&number));
    let Given { row, file, .. } = found.ok_or_else(take::none_such)?;
    Ok(TorrentFile { name: format!("{}.torrent", row.name), base64: BASE64.encode(file) })
}

/// Ends giving a torrent; or throws away what came of one.
async fn end(core: &Arc<Core>, id: &str) -> Result<(), Refusal> {
    if let Some(ended) = id.parse().ok().and_then(|number: u64| core.torrents.given().remove(&number)) {
        drop(ended);
        return Ok(());
    }
    take::throw_away(core, id).await
}

fn of_torrent(error: &TorrentError) -> Refusal {
    let refusal = |kind| Refusal::new(kind, error.to_string());
    match error {
        TorrentError::Unreadable(_) | TorrentError::NoMagnet(_) | TorrentError::Unfit(_) => {
            refusal(Kind::Usage).hint("Nothing was fetched. Ask whoever gave it to you.")
        }
        TorrentError::NoAnswer => refusal(Kind::Unreachable)
            .hint("Try again later, or name somebody who has it: `--from IP:PORT`, `--trackers`."),
        TorrentError::Stalled(_) => refusal(Kind::Unreachable)
            .hint("What came in is kept: the same command goes on. To throw it away: `skein files torrent list`."),
        TorrentError::Busy => refusal(Kind::Conflict).hint("See `skein files torrent list`."),
        TorrentError::TooSlow => refusal(Kind::Limit).hint("Allow at least 32 KiB a second."),
        TorrentError::GivenUp => refusal(Kind::Failed).hint("What came in is kept: the same command goes on."),
        TorrentError::Io { why, .. } => match why.kind() {
            std::io::ErrorKind::NotFound => refusal(Kind::NotFound).hint("Look whether the path is right."),
            std::io::ErrorKind::AlreadyExists => refusal(Kind::Conflict).hint("Choose another file with `--to`."),
            std::io::ErrorKind::StorageFull => refusal(Kind::Failed).hint("Make room on the disk and try again."),
            _ => refusal(Kind::Failed).hint("Look whether it can be read and written."),
        },
        TorrentError::Engine(_) => refusal(Kind::Failed).hint("Try again; see `skein logs`."),
    }
}

/// The same about what a person has themselves.
fn of_own(error: &TorrentError) -> Refusal {
    match error {
        TorrentError::Unfit(why) => {
            Refusal::new(Kind::Usage, why.clone()).hint("Choose another file, or a plain name.")
        }
        other => of_torrent(other),
    }
}

fn broke(error: tokio::task::JoinError) -> Refusal {
    Refusal::new(Kind::Failed, format!("it could not be done: {error}"))
}
