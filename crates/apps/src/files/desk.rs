//! The desk: what a person may do with shares. Local, free to change.

use std::path::PathBuf;

use skein_app::{Act, Draft, Import, Imported, Job, Kind, Me, Refusal, View};
use skein_event::{BlobHash, EventId, ObjectId};

pub use super::command::{Command, Query};
use super::copies::desk as copies;
use super::event::{Content, Event};
use super::find::{self, Found};
use super::{rows, rules};

pub(super) fn decide(me: &Me, fresh: ObjectId, command: Command, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    match command {
        Command::Add { path, name, note } => add(me, fresh, &path, name, note, view),
        Command::Get { share, to, version } => get(&find::share(me, &share, view)?, to, version, view),
        Command::Keep { share } => keep(&find::share(me, &share, view)?),
        Command::Drop { share, even_if_last } => drop_copy(me, &find::share(me, &share, view)?, even_if_last, view),
        Command::Rename { share, name, note } => rename(me, &find::share(me, &share, view)?, name, note),
        Command::Update { share, path } => update(me, &find::share(me, &share, view)?, &path),
        Command::Rm { share } => {
            let found = find::share(me, &share, view)?;
            yours(me, &found)?;
            Ok(say(&found, Event::Removed { shared: found.share.event }))
        }
        Command::Copies { number, share } => copies::copies(me, number, share, view),
        Command::Room { bytes } => copies::room(me, bytes, view),
        Command::Drill { share, whole } => copies::drill(me, share, whole, view),
        Command::Fits { fits } => copies::fits(me, fits, view),
        Command::Held { share, root } => of_version(me, &share, root, Event::Held { root }, view),
        Command::HeldForOthers { share, root } => of_version(me, &share, root, Event::HeldForOthers { root }, view),
        Command::Unfit { share, root } => of_version(me, &share, root, Event::Unfit { root }, view),
        Command::Unheld { share, root } => of_version(me, &share, root, Event::Unheld { root }, view),
    }
}

fn of_version(me: &Me, share: &str, root: BlobHash, event: Event, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let found = find::share(me, share, view)?;
    had(&found, &root, view)?;
    Ok(say(&found, event))
}

pub(super) fn say(found: &Found, event: Event) -> Act<Event> {
    Act::Say(Draft { object: found.share.id, event })
}

fn had(found: &Found, root: &BlobHash, view: &View<'_>) -> Result<(), Refusal> {
    let sql = "SELECT 1 FROM files_version WHERE object = ?1 AND root = ?2";
    match view.first(sql, (found.object, root.as_bytes()), |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(Refusal::new(Kind::NotFound, format!("\"{}\" never had that content", found.share.name))),
    }
}

fn read_in(path: &Import) -> Result<&Imported, Refusal> {
    path.done.as_ref().ok_or_else(|| {
        Refusal::new(Kind::Failed, format!("{} has not been read in", path.path.display())).hint("Try again.")
    })
}

fn content(done: &Imported) -> Result<Content, Refusal> {
    let files = if done.folder { done.files } else { 1 };
    let content = Content { root: done.root, bytes: done.bytes, files, folder: done.folder };
    rules::fits_claims(&content).map_err(|why| Refusal::new(Kind::Limit, why))?;
    Ok(content)
}

fn proper(name: &str, note: &str) -> Result<(), Refusal> {
    let refusal = |why: String, hint: &str| Err(Refusal::new(Kind::Usage, why).hint(hint));
    if let Err(why) = rules::fits_name(name) {
        return refusal(
            format!("it cannot be called that: {why}"),
            "Choose a plain name; `add` takes it with `--name`.",
        );
    }
    match rules::fits_note(note) {
        Ok(()) => Ok(()),
        Err(why) => refusal(why.into(), "Choose a shorter, plain note."),
    }
}

/// Sharing what is shared already only says that this device holds it, too.
fn add(
    me: &Me,
    fresh: ObjectId,
    path: &Import,
    name: Option<String>,
    note: Option<String>,
    view: &View<'_>,
) -> Result<Act<Event>, Refusal> {
    let done = read_in(path)?;
    let same = rows::shares(me, "v.root = ?2 AND s.removed IS NULL", done.root.as_bytes(), 1, view)?.pop();
    if let Some(same) = same {
        if !same.here {
            return Ok(Act::Say(Draft { object: same.id, event: Event::Held { root: done.root } }));
        }
        let message = format!("this is shared already, as \"{}\" by {}", same.name, same.by.name);
        return Err(Refusal::new(Kind::Conflict, message).hint(format!("See `skein files show {}`.", same.id.short())));
    }
    let (name, note) = (name.unwrap_or_else(|| done.name.clone()), note.unwrap_or_default());
    proper(&name, &note)?;
    Ok(Act::Say(Draft { object: fresh, event: Event::Shared { content: content(done)?, name, note } }))
}

