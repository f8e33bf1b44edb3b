//! Keeping things safe: export, backup, restore, doctor.

use std::io::Read;
use std::path::{Path, PathBuf};

use skein_app::{Kind, Refusal};
use skein_host::{BackedUp, Checkup, Level, Passphrase, Request, Restored};
use tokio::task::spawn_blocking;

use super::Context;
use super::belong::now_ms;
use super::device::{computer_name, trouble};
use crate::args::{BackupArgs, RestoreArgs};
use crate::out::{Done, End};
use crate::text::checkup::{checkup, exported};
use crate::text::{amount, one_line, time};

/// The longest passphrase, in bytes.
const MAX_PASSPHRASE: u64 = 4096;

pub(super) async fn export(context: &Context, to: PathBuf) -> Done {
    let request = Request::Export { community: context.community(), to: absolute(&to) };
    context.show(&request, exported).await
}

pub(super) async fn backup(context: &Context, args: BackupArgs) -> Done {
    let passphrase = passphrase(args.passphrase_file.as_deref())?.map(Passphrase);
    let request = Request::Backup { to: absolute(&args.file), full: args.full, passphrase };
    context
        .show(&request, |done: &BackedUp| {
            let size = amount::bytes(done.bytes);
            let care = match done.sealed {
                true => "Nobody can read it without the passphrase, and neither can you: keep that too.",
                false => "Keep it where only you can read it: whoever has it can be you.",
            };
            let path = one_line(&done.path);
            let next = context.typed("skein restore FILE");
            format!("The backup is {path} ({size}). {care}\nTo come back with it on a new computer:  {next}\n")
        })
        .await
}

/// Works on the folder itself, while no program runs on it.
pub(super) async fn restore(context: &Context, args: RestoreArgs) -> Done {
    let passphrase = passphrase(args.passphrase_file.as_deref())?;
    let label = args.label.or_else(computer_name).unwrap_or_default();
    let (folder, file) = (context.profile.folder().to_owned(), absolute(&args.file));
    let restoring = spawn_blocking(move || {
        let profile = skein_host::Profile::open(&folder)?;
        skein_host::restore(&profile, &file, passphrase.as_deref(), &label)
    });
    let broke = |error| Refusal::new(Kind::Failed, format!("the restoring broke off: {error}"));
    let restored: Restored = restoring.await.map_err(broke)??;
    context.print(&restored, |restored| {
        let names: Vec<String> = restored.communities.iter().map(|name| one_line(name)).collect();
        let made = time::ago(restored.made_ms, now_ms());
        let name = one_line(&restored.name);
        let which =
            if names.is_empty() { "in no community".to_owned() } else { format!("in {}", amount::list(&names)) };
        let next = context.typed("skein up");
        format!(
            "You are {name} again, {which}; the backup was made {made}. This computer is a new device of yours.\n\
             Start it, and it fetches what it lacks from the others:  {next}\n"
        )
    })
}

pub(super) async fn doctor(context: &Context) -> Done {
    let found: Checkup = context.ask(&Request::Doctor).await?;
    context.print(&found, |found| checkup(found, context.out.paint))?;
    if found.worst == Level::Trouble { Err(End::Unwell) } else { Ok(()) }
}

/// The first line of a file, or of standard input for `-`; else the variable SKEIN_PASSPHRASE. Never an argument, for
/// others on this computer can see those.
fn passphrase(file: Option<&Path>) -> Result<Option<String>, Refusal> {
    let mut text = String::new();
    match file {
        None => return Ok(std::env::var("SKEIN_PASSPHRASE").ok().filter(|words| !words.is_empty())),
        Some(path) if path == Path::new("-") => std::io::stdin().take(MAX_PASSPHRASE).read_to_string(&mut text),
        Some(path) => std::fs::File::open(path).and_then(|file| file.take(MAX_PASSPHRASE).read_to_string(&mut text)),
    }
    .map_err(|error| trouble("the passphrase cannot be read", &error))?;
    match text.lines().next().unwrap_or_default() {
        "" => Err(Refusal::new(Kind::Usage, "there is no passphrase in that file").hint("Put it on its first line.")),
        words => Ok(Some(words.to_owned())),
    }
}

/// A path as seen from the root: the running program stands elsewhere. One that cannot be is left as it is.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
