//! What is signed and kept: ids, the event body, its bytes, its signature.
//!
//! Pure: no clock, no randomness, no file, no socket. A wrong byte gives [`Forged`], never a panic.
//! Nothing here knows what an event means; that is the apps' business.

mod body;
mod event;
mod id;
mod key;
mod tick;

pub use body::{AppName, Body, MAX_APP_NAME_BYTES, MAX_BODY_BYTES, MAX_DEPS, MAX_PAYLOAD_BYTES, VERSION};
pub use event::{Event, Forged, Payload, Sealed};
pub use id::{BlobHash, CommunityId, DeviceId, EventId, IdError, MemberId, ObjectId, PayloadHash, id_range};
pub use key::{SecretKey, Signature, statement};
pub use tick::Tick;
