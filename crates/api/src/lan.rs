//! The phones' door: listeners on this computer's own addresses in private networks, open only while a phone is paired or
//! a code for one is good.
//!
//! It must never listen on an address that others than the people of a local network can reach, nor serve anybody else.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use skein_app::{Kind, Refusal};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::auth::Gate;
use crate::guard::Door;
use crate::listen;
use crate::routes;
use crate::server::{House, Port};
use crate::ticket::Tickets;
use crate::tries::Tries;

/// The most addresses that are listened on.
const MAX_ADDRESSES: usize = 8;
/// How many may wait to hear where the door is open.
const MAX_ASKS: usize = 16;
/// An address of no network, for asking the system which way it would go.
const ELSEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);

/// Where the phones' door may be.
#[derive(Debug, Clone)]
pub struct Lan {
    /// Its port.
    pub port: Port,
    /// On these addresses; empty: on this computer's addresses in private networks.
    pub addresses: Vec<Ipv4Addr>,
}

/// What belongs to the phones' door alone: nothing that happens there may take room from the person at the computer.
pub(crate) struct LanHouse {
    pub(crate) sockets: Arc<Semaphore>,
    pub(crate) tries: Tries,
    tickets: Mutex<Arc<Tickets>>,
    asks: mpsc::Sender<Ask>,
}

/// Somebody wants to know where the door is open, after it was looked whether it should be.
type Ask = oneshot::Sender<Vec<SocketAddr>>;

impl LanHouse {
    pub(crate) fn new(sockets: usize) -> Result<(Self, mpsc::Receiver<Ask>), Refusal> {
        let (asks, asked) = mpsc::channel(MAX_ASKS);
        let tickets = Mutex::new(Arc::new(Tickets::new()?));
        Ok((Self { sockets: Arc::new(Semaphore::new(sockets)), tries: Tries::default(), tickets, asks }, asked))
    }

    /// The tickets that are good at this door.
    pub(crate) fn tickets(&self) -> Arc<Tickets> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// No ticket that was given out so far is good any longer.
    pub(crate) fn renew_tickets(&self) -> Result<(), Refusal> {
        *self.tickets.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Tickets::new()?);
        Ok(())
    }

    /// Opens or closes the door, as it is needed now; gives where it is open, the best way to this computer first.
    pub(crate) async fn settle(&self) -> Vec<SocketAddr> {
        let (reply, answer) = oneshot::channel();
        // An error means that everything closes.
        let asked = self.asks.send(reply).await;
        if asked.is_ok() { answer.await.unwrap_or_default() } else { Vec::new() }
    }
}

/// Opens and closes the door as it is needed, until everything closes.
pub(crate) async fn keep(house: Arc<House>, lan: Lan, mut asks: mpsc::Receiver<Ask>) {
    let mut doors = Doors { house: house.clone(), lan, open: BTreeMap::new(), tasks: JoinSet::new() };
    let mut waiting: Option<Ask> = None;
    loop {
        let addresses = doors.settle().await;
        if let Some(reply) = waiting.take() {
            // Whoever asked may have gone.
            let _ = reply.send(addresses);
        }
        let needed = house.phones.needed(Instant::now(), crate::server::wall_ms());
        let next = needed.map_or(Duration::MAX, |needed| needed.min(house.limits.addresses));
        tokio::select! {
            ask = asks.recv() => waiting = ask,
            () = tokio::time::sleep(next), if needed.is_some() => (),
            Some(_) = doors.tasks.join_next() => (),
            () = house.closing() => break,
        }
    }
    while doors.tasks.join_next().await.is_some() {}
}

/// The listeners that are open.
struct Doors {
    house: Arc<House>,
    lan: Lan,
    open: BTreeMap<SocketAddr, watch::Sender<bool>>,
    tasks: JoinSet<()>,
}

impl Doors {
    /// Listens where it should, and nowhere else; gives where that is.
    async fn settle(&mut self) -> Vec<SocketAddr> {
        let needed = self.house.phones.needed(Instant::now(), crate::server::wall_ms()).is_some();
        let wanted = match (needed, self.lan.addresses.is_empty()) {
            (false, _) => Vec::new(),
            (true, false) => self.lan.addresses.clone(),
            (true, true) => own_addresses(),
        };
        self.open.retain(|at, stop| {
            let stays = matches!(at.ip(), IpAddr::V4(ip) if wanted.contains(&ip)) && !stop.is_closed();
            if !stays {
                stop.send_replace(true);
            }
            stays
        });
        let mut all = Vec::new();
        for ip in wanted {
            let here = self.open.keys().find(|at| at.ip() == IpAddr::V4(ip)).copied();
            all.extend(match here {
                Some(at) => Some(at),
                None => self.listen(ip).await,
            });
        }
        all
    }

