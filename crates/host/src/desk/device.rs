//! Several devices of one person: a link made on one, used on the other; and a fresh key for a device.

use std::sync::Arc;
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_event::SecretKey;
use skein_net::Contact;
use skein_node::Keys;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{Items, find, proper_name, status};
use crate::core::{Core, stopping};
use crate::engine::Call;
use crate::link::{DeviceLink, Entry, Link};
use crate::lobby::{self, Gift, Given, MAX_COMMUNITIES};
use crate::record::Record;
use crate::{DeviceInvitation, DeviceLinked, Ending, Renewed, Standing, chance};

/// How long a link is good.
const GOOD_FOR_MS: u64 = 10 * 60 * 1_000;
/// How long the new device looks for the old one.
const LOOK: Duration = Duration::from_secs(60);
/// How long the thanks may take to get out before the line is closed.
const THANKS: Duration = Duration::from_millis(300);

pub(super) async fn add(core: &Arc<Core>) -> Result<DeviceInvitation, Refusal> {
    let mut communities = Vec::new();
    for hall in core.halls.all().into_iter().filter(|hall| hall.known().standing == Standing::Member) {
        let (own, place) = (core.clone(), hall.clone());
        let entries = core.read(&hall, move |_, reader| find::entries(&own, &place, reader)).await?;
        let name = hall.known().name.clone();
        communities.push(Given { community: hall.id, name, entries });
    }
    communities.truncate(MAX_COMMUNITIES);
    let keys = core.keys();
    let gift = Gift { member: keys.member.to_bytes(), name: core.settings().name.clone(), communities };
    let secret = chance::secret_key()?;
    let expires_ms = chance::now_ms() + GOOD_FOR_MS;
    let me = keys.device.device();
    core.lobby.offer(&secret, me, expires_ms, &gift);
    let entry = Entry::new(me, &core.wire.addresses());
    let link = Link::Device(DeviceLink { secret: secret.to_bytes(), expires_ms, entry });
    Ok(DeviceInvitation { link: link.write(), expires_ms })
}

pub(super) async fn link(core: &Arc<Core>, link: &str, label: &str, items: &Items) -> Result<DeviceLinked, Refusal> {
    let link = match Link::read(link)? {
        Link::Device(link) => link,
        Link::Gift(_) => return Err(super::enter::is_a_file()),
        Link::Join(_) => {
            return Err(Refusal::new(Kind::Usage, "this link lets somebody into a community")
                .hint("To come in by it: `skein join LINK`."));
        }
    };
    let label = proper_name("the name of a device", label)?;
    if !core.halls.all().is_empty() {
        return Err(Refusal::new(Kind::Conflict, "this device is in a community already, as somebody of its own")
            .hint("Use a fresh folder: `--data-dir FOLDER`."));
    }
    items.words("linking", "Looking for your other device…");
    let (inbox, mut arrived) = mpsc::channel(1);
    let (place, pass) = core.lobby.visit(&link, core.device(), inbox);
    let contact = Contact { device: link.entry.device, addresses: link.entry.addresses(), pass: Some(pass) };
    core.wire.keep(place, vec![contact]);
    let result = match timeout(LOOK, arrived.recv()).await {
        Ok(Some(bytes)) => take(core, &bytes, &label).await,
        Ok(None) => Err(stopping()),
        Err(_) => Err(Refusal::new(Kind::Unreachable, "your other device could not be reached")
            .hint("Look that Skein runs on it, on the same network, and make a fresh link with `skein device add`.")),
    };
    if result.is_ok() {
        core.wire.send(link.entry.device, place, lobby::thanks());
        tokio::time::sleep(THANKS).await;
    }
    core.wire.keep(place, Vec::new());
    core.wire.hang_up(link.entry.device, place, "done");
    core.lobby.leave(&place);
    result
}

/// Becomes a device of the person who gave this.
async fn take(core: &Arc<Core>, bytes: &[u8], label: &str) -> Result<DeviceLinked, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::new(Kind::Denied, "this link has expired, or was used already")
            .hint("Make a fresh one on your other device: `skein device add`."));
    }
    let gift = Gift::read(bytes).ok_or_else(|| {
        Refusal::new(Kind::Failed, "what your other device sent cannot be read")
            .hint("Bring Skein up to date on both devices.")
    })?;
    let member = SecretKey::from_bytes(gift.member);
    // The key first: if this is cut short, the link can be used again.
    core.profile.set_member(&member)?;
    core.set_keys(Keys { device: core.keys().device, member });
    core.change_settings(|settings| {
        settings.label = label.into();
        settings.name.clone_from(&gift.name);
    })?;
    for Given { community, name, entries } in gift.communities {
        let (reply, answer) = oneshot::channel();
        let record = Record::further(label, &name, entries);
        core.call(Call::Enter { community, record, reply }).await?;
        answer.await.map_err(|_| stopping())??;
    }
    Ok(DeviceLinked { name: gift.name, communities: status::communities(core).await })
}

pub(super) fn renew(core: &Arc<Core>) -> Result<Renewed, Refusal> {
    let (device, old_key) = core.profile.renew_device(chance::now_ms())?;
    // The network and the nodes hold the old key: they begin anew with the new one.
    core.ending.send_replace(Some(Ending::Restart));
    Ok(Renewed { device: device.device().to_string(), old_key: old_key.display().to_string() })
}
