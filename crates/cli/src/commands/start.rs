//! Starting in the background, and stopping.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skein_app::{Kind, Refusal};
use skein_host::{Request, Status};
use tokio::time::{sleep, timeout};

use super::Context;
use super::device::trouble;
use crate::args::NodeArgs;
use crate::out::Done;
use crate::text::{amount, one_line};

/// How long the program may take to start: reading a long history again takes a while.
const START_TIME: Duration = Duration::from_secs(120);
/// After so long the person is told that it takes a while.
const SLOW_START: Duration = Duration::from_secs(3);
/// How long the program may take to stop.
const STOP_TIME: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(30);
/// How much of the log is shown if it does not start, in bytes.
const LAST_WORDS: u64 = 4096;

pub(super) async fn up_command(context: &Context, args: &NodeArgs) -> Done {
    if let Ok(status) = status(context).await {
        if options(args).is_empty() {
            context.out.note("Skein is running already.");
            return context.print(&status, |_| String::new());
        }
        return Err(Refusal::new(Kind::Conflict, "Skein is running already, so these options would have no effect")
            .hint("Stop it with `skein down`, then start it again with them.")
            .into());
    }
    let status = up(context, args).await?;
    context.print(&status, |status| {
        let log = one_line(&context.profile.log().display().to_string());
        let next = match status.communities.is_empty() {
            true => format!(
                "\nBegin a community:  {}\nOr come into one:   {}\n",
                context.typed("skein found NAME"),
                context.typed("skein join LINK")
            ),
            false => format!("See how it is doing:  {}\n", context.typed("skein status")),
        };
        format!("Skein is running in the background (process {}). Its log is {log}\n{next}", status.pid)
    })
}

/// Starts the program in the background if it is not running, and says so.
pub(super) async fn up_if_down(context: &Context) -> Result<(), Refusal> {
    match status(context).await {
        Ok(_) => Ok(()),
        Err(refusal) if refusal.kind == Kind::NotRunning => {
            up(context, &NodeArgs::default()).await?;
            context.out.note("Skein was started in the background; `skein down` stops it.");
            Ok(())
        }
        Err(refusal) => Err(refusal),
    }
}

async fn status(context: &Context) -> Result<Status, Refusal> {
    context.client.ask(&Request::Status, |_| {}).await
}

/// Starts the program in the background and waits until it answers.
///
/// # Errors
/// Why it did not start: its own last words.
async fn up(context: &Context, args: &NodeArgs) -> Result<Status, Refusal> {
    let (mut child, log_length) = spawn(context, args)?;
    let begun = Instant::now();
    let mut told = false;
    loop {
        match status(context).await {
            Ok(status) => return Ok(status),
            Err(refusal) if refusal.kind != Kind::NotRunning => return Err(refusal),
            Err(_) => {}
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(did_not_start(&context.profile.log(), log_length, status.code()));
        }
        if begun.elapsed() > START_TIME {
            return Err(Refusal::new(Kind::Unreachable, "Skein was started but does not answer yet")
                .hint("Look at `skein logs`, and try `skein status` in a while."));
        }
        if begun.elapsed() > SLOW_START && !told {
            told = true;
            context.out.note("Skein is starting; a long history takes a while to read.");
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// Starts this same program; gives it, and how long its log was before.
fn spawn(context: &Context, args: &NodeArgs) -> Result<(Child, u64), Refusal> {
    let folder = context.profile.folder();
    context.profile.make()?;
    let path = context.profile.log();
    let cannot = |error: io::Error| trouble(&format!("{} cannot be written", path.display()), &error);
    let log = OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(cannot)?;
    let length = log.metadata().map_err(cannot)?.len();
    let program = std::env::current_exe().map_err(|error| trouble("the program cannot find itself", &error))?;
    let child = Command::new(program)
        .arg("run")
        .arg("--detach")
        .args(options(args))
        .args(std::iter::repeat_n("--verbose", context.globals.verbose.into()))
        .env("SKEIN_HOME", folder)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map_err(|error| trouble("Skein cannot be started", &error))?;
    Ok((child, length))
}

/// The options as they are typed.
fn options(args: &NodeArgs) -> Vec<String> {
    let NodeArgs { keeper, relay, relay_url, port, bind, page_port, phone_bind, no_mdns } = args;
    let mut options = Vec::new();
    options.extend(keeper.map(|keeper| format!("--keeper={keeper}")));
    options.extend(relay.map(|address| format!("--relay={address}")));
    options.extend(relay_url.iter().map(|url| format!("--relay-url={url}")));
    options.extend(port.map(|port| format!("--port={port}")));
    options.extend(bind.map(|address| format!("--bind={address}")));
    options.extend(page_port.map(|port| format!("--page-port={port}")));
    options.extend(phone_bind.map(|address| format!("--phone-bind={address}")));
    options.extend(no_mdns.then(|| "--no-mdns".to_owned()));
    options
}

/// The demo community.
#[derive(Serialize, Deserialize)]
struct Opened {
    community: String,
}

/// Opens the demo community in the person's own program.
pub(super) async fn demo(context: &Context) -> Done {
    up_if_down(context).await?;
    let opened: Opened = context.client.post("/api/demo", &json!({})).await?;
    context.print(&opened, |_| {
        let name = crate::demo::neighbours::COMMUNITY;
        let names = amount::list(&crate::demo::neighbours::NAMES.map(String::from));
        let typed = |words: &str| context.typed(&format!("skein --community \"{name}\" {words}"));
        format!(
            "You are in {name}, with {names}: pretend neighbours, programs on this computer. Nothing leaves it.\n\n\
             Listen:           {}\nSay something:    {}\nIn the browser:   {}\nSeen enough:      {}\n",
            typed("chat read general --follow"),
            typed("chat say general Hello"),
            context.typed("skein open"),
            typed("leave")
        )
    })
}

/// What the program said before it ended: its error, which it prints as every command does.
fn did_not_start(log: &Path, from: u64, code: Option<i32>) -> Refusal {
    let words = std::fs::File::open(log).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(from.max(length.saturating_sub(LAST_WORDS))))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    });
    last_words(&words.unwrap_or_default(), code)
}

