//! Files on their way, as their person steers them: how fast, paused, which first. What is to outlast a restart is in the settings.
//!
//! A file that is paused is not fetched: what is here of it is kept, and given to others all the same. With everything paused,
//! nothing is given either.

mod answer;
pub(crate) mod limits;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use skein_app::{Hold, Kind, Refusal};
use skein_event::{BlobHash, CommunityId};
use skein_net::{Progress as NetProgress, Rank};
use tokio::sync::watch;
use ts_rs::TS;

use crate::Change;
use crate::core::Core;
use crate::desk::{InHand, held, of_blobs};
use crate::pull::{Wanted, pull};

pub(crate) use answer::coming;
pub use answer::{Coming, ComingRow};

/// How many files can be paused one by one; more are refused.
const MAX_PAUSED: usize = 256;
/// The longest name that is remembered of one, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// Why a file comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A person asked for it.
    Asked,
    /// It belongs to a folder that stays the same.
    Folder,
    /// This device keeps a copy.
    Kept,
    /// For the others, out of the room that this device offers.
    Others,
}

/// A file or folder on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Where it is shared: the community's id or name; `null`: the only one there is.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub community: Option<String>,
    /// Its content, as the files app names it.
    pub root: String,
    /// What it is called.
    pub name: String,
    /// Whether it is a folder.
    #[serde(default)]
    pub folder: bool,
}

/// What is to become of files on their way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Steering {
    /// No file comes or goes until they are resumed.
    PauseAll,
    /// They do again; what was paused by itself stays so.
    ResumeAll,
    /// It is not fetched until it is resumed.
    Pause(Which),
    /// It is fetched again, also if nobody waits for it any more.
    Resume(Which),
    /// It comes before all others.
    First(Which),
}

/// A file that is paused by itself, as the settings keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedFile {
    /// The community's id.
    pub community: String,
    /// Its content.
    pub root: String,
    /// What it is called.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
}

/// What is on its way.
pub(crate) struct Steer {
    state: Mutex<State>,
    /// Something was paused or resumed.
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    first: Option<BlobHash>,
    pulls: BTreeMap<BlobHash, Pull>,
}

/// Something that is being fetched, by as many as want it.
struct Pull {
    community: CommunityId,
    name: String,
    folder: bool,
    whys: Vec<Why>,
    now: NetProgress,
}

impl Default for Steer {
    fn default() -> Self {
        Self { state: Mutex::default(), changed: watch::Sender::new(()) }
    }
}

impl Steer {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ranks of all that is fetched.
    fn ranks(&self) -> HashMap<BlobHash, Rank> {
        let state = self.state();
        let rank = |root: &BlobHash, pull: &Pull| match pull.whys.iter().min() {
            _ if state.first == Some(*root) => Rank::First,
            Some(Why::Asked | Why::Folder) => Rank::Asked,
            _ => Rank::Spare,
        };
        state.pulls.iter().map(|(root, pull)| (*root, rank(root, pull))).collect()
    }

    fn is_asked_for(&self, root: &BlobHash) -> bool {
        self.state().pulls.get(root).is_some_and(|pull| pull.whys.contains(&Why::Asked))
    }
}

/// Tells the network which files come first.
fn tell_ranks(core: &Core) {
    if let Ok(blobs) = core.wire.blobs() {
        blobs.rank(core.steer.ranks());
    }
}

/// Tells whoever follows. Not of what goes on by itself: a folder may have a hundred thousand files.
fn tell_of(core: &Core, why: Why) {
    if why == Why::Asked {
        core.tell(Change::Coming);
    }
}

/// A fetch that is listed for as long as this lives.
pub(crate) struct Listed<'a> {
    core: &'a Core,
    root: BlobHash,
    why: Why,
}

impl<'a> Listed<'a> {
    /// Lists it.
    pub fn new(core: &'a Core, community: CommunityId, wanted: &Wanted) -> Self {
        let mut state = core.steer.state();
        let pull = state.pulls.entry(wanted.root).or_insert_with(|| Pull {
            community,
            name: String::new(),
            folder: wanted.folder,
            whys: Vec::new(),
            now: NetProgress::default(),
        });
        pull.whys.push(wanted.why);
        if !wanted.name.is_empty() {
            pull.name.clone_from(&wanted.name);
        }
        drop(state);
        tell_ranks(core);
        tell_of(core, wanted.why);
        Self { core, root: wanted.root, why: wanted.why }
    }

    /// How far it is.
    pub fn see(&self, now: &NetProgress) {
        if let Some(pull) = self.core.steer.state().pulls.get_mut(&self.root) {
            pull.now = now.clone();
        }
    }
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        let mut state = self.core.steer.state();
        if let Some(pull) = state.pulls.get_mut(&self.root) {
            if let Some(at) = pull.whys.iter().position(|why| *why == self.why) {
                pull.whys.swap_remove(at);
            }
            if pull.whys.is_empty() {
                state.pulls.remove(&self.root);
                state.first = state.first.filter(|first| *first != self.root);
            }
        }
        drop(state);
        tell_ranks(self.core);
        tell_of(self.core, self.why);
    }
}

