//! What goes into a node and what comes out.

use serde_json::Value;
use skein_app::{Job, Refusal};
use skein_event::{DeviceId, EventId, ObjectId, Tick};
use skein_store::Finding;

/// Everything that can happen to a node.
#[derive(Debug, Clone)]
pub enum Input {
    /// A person asks for something.
    Ask {
        /// Comes back with the answer.
        ticket: u64,
        /// Which app.
        app: String,
        /// The app's command, as JSON.
        command: Value,
    },
    /// This device writes its first event: it founds, joins, or comes in as a further device.
    Introduce {
        /// Comes back with the answer.
        ticket: u64,
        /// The payload, made by the roster.
        payload: Vec<u8>,
    },
    /// A device is connected; `guest`: it is no member yet.
    PeerUp {
        /// Which.
        device: DeviceId,
        /// Whether it only holds a pass.
        guest: bool,
    },
    /// A device is gone.
    PeerDown {
        /// Which.
        device: DeviceId,
    },
    /// Bytes came from a connected device.
    Frame {
        /// From whom.
        from: DeviceId,
        /// What.
        bytes: Vec<u8>,
    },
    /// This device's own presence record changed.
    Presence(Vec<u8>),
    /// Something that is not kept, for all who are connected.
    Signal {
        /// Which app.
        app: String,
        /// What it is about.
        object: ObjectId,
        /// What is said.
        bytes: Vec<u8>,
    },
    /// This person has read an object up to here.
    Mark {
        /// What was read.
        object: ObjectId,
        /// Up to when.
        tick: Tick,
    },
    /// A time that [`Effect::Wake`] asked for has come.
    Timer,
}

/// What a person's command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was written down, on disk, and is on its way.
    Said {
        /// The event.
        event: EventId,
        /// What it is about.
        object: ObjectId,
    },
    /// It is something for this device to do.
    Do(Job),
}

/// What the shell is to do.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Tell the person.
    Answer {
        /// Whose question.
        ticket: u64,
        /// What came of it.
        result: Result<Answer, Refusal>,
    },
    /// Send bytes to a connected device.
    Send {
        /// To whom.
        to: DeviceId,
        /// What.
        frame: Vec<u8>,
    },
    /// End the connection with a device.
    HangUp {
        /// Which.
        device: DeviceId,
        /// Why, in people's words.
        why: String,
    },
    /// An object's rows changed: whoever shows it should ask again.
    Changed {
        /// Which app.
        app: String,
        /// What.
        object: ObjectId,
    },
    /// Who belongs has changed: the door and the list of contacts need a look.
    StandingChanged,
    /// Everything that this device said it had is here now.
    CaughtUp {
        /// Which device.
        with: DeviceId,
    },
    /// Something that is not kept came in.
    Signal {
        /// From which device.
        from: DeviceId,
        /// Which app.
        app: String,
        /// What it is about.
        object: ObjectId,
        /// What is said.
        bytes: Vec<u8>,
    },
    /// Something odd was written down.
    Report(Finding),
    /// Somebody's whereabouts changed.
    ContactsChanged,
    /// Call again with [`Input::Timer`] at this time, in milliseconds since 1970.
    Wake {
        /// When.
        at_ms: u64,
        /// Why, for the log.
        why: &'static str,
    },
}
