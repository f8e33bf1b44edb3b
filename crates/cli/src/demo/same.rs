//! The check: do all five members hold the same?
//!
//! Each exports the community: every event of every device with its standing, the pages that every app makes from its
//! views, and the shared files. The same state gives the same bytes, so the exports are compared byte for byte.

use std::path::Path;
use std::time::{Duration, Instant};

use skein_app::Refusal;
use skein_host::{Exported, Request, Status};
use tokio::time::sleep;

use super::flock::Flock;
use super::folder;
use super::story::Scene;
use crate::out::{Done, failed};

/// How long the last acts (who holds what) may take to reach everyone.
const SETTLE_TIME: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// For so long no number of events may change anywhere before the exports are made.
const STILL_TIME: Duration = Duration::from_millis(500);
/// The most differences that are listed for one member.
const LISTED: usize = 10;

/// How the members' states and files differ, in words; empty if they do not.
///
/// # Errors
/// If a member's program does not answer, or a file cannot be read.
pub async fn compare(flock: &Flock, scene: &Scene) -> Done<Vec<String>> {
    settle(flock).await?;
    let mut exports = Vec::new();
    for member in &flock.members {
        let to = flock.desk(member.name).join("export");
        let request = Request::Export { community: None, to: to.clone() };
        let _: Exported = member.ask(&request).await?;
        exports.push((member.name, to));
    }
    let mut found = Vec::new();
    if let [(first, original), others @ ..] = &exports[..] {
        for (name, export) in others {
            found.extend(differences(original, export, &format!("{name}'s export, beside {first}'s"))?);
        }
    }
    for (name, copy) in &scene.copies {
        found.extend(differences(&scene.original, copy, &format!("{name}'s copy"))?);
    }
    Ok(found)
}

fn differences(one: &Path, other: &Path, whose: &str) -> Done<Vec<String>> {
    let found = folder::differences(one, other).map_err(|error| failed("a folder cannot be read", error))?;
    Ok(found.into_iter().take(LISTED).map(|what| format!("{whose}: {what}")).collect())
}

/// Waits until all members have the same number of events and nothing more comes. If they never have, the exports differ.
async fn settle(flock: &Flock) -> Result<(), Refusal> {
    let begun = Instant::now();
    let mut last = Vec::new();
    let mut still = Instant::now();
    while begun.elapsed() < SETTLE_TIME {
        let mut counts = Vec::new();
        for member in &flock.members {
            let status: Status = member.ask(&Request::Status).await?;
            counts.push(status.communities.first().map_or(0, |community| community.events));
        }
        if counts != last || counts.iter().any(|count| *count != counts[0]) {
            (last, still) = (counts, Instant::now());
        } else if still.elapsed() >= STILL_TIME {
            break;
        }
        sleep(LOOK_AGAIN).await;
    }
    Ok(())
}
