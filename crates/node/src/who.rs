//! Who has an event: from what devices said they have, and from what their own events acknowledge.

use serde::{Deserialize, Serialize};
use skein_event::{DeviceId, EventId, MemberId};
use skein_store::Store;

use crate::{Node, NodeError};

/// A device, and whether it has an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HasIt {
    /// The device.
    pub device: DeviceId,
    /// Its member.
    pub member: MemberId,
    /// Whether it is known to have the event. `false`: not known.
    pub has: bool,
}

/// Every device in good standing, and whether it has the event.
pub type WhoHas = Vec<HasIt>;

impl Node {
    /// Who has this event. `None` if it is not here.
    ///
    /// # Errors
    /// If the store fails.
    pub fn who_has(&self, id: &EventId) -> Result<Option<WhoHas>, NodeError> {
        let Some(place) = self.store.find(id)? else { return Ok(None) };
        let told: Vec<DeviceId> = self.store.told_to_have(place.log, place.seq)?;
        let mut all = Vec::new();
        for standing in self.standing.values().filter(|device| device.cut.is_none()) {
            let device = standing.device;
            let has = device == self.device() || told.contains(&device) || self.acknowledges(&device, &place)?;
            all.push(HasIt { device, member: standing.member, has });
        }
        Ok(Some(all))
    }

    fn acknowledges(&self, device: &DeviceId, place: &skein_store::Place) -> Result<bool, NodeError> {
        for log in self.store.logs_of(device) {
            if Store::holds(&self.store.past_of(log.key)?, place) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
