//! Tied folders: directories of this computer that are kept the same as a community's, in both directions.
//!
//! The rules are in `skein-mirror` and see no disk; the log is an app's. Here are the disk, the clock and the tasks. Nothing
//! that a person saved is ever thrown away here: what gives way is kept for thirty days ([`versions`]).

mod ages;
mod answer;
mod disk;
#[cfg(test)]
mod disk_tests;
mod engine;
mod filter;
mod keeper;
mod ledger;
mod mark;
mod old;
mod past;
#[cfg(test)]
mod past_tests;
mod read;
mod scan;
mod stat;
mod steps;
mod tie;
mod tying;
mod versions;
mod watch;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skein_app::{Kind, Refusal};
use skein_event::BlobHash;

pub use answer::{BroughtBack, LeftAlone, OldVersion, TieRow, TieState};
pub(crate) use old::{bring_back, old_versions};
pub(crate) use past::bytes as past_bytes;
pub use tying::Tying;
pub(crate) use tying::{Wish, change, tie, ties};

use crate::Profile;
use crate::core::Core;
use engine::Engine;
use ledger::Books;
use tie::Tie;

/// All tied folders of this device.
pub(crate) struct Mirrors {
    books: Books,
    ties: Mutex<BTreeMap<i64, Arc<Tie>>>,
}

impl Mirrors {
    /// Reads which folders are tied.
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn open(profile: &Profile) -> Result<Self, Refusal> {
        let books = Books::open(&profile.folder().join("mirrors.db"))?;
        let all = books.all()?.into_iter().map(|(id, settings)| (id, Arc::new(Tie::new(id, settings))));
        let ties = Mutex::new(all.collect());
        Ok(Self { books, ties })
    }

    /// Whether a tied folder has a file with these bytes, or a folder of any community holds them or did until lately: then they
    /// stay here, whatever becomes of a share with the same content.
    ///
    /// # Errors
    /// If that cannot be read.
    pub async fn count_on(&self, core: &Arc<Core>, root: BlobHash) -> Result<bool, Refusal> {
        if self.books.have(&root)? {
            return Ok(true);
        }
        let uses = past::uses(core, vec![root]).await?;
        let (seen_ms, times) = self.books.seen(&root)?;
        Ok(uses.into_iter().any(|(_, used)| used.needs(seen_ms, times)))
    }

    fn ties(&self) -> MutexGuard<'_, BTreeMap<i64, Arc<Tie>>> {
        self.ties.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them.
    fn all(&self) -> Vec<Arc<Tie>> {
        self.ties().values().cloned().collect()
    }

    /// The one at this place.
    ///
    /// # Errors
    /// If there is none.
    fn at(&self, dir: &Path) -> Result<Arc<Tie>, Refusal> {
        let place = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let all = self.all();
        let found = all.iter().find(|tie| tie.settings().dir == place || tie.settings().dir == dir);
        found.cloned().ok_or_else(|| {
            Refusal::new(Kind::NotFound, format!("{} is not tied to a folder of a community", dir.display()))
                .hint("See those that are: `skein files sync list`.")
        })
    }
}

/// Begins to look after all of them.
pub(crate) fn start(core: &Arc<Core>) {
    for tie in core.mirrors.all() {
        look_after(core, tie);
    }
    core.spawn(past::keep(core.clone()));
    if core.keeper {
        core.spawn(keeper::keep(core.clone()));
    }
}

fn look_after(core: &Arc<Core>, tie: Arc<Tie>) {
    match core.mirrors.books.ledger(tie.id) {
        Ok(ledger) => core.spawn(Engine::new(core.clone(), tie, ledger).run()),
        Err(refusal) => {
            tie.stand().is(TieState::Trouble, refusal.message, refusal.hint);
        }
    }
}
