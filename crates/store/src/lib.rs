//! The log of one community on one device, in one SQLite file.
//!
//! It keeps and finds; it judges nothing. What is written becomes lasting at [`Store::commit`]; before that,
//! [`Store::undo`] takes back what was written since [`Store::mark`]. Only the log migrates: the views of apps are made again.

mod aside;
mod event;
mod finding;
mod ids;
mod line;
mod log;
mod migrate;
mod past;
mod peers;
mod store;
mod view;

pub use aside::MAX_REMEMBERED;
pub use event::{Kept, Place, State};
pub use finding::Finding;
pub use ids::DbIds;
pub use line::{Filter, Found, Latest};
pub use log::{Log, LogKey};
pub use migrate::SCHEMA_VERSION;
pub use past::Past;
pub use peers::{Contact, Progress};
pub use store::{Durability, Reader, Store, StoreError};
