//! What goes on by itself: this device's own presence record, the door's list of files, and what apps want fetched.

use std::sync::Arc;
use std::time::{Duration, Instant};

use skein_node::Presence;

use crate::chance::now_ms;
use crate::core::Core;
use crate::engine::Call;
use crate::hall::Hall;
use crate::wants::Wants;
use crate::{Standing, spare};

/// How often this device's addresses are looked at.
const LOOK_AT_ADDRESSES: Duration = Duration::from_secs(3);
/// The shortest time between two looks at what changed.
const PAUSE: Duration = Duration::from_millis(100);
/// How often apps are asked what they have to say by themselves, at most.
const TEND: Duration = Duration::from_secs(10);
/// How often what apps want is looked at though nothing changed.
const LOOK_AT_WANTS: Duration = Duration::from_secs(20);

/// Starts all of it.
pub(crate) fn start(core: &Arc<Core>) {
    // A drill that a kill broke off left it behind; mostly there is none.
    std::fs::remove_dir_all(core.profile.folder().join("scratch")).ok();
    core.spawn(tell_presence(core.clone()));
    core.spawn(follow_news(core.clone()));
    core.spawn(crate::steer::limits::keep(core.clone()));
}

/// Gives every community this device's own signed word on where it is, when that changes.
async fn tell_presence(core: Arc<Core>) {
    let mut told: Option<Vec<String>> = None;
    loop {
        let addresses = core.wire.addresses();
        if told.as_ref() != Some(&addresses) {
            let record = Presence::sign(&core.keys().device, addresses.clone(), now_ms());
            if core.call(Call::Presence(record)).await.is_err() {
                return;
            }
            told = Some(addresses);
        }
        let known = told.as_ref().is_some_and(|addresses| !addresses.is_empty());
        tokio::time::sleep(if known { LOOK_AT_ADDRESSES } else { PAUSE }).await;
    }
}

/// Looks at what changed: what may be fetched from here, and what is to be fetched.
async fn follow_news(core: Arc<Core>) {
    let mut wants = Wants::default();
    let mut tended: Option<Instant> = None;
    loop {
        for hall in core.halls.all() {
            refresh_blobs(&core, &hall).await;
        }
        if tended.is_none_or(|at| at.elapsed() >= TEND) {
            tended = Some(Instant::now());
            tend(&core).await;
        }
        wants.look(&core).await;
        tokio::select! {
            () = core.news.notified() => (),
            () = tokio::time::sleep(LOOK_AT_WANTS) => (),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Lets every app say what it has to say by itself.
async fn tend(core: &Arc<Core>) {
    let left_bytes = spare::left_bytes(core).saturating_add(spare::begun_bytes(core).await);
    for hall in core.halls.all() {
        if hall.known().standing != Standing::Member {
            continue;
        }
        let (rules, me) = (core.rules, core.me(hall.id));
        let read = core.read(&hall, move |view, _| {
            let mut commands = Vec::new();
            for app in rules.apps {
                commands.extend(app.tend(&me, left_bytes, view)?.into_iter().map(|command| (app.name(), command)));
            }
            Ok(commands)
        });
        for (app, command) in read.await.unwrap_or_default() {
            if let Err(refusal) = core.ask(hall.id, app, command).await {
                tracing::info!("what an app had to say by itself was refused: {refusal}");
            }
        }
    }
}

/// Takes over what members may fetch, by the rows as they are now.
pub(crate) async fn refresh_blobs(core: &Arc<Core>, hall: &Arc<Hall>) {
    for name in hall.take_stale() {
        let Some(app) = core.rules.app(name) else { continue };
        let listed = core.read(hall, move |view, _| Ok(app.blobs(view)?)).await;
        match listed {
            Ok(roots) => hall.change(|known| drop(known.blobs.insert(name, roots.into_iter().collect()))),
            Err(refusal) => {
                tracing::warn!("the list of files could not be read: {refusal}");
                hall.stale(name);
            }
        }
    }
}
