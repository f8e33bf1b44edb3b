//! Waiting for a torrent to be whole: how far it is, and when it is given up.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::engine::Active;
use crate::error::TorrentError;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// How far a torrent is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whether what was here before is being looked at.
    pub reading: bool,
    /// The bytes that are here.
    pub have_bytes: u64,
    /// What comes in, in bytes a second.
    pub rate: u64,
    /// How many others it is connected with.
    pub peers: u32,
}

impl Active {
    /// Waits until all of it is here. Dropping it gives up waiting; what is here stays.
    ///
    /// # Errors
    /// If nothing comes in for so long, or it cannot be written.
    pub async fn whole(&self, patience: Duration, progress: &watch::Sender<Progress>) -> Result<(), TorrentError> {
        let (mut moved, mut have) = (Instant::now(), None);
        loop {
            let told = self.told();
            if let Some(trouble) = told.trouble {
                return Err(TorrentError::Engine(trouble));
            }
            if told.whole {
                return Ok(());
            }
            progress.send_replace(Progress {
                reading: told.reading,
                have_bytes: told.have_bytes,
                rate: told.rate,
                peers: told.peers,
            });
            if told.reading || have != Some(told.have_bytes) {
                (moved, have) = (Instant::now(), Some(told.have_bytes));
            }
            if moved.elapsed() >= patience {
                return Err(TorrentError::Stalled(patience.as_secs()));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
