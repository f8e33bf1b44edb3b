//! One connection of the swarm: its messages out and in, and the pieces that come. It decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use iroh::endpoint::{Connection, RecvStream, VarInt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Handle, Join, SWARM_ALPN, Told, wire};
use crate::pool::Kind;
use crate::shared::{PATIENCE, PROVEN_WINDOW, Shared, device_id, widen};
use skein_event::DeviceId;
use skein_swarm::PeerId;

/// Messages that wait to be written on one connection; with more it is closed, since nobody reads them.
const MAX_FRAMES: usize = 1_024;
/// Streams that a proven device may have open towards us: all pieces that a swarm sends at once, and some.
const STREAMS: u32 = 256;
/// What may be under way towards us on one connection, in bytes: what a gigabit carries in two round trips, but this much at
/// least, which is noq's own limit for two streams, and at most what any proven device may. More than the link holds waits in
/// our socket's buffer, overflows it where the sender is near, and what is lost makes the sender slow.
const WINDOW: (u64, u64) = (2_500_000, PROVEN_WINDOW as u64);
const TWO_ROUND_TRIPS: u64 = 2 * 125_000_000;
/// Messages go before pieces.
const FIRST: i32 = 1;

/// Serves one connection until it closes. It is in the pool under `id`, and leaves it.
pub(crate) async fn serve(shared: &Arc<Shared>, swarm: &Handle, connection: Connection, id: u64, dialled: bool) {
    let (frames, queue) = mpsc::channel(MAX_FRAMES);
    let (answer, answered) = oneshot::channel();
    let device = device_id(connection.remote_id());
    if shared.pool.is_proven(id) {
        welcome(&connection);
    }
    let join = Join { device, connection: connection.clone(), pool: id, dialled, frames, answer };
    swarm.tell(Told::Join(Box::new(join))).await;
    if let Ok(Some(peer)) = answered.await {
        tokio::select! {
            () = write(&connection, queue) => (),
            () = accept(&connection, swarm, peer) => (),
            () = stay(shared, &connection, id) => (),
        }
        swarm.tell(Told::Left(peer)).await;
    }
    connection.close(VarInt::from_u32(0), b"done");
    shared.pool.remove(id);
}

/// Lets a device that proved itself send pieces.
pub(super) fn welcome(connection: &Connection) {
    widen(connection);
    rtt(connection).into_iter().for_each(|rtt| fit_window(connection, rtt));
    connection.set_max_concurrent_uni_streams(VarInt::from_u32(STREAMS));
}

/// Lets so much come at a time as this round trip needs.
pub(super) fn fit_window(connection: &Connection, rtt: Duration) {
    connection.set_receive_window(VarInt::from_u32(window(rtt)));
}

fn window(rtt: Duration) -> u32 {
    let micros = u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX);
    let bytes = (TWO_ROUND_TRIPS / 1_000_000).saturating_mul(micros).clamp(WINDOW.0, WINDOW.1);
    u32::try_from(bytes).unwrap_or(PROVEN_WINDOW)
}

/// The round trip on the way that is used, as far as it is known.
pub(super) fn rtt(connection: &Connection) -> Option<Duration> {
    let paths = connection.paths();
    let path = paths.iter().find(|path| path.is_selected()).or_else(|| paths.iter().next());
    path.map(|path| path.rtt()).filter(|rtt| !rtt.is_zero())
}

/// Connects to a device, and serves the connection.
pub(super) async fn dial(shared: Arc<Shared>, swarm: Handle, device: DeviceId) {
    let connect = async {
        let _permit = shared.dials.acquire().await.ok()?;
        let address = shared.whereabouts(device)?;
        let connection = timeout(PATIENCE, shared.endpoint.connect(address, SWARM_ALPN)).await.ok()?.ok()?;
        let id = shared.pool.admit(device, Kind::Swarm, true, &connection)?;
        Some((connection, id))
    };
    let connected = connect.await;
    swarm.tell(Told::Dialled(device, connected.is_some())).await;
    if let Some((connection, id)) = connected {
        serve(&shared, &swarm, connection, id, true).await;
    }
}

/// Ends when the connection has ended, or when no door has opened on it in time.
async fn stay(shared: &Shared, connection: &Connection, id: u64) {
    let opened = Instant::now();
    while timeout(PATIENCE, connection.closed()).await.is_err() {
        if !shared.pool.is_proven(id) && opened.elapsed() >= PATIENCE {
            return;
        }
    }
}

async fn write(connection: &Connection, mut queue: mpsc::Receiver<Vec<u8>>) {
    let Ok(mut stream) = connection.open_uni().await else { return };
    stream.set_priority(FIRST).ok();
    if stream.write_all(&[wire::MESSAGES]).await.is_err() {
        return;
    }
    while let Some(mut bytes) = queue.recv().await {
        // What waits goes together.
        while let Some(more) = (bytes.len() < wire::MAX_FRAME).then(|| queue.try_recv().ok()).flatten() {
            bytes.extend_from_slice(&more);
        }
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Takes streams in; as many at once as the connection allows.
async fn accept(connection: &Connection, swarm: &Handle, peer: PeerId) {
    let talking = Arc::new(AtomicBool::new(false));
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            stream = connection.accept_uni() => {
                let Ok(stream) = stream else { return };
                streams.spawn(take(stream, swarm.clone(), peer, talking.clone()));
            }
            Some(ended) = streams.join_next() => if !ended.unwrap_or(false) { return },
        }
    }
}

/// Reads a stream; gives whether the conversation can go on.
async fn take(mut stream: RecvStream, swarm: Handle, peer: PeerId, talking: Arc<AtomicBool>) -> bool {
    let mut kind = [0];
    if !matches!(timeout(PATIENCE, stream.read_exact(&mut kind)).await, Ok(Ok(()))) {
        // Taken back before it began.
        return true;
    }
    match kind[0] {
        wire::MESSAGES if !talking.swap(true, Ordering::Relaxed) => {
            while let Some((file, message)) = wire::read_frame(&mut stream).await {
                if !swarm.tell(Told::Frame(peer, file, message)).await {
                    break;
                }
            }
            false
        }
        wire::PIECE => {
            if let Ok(Some(header)) = timeout(PATIENCE, wire::Header::read(&mut stream)).await {
                swarm.tell(Told::Arrived(Box::new((peer, header, stream)))).await;
            }
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_may_come_as_the_way_holds_and_neither_too_little_nor_too_much() {
        let window = |ms| window(Duration::from_millis(ms));
        assert_eq!(window(0), 2_500_000, "what two streams may have");
        assert_eq!(window(20), 5_000_000, "a gigabit, twice there and back");
        assert_eq!(window(300), PROVEN_WINDOW);
        assert_eq!(window(u64::MAX), PROVEN_WINDOW);
    }
}
