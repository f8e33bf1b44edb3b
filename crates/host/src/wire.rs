//! The network as the host holds it: there from the start to the stop, and harmless after.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use skein_app::{Kind, Refusal};
use skein_event::{CommunityId, DeviceId};
use skein_net::gift::Gifts;
use skein_net::{Blobs, Contact, Net, Reach};
use skein_torrent::Place;

/// The network, or its absence.
#[derive(Default)]
pub(crate) struct Wire(RwLock<Option<Net>>);

impl Wire {
    fn net(&self) -> RwLockReadGuard<'_, Option<Net>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn put(&self, net: Net) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(net);
    }

    /// Takes the network away, to stop it.
    pub fn take(&self) -> Option<Net> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub fn keep(&self, community: CommunityId, contacts: Vec<Contact>) {
        if let Some(net) = &*self.net() {
            net.keep(community, contacts);
        }
    }

    /// Whether the frame is on its way; if not, the link ends.
    pub fn send(&self, device: DeviceId, community: CommunityId, frame: Vec<u8>) -> bool {
        self.net().as_ref().is_some_and(|net| net.send(device, community, frame))
    }

    pub fn hang_up(&self, device: DeviceId, community: CommunityId, why: &str) {
        if let Some(net) = &*self.net() {
            net.hang_up(device, community, why);
        }
    }

    pub fn addresses(&self) -> Vec<String> {
        self.net().as_ref().map(Net::addresses).unwrap_or_default()
    }

    pub fn reach(&self) -> Vec<Reach> {
        self.net().as_ref().map(Net::reach).unwrap_or_default()
    }

    /// Files for and from people who are no members.
    ///
    /// # Errors
    /// If the program is about to stop.
    pub fn gifts(&self) -> Result<Gifts, Refusal> {
        self.net().as_ref().map(|net| net.gifts().clone()).ok_or_else(crate::core::stopping)
    }

    /// Where torrents take their place: as the person chose it for all else.
    ///
    /// # Errors
    /// If the program is about to stop.
    pub fn torrent_place(&self) -> Result<Place, Refusal> {
        let net = self.net();
        let net = net.as_ref().ok_or_else(crate::core::stopping)?;
        let upload = net.upload();
        let limit = upload.clone();
        let upload_bytes_per_s = Arc::new(move || limit.bytes_per_s());
        Ok(Place { ip: net.listens_on(), upload_bytes_per_s, sent: Arc::new(move |bytes| upload.charge(bytes)) })
    }

    /// The store of files.
    ///
    /// # Errors
    /// If the program is about to stop.
    pub fn blobs(&self) -> Result<Blobs, Refusal> {
        let blobs = self.net().as_ref().map(|net| net.blobs().clone());
        blobs.ok_or_else(|| Refusal::new(Kind::NotRunning, "the program is about to stop"))
    }
}