fn last_words(log: &str, code: Option<i32>) -> Refusal {
    let kind = match code {
        Some(2) => Kind::Usage,
        Some(6) => Kind::Denied,
        Some(7) => Kind::Conflict,
        Some(8) => Kind::Limit,
        _ => Kind::Failed,
    };
    let Some((_, error)) = log.rsplit_once("skein: ") else {
        return Refusal::new(kind, "Skein did not start, and said nothing about it")
            .hint("`skein run` starts it here, where its words can be seen.");
    };
    let (message, hint) = error.split_once('\n').unwrap_or((error, ""));
    Refusal::new(kind, format!("Skein did not start: {message}")).hint(hint.lines().next().unwrap_or_default().trim())
}

/// Stops the program and waits until it has ended. That it does not run is no failure: it is what was asked for.
pub(super) async fn down(context: &Context) -> Done {
    let stopped = match context.client.ask::<Value>(&Request::Stop, |_| {}).await {
        Ok(_) => true,
        Err(refusal) if refusal.kind == Kind::NotRunning => false,
        // It may end before it has answered.
        Err(refusal) if refusal.kind == Kind::Failed => true,
        Err(refusal) => return Err(refusal.into()),
    };
    if stopped {
        timeout(STOP_TIME, ended(context)).await.map_err(|_| {
            Refusal::new(Kind::Unreachable, "Skein was asked to stop but has not ended yet")
                .hint("What was confirmed is safe. Look again with `skein status`.")
        })?;
    }
    let words = if stopped { "Skein has stopped." } else { "Skein was not running." };
    context.out.answer(&json!({ "stopped": stopped }), || words.to_owned())
}

/// The lock on the folder is given up when the process ends; the socket goes before that.
async fn ended(context: &Context) {
    while !super::run::is_free(context.profile.folder()) || status(context).await.is_ok() {
        sleep(LOOK_AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_said_before_it_ended_is_what_the_person_reads() {
        let log =
            "2026 INFO old\nskein: cannot listen on 1.2.3.4:5: not ours\n       Choose another address with --bind.\n";
        let refusal = last_words(log, Some(1));
        assert_eq!(refusal.message, "Skein did not start: cannot listen on 1.2.3.4:5: not ours");
        assert_eq!(refusal.hint, "Choose another address with --bind.");
        assert_eq!(last_words("", Some(7)).kind, Kind::Conflict);
    }

    #[test]
    fn options_are_handed_on_as_they_were_typed() {
        let args = NodeArgs { keeper: Some(true), port: Some(7), no_mdns: true, ..NodeArgs::default() };
        assert_eq!(options(&args), ["--keeper=true", "--port=7", "--no-mdns"]);
        assert!(options(&NodeArgs::default()).is_empty());
    }
}