fn get(found: &Found, to: Option<PathBuf>, version: Option<u32>, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let share = &found.share;
    if !share.here {
        stands(found)?;
    }
    let number = version.unwrap_or(share.version);
    let sql = "SELECT root, folder FROM files_version WHERE object = ?1 AND number = ?2";
    let wanted = view.first(sql, (found.object, number), |row| Ok((BlobHash::from_bytes(row.get(0)?), row.get(1)?)))?;
    let (root, folder) = wanted.ok_or_else(|| {
        Refusal::new(Kind::NotFound, format!("\"{}\" has no version {number}", share.name)).hint(format!(
            "Its versions are 1 to {}: `skein files show {}`.",
            share.version,
            share.id.short()
        ))
    })?;
    if !share.here && number == share.version && share.copies.devices == 0 {
        let message = format!("no device that belongs here is known to hold \"{}\" any more", share.name);
        return Err(Refusal::new(Kind::Unreachable, message)
            .hint(format!("Ask {} to share it again, or whoever may still have it.", share.by.name)));
    }
    let to = Some(to.unwrap_or_else(|| ".".into()));
    Ok(Act::Do(Job::Fetch { root, name: share.name.clone(), folder, share: share.id, to }))
}

fn stands(found: &Found) -> Result<(), Refusal> {
    let share = &found.share;
    if share.removed_ms.is_none() {
        return Ok(());
    }
    Err(Refusal::new(Kind::NotFound, format!("{} has taken \"{}\" back", share.by.name, share.name))
        .hint("Ask them to share it again."))
}

fn keep(found: &Found) -> Result<Act<Event>, Refusal> {
    let share = &found.share;
    if share.kept {
        return Err(Refusal::new(Kind::Conflict, format!("this device keeps \"{}\" already", share.name)));
    }
    if !share.here {
        stands(found)?;
    }
    Ok(say(found, Event::Kept))
}

fn drop_copy(me: &Me, found: &Found, even_if_last: bool, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let share = &found.share;
    if me.keeper && share.removed_ms.is_none() {
        let message = "this device is a keeper: it holds a copy of everything";
        return Err(Refusal::new(Kind::Conflict, message).hint("Start it without `--keeper` first: `skein up`."));
    }
    let versions = rows::versions(me, found.object, view)?;
    let held: Vec<_> = versions.iter().filter(|version| version.here).collect();
    if held.is_empty() {
        if share.kept {
            return Ok(say(found, Event::Unheld { root: share.root }));
        }
        return Err(Refusal::new(Kind::Conflict, format!("this device holds no copy of \"{}\"", share.name)));
    }
    if share.for_others && share.removed_ms.is_none() && held.len() == 1 {
        let message = format!("this device holds \"{}\" for the others, out of the room that it offers", share.name);
        return Err(Refusal::new(Kind::Conflict, message)
            .hint("Offer less room, or none: `skein files room none`. It goes when others hold it."));
    }
    let lost = share.removed_ms.is_none() && held.iter().any(|version| version.last && !version.needed);
    if lost && !even_if_last {
        let message = format!("this is the only known copy of \"{}\", or of an earlier version of it", share.name);
        return Err(Refusal::new(Kind::Conflict, message)
            .hint("Let another device `keep` it first; or lose it for good: add `--even-if-last`."));
    }
    let roots: Vec<_> = held.iter().filter(|version| !version.needed).map(|version| version.root).collect();
    if roots.is_empty() {
        return Ok(say(found, Event::Unheld { root: held[0].root })); // another share here has the same content
    }
    Ok(Act::Do(Job::Forget { roots, share: share.id }))
}

pub(super) fn yours(me: &Me, found: &Found) -> Result<(), Refusal> {
    stands(found)?;
    let share = &found.share;
    if share.by.member == me.member {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::Denied,
        format!("\"{}\" was shared by {}: only they may change it", share.name, share.by.name),
    )
    .hint("Ask them, or share your own version of it."))
}

fn rename(me: &Me, found: &Found, name: String, note: Option<String>) -> Result<Act<Event>, Refusal> {
    yours(me, found)?;
    let share = &found.share;
    let note = note.unwrap_or_else(|| share.note.clone());
    proper(&name, &note)?;
    if name == share.name && note == share.note {
        return Err(Refusal::new(Kind::Conflict, format!("it is called \"{name}\" already")));
    }
    let shared: EventId = share.event;
    Ok(say(found, Event::Described { shared, name, note }))
}

fn update(me: &Me, found: &Found, path: &Import) -> Result<Act<Event>, Refusal> {
    yours(me, found)?;
    let (share, done) = (&found.share, read_in(path)?);
    if done.root == share.root {
        return Err(Refusal::new(Kind::Conflict, format!("\"{}\" has not changed", share.name)));
    }
    if share.version >= rules::MAX_VERSIONS {
        let message = format!("\"{}\" has {} versions: no more fit", share.name, share.version);
        return Err(Refusal::new(Kind::Limit, message).hint("Share it anew: `skein files add`."));
    }
    Ok(say(found, Event::Replaced { content: content(done)? }))
}
