//! Why something about a torrent did not work, in words that can be shown.

use std::io;

/// Why something did not work.
#[derive(Debug, thiserror::Error)]
pub enum TorrentError {
    /// These bytes are no torrent.
    #[error("this is no torrent: {0}")]
    Unreadable(&'static str),
    /// It is a torrent, but not one that is taken or made.
    #[error("{0}")]
    Unfit(String),
    /// This text is no magnet link.
    #[error("this is no magnet link: {0}")]
    NoMagnet(&'static str),
    /// Nobody was found who has it.
    #[error("nobody who has it answers")]
    NoAnswer,
    /// It came for a while, and then no more.
    #[error("nothing has come in for {0} seconds")]
    Stalled(u64),
    /// The file system said no.
    #[error("{what}: {why}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        why: io::Error,
    },
    /// The device's upload limit leaves too little.
    #[error("the upload limit of this computer leaves too little for torrents")]
    TooSlow,
    /// It is given or fetched already.
    #[error("this torrent is being worked on already")]
    Busy,
    /// The person gave it up.
    #[error("given up: nobody waits for it")]
    GivenUp,
    /// The engine said no.
    #[error("the torrent could not be worked on: {0}")]
    Engine(String),
}

impl TorrentError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |why| Self::Io { what, why }
    }

    pub(crate) fn unfit(why: impl Into<String>) -> Self {
        Self::Unfit(why.into())
    }
}
