//! Magnet links: the hash of a torrent, and where to look for it.

use std::net::SocketAddr;

use data_encoding::{BASE32, HEXLOWER_PERMISSIVE};

use crate::error::TorrentError;
use crate::meta::HASH_BYTES;

/// The longest link that is looked at, in bytes.
const MAX_TEXT: usize = 16 << 10;
/// The most trackers, and the most addresses of others, that are taken from one link or file.
pub(crate) const MAX_TRACKERS: usize = 20;
const MAX_PEERS: usize = 32;
/// The longest address of a tracker, in bytes.
const MAX_TRACKER_BYTES: usize = 500;

/// A magnet link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Magnet {
    /// The torrent's hash.
    pub(crate) hash: [u8; HASH_BYTES],
    /// What it is called, by the word of whoever made the link; never a path.
    pub name: Option<String>,
    /// Where it says that others can be found, as URLs.
    pub trackers: Vec<String>,
    /// Computers that it says have it.
    pub peers: Vec<SocketAddr>,
}

impl Magnet {
    /// Reads a link. What it says besides, and names of computers instead of their addresses, is passed over.
    ///
    /// # Errors
    /// If it is none, or of a torrent of the second version only.
    pub fn read(text: &str) -> Result<Self, TorrentError> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(TorrentError::NoMagnet("it is too long"));
        }
        let begins = text.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("magnet:?"));
        if !begins {
            return Err(TorrentError::NoMagnet("it does not begin with magnet:?"));
        }
        let mut hash = None;
        let (mut name, mut trackers, mut peers) = (None, Vec::new(), Vec::new());
        for (key, value) in form_urlencoded::parse(&text.as_bytes()[8..]) {
            // Several of one kind may be numbered: "xt.1", "tr.2".
            let kind = key.split_once('.').map_or(&*key, |(kind, _)| kind);
            match kind {
                "xt" => hash = hash.or(value.strip_prefix("urn:btih:").and_then(read_hash)),
                "dn" if !value.is_empty() => name = name.or_else(|| Some(value.chars().take(255).collect())),
                "tr" if trackers.len() < MAX_TRACKERS && is_tracker(&value) => trackers.push(value.into_owned()),
                "x" if key == "x.pe" && peers.len() < MAX_PEERS => peers.extend(value.parse::<SocketAddr>()),
                _ => (),
            }
        }
        let hash = hash.ok_or(TorrentError::NoMagnet("it names no torrent of the first version"))?;
        Ok(Self { hash, name, trackers, peers })
    }

    /// The torrent's hash, as it is written.
    pub fn hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.hash)
    }

    /// The link for a torrent.
    pub fn of(meta: &crate::Meta, trackers: &[String], peers: &[SocketAddr]) -> Self {
        Self { hash: meta.hash, name: Some(meta.name.clone()), trackers: trackers.to_vec(), peers: peers.to_vec() }
    }

    /// The link as text.
    pub fn write(&self) -> String {
        let mut text = format!("magnet:?xt=urn:btih:{}", self.hash());
        let mut add = |key: &str, value: &str| {
            let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            // In the value of a link, others read "+" as itself.
            text.push_str(&format!("&{key}={}", value.replace('+', "%20")));
        };
        self.name.iter().for_each(|name| add("dn", name));
        self.trackers.iter().for_each(|tracker| add("tr", tracker));
        for peer in &self.peers {
            // A scope has a "%" before it.
            text.push_str(&format!("&x.pe={}", peer.to_string().replace('%', "%25")));
        }
        text
    }

    /// What the engine is given: the hash, and these trackers only.
    pub(crate) fn bare(&self, trackers: &[String]) -> String {
        Self { hash: self.hash, name: None, trackers: trackers.to_vec(), peers: Vec::new() }.write()
    }
}

fn read_hash(text: &str) -> Option<[u8; HASH_BYTES]> {
    let bytes = match text.len() {
        40 => HEXLOWER_PERMISSIVE.decode(text.as_bytes()),
        32 => BASE32.decode(text.to_ascii_uppercase().as_bytes()),
        _ => return None,
    };
    bytes.ok()?.try_into().ok()
}

/// Whether this can be the address of a tracker.
pub fn is_tracker(text: &str) -> bool {
    let schemes = ["http://", "https://", "udp://"];
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    let plain = text.chars().all(|c| !c.is_control() && !c.is_whitespace());
    plain
        && text.len() <= MAX_TRACKER_BYTES
        && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "a621779b5e3d486e127c3efbca9b6f8d135f52e5";

    #[test]
    fn a_link_reads_back() {
        let magnet = Magnet {
            hash: [9; 20],
            name: Some("A & B + ü.txt".into()),
            trackers: vec!["http://127.0.0.1:8000/announce?key=a&b=c".into(), "udp://x:1".into()],
            peers: vec!["127.0.0.1:6881".parse().expect("is one"), "[fe80::1%12]:6881".parse().expect("is one")],
        };
        assert_eq!(Magnet::read(&magnet.write()).expect("reads"), magnet);
        assert!(magnet.write().contains("&x.pe=127.0.0.1:6881"), "others read it as it is: {}", magnet.write());
    }

    #[test]
    fn links_of_others_are_read() {
        let hex =
            Magnet::read(&format!("MAGNET:?dn=&xt=urn:btih:{}&so=1-99999999999&x.pe=host:1", HASH.to_uppercase()));
        let hex = hex.expect("reads");
        assert_eq!((hex.hash(), hex.name, hex.peers.len()), (HASH.to_owned(), None, 0));
        let text = BASE32.encode(&hex.hash);
        assert_eq!(Magnet::read(&format!("magnet:?xt.1=urn:btih:{text}")).expect("reads").hash(), HASH);
    }

    #[test]
    fn what_is_no_link_is_refused_and_what_it_holds_is_bounded() {
        for bad in [
            "",
            "magnet",
            "magnet:?",
            "http://x",
            "magnet:?xt=urn:btih:12",
            "magnet:?xt=urn:btmh:1220aa",
            "magnet:é?xt",
        ] {
            assert!(Magnet::read(bad).is_err(), "{bad}");
        }
        let many = format!("magnet:?xt=urn:btih:{HASH}{}", "&tr=udp://x:1&x.pe=127.0.0.1:1".repeat(100));
        let many = Magnet::read(&many).expect("reads");
        assert_eq!((many.trackers.len(), many.peers.len()), (MAX_TRACKERS, MAX_PEERS));
        let long = format!("magnet:?xt=urn:btih:{HASH}&dn={}", "x".repeat(MAX_TEXT));
        assert!(Magnet::read(&long).is_err());
        for bad in ["file:///etc/passwd", "http://", "udp:///x", "http://a b", "ftp://x", "http://x\n"] {
            assert!(!is_tracker(bad), "{bad}");
        }
    }
}
