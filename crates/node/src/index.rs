//! When the words of new lines are indexed: at once where they are few, a moment after a flood of them.
//!
//! The index is a third of the work of taking an event in. Who comes home to a long history sees all of it first.

use crate::{Node, NodeError};

/// So many new lines are indexed in the call that brought them.
const AT_ONCE: usize = 256;
/// So many lines are indexed in one call when there are more, so that what is said meanwhile need not wait.
const CHUNK: usize = 4_096;
/// How long after the last flood the rest is indexed.
const AFTER_MS: u64 = 100;
/// How long a flood that does not end can put it off.
const AT_LATEST_MS: u64 = 5_000;

/// When the words that wait are indexed.
#[derive(Clone, Copy)]
pub(crate) struct IndexDue {
    quiet_ms: u64,
    latest_ms: u64,
}

impl IndexDue {
    /// The time.
    pub(crate) fn at_ms(self) -> u64 {
        self.quiet_ms.min(self.latest_ms)
    }
}

impl Node {
    /// At the end of each call; `idle`: nothing happened in it but the time.
    pub(crate) fn index_what_is_new(&mut self, idle: bool, now_ms: u64) -> Result<(), NodeError> {
        let behind = self.store.lines_behind(AT_ONCE + 1)?;
        if behind <= AT_ONCE {
            self.index_due = None;
            if behind > 0 {
                self.store.index_words(AT_ONCE)?;
            }
            return Ok(());
        }
        let (quiet_ms, latest_ms) = (now_ms + AFTER_MS, now_ms + AT_LATEST_MS);
        let mut due = self.index_due.unwrap_or(IndexDue { quiet_ms, latest_ms });
        if !idle && now_ms < due.latest_ms {
            due.quiet_ms = quiet_ms;
        } else if due.at_ms() <= now_ms {
            self.store.index_words(CHUNK)?;
            due.quiet_ms = now_ms + 1;
        }
        self.index_due = Some(due);
        Ok(())
    }
}
