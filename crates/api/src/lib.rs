//! The local door: HTTP and WebSocket on loopback for the person's browser, and the same on a unix socket for their own
//! programs. It lets in nobody else, and answers nothing that the host does not answer.
//!
//! It must never listen beyond this computer, send a CORS header, put a session token in an address, or write one to a log.

mod auth;
mod blob;
mod desk;
mod follow;
mod guard;
mod headers;
mod limits;
mod listen;
mod page;
mod peer;
mod problem;
mod request;
mod routes;
mod server;
mod session;
mod spool;
mod stall;
mod ticket;
#[cfg(test)]
mod types;
mod upload;
mod ws;

pub use desk::{Blob, BlobSource, Desk, Pending};
pub use limits::Limits;
pub use server::{Options, Port, Server, serve};
