//! The door as its owner holds it: open it, mint links, end sessions, close it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use skein_app::Refusal;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::auth::Gate;
use crate::bridge::Bridges;
use crate::desk::{Demo, Desk};
use crate::guard::Door;
use crate::lan::{Lan, LanHouse};
use crate::limits::Limits;
use crate::phone::Phones;
use crate::session::Sessions;
use crate::spool::Spool;
use crate::ticket::Tickets;
use crate::tries::Tries;
use crate::{lan, listen, routes};

/// Where to listen, and how much to bear.
#[derive(Clone)]
pub struct Options {
    /// The loopback port.
    pub port: Port,
    /// The folder for files that a browser sends, until they are shared; emptied when the door opens.
    pub spool: PathBuf,
    /// The unix socket; its folder is made 0700, the socket 0600. Beside it, `sessions` remembers who is signed in.
    pub socket: PathBuf,
    /// The phones' door; nothing listens there before a phone is to be paired. Beside the socket, `phones` remembers them.
    pub lan: Lan,
    /// Who opens the demo community.
    pub demo: Option<Arc<dyn Demo>>,
    /// What is borne.
    pub limits: Limits,
}

/// On which loopback port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// This one or none; 0: the system chooses.
    Exactly(u16),
    /// This one, or any free one if another program has it.
    Usual(u16),
}

/// Now, in milliseconds since 1970: what outlives the program is counted by it.
pub(crate) fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What all connections share.
pub(crate) struct House {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) limits: Limits,
    pub(crate) sessions: Sessions,
    pub(crate) demo: Option<Arc<dyn Demo>>,
    pub(crate) phones: Phones,
    pub(crate) bridges: Bridges,
    /// Wrong addresses of bridges.
    pub(crate) crossings: Tries,
    pub(crate) lan: LanHouse,
    pub(crate) tickets: Arc<Tickets>,
    pub(crate) spool: Spool,
    /// How many WebSockets there may be, but for phones.
    pub(crate) sockets: Arc<Semaphore>,
    /// Turns true when the door closes.
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) port: u16,
    started: Instant,
}

impl House {
    /// Milliseconds since the door opened: what tickets run out by, whatever happens to the clock.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A link that opens the page, signed in. Good once and for a minute.
    pub(crate) fn opening_link(&self) -> Result<String, Refusal> {
        let code = self.sessions.mint_code(Instant::now())?;
        // In the fragment: a browser keeps that to itself.
        Ok(format!("http://127.0.0.1:{}/#code={code}", self.port))
    }

    /// Ends a phone's session: its id, the beginning of it, or its name. What it is doing ends at once.
    pub(crate) async fn end_phone(&self, which: &str) -> Result<(), Refusal> {
        self.phones.end(which)?;
        self.lan.renew_tickets()?;
        self.lan.settle().await;
        Ok(())
    }

    /// Waits until the door closes.
    pub(crate) async fn closing(&self) {
        // An error means that the server is gone: that is closing too.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }
}

/// An open door.
pub struct Server {
    house: Arc<House>,
    stop: watch::Sender<bool>,
    listeners: JoinSet<()>,
    socket: PathBuf,
}

/// Opens the door: 127.0.0.1, [::1] on the same port where the system lets us, and the unix socket.
///
/// Must be called within a tokio runtime.
///
/// # Errors
/// A [`Refusal`]: the port is taken, the socket's path is too long, or another program answers on it.
pub async fn serve(desk: Arc<dyn Desk>, options: Options) -> Result<Server, Refusal> {
    let unix = listen::bind_socket(&options.socket).await?;
    let tcp = match options.port {
        Port::Exactly(port) => listen::bind_loopback(port).await?,
        Port::Usual(port) => match listen::bind_loopback(port).await {
            Ok(tcp) => tcp,
            Err(_) => listen::bind_loopback(0).await?,
        },
    };
    let (stop, stopped) = watch::channel(false);
    let limits = options.limits;
    let (lan, asks) = LanHouse::new(limits.connections)?;
    let house = Arc::new(House {
        desk,
        sessions: Sessions::new(&limits, options.socket.with_file_name("sessions"), Instant::now()),
        demo: options.demo,
        bridges: Bridges::new(options.socket.with_file_name("bridges")),
        crossings: Tries::default(),
        phones: Phones::new(&limits, options.socket.with_file_name("phones")),
        lan,
        tickets: Arc::new(Tickets::new()?),
        spool: Spool::new(options.spool)?,
        sockets: Arc::new(Semaphore::new(limits.connections)),
        stop: stopped,
        port: tcp.port,
        started: Instant::now(),
        limits,
    });
    let mut listeners = JoinSet::new();
    let web = routes::routes(Gate { house: house.clone(), door: Door::Loopback(tcp.port) });
    for listener in tcp.listeners {
        listeners.spawn(listen::serve(listener, web.clone(), house.clone(), house.stop.clone()));
    }
    let own = routes::routes(Gate { house: house.clone(), door: Door::Socket });
    listeners.spawn(listen::serve(unix, own, house.clone(), house.stop.clone()));
    listeners.spawn(lan::keep(house.clone(), options.lan, asks));
    Ok(Server { house, stop, listeners, socket: options.socket })
}

impl Server {
    /// The loopback port.
    pub fn port(&self) -> u16 {
        self.house.port
    }

    /// A link that opens the page, signed in. Good once and for a minute; never write it to a log.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn opening_link(&self) -> Result<String, Refusal> {
        self.house.opening_link()
    }

    /// Signs every browser out; gives how many there were.
    pub fn end_sessions(&self) -> usize {
        self.house.sessions.revoke_all()
    }

    /// Closes the door: nobody new comes in, requests under way get a moment, then they are cut off.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.listeners.join_next().await.is_some() {}
        // It may be gone already; a later start removes what is left.
        let _ = std::fs::remove_file(&self.socket);
    }
}
