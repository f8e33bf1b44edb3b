//! What the local door bears: sizes, numbers and times, each with what happens at it.

use std::time::Duration;

/// The limits of the local door. The defaults are for people; tests make the times short.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The longest body of a request, in bytes; a longer one is answered with 413.
    pub body_bytes: usize,
    /// Connections at once, on each listener; the next one is closed at once.
    pub connections: usize,
    /// How long a connection may take to send its headers, or stay idle; then it is closed.
    pub headers: Duration,
    /// How long a request may take to send its body; then it is answered with 408.
    pub body: Duration,
    /// How long a browser may let an answer wait unread; then the connection is closed. The command line may pause.
    pub stalled: Duration,
    /// How long a WebSocket may take to say who it is; then it is closed.
    pub introduce: Duration,
    /// How often a WebSocket is pinged; after three without an answer it is closed.
    pub ping: Duration,
    /// How long a WebSocket may take to take one message; then it is closed as too slow.
    pub slow: Duration,
    /// Changes are gathered for so long and sent as one message.
    pub gather: Duration,
    /// How many different changes are gathered; beyond it the tab is told to ask for everything anew.
    pub gathered: usize,
    /// How long the opening link's code is good.
    pub code: Duration,
    /// How many codes may wait to be used; the oldest makes room.
    pub codes: usize,
    /// How many sessions there may be; the one that was used least recently makes room.
    pub sessions: usize,
    /// How long a session lasts after it was last used.
    pub session: Duration,
    /// How long the code for pairing a phone is good.
    pub pairing: Duration,
    /// How many phones may be paired; beyond it one has to be ended first.
    pub phones: usize,
    /// How long a phone stays paired after it was last used.
    pub phone: Duration,
    /// How often it is looked whether this computer has other addresses now, while phones are paired.
    pub addresses: Duration,
    /// How long a ticket for a file is good.
    pub ticket: Duration,
    /// How long stopping waits for requests under way; then they are cut off.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            connections: 128,
            headers: Duration::from_secs(10),
            body: Duration::from_secs(20),
            stalled: Duration::from_secs(30),
            introduce: Duration::from_secs(5),
            ping: Duration::from_secs(20),
            slow: Duration::from_secs(10),
            gather: Duration::from_millis(33),
            gathered: 1_024,
            code: Duration::from_secs(60),
            codes: 8,
            sessions: 32,
            session: Duration::from_secs(30 * 24 * 3600),
            pairing: Duration::from_secs(2 * 60),
            phones: 8,
            phone: Duration::from_secs(90 * 24 * 3600),
            addresses: Duration::from_secs(15),
            ticket: Duration::from_secs(5 * 60),
            farewell: Duration::from_secs(2),
        }
    }
}
