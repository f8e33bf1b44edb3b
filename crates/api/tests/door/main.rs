//! The local door over real sockets: what it serves, and everything that it must turn away.

#![allow(clippy::unwrap_used)] // a test may panic

mod bodies;
mod bridges;
mod elsewhere;
mod files;
mod kit;
mod login;
mod own_socket;
mod patience;
mod phones;
mod streams;
mod tabs;
mod uploads;
