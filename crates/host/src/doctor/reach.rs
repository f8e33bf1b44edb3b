//! Who can be reached, by which path, and who has not been heard of for long.

use std::collections::BTreeMap;
use std::sync::Arc;

use skein_event::{DeviceId, MemberId};
use skein_store::Contact;

use super::{Area, Check, Level, broken};
use crate::Standing;
use crate::chance::now_ms;
use crate::core::Core;
use crate::desk::count;
use crate::hall::{Hall, Known};

/// A device that was not heard of for so long is told of.
const LONG_AGO_MS: u64 = 30 * 24 * 3_600 * 1_000;
/// How many names are told.
const MAX_NAMES: usize = 8;

pub(super) async fn checks(core: &Arc<Core>, hall: &Arc<Hall>, known: &Known, heard: &[Contact]) -> Vec<Check> {
    if known.standing != Standing::Member {
        return Vec::new();
    }
    let me = core.device();
    let others: Vec<(DeviceId, MemberId)> = known
        .devices
        .values()
        .filter(|device| device.cut.is_none() && device.device != me)
        .map(|device| (device.device, device.member))
        .collect();
    if others.is_empty() {
        let alone = Check::new(Area::Reach, Level::Note, "alone", "only this device has this community")
            .why("If it is lost, so is the community.")
            .next("Invite somebody with `skein invite`, or add another device of yours with `skein device add`.");
        return vec![alone];
    }
    let names = match names(core, hall, &others).await {
        Ok(names) => names,
        Err(refusal) => return vec![broken(Area::Reach, refusal)],
    };
    let name = |device: &DeviceId| names.get(device).cloned().unwrap_or_else(|| device.short());
    let mut checks = vec![now(core, known, &others, heard, &name)];
    let heard_of = |device: &DeviceId| heard.iter().find(|contact| contact.device == *device).map_or(0, |c| c.heard_ms);
    let silent: Vec<String> = others
        .iter()
        .filter(|(device, _)| !known.up.contains(device))
        .filter(|(device, _)| now_ms().saturating_sub(heard_of(device)) > LONG_AGO_MS && heard_of(device) > 0)
        .map(|(device, _)| format!("{} (last on {})", name(device), skein_app::day(heard_of(device))))
        .collect();
    if !silent.is_empty() {
        let what = format!("not heard of for over a month: {}", some(&silent));
        checks.push(
            Check::new(Area::Reach, Level::Note, "silent", what)
                .why("What they wrote since then is not here, and they have not heard what you wrote.")
                .next("Ask them whether they still use that device; if it was yours: `skein people retire`."),
        );
    }
    checks
}

fn now(
    core: &Core,
    known: &Known,
    others: &[(DeviceId, MemberId)],
    heard: &[Contact],
    name: &impl Fn(&DeviceId) -> String,
) -> Check {
    let total = count(others.len() as u64, "other device", "other devices");
    let paths = core.wire.reach();
    let reached: Vec<String> = others
        .iter()
        .filter(|(device, _)| known.up.contains(device))
        .map(|(device, _)| match paths.iter().find(|reach| reach.device == *device) {
            Some(reach) if reach.direct => format!("{} directly, {:.0} ms", name(device), reach.rtt_ms),
            Some(reach) => format!("{} through a relay, {:.0} ms", name(device), reach.rtt_ms),
            None => name(device),
        })
        .collect();
    if !reached.is_empty() {
        return Check::good(Area::Reach, format!("{} of {total} reached: {}", reached.len(), some(&reached)));
    }
    let last = heard.iter().filter(|contact| others.iter().any(|(device, _)| *device == contact.device));
    let since = match last.map(|contact| contact.heard_ms).max().filter(|ms| *ms > 0) {
        Some(ms) => format!("the last one was on {}", skein_app::moment(ms)),
        None => "none ever was".into(),
    };
    Check::new(Area::Reach, Level::Warning, "nobody", format!("none of {total} can be reached now; {since}"))
        .why("What you write stays on this device until one can be.")
        .next("Look whether this computer is on the same network as another member's, or on the Internet.")
}

async fn names(
    core: &Arc<Core>,
    hall: &Arc<Hall>,
    others: &[(DeviceId, MemberId)],
) -> Result<BTreeMap<DeviceId, String>, skein_app::Refusal> {
    let (roster, others) = (core.rules.roster, others.to_vec());
    core.read(hall, move |view, _| {
        let mut names = BTreeMap::new();
        for (device, member) in others {
            names.insert(device, roster.names(&member, view)?.1);
        }
        Ok(names)
    })
    .await
}

fn some(names: &[String]) -> String {
    let mut text = names.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join("; ");
    if names.len() > MAX_NAMES {
        text.push_str(&format!("; and {} more", names.len() - MAX_NAMES));
    }
    text
}
