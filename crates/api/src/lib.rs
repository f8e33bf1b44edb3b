//! The local door: HTTP and WebSocket on loopback for the person's browser, the same on a unix socket for their own
//! programs and, once they have paired a phone, in the local network for that phone. It lets in nobody else, and answers
//! nothing that the host does not answer.
//!
//! It must never listen beyond this computer while no phone is paired, beyond the local network at all, send a CORS header,
//! put a session token in an address, or write one to a log.

mod auth;
mod blob;
mod bridge;
mod demo;
mod desk;
mod follow;
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod headers;
mod lan;
mod limits;
mod listen;
mod may;
mod page;
mod pair;
mod peer;
mod phone;
mod problem;
mod request;
mod routes;
mod server;
mod session;
mod span;
mod spool;
mod stall;
mod ticket;
mod tries;
#[cfg(test)]
mod types;
mod upload;
mod ws;

pub use desk::{Blob, BlobSource, Demo, Desk, Pending};
pub use lan::Lan;
pub use limits::Limits;
pub use server::{Options, Port, Server, serve};
