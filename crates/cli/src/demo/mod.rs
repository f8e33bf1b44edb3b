//! `skein demo`: five people's programs on this computer, doing what five people do. Real processes with their own
//! folders, real encrypted connections over loopback; no relay, no Internet.
//!
//! It ends only processes that it started, and removes only the folder that it made: at the end, on Ctrl-C, on failure.

mod figures;
mod flock;
mod folder;
mod member;
pub mod neighbours;
mod same;
mod script;
mod story;
mod watch;

use std::time::Instant;

use serde_json::json;
use skein_app::{Kind, Refusal};
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::Context;
use crate::out::{Done, End, failed};
use crate::text::{amount, time};
use flock::Flock;

/// Runs the demo; with `check` it compares everything and ends, without it stays up until Ctrl-C.
///
/// # Errors
/// If something did not go as it should; with `check`, also if anything differs.
pub async fn demo(context: &Context, check: bool, keep: bool) -> Done {
    let mut flock = Flock::make(keep).map_err(|error| failed("the demo cannot make its folder", error))?;
    let done = tokio::select! {
        done = perform(context, &mut flock, check) => done,
        asked = asked_to_end() => asked.and_then(|()| match check {
            true => Err(Refusal::new(Kind::Failed, "the demo was stopped before its end").into()),
            false => Ok(()),
        }),
    };
    // However it went: the programs end, the folder goes.
    flock.end().await;
    context.out.note(&flock.farewell());
    done
}

async fn perform(context: &Context, flock: &mut Flock, check: bool) -> Done {
    let begun = Instant::now();
    let told = story::tell(context, flock).await;
    let (figures, scene) = told.map_err(|end| with_log(end, flock))?;
    let differences = if check { same::compare(flock, &scene).await? } else { Vec::new() };
    let took = begun.elapsed();
    if context.out.json {
        context.out.value(&json!({
            "figures": figures.value(),
            "took_ms": took.as_millis() as u64,
            "checked": check,
            "differences": differences,
            "members": flock.members.iter().map(|member| json!({ "name": member.name, "folder": member.folder() })).collect::<Vec<_>>(),
        }))?;
    } else {
        context.out.text(&format!("\n{}", figures.table(context.out.paint)))?;
        context.out.text(
            &context.out.paint.dim(&format!("The whole took {}.", time::measured(took.as_secs_f64() * 1000.0))),
        )?;
    }
    if check { verdict(context, &differences) } else { stay(context, flock).await }
}

fn verdict(context: &Context, differences: &[String]) -> Done {
    if differences.is_empty() {
        let words = "All five members hold the same: who belongs, every message, every file byte for byte.";
        return if context.out.json {
            Ok(())
        } else {
            context.out.text(&format!("\n{}", context.out.paint.green(words)))
        };
    }
    let many = amount::many(differences.len() as u64, "difference", "differences");
    let refusal = Refusal::new(Kind::Failed, format!("{many}:\n{}", differences.join("\n")))
        .hint("Run it again with --keep to look at the folders.");
    Err(refusal.into())
}

/// Shows how to look in, and waits for as long as the person likes.
async fn stay(context: &Context, flock: &Flock) -> Done {
    if !context.out.json {
        context.out.text(&flock.how_to_look_in(context.out.paint))?;
    }
    std::future::pending().await
}

async fn asked_to_end() -> Result<(), End> {
    let hear = |kind| signal(kind).map_err(|error| failed("signals cannot be heard", error));
    let (mut interrupt, mut terminate) = (hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?);
    let mut hangup = hear(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// If it goes wrong, what the five wrote down is about to be removed with their folders: the end of it is shown.
fn with_log(end: End, flock: &Flock) -> End {
    match end {
        End::Refused(mut refusal) => {
            refusal.message.push_str(&flock.last_words());
            End::Refused(refusal)
        }
        gone => gone,
    }
}
