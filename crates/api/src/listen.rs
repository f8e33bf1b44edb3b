//! Listening: loopback and the unix socket, a bounded number of connections on each, none for longer than it behaves.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use skein_app::{Kind, Refusal};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

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

    /// The next connection; `None`: this one is not served.
    fn accept(&self, house: &House) -> impl Future<Output = Option<Self::Stream>> + Send;
}

impl Listener for TcpListener {
    type Stream = Impatient<TcpStream>;

    async fn accept(&self, house: &House) -> Option<Self::Stream> {
        match Self::accept(self).await {
            Ok((stream, from)) if from.ip().is_loopback() => Some(Impatient::new(stream, house.limits.stalled)),
            Ok(_) => None,
            Err(_) => out_of_room().await,
        }
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn accept(&self, _: &House) -> Option<Self::Stream> {
        match Self::accept(self).await {
            Ok((stream, _)) if peer::is_own(&stream) => Some(stream),
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

/// Serves connections until the door closes.
pub(crate) async fn serve(listener: impl Listener, routes: Router, house: Arc<House>) {
    let room = Arc::new(Semaphore::new(house.limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            stream = listener.accept(&house) => stream,
            () = house.closing() => break,
            Some(_) = connections.join_next() => continue,
        };
        // Without room it is closed at once: whoever waits for one that never comes is worse off.
        let (Some(stream), Ok(place)) = (stream, room.clone().try_acquire_owned()) else { continue };
        let (routes, house) = (routes.clone(), house.clone());
        connections.spawn(async move {
            connection(stream, routes, &house).await;
            drop(place);
        });
    }
    let all = async { while connections.join_next().await.is_some() {} };
    // What is still going on after the farewell is cut off when the set is dropped.
    let _ = timeout(house.limits.farewell, all).await;
}

async fn connection<S>(stream: S, routes: Router, house: &House)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(house.limits.headers);
    http.max_buf_size(HEAD_BYTES).max_headers(HEADERS);
    let service = TowerToHyperService::new(routes);
    let serving = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut serving = std::pin::pin!(serving);
    // An error is the other side's doing: it went away, wrote garbage, or took too long.
    tokio::select! {
        _ = serving.as_mut() => (),
        () = house.closing() => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}
