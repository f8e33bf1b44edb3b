//! Watching a member's program: when did which item become visible there?

use std::collections::HashMap;
use std::time::{Duration, Instant};

use skein_app::Refusal;
use skein_host::{Change, Hit, Request};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::member::Member;

/// How many of the newest items are looked at after a change; at most so many are said in a row.
pub const LOOKED_AT: u32 = 100;

/// Item ids, and when each was first seen in this member's feed.
type Seen = HashMap<String, Instant>;

/// Follows one member's changes and asks for the feed after each, as the page and `skein feed --follow` do.
pub struct Watch {
    seen: watch::Receiver<Seen>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// If the program does not answer.
    pub async fn begin(member: &Member) -> Result<Self, Refusal> {
        let client = member.client()?;
        let mut changes = client.follow(None).await?;
        let (tell, seen) = watch::channel(Seen::new());
        let task = tokio::spawn(async move {
            loop {
                let request = Request::Feed { community: None, limit: LOOKED_AT, before: None };
                let Ok(hits) = client.ask::<Vec<Hit>>(&request, |_| {}).await else { return };
                let now = Instant::now();
                tell.send_modify(|seen| {
                    for hit in hits {
                        seen.entry(hit.event).or_insert(now);
                    }
                });
                loop {
                    match changes.next().await {
                        Ok(Change::Object { .. } | Change::Lagged) => break,
                        Ok(_) => {}
                        Err(_) => return,
                    }
                }
            }
        });
        Ok(Self { seen, task })
    }

    /// When the item was first seen; `None` if it is not within the time.
    pub async fn saw(&self, event: &str, within: Duration) -> Option<Instant> {
        let mut seen = self.seen.clone();
        let found = timeout(within, seen.wait_for(|seen| seen.contains_key(event))).await.ok()?.ok()?;
        found.get(event).copied()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
