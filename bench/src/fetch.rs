//! How fast one file arrives from one holder over loopback, beside plain iroh-blobs: the best of three rounds each.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use iroh_blobs::BlobsProtocol;
use iroh_blobs::store::fs::FsStore;
use skein_event::{BlobHash, CommunityId, DeviceId, SecretKey};
use skein_net::{Config, Contact, Door, Net, Opening, Progress};
use tokio::sync::{mpsc, watch};

use crate::report::Report;

const BYTES: usize = 256 << 20;
const ROUNDS: u32 = 3;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Open;

impl Door for Open {
    fn opens(&self, _: DeviceId, _: CommunityId, _: Option<&[u8]>) -> Opening {
        Opening::Member
    }
    fn may_fetch(&self, _: DeviceId, _: BlobHash) -> bool {
        true
    }
    fn may_relay(&self, _: DeviceId) -> bool {
        false
    }
}

/// Runs it.
pub fn run() -> Report {
    let mut report = Report::default();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    if let Err(error) = runtime.block_on(measure(&mut report)) {
        report.note(format!("not measured: {error}"));
    }
    report
}

async fn measure(report: &mut Report) -> Outcome<()> {
    let place = tempfile::tempdir()?;
    let path = place.path().join("file");
    let mut noise = vec![0_u8; BYTES];
    blake3::Hasher::new().update(b"noise").finalize_xof().fill(&mut noise);
    std::fs::write(&path, noise)?;
    let (mut best_ours, mut best_plain) = (f64::MAX, f64::MAX);
    for round in 1..=ROUNDS {
        let took = ours(&place.path().join(format!("ours-{round}")), &path).await?;
        best_ours = best_ours.min(took.wall);
        report.figure("cpu_s_both_ends", took.cpu);
        let took = plain(&place.path().join(format!("plain-{round}")), &path).await?;
        best_plain = best_plain.min(took.wall);
        report.peer("plain_iroh_blobs_cpu_s_both_ends", took.cpu);
    }
    let rate = |seconds: f64| BYTES as f64 / 1e6 / seconds;
    report.figure("mb_per_s", rate(best_ours));
    report.figure("ratio_to_plain_iroh_blobs", best_plain / best_ours);
    report.peer("plain_iroh_blobs_mb_per_s", rate(best_plain));
    Ok(())
}

/// Seconds that something took: on the clock, and of this process's CPU, both ends together.
struct Took {
    wall: f64,
    cpu: f64,
}

struct Watch(Instant, f64);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), cpu())
    }

    fn read(&self) -> Took {
        Took { wall: self.0.elapsed().as_secs_f64(), cpu: cpu() - self.1 }
    }
}

/// CPU seconds of this process so far, as Linux counts them (hundredths); 0 elsewhere.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

async fn start(n: u8, blobs: PathBuf) -> Outcome<(Net, mpsc::Receiver<skein_net::NetEvent>, DeviceId)> {
    let key = SecretKey::from_bytes([n; 32]);
    let id = key.device();
    let bind = Some("127.0.0.1:0".parse()?);
    let sweep = Duration::from_secs(120);
    let (relays, serve_relay, upload_bytes_per_s) = (vec![], None, None);
    let config = Config { key, blobs, sweep, bind, mdns: false, relays, serve_relay, upload_bytes_per_s };
    let (sender, inbox) = mpsc::channel(64);
    Ok((Net::start(config, Arc::new(Open), sender).await?, inbox, id))
}

/// How long our fetch takes.
async fn ours(place: &Path, path: &Path) -> Outcome<Took> {
    let (ana, _ana_inbox, ana_id) = start(1, place.join("ana")).await?;
    let (ben, mut inbox, _) = start(2, place.join("ben")).await?;
    let (progress, _) = watch::channel(Progress::default());
    let root = ana.blobs().import(path, progress).await?.root;
    ben.keep(CommunityId::ZERO, vec![Contact { device: ana_id, addresses: ana.addresses(), pass: None }]);
    inbox.recv().await;
    let (progress, _seen) = watch::channel(Progress::default());
    let watch = Watch::start();
    ben.blobs().fetch(root, false, Arc::new(move || vec![ana_id]), progress).await?;
    let took = watch.read();
    ana.stop().await;
    ben.stop().await;
    Ok(took)
}

/// How long iroh-blobs alone takes for the same.
async fn plain(place: &Path, path: &Path) -> Outcome<Took> {
    let endpoint = async || -> Outcome<iroh::Endpoint> {
        let builder = iroh::Endpoint::builder(iroh::endpoint::presets::Minimal)
            .relay_mode(iroh::RelayMode::Disabled)
            .clear_ip_transports()
            .bind_addr("127.0.0.1:0")?;
        Ok(builder.bind().await?)
    };
    let (from, to) = (endpoint().await?, endpoint().await?);
    let (store, copy) = (FsStore::load(place.join("from")).await?, FsStore::load(place.join("to")).await?);
    let tag = store.add_path(path).await?;
    let protocol = BlobsProtocol::new(&store, None);
    let router = iroh::protocol::Router::builder(from.clone()).accept(iroh_blobs::ALPN, protocol).spawn();
    let at = iroh::EndpointAddr::from_parts(from.id(), from.bound_sockets().into_iter().map(iroh::TransportAddr::Ip));
    let connection = to.connect(at, iroh_blobs::ALPN).await?;
    let watch = Watch::start();
    copy.remote().fetch(connection, iroh_blobs::HashAndFormat::raw(tag.hash)).await?;
    let took = watch.read();
    router.shutdown().await?;
    to.close().await;
    copy.shutdown().await?;
    Ok(took)
}
