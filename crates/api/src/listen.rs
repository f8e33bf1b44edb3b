//! Listening: loopback, the unix socket and, for phones, the local network; a bounded number of connections on each, none for longer than it behaves.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use skein_app::{Kind, Refusal};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::auth::From;
use crate::lan;
use crate::peer;
use crate::server::House;
use crate::stall::Impatient;

/// How many bytes of a request's head are read at most; more is answered with 431.
const HEAD_BYTES: usize = 32 << 10;
/// How many headers a request may have; more is answered with 431.
const HEADERS: usize = 64;
/// The longest path that a unix socket can have here, in bytes.
const SOCKET_PATH_BYTES: usize = 107;
/// How long to wait when the system has no more room for connections.
const OUT_OF_ROOM: Duration = Duration::from_millis(100);

/// The loopback listeners and their port.
pub(crate) struct Loopback {
    pub(crate) port: u16,
    pub(crate) listeners: Vec<TcpListener>,
}

/// Listens on 127.0.0.1, and on the same port of [::1] where that is possible.
pub(crate) async fn bind_loopback(port: u16) -> Result<Loopback, Refusal> {
    let refused = |error: io::Error| {
        Refusal::new(Kind::Conflict, format!("port {port} of this computer cannot be used: {error}"))
            .hint("Another program may be using it: choose another one.")
    };
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let port = first.local_addr().map_err(refused)?.port();
    let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
    Ok(Loopback { port, listeners: std::iter::once(first).chain(second).collect() })
}

/// Listens on the unix socket: its folder is ours alone, and so is the socket.
pub(crate) async fn bind_socket(path: &Path) -> Result<UnixListener, Refusal> {
    if path.as_os_str().len() > SOCKET_PATH_BYTES {
        return Err(Refusal::new(Kind::Usage, format!("the path {} is too long for a socket", path.display()))
            .hint("Choose a folder with a shorter path."));
    }
    let refused = |error: io::Error| Refusal::new(Kind::Failed, format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(refused)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(refused)?;
    }
    if UnixStream::connect(path).await.is_ok() {
        return Err(Refusal::new(Kind::Conflict, "Skein is already running here").hint("See `skein status`."));
    }
    if std::fs::symlink_metadata(path).is_ok_and(|left| left.file_type().is_socket()) {
        std::fs::remove_file(path).map_err(refused)?;
    }
    let listener = UnixListener::bind(path).map_err(refused)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(refused)?;
    Ok(listener)
}

/// Where connections come from.
pub(crate) trait Listener: Send + Sync + 'static {
    /// One connection.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Whether what is under way ends with the session of any phone.
    const FOR_PHONES: bool = false;

    /// The next connection, and where it comes from; `None`: this one is not served.
    fn accept(&self, house: &House) -> impl Future<Output = Option<(Self::Stream, From)>> + Send;
}

impl Listener for TcpListener {
    type Stream = Impatient<TcpStream>;

    async fn accept(&self, house: &House) -> Option<(Self::Stream, From)> {
        near(self, |from| from.is_loopback(), house).await
    }
}

/// A listener in a local network.
pub(crate) struct Near {
    pub(crate) listener: TcpListener,
    /// Its own address.
    pub(crate) at: Ipv4Addr,
}

impl Listener for Near {
    type Stream = Impatient<TcpStream>;
    const FOR_PHONES: bool = true;

    async fn accept(&self, house: &House) -> Option<(Self::Stream, From)> {
        near(&self.listener, |from| lan::is_near(from, self.at), house).await
    }
}

async fn near(
    listener: &TcpListener,
    serves: impl Fn(IpAddr) -> bool,
    house: &House,
) -> Option<(Impatient<TcpStream>, From)> {
    match listener.accept().await {
        Ok((stream, from)) if serves(from.ip()) => {
            Some((Impatient::new(stream, house.limits.stalled), From(Some(from.ip()))))
        }
        Ok(_) => None,
        Err(_) => out_of_room().await,
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn accept(&self, _: &House) -> Option<(Self::Stream, From)> {
        match Self::accept(self).await {
            Ok((stream, _)) if peer::is_own(&stream) => Some((stream, From(None))),
            Ok(_) => {
                tracing::warn!("somebody else on this computer tried the control socket and was turned away");
                None
            }
            Err(_) => out_of_room().await,
        }
    }
}

async fn out_of_room<S>() -> Option<S> {
    tokio::time::sleep(OUT_OF_ROOM).await;
    None
}

/// Serves connections until this listener is stopped, or the door closes.
pub(crate) async fn serve<L: Listener>(listener: L, routes: Router, house: Arc<House>, stop: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(house.limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            stream = listener.accept(&house) => stream,
            () = closing(&house, stop.clone()) => break,
            Some(_) = connections.join_next() => continue,
        };
        // Without room it is closed at once: whoever waits for one that never comes is worse off.
        let (Some((stream, from)), Ok(place)) = (stream, room.clone().try_acquire_owned()) else { continue };
        let (routes, house, stop) = (routes.clone(), house.clone(), stop.clone());
        connections.spawn(async move {
            let mut endings = L::FOR_PHONES.then(|| house.phones.endings());
            let end = async {
                let ended = async {
                    match &mut endings {
                        // An error means that the house is gone: that is an end too.
                        Some(endings) => drop(endings.changed().await),
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = closing(&house, stop) => (),
                    () = ended => (),
                }
            };
            connection(stream, from, routes, &house, end).await;
            drop(place);
        });
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // What is still going on after the farewell is cut off when the set is dropped.
    let _ = timeout(house.limits.farewell, all).await;
}

async fn closing(house: &House, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        () = house.closing() => (),
        // An error means that whoever would stop it is gone.
        _ = stop.wait_for(|stop| *stop) => (),
    }
}

/// Serves one connection. At the end, what is under way gets a moment.
async fn connection<S>(stream: S, from: From, routes: Router, house: &House, end: impl Future<Output = ()>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(house.limits.headers);
    http.max_buf_size(HEAD_BYTES).max_headers(HEADERS);
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(from);
        routes.call(request)
    });
    let serving = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut serving = std::pin::pin!(serving);
    // An error is the other side's doing: it went away, wrote garbage, or took too long.
    tokio::select! {
        _ = serving.as_mut() => (),
        () = end => {
            serving.as_mut().graceful_shutdown();
            let _ = timeout(house.limits.farewell, serving).await;
        }
    }
}
