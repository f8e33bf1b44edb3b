//! The stream that answers a request: how far it is, and how it ended. And what changes meanwhile, as ids only.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skein_app::Refusal;
use ts_rs::TS;

/// One item of an answer. The last one is `Done` or `Refused`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// How far it is.
    Progress(Progress),
    /// Something changed; to [`crate::Request::Follow`] only.
    Change(Change),
    /// It is done; this is the answer.
    Done(#[ts(type = "unknown")] Value),
    /// It was refused.
    Refused(#[ts(type = "{ kind: string, message: string, hint: string }")] Refusal),
}

/// How far something is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
pub struct Progress {
    /// What it is about: a file's name, "joining".
    pub what: String,
    /// How much is done.
    #[ts(type = "number")]
    pub done: u64,
    /// Of how much; 0 while that is not known.
    #[ts(type = "number")]
    pub total: u64,
    /// What `done` and `total` count.
    pub unit: Unit,
    /// How much of the unit a second.
    pub rate_per_s: f64,
    /// Bytes that came from each device, by its member's name.
    #[ts(type = "[string, number][]")]
    pub from: Vec<(String, u64)>,
    /// All of it in words: "120 of 3,400 messages".
    pub words: String,
}

/// What a progress counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Steps of something that cannot be counted in things.
    #[default]
    Steps,
    /// Bytes.
    Bytes,
    /// Files.
    Files,
    /// Messages and everything else that members said and did.
    Events,
}

/// Something changed: whoever shows it should ask again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// An object's rows.
    Object {
        /// The community's id.
        community: String,
        /// Which app.
        app: String,
        /// The object's id.
        object: String,
    },
    /// Something that is not kept was said.
    Signal {
        /// The community's id.
        community: String,
        /// The id of the device that said it.
        from: String,
        /// Which app.
        app: String,
        /// What it is about.
        object: String,
        /// What was said.
        text: String,
    },
    /// A device can be reached, or no longer.
    Reach {
        /// The community's id.
        community: String,
        /// The device's id.
        device: String,
        /// Whether it can be reached now.
        up: bool,
    },
    /// Who belongs.
    Members {
        /// The community's id.
        community: String,
    },
    /// The list of communities, or how one of them stands.
    Community {
        /// Its id.
        community: String,
    },
    /// Something odd was written down.
    Finding {
        /// The community's id.
        community: String,
        /// What happened.
        message: String,
    },
    /// What is on its way to this device: begun, done, paused, resumed. How far it is is not told.
    Coming,
    /// Changes were missed: ask for everything anew.
    Lagged,
}

impl Change {
    /// The id of the community that it is about.
    pub fn community(&self) -> Option<&str> {
        match self {
            Self::Object { community, .. }
            | Self::Signal { community, .. }
            | Self::Reach { community, .. }
            | Self::Members { community }
            | Self::Community { community }
            | Self::Finding { community, .. } => Some(community),
            Self::Coming | Self::Lagged => None,
        }
    }
}