/// Whether this is paused, and in which words.
pub(crate) fn paused(core: &Core, root: &BlobHash) -> Option<&'static str> {
    let settings = core.settings();
    if settings.paused {
        return Some("paused, as all files are");
    }
    let text = root.to_string();
    settings.paused_files.iter().any(|file| file.root == text).then_some("paused")
}

/// Waits until this is paused, or (`false`) no longer.
pub(crate) async fn until_paused(core: &Core, root: &BlobHash, want: bool) {
    let mut changed = core.steer.changed.subscribe();
    while paused(core, root).is_some() != want {
        if changed.changed().await.is_err() {
            return;
        }
    }
}

/// Does what a person wants with files on their way; gives how all of them stand then.
pub(crate) async fn steer(core: &Arc<Core>, what: Steering) -> Result<Coming, Refusal> {
    match what {
        Steering::PauseAll => core.change_settings(|settings| settings.paused = true)?,
        Steering::ResumeAll => core.change_settings(|settings| settings.paused = false)?,
        Steering::Pause(which) => pause(core, which).await?,
        Steering::Resume(which) => resume(core, &which)?,
        Steering::First(which) => first(core, &which)?,
    }
    limits::apply(core);
    core.steer.changed.send_replace(());
    core.tell(Change::Coming);
    // What apps want and was passed over while it was paused.
    core.news.notify_one();
    coming(core).await
}

fn root_of(which: &Which) -> Result<BlobHash, Refusal> {
    which.root.parse().map_err(|_| Refusal::new(Kind::Usage, "this is not the name of a file's content"))
}

async fn pause(core: &Arc<Core>, which: Which) -> Result<(), Refusal> {
    let root = root_of(&which)?;
    let hall = crate::desk::community(core, which.community.as_deref())?;
    let here = core.wire.blobs()?.has(root, which.folder).await.map_err(|error| of_blobs(&error))?;
    if here.complete {
        let message = format!("all of \"{}\" is on this device already", which.name);
        return Err(Refusal::new(Kind::Conflict, message).hint("Nothing of it is to come any more."));
    }
    let name = if which.name.len() <= MAX_NAME_BYTES { which.name } else { String::new() };
    let file = PausedFile { community: hall.id.to_string(), root: which.root, name, folder: which.folder };
    let settings = core.settings();
    let (known, full) =
        (settings.paused_files.iter().any(|other| other.root == file.root), settings.paused_files.len() >= MAX_PAUSED);
    drop(settings);
    if known {
        return Err(Refusal::new(Kind::Conflict, format!("\"{}\" is paused already", file.name))
            .hint("Go on with it: `skein files resume FILE`."));
    }
    if full {
        return Err(Refusal::new(Kind::Limit, format!("at most {MAX_PAUSED} files can be paused one by one"))
            .hint("Pause all of them: `skein files pause --all`."));
    }
    core.change_settings(|settings| settings.paused_files.push(file))
}

fn resume(core: &Arc<Core>, which: &Which) -> Result<(), Refusal> {
    let root = root_of(which)?;
    let found = core.settings().paused_files.iter().find(|file| file.root == which.root).cloned();
    let Some(file) = found else {
        let all = core.settings().paused;
        let message = format!("\"{}\" is not paused by itself", which.name);
        let hint =
            if all { "All files are: `skein files resume --all`." } else { "See what is: `skein files coming`." };
        return Err(Refusal::new(Kind::Conflict, message).hint(hint));
    };
    core.change_settings(|settings| settings.paused_files.retain(|other| other.root != file.root))?;
    // Whoever waited for it may be gone since: the program was started anew, the page closed.
    if !core.steer.is_asked_for(&root)
        && let Ok(hall) = crate::desk::community(core, Some(&file.community))
    {
        let own = core.clone();
        core.spawn(async move {
            let _in_hand = InHand::new(&own, root);
            let wanted = Wanted { name: file.name, ..Wanted::new(root, file.folder, Why::Asked) };
            let Ok(blobs) = own.wire.blobs() else { return };
            match pull(&own, &hall, &blobs, &wanted, &mut |_| ()).await {
                Ok(()) => held(&own, &hall, root, Hold::Own).await,
                Err(refusal) => tracing::info!("what was resumed did not come: {refusal}"),
            }
        });
    }
    Ok(())
}

fn first(core: &Arc<Core>, which: &Which) -> Result<(), Refusal> {
    let root = root_of(which)?;
    let mut state = core.steer.state();
    if !state.pulls.contains_key(&root) {
        let message = format!("\"{}\" is not on its way to this device", which.name);
        return Err(Refusal::new(Kind::Conflict, message).hint("Fetch it: `skein files get FILE`."));
    }
    state.first = Some(root);
    drop(state);
    tell_ranks(core);
    Ok(())
}
