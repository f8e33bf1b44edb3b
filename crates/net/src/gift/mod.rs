//! One file for somebody who is no member: given on an endpoint of its own, which exists for that file alone.
//!
//! Whoever takes it shows a token first; nothing else can be asked there. It must never lead to the members' front door, to
//! another file, or to who this person is: the endpoint has a key of its own. One exchange on one stream:
//!
//! | taker | giver |
//! |---|---|
//! | token, 32 bytes | |
//! | | 1, length (u16, little endian), the [`About`] as postcard; or 0, length, why not |
//! | where to begin, u64 little endian | |
//! | | the bytes from there to the end |
//! | 1, once the hash is right | |

mod give;
mod take;

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use iroh::Endpoint;
use iroh::RelayMode;
use iroh::address_lookup::MemoryLookup;
use iroh::endpoint::{IdleTimeout, PortmapperConfig, QuicTransportConfig, VarInt, presets};
use iroh_mdns_address_lookup::MdnsAddressLookup;
use serde::{Deserialize, Serialize};
use skein_event::{BlobHash, SecretKey};
use tokio::io::AsyncRead;

pub use give::{Given, Told};
pub use take::{From, Taken};

use crate::config::{Config, NetError};
use crate::endpoint::{listen, relay_url};
use crate::shared::Shared;
use crate::steer::Steering;

const ALPN: &[u8] = b"skein/gift/1";
/// The name under which gifts are found on the local network; members are found under another.
const SERVICE: &str = "skein-gift";
/// How long one step of the other side may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Both sides notice within this time that the other is gone.
const IDLE: Duration = Duration::from_secs(15);
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// The longest description or reason, in bytes.
const MAX_WORDS: usize = 2 * 1024;
/// What a taker may have under way towards the giver, in bytes: a token, a number and a nod.
const GIVER_WINDOW: u32 = 16 << 10;
/// What a giver may have under way towards the taker, in bytes.
const TAKER_WINDOW: u32 = 16 << 20;
/// How much is read and written at once, in bytes.
const CHUNK: usize = 64 << 10;

/// What is shown at a gift's door.
pub type Token = [u8; 32];

/// Gives and takes, as long as the network runs. Cheap to clone.
#[derive(Clone)]
pub struct Gifts {
    place: Arc<Place>,
    shared: Arc<Shared>,
    steering: Arc<Steering>,
}

impl Gifts {
    pub(crate) fn new(config: &Config, shared: Arc<Shared>, steering: Arc<Steering>) -> Self {
        let ip = config.bind.map(|address| address.ip()).filter(|ip| !ip.is_unspecified());
        let place = Place { ip, mdns: config.mdns, relays: config.relays.clone() };
        Self { place: Arc::new(place), shared, steering }
    }

    pub(crate) fn listens_on(&self) -> Option<IpAddr> {
        self.place.ip
    }
}

/// What the person chose for the network as a whole. The port is chosen by the system.
struct Place {
    ip: Option<IpAddr>,
    mdns: bool,
    relays: Vec<String>,
}

impl Place {
    async fn endpoint(&self, key: &SecretKey, gives: bool) -> Result<Endpoint, NetError> {
        let relays = self.relays.iter().map(|url| relay_url(url)).collect::<Result<Vec<_>, _>>()?;
        let alone = relays.is_empty();
        let window = if gives { GIVER_WINDOW } else { TAKER_WINDOW };
        let transport = QuicTransportConfig::builder()
            .max_idle_timeout(Some(IdleTimeout::try_from(IDLE).expect("15 s fit an idle timeout")))
            .keep_alive_interval(KEEP_ALIVE)
            .max_concurrent_bidi_streams(VarInt::from_u32(u32::from(gives)))
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .receive_window(VarInt::from_u32(window))
            .stream_receive_window(VarInt::from_u32(window))
            .build();
        let builder = Endpoint::builder(presets::Minimal)
            .secret_key(iroh::SecretKey::from_bytes(&key.to_bytes()))
            .alpns(if gives { vec![ALPN.to_vec()] } else { Vec::new() })
            .relay_mode(if alone { RelayMode::Disabled } else { RelayMode::custom(relays) })
            .portmapper_config(if alone { PortmapperConfig::Disabled } else { PortmapperConfig::default() })
            .transport_config(transport)
            .address_lookup(MemoryLookup::new());
        let at = self.ip.map(|ip| SocketAddr::new(ip, 0));
        let failed = |why: String| NetError::Bind { address: "a free port".into(), why };
        let endpoint = listen(builder, at).map_err(&failed)?.bind().await;
        let endpoint = endpoint.map_err(|error| failed(format!("{error:#}")))?;
        if self.mdns {
            look_around(&endpoint, gives);
        }
        Ok(endpoint)
    }
}

fn look_around(endpoint: &Endpoint, tells: bool) {
    let mdns = MdnsAddressLookup::builder().service_name(SERVICE).advertise(tells).build(endpoint.id());
    match (mdns, endpoint.address_lookup()) {
        (Ok(mdns), Ok(services)) => services.add(mdns),
        _ => tracing::warn!("the local network cannot be searched; a link with an address still works"),
    }
}

/// What is given, as the giver describes it. Hostile where it is read: see [`About::is_sound`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What the file is called.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// The blake3 hash of them.
    pub root: BlobHash,
}

impl About {
    /// Whether the name can be that of one file in a folder.
    pub(crate) fn is_sound(&self) -> bool {
        crate::blobs::list::is_name(&self.name) && !self.name.chars().any(char::is_control)
    }
}

/// Bytes that come as they are asked for.
pub type Bytes = Box<dyn AsyncRead + Send + Unpin>;
/// Opens what is given, from this byte on. Called once for every taker and every new try.
pub type Open = Arc<dyn Fn(u64) -> Pin<Box<dyn Future<Output = std::io::Result<Bytes>> + Send>> + Send + Sync>;

/// A file that is given.
#[derive(Clone)]
pub struct Gift {
    /// What it is.
    pub about: About,
    /// What whoever takes it must show.
    pub token: Token,
    /// How many may take it whole.
    pub times: u32,
    /// For how long it is there.
    pub lasts: Duration,
    /// Where its bytes come from.
    pub open: Open,
}

/// Why a file could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum GiftError {
    /// The giver's device did not answer.
    #[error("whoever gives it cannot be reached now")]
    Unreachable,
    /// The giver said no; the other side's words.
    #[error("it is not given: {0}")]
    Refused(String),
    /// What came is not what was meant to come.
    #[error("what came is not the file that was promised: {0}")]
    Damaged(String),
    /// The file system said no.
    #[error("{what}: {why}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// The network could not be used.
    #[error(transparent)]
    Net(#[from] NetError),
}

impl GiftError {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |why| Self::Io { what, why }
    }
}
