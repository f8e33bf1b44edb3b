//! The door as its owner holds it: open it, mint links, end sessions, close it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use skein_app::Refusal;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::auth::Gate;
use crate::desk::Desk;
use crate::guard::Door;
use crate::limits::Limits;
use crate::session::Sessions;
use crate::spool::Spool;
use crate::ticket::Tickets;
use crate::{listen, routes};

/// Where to listen, and how much to bear.
#[derive(Debug, Clone)]
pub struct Options {
    /// The loopback port.
    pub port: Port,
    /// The folder for files that a browser sends, until they are shared; emptied when the door opens.
    pub spool: PathBuf,
    /// The unix socket; its folder is made 0700, the socket 0600. Beside it, `sessions` remembers who is signed in.
    pub socket: PathBuf,
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

/// What all connections share.
pub(crate) struct House {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) limits: Limits,
    pub(crate) sessions: Sessions,
    pub(crate) tickets: Tickets,
    pub(crate) spool: Spool,
    /// How many WebSockets there may be.
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
    let house = Arc::new(House {
        desk,
        sessions: Sessions::new(&limits, options.socket.with_file_name("sessions"), Instant::now()),
        tickets: Tickets::new()?,
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
        listeners.spawn(listen::serve(listener, web.clone(), house.clone()));
    }
    let own = routes::routes(Gate { house: house.clone(), door: Door::Socket });
    listeners.spawn(listen::serve(unix, own, house.clone()));
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
