//! A tied folder, as everybody but its own task sees it: how it is tied, how it stands, and what it is told to do.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::answer::TieState;
use super::ledger::Settings;

/// The handle.
pub(super) struct Tie {
    pub(super) id: i64,
    settings: Mutex<Settings>,
    stand: Mutex<Stand>,
    /// Something moved in the folder, or somebody wants it looked at.
    pub(super) moved: Arc<Notify>,
    /// It is untied.
    pub(super) end: CancellationToken,
    meant: AtomicU8,
    /// Somebody waits for the next look to be over.
    pub(super) looked: Notify,
    busy: AtomicBool,
}

/// What a person said about files that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// Nothing.
    Unsaid = 0,
    /// They are to be gone for everybody.
    Gone = 1,
    /// They are to come back.
    Back = 2,
}

/// How it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Stand {
    pub state: TieState,
    pub words: String,
    pub next: String,
    pub done: u64,
    pub total: u64,
    pub files: u64,
    pub bytes: u64,
    pub conflicts: u64,
    pub waiting: u64,
    pub problems: Vec<(String, String)>,
    pub equal_ms: u64,
}

impl Stand {
    /// It stands so from now on; `next` is what to do, empty if nothing is.
    pub fn is(&mut self, state: TieState, words: impl Into<String>, next: impl Into<String>) {
        (self.state, self.words, self.next) = (state, words.into(), next.into());
        (self.done, self.total) = (0, 0);
    }

    /// It is being made the same, and so far: files done, of how many.
    pub fn goes_on(&mut self, words: String, done: usize, total: usize) {
        self.is(TieState::Working, words, "");
        (self.done, self.total) = (done as u64, total as u64);
    }
}

impl Tie {
    pub fn new(id: i64, settings: Settings) -> Self {
        Self {
            id,
            settings: Mutex::new(settings),
            stand: Mutex::default(),
            moved: Arc::default(),
            end: CancellationToken::new(),
            meant: AtomicU8::new(Meant::Unsaid as u8),
            looked: Notify::new(),
            busy: AtomicBool::new(false),
        }
    }

    pub fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set(&self, settings: Settings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    pub fn stand(&self) -> MutexGuard<'_, Stand> {
        self.stand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn say_meant(&self, meant: Meant) {
        self.meant.store(meant as u8, Ordering::SeqCst);
    }

    /// What was said, once.
    pub fn take_meant(&self) -> Meant {
        match self.meant.swap(Meant::Unsaid as u8, Ordering::SeqCst) {
            1 => Meant::Gone,
            2 => Meant::Back,
            _ => Meant::Unsaid,
        }
    }

    pub fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::SeqCst);
        if !busy {
            self.looked.notify_waiters();
        }
    }

    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::SeqCst)
    }
}
