//! iroh-docs, for comparison: one process sets N entries of random bytes, another takes the document over loopback.
//!
//! `bench-iroh-docs N BYTES` prints one line of JSON. It must never be part of Skein: it is a peer to measure against.

use std::error::Error;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use iroh::endpoint::presets;
use iroh::protocol::Router;
use iroh::{Endpoint, RelayMode};
use iroh_blobs::BlobsProtocol;
use iroh_blobs::store::fs::FsStore;
use iroh_docs::DocTicket;
use iroh_docs::api::protocol::{AddrInfoOptions, ShareMode};
use iroh_docs::engine::LiveEvent;
use iroh_docs::protocol::Docs;
use iroh_gossip::net::Gossip;
use n0_future::StreamExt;
use tokio::io::{AsyncBufReadExt, BufReader};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// After so long a run is given up.
const PATIENCE: Duration = Duration::from_secs(300);

struct Running {
    _router: Router,
    docs: Docs,
}

async fn start(dir: &Path) -> Result<Running> {
    std::fs::create_dir_all(dir.join("docs"))?;
    let endpoint = Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .clear_ip_transports()
        .bind_addr("127.0.0.1:0")?
        .bind()
        .await?;
    let blobs: iroh_blobs::api::Store = FsStore::load(dir.join("blobs")).await?.into();
    let gossip = Gossip::builder().spawn(endpoint.clone());
    let docs = Docs::persistent(dir.join("docs")).spawn(endpoint.clone(), blobs.clone(), gossip.clone()).await?;
    let router = Router::builder(endpoint)
        .accept(iroh_blobs::ALPN, BlobsProtocol::new(&blobs, None))
        .accept(iroh_gossip::ALPN, gossip)
        .accept(iroh_docs::ALPN, docs.clone())
        .spawn();
    Ok(Running { _router: router, docs })
}

async fn write(dir: &Path, count: usize, bytes: usize) -> Result<()> {
    let running = start(dir).await?;
    let (author, doc) = (running.docs.author_create().await?, running.docs.create().await?);
    let mut state = 1_u64;
    for index in 0..count {
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        let value: Vec<u8> = (0..bytes).map(|_| byte()).collect();
        doc.set_bytes(author, format!("{index:08}").into_bytes(), value).await?;
    }
    println!("{}", doc.share(ShareMode::Read, AddrInfoOptions::Addresses).await?);
    std::future::pending().await
}

/// Until all entries and their contents are here.
async fn read(dir: &Path, count: usize, ticket: DocTicket) -> Result<f64> {
    let running = start(dir).await?;
    let start = Instant::now();
    let (_doc, events) = running.docs.import_and_subscribe(ticket).await?;
    tokio::pin!(events);
    let (mut entries, mut contents) = (0, 0);
    while entries < count || contents < count {
        match events.next().await.ok_or("the events ended")?? {
            LiveEvent::InsertRemote { .. } => entries += 1,
            LiveEvent::ContentReady { .. } => contents += 1,
            _ => {}
        }
    }
    Ok(start.elapsed().as_secs_f64())
}

async fn compare(count: usize, bytes: usize) -> Result<()> {
    let dir = std::env::temp_dir().join(format!("bench-iroh-docs-{}", std::process::id()));
    let mut writer = tokio::process::Command::new(std::env::current_exe()?)
        .args(["write", &count.to_string(), &bytes.to_string()])
        .arg(dir.join("writer"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut line = String::new();
    BufReader::new(writer.stdout.take().ok_or("no output")?).read_line(&mut line).await?;
    let took = tokio::time::timeout(PATIENCE, read(&dir.join("reader"), count, line.trim().parse()?)).await??;
    writer.kill().await?;
    println!(r#"{{"entries": {count}, "seconds": {took:.3}, "per_s": {:.0}}}"#, count as f64 / took);
    std::fs::remove_dir_all(&dir)?;
    // What still runs in the background is of no interest.
    std::process::exit(0)
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [count, bytes] => compare(count.parse()?, bytes.parse()?).await,
        ["write", count, bytes, dir] => write(Path::new(dir), count.parse()?, bytes.parse()?).await,
        _ => Err("usage: bench-iroh-docs N BYTES".into()),
    }
}
