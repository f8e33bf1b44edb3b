//! What is remembered of coming into a community, in the community's own file, until it is done: so that it goes on after
//! a restart.

use serde::{Deserialize, Serialize};
use skein_app::{Fault, Refusal};
use skein_event::EventId;
use skein_store::{Durability, Store, StoreError};

use crate::link::Entry;

/// The setting that holds it.
const SETTING: &str = "host entry";

/// How this device came, or comes, into the community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub how: How,
    /// What the link said.
    pub community_name: String,
    /// Who made the link.
    pub from: String,
    /// Whom to call.
    pub entries: Vec<Entry>,
    /// Why it was refused for good.
    pub refused: Option<Refusal>,
}

/// By what right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// As a newcomer, by an invitation.
    Invited { invitation: EventId, secret: [u8; 32], my_name: String, expires_ms: u64 },
    /// As a further device of a member.
    Further { label: String },
}

impl Record {
    /// The record of a further device that knows whom to call.
    pub fn further(label: &str, community_name: &str, entries: Vec<Entry>) -> Self {
        Self {
            how: How::Further { label: label.into() },
            community_name: community_name.into(),
            from: String::new(),
            entries,
            refused: None,
        }
    }

    pub fn read(store: &Store) -> Result<Option<Self>, Fault> {
        // What an older version of this program wrote and this one cannot read is as good as nothing.
        Ok(store.setting(SETTING)?.and_then(|bytes| postcard::from_bytes(&bytes).ok()))
    }

    /// Writes it in a transaction of its own; on disk when this returns.
    pub fn write(&self, store: &mut Store) -> Result<(), StoreError> {
        let bytes = postcard::to_stdvec(self).expect("a record has no part that postcard cannot write");
        store.begin(Durability::Own)?;
        store.set(SETTING, &bytes)?;
        store.commit()
    }

    /// Writes it at once, without a promise against a power cut.
    pub fn note(&self, store: &Store) -> Result<(), Fault> {
        store.set(SETTING, &postcard::to_stdvec(self).expect("a record has no part that postcard cannot write"))
    }
}
