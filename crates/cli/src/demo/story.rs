//! What happens in the demo, step by step, told in plain words.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use skein_app::{Kind, Refusal};
use skein_host::{Entered, Fetched, Invitation, Request, Said, Status};

use super::figures::{Fetch, Figures};
use super::flock::Flock;
use super::member::typed;
use super::watch::Watch;
use super::{flock::NAMES, folder};
use crate::commands::Context;
use crate::out::{Done, failed};
use crate::progress::Shown;
use crate::text::{amount, time};

const COMMUNITY: &str = "Harbour Garden";
const CHANNEL: &str = "garden";
const SHARE: &str = "garden-book";
/// How many messages are said to measure how fast they arrive.
const MEASURED: usize = 60;
/// How many messages are said while one member is gone.
const MISSED: usize = 25;
/// How long anything may take to arrive before the demo has failed.
const ARRIVAL_TIME: Duration = Duration::from_secs(20);
/// Who is killed.
const BEN: usize = 1;

const TALK: [(usize, &str); 6] = [
    (0, "Welcome, all. The beds by the wall are free."),
    (1, "I take the one in the sun, for beans."),
    (2, "Who has a ladder for the pear tree?"),
    (3, "I do. Saturday at ten?"),
    (4, "Saturday is good. I bring the rope, @Cem."),
    (0, "Then it is decided: pears on Saturday."),
];

/// What the check needs to know of what happened.
pub struct Scene {
    /// The folder as it was shared.
    pub original: PathBuf,
    /// Where those who fetched it have it.
    pub copies: Vec<(&'static str, PathBuf)>,
    /// The last thing that was said.
    pub last: String,
}

/// Plays the whole story.
pub async fn tell(context: &Context, flock: &mut Flock) -> Done<(Figures, Scene)> {
    let mut figures = Figures::default();
    let say = |words: &str| context.out.note(words);
    say("Five people, each with their own program and folder on this computer: Ana, Ben, Cem, Dia and Eli.");
    say("No server, no Internet: they talk over encrypted connections among themselves.\n");
    start(flock, &mut figures).await?;
    say(&format!("✓ Five programs run, after {}.", shown(figures.start)));
    enter(context, flock, &mut figures).await?;
    talk(context, flock, &mut figures).await?;
    let mut scene = share(context, flock, &mut figures).await?;
    crash(context, flock, &mut figures, &mut scene).await?;
    Ok((figures, scene))
}

fn shown(duration: Duration) -> String {
    time::measured(duration.as_secs_f64() * 1000.0)
}

async fn start(flock: &mut Flock, figures: &mut Figures) -> Result<(), Refusal> {
    let begun = Instant::now();
    for member in &mut flock.members {
        member.start()?;
    }
    for member in &mut flock.members {
        member.awake().await?;
    }
    figures.start = begun.elapsed();
    Ok(())
}

/// Ana founds the community; the others join by her link, one after the other.
async fn enter(context: &Context, flock: &Flock, figures: &mut Figures) -> Done {
    let ana = &flock.members[0];
    let my_name = Some(ana.name.to_owned());
    let _: Entered = ana.ask(&Request::Found { name: COMMUNITY.into(), my_name }).await?;
    context.out.note(&format!("✓ Ana founds the community {COMMUNITY}."));
    let expires_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64) + 3_600_000;
    let uses = (NAMES.len() - 1) as u32;
    let invitation: Invitation = ana.ask(&Request::Invite { community: None, uses, expires_ms }).await?;
    for member in &flock.members[1..] {
        let begun = Instant::now();
        let (link, my_name) = (invitation.link.clone(), Some(member.name.to_owned()));
        let wait_ms = Some(ARRIVAL_TIME.as_millis() as u64);
        let _: Entered = member.ask(&Request::Join { link, my_name, wait_ms }).await?;
        figures.joins.push(begun.elapsed());
    }
    let slowest = figures.joins.iter().max().copied().unwrap_or_default();
    context.out.note(&format!("✓ Ben, Cem, Dia and Eli join by her link, each in at most {}.", shown(slowest)));
    connected(flock).await?;
    context.out.note("✓ Each is connected with each of the others, directly.");
    Ok(())
}

