//! Who belongs, on which devices, and how each can be reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use skein_app::Refusal;
use skein_event::{DeviceId, MemberId};
use skein_net::Reach;
use skein_node::Presence;
use skein_store::{Contact, Progress, Store};

use super::find::{self, Names};
use crate::core::Core;
use crate::{DeviceRow, MemberRow};

pub(super) async fn members(core: &Arc<Core>, community: Option<String>) -> Result<Vec<MemberRow>, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    let reach: BTreeMap<DeviceId, Reach> = core.wire.reach().into_iter().map(|reach| (reach.device, reach)).collect();
    let (devices, up) = {
        let known = hall.known();
        (known.devices.clone(), known.up.clone())
    };
    let (me, roster) = (core.me(hall.id), core.rules.roster);
    core.read(&hall, move |view, reader| {
        let contacts = Store::contacts(reader.connection())?;
        let contacts: BTreeMap<DeviceId, Contact> = contacts.into_iter().map(|c| (c.device, c)).collect();
        let progress = Store::progress(reader.connection())?;
        let progress: BTreeMap<DeviceId, Progress> = progress.into_iter().map(|p| (p.device, p)).collect();
        let mut names = Names::new(roster, view);
        let mut rows: BTreeMap<MemberId, MemberRow> = BTreeMap::new();
        for device in devices.values() {
            let name = names.of(&device.member)?;
            let row = rows.entry(device.member).or_insert_with(|| MemberRow {
                member: device.member.to_string(),
                name,
                you: device.member == me.member,
                belongs: false,
                devices: Vec::new(),
            });
            row.belongs |= device.cut.is_none();
            let reach = if up.contains(&device.device) { reach.get(&device.device) } else { None };
            let this = device.device == me.device;
            let (contact, progress) = (contacts.get(&device.device), progress.get(&device.device));
            row.devices.push(device_row(device, this, me.now_ms, reach, contact, progress));
        }
        let mut rows: Vec<MemberRow> = rows.into_values().collect();
        rows.sort_by_cached_key(|row| (!row.belongs, row.name.to_lowercase(), row.member.clone()));
        Ok(rows)
    })
    .await
}

fn device_row(
    device: &skein_app::Device,
    this: bool,
    now_ms: u64,
    reach: Option<&Reach>,
    contact: Option<&Contact>,
    progress: Option<&Progress>,
) -> DeviceRow {
    let presence = contact.and_then(|contact| Presence::open(contact.presence.as_ref()?));
    let heard_ms = contact.map_or(0, |contact| contact.heard_ms);
    DeviceRow {
        device: device.device.to_string(),
        this,
        belongs: device.cut.is_none(),
        reached: this || reach.is_some(),
        direct: reach.is_some_and(|reach| reach.direct),
        via: reach.map(|reach| reach.via.clone()).unwrap_or_default(),
        rtt_ms: reach.map_or(0.0, |reach| reach.rtt_ms),
        heard_ms: if this || reach.is_some() { now_ms } else { heard_ms },
        lacks: if this { Some(0) } else { progress.map(|progress| progress.lacks) },
        has_more: !this && progress.is_some_and(|progress| progress.has_more),
        addresses: presence.map(|presence| presence.addresses).unwrap_or_default(),
    }
}
