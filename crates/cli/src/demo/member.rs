//! One member: a process of this same program on a folder of its own, and what its person types.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::de::DeserializeOwned;
use skein_app::{Kind, Refusal, Typed};
use skein_host::{Progress, Request, Status};
use tokio::time::sleep;

use crate::args;
use crate::client::Client;
use crate::profile::Profile;

/// How long a member may take to start.
const START_TIME: Duration = Duration::from_secs(30);
/// How long a member may take to stop before it is ended.
const STOP_TIME: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A member. Its process is ended only through [`Child`], so never another one's.
pub struct Member {
    /// What the person is called.
    pub name: &'static str,
    folder: PathBuf,
    child: Option<Child>,
}

impl Member {
    /// Somebody whose program does not run yet.
    pub fn new(name: &'static str, folder: PathBuf) -> Self {
        Self { name, folder, child: None }
    }

    /// Where this member's program keeps everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What this member's program writes down.
    pub fn log(&self) -> PathBuf {
        self.folder.join("skein.log")
    }

    /// Starts the program: on loopback only, no relay, no announcements.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&mut self) -> Result<(), Refusal> {
        let program = std::env::current_exe().map_err(|error| trouble(self.name, error))?;
        let child = Command::new(program)
            .args(["run", "--detach", "--tied", "--no-mdns", "--bind=127.0.0.1:0", "--page-port=0"])
            .env("SKEIN_HOME", &self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| trouble(self.name, error))?;
        self.child = Some(child);
        Ok(())
    }

    /// Whether the program was started and has not ended.
    pub fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Waits until the program answers.
    ///
    /// # Errors
    /// If it ends, or takes too long.
    pub async fn awake(&mut self) -> Result<(), Refusal> {
        let begun = Instant::now();
        loop {
            match self.ask::<Status>(&Request::Status).await {
                Ok(_) => return Ok(()),
                Err(refusal) if refusal.kind != Kind::NotRunning => return Err(refusal),
                Err(_) => {}
            }
            let ended = self.child.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|status| status.is_some()));
            if ended || begun.elapsed() > START_TIME {
                return Err(Refusal::new(Kind::Failed, format!("{}'s program did not start", self.name))
                    .hint("What it said is above; `skein run` starts one by hand."));
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Asks this member's program.
    ///
    /// # Errors
    /// What it refused.
    pub async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Refusal> {
        self.ask_seeing(request, |_| {}).await
    }

    /// Asks this member's program; progress goes to `seen`.
    ///
    /// # Errors
    /// What it refused.
    pub async fn ask_seeing<T: DeserializeOwned>(
        &self,
        request: &Request,
        seen: impl FnMut(&Progress),
    ) -> Result<T, Refusal> {
        let told = self.client()?.ask(request, seen).await;
        told.map_err(|refusal| Refusal { message: format!("{}: {}", self.name, refusal.message), ..refusal })
    }

    /// Asks this member's program elsewhere, too.
    ///
    /// # Errors
    /// If the folder's path is too long.
    pub fn client(&self) -> Result<Client, Refusal> {
        Ok(Client::new(Profile::at(self.folder.clone())?))
    }

    /// Types a command of an app, as a person would; gives its answer.
    ///
    /// # Errors
    /// What the program refused.
    pub async fn types<T: DeserializeOwned>(&self, words: &[&str]) -> Result<T, Refusal> {
        self.ask(&typed(words)?).await
    }

    /// Ends the program as a power cut would: no goodbye, nothing written down.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks the program to stop; does not wait.
    pub fn ask_to_end(&mut self) {
        if let Some(child) = &self.child {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            // It may have ended by itself; it was not waited for yet, so the number is still its own.
            let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
        }
    }

    /// Waits a little for the program to stop, then ends it.
    pub async fn ended(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < STOP_TIME {
            match self.child.as_mut().map(Child::try_wait) {
                None | Some(Ok(Some(_))) => break,
                _ => sleep(LOOK_AGAIN).await,
            }
        }
        self.kill();
    }
}

/// What somebody types, as the request that it becomes.
///
/// # Errors
/// If it cannot be understood, or is not a command of an app.
pub fn typed(words: &[&str]) -> Result<Request, Refusal> {
    let wrong = |why: String| Refusal::new(Kind::Failed, format!("the demo types {words:?}: {why}"));
    let line = std::iter::once("skein").chain(words.iter().copied());
    let matches = args::command().try_get_matches_from(line).map_err(|error| wrong(error.to_string()))?;
    let (name, inner) = matches.subcommand().ok_or_else(|| wrong("nothing to do".into()))?;
    let app = skein_apps::APPS.iter().find(|app| app.name() == name).ok_or_else(|| wrong("no such app".into()))?;
    match app.parse(inner).map_err(|error| wrong(error.to_string()))? {
        Typed::Command(command) => Ok(Request::Do { community: None, app: name.into(), command, cwd: None }),
        Typed::Query(query) => Ok(Request::Ask { community: None, app: name.into(), query }),
    }
}

fn trouble(name: &str, error: std::io::Error) -> Refusal {
    Refusal::new(Kind::Failed, format!("{name}'s program cannot be started: {error}"))
}