    async fn listen(&mut self, ip: Ipv4Addr) -> Option<SocketAddr> {
        let listener = match self.bind(ip).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::warn!("phones cannot reach this computer at {ip}: {error}");
                return None;
            }
        };
        let at = listener.local_addr().ok()?;
        self.house.phones.set_port(at.port());
        let (stop, stopped) = watch::channel(false);
        let routes = routes::routes(Gate { house: self.house.clone(), door: Door::Lan(at) });
        let listener = listen::Near { listener, at: ip };
        self.tasks.spawn(listen::serve(listener, routes, self.house.clone(), stopped));
        self.open.insert(at, stop);
        Some(at)
    }

    /// On the port that is in use already, or was last; else on the usual one; else on any.
    async fn bind(&self, ip: Ipv4Addr) -> std::io::Result<TcpListener> {
        let in_use = self.open.keys().next().map(SocketAddr::port);
        let ports = match (in_use, self.lan.port) {
            (Some(port), _) => vec![port],
            (None, Port::Exactly(port)) => vec![port],
            (None, Port::Usual(port)) => self.house.phones.port().into_iter().chain([port, 0]).collect(),
        };
        let mut last = None;
        for port in ports {
            match TcpListener::bind((ip, port)).await {
                Ok(listener) => return Ok(listener),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| std::io::ErrorKind::AddrNotAvailable.into()))
    }
}

/// Says that there is no way for a phone.
pub(crate) fn no_way() -> Refusal {
    Refusal::new(
        Kind::Unreachable,
        "a phone has no way to this computer: it is in no local network, or may not listen there",
    )
    .hint("Connect it to the network that your phone is in, and try again.")
}

/// This computer's addresses in private networks; the one by which it reaches others first.
fn own_addresses() -> Vec<Ipv4Addr> {
    let interfaces = netdev::get_interfaces();
    let all = interfaces.iter().flat_map(|interface| interface.ipv4.iter().map(|net| net.addr()));
    let mut all: Vec<Ipv4Addr> = all.filter(|ip| ip.is_private() || ip.is_link_local()).collect();
    all.sort_unstable();
    all.dedup();
    // Nothing is sent: the system says from which of its addresses it would.
    let way = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(ELSEWHERE)?;
        socket.local_addr()
    });
    let first = way.map(|at| at.ip()).ok();
    all.sort_by_key(|ip| Some(IpAddr::V4(*ip)) != first);
    all.truncate(MAX_ADDRESSES);
    all
}

/// Whether somebody at this address is served by a door at `at`: only who is in a local network, as the door is.
pub(crate) fn is_near(from: IpAddr, at: Ipv4Addr) -> bool {
    match from.to_canonical() {
        IpAddr::V4(from) if from.is_loopback() => at.is_loopback(),
        IpAddr::V4(from) => from.is_private() || from.is_link_local(),
        IpAddr::V6(from) => from.is_unique_local() || from.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_near_is_served() {
        let home = Ipv4Addr::new(192, 168, 1, 5);
        let near = |from: &str, at| is_near(from.parse().expect("an address"), at);
        for from in ["192.168.1.9", "10.1.2.3", "172.16.0.1", "169.254.3.4", "fe80::1", "fd00::7", "::ffff:10.0.0.1"] {
            assert!(near(from, home), "{from}");
        }
        for from in
            ["8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8::1", "::1", "127.0.0.1", "0.0.0.0", "::ffff:8.8.8.8"]
        {
            assert!(!near(from, home), "{from}");
        }
        assert!(near("127.0.0.1", Ipv4Addr::LOCALHOST));
    }

    #[test]
    fn no_address_that_everybody_can_reach_is_listened_on() {
        let all = own_addresses();
        assert!(all.len() <= MAX_ADDRESSES && all.iter().all(|ip| ip.is_private() || ip.is_link_local()), "{all:?}");
    }
}
