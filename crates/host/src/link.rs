//! The links that people give one another: `skein:` and base32, so that they survive mail, paper and a QR code.
//!
//! A link is hostile text: everything in it is bounded before it is used.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use skein_event::{BlobHash, CommunityId, DeviceId, EventId, SecretKey};

/// What every link begins with.
const SCHEME: &str = "skein:";
/// The version of the format that this program writes.
const VERSION: u8 = 1;
/// The longest link, in bytes.
const MAX_LINK_BYTES: usize = 6 * 1024;
/// The most devices in a link.
pub(crate) const MAX_ENTRIES: usize = 8;
/// The most addresses of one device in a link.
pub(crate) const MAX_ADDRESSES: usize = 6;
/// The longest name in a link, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// The longest address in a link, in bytes.
const MAX_ADDRESS_BYTES: usize = 200;

/// A link, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Link {
    /// Lets somebody into a community.
    Join(Invited),
    /// Makes a device one of the member's who made it.
    Device(DeviceLink),
    /// A file for somebody who need not be a member.
    Gift(GiftLink),
}

/// What an invitation's link carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invited {
    pub community: CommunityId,
    pub community_name: String,
    /// The name of who made the link.
    pub from: String,
    /// The invitation's event.
    pub invitation: EventId,
    /// The invitation's secret key.
    pub secret: [u8; 32],
    pub expires_ms: u64,
    /// Whom to call.
    pub entries: Vec<Entry>,
}

/// What the link for a further device carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceLink {
    /// The secret that is good once.
    pub secret: [u8; 32],
    pub expires_ms: u64,
    /// The device that made the link.
    pub entry: Entry,
}

/// What the link for a file carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GiftLink {
    /// The endpoint that gives it, which exists for this file alone.
    pub entry: Entry,
    /// What to show there.
    pub token: [u8; 32],
    /// The hash of the file's bytes.
    pub root: BlobHash,
    /// What it is called; cut off if it is long.
    pub name: String,
    pub expires_ms: u64,
}

/// The beginning of a name, as far as a link may carry it.
pub(crate) fn short_name(name: &str) -> String {
    let mut end = name.len().min(MAX_NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].chars().filter(|c| !c.is_control()).collect()
}

/// A device to call, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub device: DeviceId,
    pub addresses: Vec<Address>,
}

/// An address, written short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Address {
    V4([u8; 4], u16),
    V6([u8; 16], u16),
    /// As the network layer writes it.
    Other(String),
}

impl Entry {
    /// An entry with at most six addresses; what is too long is left out.
    pub fn new(device: DeviceId, addresses: &[String]) -> Self {
        let addresses = addresses.iter().filter(|text| text.len() <= MAX_ADDRESS_BYTES).take(MAX_ADDRESSES);
        Self { device, addresses: addresses.map(|text| Address::of(text)).collect() }
    }

    /// The addresses as the network layer reads them.
    pub fn addresses(&self) -> Vec<String> {
        self.addresses.iter().map(Address::text).collect()
    }
}

impl Address {
    fn of(text: &str) -> Self {
        match text.parse() {
            Ok(SocketAddr::V4(address)) => Self::V4(address.ip().octets(), address.port()),
            Ok(SocketAddr::V6(address)) => Self::V6(address.ip().octets(), address.port()),
            Err(_) => Self::Other(text.into()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::V4(ip, port) => SocketAddr::from((Ipv4Addr::from(*ip), *port)).to_string(),
            Self::V6(ip, port) => SocketAddr::from((Ipv6Addr::from(*ip), *port)).to_string(),
            Self::Other(text) => text.clone(),
        }
    }
}

impl Invited {
    /// The invitation's secret key.
    pub fn secret(&self) -> SecretKey {
        SecretKey::from_bytes(self.secret)
    }
}

impl Link {
    /// The text of the link.
    pub fn write(&self) -> String {
        let bytes = postcard::to_extend(self, vec![VERSION]).expect("a link has no part that postcard cannot write");
        let mut text = data_encoding::BASE32_NOPAD.encode(&bytes);
        text.make_ascii_lowercase();
        format!("{SCHEME}{text}")
    }

