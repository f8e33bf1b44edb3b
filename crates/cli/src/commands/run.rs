//! `skein run`: this process is the host, until it is told to stop.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Signal, set_parent_process_death_signal, setsid};
use serde_json::json;
use skein_api::{Blob, Desk, Lan, Pending, Port};
use skein_app::{Kind, Refusal};
use skein_event::BlobHash;
use skein_host::{Ending, Host, Item, Options, Request};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::Context;
use super::device::trouble;
use crate::args::{NodeArgs, RunArgs};
use crate::demo::neighbours::Neighbours;
use crate::log;
use crate::out::Done;

/// Where the page is, unless another program is there already. It never moves: what a browser lets a page do, and pages put
/// on a phone's screen, hang on the address.
const PAGE_PORT: u16 = 7117;
/// Where paired phones find the page in the local network, unless another program is there already.
const PHONE_PORT: u16 = 7118;

pub(super) async fn run(context: &Context, args: RunArgs) -> Done {
    if args.tied {
        // Whoever started this process and ends, however it ends, takes it along.
        set_parent_process_death_signal(Some(Signal::TERM))
            .map_err(|error| trouble("cannot be tied", &error.into()))?;
    }
    if args.detach {
        // It fails only for a process that leads a group already, and that is as good.
        let _ = setsid();
    }
    context.profile.make()?;
    let file = args.detach.then(|| context.profile.log());
    log::begin(file, context.out.verbose).map_err(|error| trouble("the log cannot be written", &error))?;
    log::keep_panics();
    while once(context, &args).await? == Ending::Restart {
        tracing::info!("starting anew");
    }
    Ok(())
}

/// Opens the host and the local door, and closes both when it is time.
async fn once(context: &Context, args: &RunArgs) -> Result<Ending, Refusal> {
    let (folder, options) = (context.profile.folder().to_owned(), options(&args.node));
    let opened = spawn_blocking(move || Host::open(skein_host::Profile::open(&folder)?, options));
    let host = Arc::new(opened.await.map_err(broken)??);
    let neighbours = Arc::new(Neighbours::new(host.clone(), context.profile.folder()));
    let door = skein_api::Options {
        port: args.node.page_port.map_or(Port::Usual(PAGE_PORT), Port::Exactly),
        socket: context.profile.socket(),
        spool: context.profile.folder().join("spool"),
        lan: phones(args.node.phone_bind)?,
        demo: Some(neighbours.clone()),
        limits: skein_api::Limits::default(),
    };
    let server = skein_api::serve(Arc::new(HostDesk(host.clone())), door).await?;
    if !args.detach {
        tell(context)?;
    }
    let ending = tokio::select! {
        ending = host.ending() => ending,
        asked = told_to_stop() => asked.map_err(|error| trouble("signals cannot be heard", &error))?,
    };
    server.stop().await;
    neighbours.stop().await;
    host.stop().await;
    // Ending its threads takes a moment, and must not hold up this one.
    spawn_blocking(move || drop(host)).await.map_err(broken)?;
    Ok(ending)
}

fn tell(context: &Context) -> Result<(), Refusal> {
    let folder = context.profile.folder().display().to_string();
    if context.out.json {
        // Whoever reads it may have gone; that does not concern the program.
        let _ = context.out.value(&json!({ "running": std::process::id(), "folder": folder }));
    } else {
        context.out.note(&format!("Skein is running on {folder}; Ctrl-C stops it."));
    }
    Ok(())
}

async fn told_to_stop() -> io::Result<Ending> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(Ending::Stop)
}

fn broken(error: tokio::task::JoinError) -> Refusal {
    Refusal::new(Kind::Failed, format!("the program broke: {error}")).hint("Nothing that was confirmed is lost.")
}

fn options(args: &NodeArgs) -> Options {
    Options {
        bind: args.bind.or(args.port.map(|port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))),
        mdns: !args.no_mdns,
        relays: args.relay_url.clone(),
        serve_relay: args.relay,
        keeper: args.keeper,
    }
}

/// Where phones find this computer, once one is paired.
fn phones(chosen: Option<SocketAddrV4>) -> Result<Lan, Refusal> {
    let Some(at) = chosen else { return Ok(Lan { port: Port::Usual(PHONE_PORT), addresses: Vec::new() }) };
    let ip = *at.ip();
    if !(ip.is_private() || ip.is_link_local() || ip.is_loopback()) {
        return Err(Refusal::new(
            Kind::Usage,
            format!("{ip} is no address in a private network, and phones are let in nowhere else"),
        )
        .hint("Leave --phone-bind away, or give an address such as 192.168.1.5:7118."));
    }
    Ok(Lan { port: Port::Exactly(at.port()), addresses: vec![ip] })
}

/// The host as the local door sees it.
struct HostDesk(Arc<Host>);

impl Desk for HostDesk {
    fn ask(&self, request: Request) -> mpsc::Receiver<Item> {
        self.0.request(request)
    }

    fn ask_within(&self, request: Request, folder: &Path) -> mpsc::Receiver<Item> {
        self.0.request_within(request, folder)
    }

    fn blob(&self, root: BlobHash) -> Pending<'_, Result<Blob, Refusal>> {
        Box::pin(async move {
            let (bytes, source) = self.0.file(root).await?;
            Ok(Blob { bytes, source: Box::new(source) })
        })
    }
}

/// Whether no program works on the folder: the host holds a lock on this file for as long as it lives.
pub(super) fn is_free(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join("lock")) else { return true };
    flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
}