/// Waits until everyone can reach everyone.
async fn connected(flock: &Flock) -> Result<(), Refusal> {
    let begun = Instant::now();
    for member in &flock.members {
        loop {
            let status: Status = member.ask(&Request::Status).await?;
            let reached = status.communities.first().map_or(0, |community| community.devices_reached);
            if reached as usize >= NAMES.len() - 1 {
                break;
            }
            if begun.elapsed() > ARRIVAL_TIME {
                let name = member.name;
                return Err(Refusal::new(Kind::Unreachable, format!("{name} reaches {reached} of the 4 others")));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(())
}

/// They talk; how long each message takes to each of the others is measured.
async fn talk(context: &Context, flock: &Flock, figures: &mut Figures) -> Done {
    let mut watches = Vec::new();
    for member in &flock.members {
        watches.push(Watch::begin(member).await?);
    }
    for (who, words) in TALK {
        context.out.note(&format!("    {}: {words}", NAMES[who]));
        arrive(flock, &watches, who, words, figures).await?;
    }
    for at in TALK.len()..MEASURED {
        let words = format!("Row {at} has been watered.");
        arrive(flock, &watches, at % NAMES.len(), &words, figures).await?;
    }
    figures.messages = MEASURED;
    context.out.note(&format!("✓ They talk: {MEASURED} messages, each shown to all five."));
    Ok(())
}

async fn arrive(
    flock: &Flock,
    watches: &[Watch],
    who: usize,
    words: &str,
    figures: &mut Figures,
) -> Result<(), Refusal> {
    let begun = Instant::now();
    let said: Said = flock.members[who].types(&["chat", "say", CHANNEL, words]).await?;
    for (reader, watch) in watches.iter().enumerate().filter(|(reader, _)| *reader != who) {
        let seen = watch.saw(&said.event, ARRIVAL_TIME).await.ok_or_else(|| late(NAMES[reader], words))?;
        figures.deliveries.push(seen.saturating_duration_since(begun));
    }
    Ok(())
}

fn late(name: &str, words: &str) -> Refusal {
    let within = shown(ARRIVAL_TIME);
    Refusal::new(Kind::Unreachable, format!("{name} has not got this within {within}: {words}"))
}

/// Ana shares a folder; Ben, Cem and Dia fetch it, each from one holder more.
async fn share(context: &Context, flock: &Flock, figures: &mut Figures) -> Done<Scene> {
    let original = flock.desk("Ana").join(SHARE);
    let bytes = folder::make(&original).map_err(|error| failed("the folder to share cannot be made", error))?;
    let path = original.display().to_string();
    let said: Said = flock.members[0].types(&["files", "add", &path]).await?;
    context.out.note(&format!("✓ Ana shares the folder {SHARE}: {} in folders within folders.", amount::bytes(bytes)));
    let mut copies = Vec::new();
    for who in 1..4 {
        wait_for(flock, who, &said.event).await?;
        copies.push(fetch(context, flock, who, figures).await?);
        // The next one is to know of this holder too.
        holders(flock, who + 1, who + 1).await?;
    }
    Ok(Scene { original, copies, last: said.event })
}

/// Waits until a member's program shows an item.
async fn wait_for(flock: &Flock, who: usize, event: &str) -> Result<(), Refusal> {
    let watch = Watch::begin(&flock.members[who]).await?;
    watch.saw(event, ARRIVAL_TIME).await.map(drop).ok_or_else(|| late(NAMES[who], event))
}

/// Waits until a member's program knows of so many holders of the folder.
async fn holders(flock: &Flock, who: usize, count: usize) -> Result<(), Refusal> {
    let begun = Instant::now();
    while begun.elapsed() < ARRIVAL_TIME {
        let answer: serde_json::Value = flock.members[who].types(&["files", "holders", SHARE]).await?;
        if answer.pointer("/holders/holders").and_then(|rows| rows.as_array()).is_some_and(|rows| rows.len() >= count) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(Refusal::new(Kind::Unreachable, format!("{} does not know of {count} holders", NAMES[who])))
}

async fn fetch(context: &Context, flock: &Flock, who: usize, figures: &mut Figures) -> Done<(&'static str, PathBuf)> {
    let (member, to) = (&flock.members[who], flock.desk(NAMES[who]));
    let request = typed(&["files", "get", SHARE, "--to", &to.display().to_string()])?;
    let fetched: Fetched = {
        let mut progress = Shown::new(&context.out);
        member.ask_seeing(&request, |seen| progress.see(seen)).await?
    };
    let holders = fetched.from.iter().filter(|(_, bytes)| *bytes > 0).count();
    let names: Vec<String> = fetched.from.iter().map(|(name, _)| name.clone()).collect();
    let took = Duration::from_millis(fetched.took_ms);
    let rate = amount::rate(fetched.bytes as f64 / took.as_secs_f64().max(1e-3));
    context.out.note(&format!("✓ {} fetches it from {}: {rate}.", member.name, amount::list(&names)));
    figures.fetches.push(Fetch { name: member.name, bytes: fetched.bytes, took, holders });
    Ok((member.name, to.join(SHARE)))
}

/// Ben's program is killed; the others go on; it comes back and catches up.
async fn crash(context: &Context, flock: &mut Flock, figures: &mut Figures, scene: &mut Scene) -> Done {
    flock.members[BEN].kill();
    context.out.note("✗ Ben's program is killed without warning (kill -9).");
    for at in 0..MISSED {
        let others = [0, 2, 3, 4];
        let words = format!("Ben is away; note {at} for him.");
        let said: Said = flock.members[others[at % others.len()]].types(&["chat", "say", CHANNEL, &words]).await?;
        scene.last = said.event;
    }
    context.out.note(&format!("✓ The others go on: {MISSED} more messages."));
    scene.copies.push(fetch(context, flock, 4, figures).await?);
    let begun = Instant::now();
    flock.members[BEN].start()?;
    flock.members[BEN].awake().await?;
    wait_for(flock, BEN, &scene.last).await?;
    figures.catch_up = begun.elapsed();
    figures.missed = MISSED;
    context.out.note(&format!("✓ Ben's program comes back and has all of it after {}.", shown(figures.catch_up)));
    connected(flock).await?;
    Ok(())
}