    /// Reads a link, whatever is around it in blanks and case.
    ///
    /// # Errors
    /// If it is not a link, or one of a newer version.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let broken = |why: &str| {
            Err(Refusal::new(Kind::Usage, format!("this is not a link that Skein can use: {why}"))
                .hint("Copy the whole link, from `skein:` to its end, or ask for it again."))
        };
        if text.len() > MAX_LINK_BYTES {
            return broken("it is too long");
        }
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        let Some(text) = text.strip_prefix(SCHEME) else { return broken("it does not begin with `skein:`") };
        let Ok(bytes) = data_encoding::BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()) else {
            return broken("part of it is missing or mistyped");
        };
        match bytes.split_first() {
            Some((&VERSION, rest)) => match postcard::take_from_bytes::<Self>(rest) {
                Ok((link, [])) if link.fits() => Ok(link),
                _ => broken("part of it is missing or mistyped"),
            },
            Some((newer, _)) if *newer > VERSION => {
                Err(Refusal::new(Kind::Usage, "this link was made by a newer Skein")
                    .hint("Bring Skein up to date on this computer."))
            }
            _ => broken("part of it is missing or mistyped"),
        }
    }

    fn fits(&self) -> bool {
        let entry = |entry: &Entry| {
            let fits = |address: &Address| !matches!(address, Address::Other(text) if text.len() > MAX_ADDRESS_BYTES);
            entry.addresses.len() <= MAX_ADDRESSES && entry.addresses.iter().all(fits)
        };
        let name = |name: &str| name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
        match self {
            Self::Device(link) => entry(&link.entry),
            Self::Gift(link) => entry(&link.entry) && name(&link.name),
            Self::Join(link) => {
                let few = (1..=MAX_ENTRIES).contains(&link.entries.len());
                few && link.entries.iter().all(entry) && name(&link.community_name) && name(&link.from)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invited() -> Invited {
        let addresses = ["10.0.0.7:4711", "[fe80::1]:4711", "relay:http://relay.example/"].map(String::from);
        Invited {
            community: CommunityId::from_bytes([1; 32]),
            community_name: "Allotments".into(),
            from: "Ana".into(),
            invitation: EventId::from_bytes([2; 32]),
            secret: [3; 32],
            expires_ms: 5,
            entries: vec![Entry::new(DeviceId::from_bytes([4; 32]), &addresses)],
        }
    }

    #[test]
    fn a_link_reads_back_however_it_was_broken_into_lines() {
        let link = Link::Join(invited());
        let text = link.write();
        assert_eq!(Link::read(&text), Ok(link.clone()));
        let torn = format!("  {}\n  {} \n", &text[..40].to_uppercase(), &text[40..]);
        assert_eq!(Link::read(&torn), Ok(link));
        let addresses = invited().entries[0].addresses();
        assert_eq!(addresses, ["10.0.0.7:4711", "[fe80::1]:4711", "relay:http://relay.example/"]);
    }

    #[test]
    fn whatever_is_not_a_link_is_refused() {
        let text = Link::Join(invited()).write();
        for end in 0..text.len() {
            assert!(Link::read(&text[..end]).is_err(), "cut at {end}");
        }
        assert!(Link::read(&format!("{text}aa")).is_err(), "something follows");
        assert!(Link::read(&"x".repeat(1 << 20)).is_err());
        let newer = format!("{SCHEME}{}", data_encoding::BASE32_NOPAD.encode(&[9; 40]).to_lowercase());
        assert!(Link::read(&newer).expect_err("newer").message.contains("newer"));
    }

    #[test]
    fn what_exceeds_a_limit_is_refused() {
        let mut crowd = invited();
        crowd.entries = vec![crowd.entries[0].clone(); MAX_ENTRIES + 1];
        let mut wide = invited();
        wide.entries[0].addresses = vec![Address::V4([1; 4], 1); MAX_ADDRESSES + 1];
        let mut named = invited();
        named.from = "a\x1b[31m".into();
        let mut nobody = invited();
        nobody.entries.clear();
        for link in [crowd, wide, named, nobody] {
            assert!(Link::read(&Link::Join(link).write()).is_err());
        }
    }
}
