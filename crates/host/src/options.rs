//! How a host is to run: what the person said this time. What is not said is taken from the settings.

use std::net::SocketAddr;

/// How to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where to listen. `None`: every address, the port used last. With port 0: the port used last on that address.
    pub bind: Option<SocketAddr>,
    /// Look for members on the local network.
    pub mdns: bool,
    /// Relays, as URLs; besides those in the settings.
    pub relays: Vec<String>,
    /// Serve as a relay for the members here.
    pub serve_relay: Option<SocketAddr>,
    /// Keep a copy of everything; `None`: as set before.
    pub keeper: Option<bool>,
}

impl Default for Options {
    fn default() -> Self {
        Self { bind: None, mdns: true, relays: Vec::new(), serve_relay: None, keeper: None }
    }
}
