//! Tells how far a fetch is.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Run;
use crate::blobs::Progress;

/// The rate is that of the last seconds.
const WINDOW: Duration = Duration::from_secs(3);

/// Tells how far it is.
pub(super) struct Meter {
    total: u64,
    files: u64,
    marks: VecDeque<(Instant, u64)>,
}

impl Meter {
    pub(super) fn new(total: u64, files: u64, here: u64) -> Self {
        Self { total, files, marks: [(Instant::now(), here)].into() }
    }

    pub(super) fn tell(&mut self, run: &Run, progress: &watch::Sender<Progress>) {
        let state = run.lock();
        let here = state.bytes_here().min(self.total);
        let files_done = state.files_here();
        let holders = state.came().into_iter().collect();
        drop(state);
        let now = Instant::now();
        while self.marks.len() > 1 && self.marks[0].0.elapsed() > WINDOW {
            self.marks.pop_front();
        }
        let (since, before) = self.marks[0];
        let rate = here.saturating_sub(before) as f64 / (now - since).as_secs_f64().max(0.05);
        self.marks.push_back((now, here));
        progress.send_modify(|p| {
            *p = Progress {
                bytes_done: here,
                bytes_total: self.total,
                files_done,
                files_total: self.files,
                rate,
                holders,
            };
        });
    }
}
