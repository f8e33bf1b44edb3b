//! The demo community: three pretend neighbours for somebody who tries Skein alone. Each is a real process of this same
//! program with a folder of its own, on loopback only; they end with this program, or when the person leaves.
//!
//! It ends only processes that it started, and removes only the folder `demo` in the person's own data folder.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use skein_api::{Demo, Pending};
use skein_app::{Kind, Refusal};
use skein_host::{CommunityRow, Entered, Host, Invitation, Item, Request, Standing, Status};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::member::Member;
use super::script;

/// What their community is called.
pub const COMMUNITY: &str = "The Allotment (demo)";
/// Who they are; the first one founds the community.
pub const NAMES: [&str; 3] = ["Rosa", "Tariq", "Wen"];
/// How long coming in may take.
const JOIN_TIME: Duration = Duration::from_secs(30);
/// For how long their invitations are good, in milliseconds.
const INVITATION_MS: u64 = 600_000;
/// How often it is looked whether the person has left.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The neighbours of one person.
#[derive(Clone)]
pub struct Neighbours {
    host: Arc<Host>,
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Their processes.
    members: Vec<Member>,
    /// What they do, until the person leaves.
    play: Option<JoinHandle<()>>,
    /// The program is ending.
    over: bool,
}

impl State {
    fn runs(&mut self) -> bool {
        let playing = self.play.as_ref().is_some_and(|play| !play.is_finished());
        playing && !self.members.is_empty() && self.members.iter_mut().all(Member::runs)
    }

    fn end(&mut self) {
        if let Some(play) = self.play.take() {
            play.abort();
        }
        self.members.iter_mut().for_each(Member::kill);
        self.members.clear();
    }
}

impl Neighbours {
    /// Nobody is started yet. What is left of a demo that the person has left meanwhile is removed.
    pub fn new(host: Arc<Host>, data: &Path) -> Self {
        let all = Self { host, folder: data.join("demo"), state: Arc::default() };
        if all.folder.exists() {
            let own = all.clone();
            tokio::spawn(async move { own.until_left().await });
        }
        all
    }

    /// Ends them all, for the program is ending.
    pub async fn stop(&self) {
        let mut state = self.state.lock().await;
        state.over = true;
        state.end();
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Refusal> {
        let mut items = self.host.request(request);
        let broken = || Refusal::new(Kind::Failed, "Skein broke off without an answer");
        loop {
            match items.recv().await.ok_or_else(broken)? {
                Item::Done(value) => return serde_json::from_value(value).map_err(|_| broken()),
                Item::Refused(refusal) => return Err(refusal),
                Item::Progress(_) | Item::Change(_) => {}
            }
        }
    }

    /// The demo community, if there is one that the person is in.
    async fn community(&self) -> Result<Option<String>, Refusal> {
        let Ok(id) = fs::read_to_string(self.folder.join("community")) else { return Ok(None) };
        let rows: Vec<CommunityRow> = self.ask(Request::Communities).await?;
        let there = rows.iter().any(|row| row.community == id && row.standing == Standing::Member);
        Ok(there.then_some(id))
    }

    async fn open(&self) -> Result<String, Refusal> {
        let mut state = self.state.lock().await;
        if state.over {
            return Err(Refusal::new(Kind::NotRunning, "Skein is going offline"));
        }
        let known = self.community().await?;
        if let Some(id) = known.clone().filter(|_| state.runs()) {
            return Ok(id);
        }
        state.end();
        let begun = match known {
            Some(id) => self.wake(&mut state).await.map(|()| id),
            None => self.begin(&mut state).await,
        };
        match begun {
            Ok(id) => {
                let own = self.clone();
                state.play = Some(tokio::spawn(async move { own.play().await }));
                Ok(id)
            }
            Err(refusal) => {
                state.end();
                Err(refusal)
            }
        }
    }

    /// Founds the community in the first neighbour's name, and lets the person in: so both ways are on loopback, whatever
    /// networks this computer is in.
    async fn begin(&self, state: &mut State) -> Result<String, Refusal> {
        remove(&self.folder);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(|error| failed("the demo's folder cannot be made", &error))?;
        self.start(state, 0).await?;
        let rosa = self.neighbour(0);
        let my_name = Some(NAMES[0].to_owned());
        let _: Entered = rosa.ask(&Request::Found { name: COMMUNITY.into(), my_name }).await?;
        let link = invite(&rosa).await?;
        let status: Status = self.ask(Request::Status).await?;
        let my_name = status.name.is_empty().then(|| {
            let user = std::env::var("USER").unwrap_or_default();
            if user.trim().is_empty() { "You".to_owned() } else { user }
        });
        let wait_ms = u64::try_from(JOIN_TIME.as_millis()).ok();
        let entered: Entered = self.ask(Request::Join { link, my_name, wait_ms }).await?;
        let noted = fs::write(self.folder.join("community"), &entered.community);
        noted.map_err(|error| failed("the demo cannot be noted down", &error))?;
        Ok(entered.community)
    }

    /// Starts the neighbours of an earlier day again.
    async fn wake(&self, state: &mut State) -> Result<(), Refusal> {
        for who in 0..NAMES.len() {
            self.start(state, who).await?;
        }
        Ok(())
    }

    async fn start(&self, state: &mut State, who: usize) -> Result<(), Refusal> {
        let mut member = self.neighbour(who);
        member.start()?;
        // From now on it is ended with the others, also if it does not answer.
        state.members.push(member);
        match state.members.last_mut() {
            Some(member) => member.awake().await,
            None => Ok(()),
        }
    }

    /// Somebody to ask things of; the process belongs to the state.
    fn neighbour(&self, who: usize) -> Member {
        Member::new(NAMES[who], self.folder.join(NAMES[who].to_lowercase()))
    }

    /// Everything that they do, until the person leaves.
    async fn play(&self) {
        let playing = async {
            if let Err(refusal) = self.perform().await {
                tracing::warn!("the demo's neighbours fell silent: {refusal}");
            }
            std::future::pending::<()>().await
        };
        tokio::select! {
            () = playing => (),
            () = self.left() => (),
        }
        self.clear().await;
    }

    async fn perform(&self) -> Result<(), Refusal> {
        for who in 1..NAMES.len() {
            let missing = self.state.lock().await.members.len() <= who;
            if missing {
                self.start(&mut *self.state.lock().await, who).await?;
            }
            let neighbour = self.neighbour(who);
            let rows: Vec<CommunityRow> = neighbour.ask(&Request::Communities).await?;
            if rows.is_empty() {
                let link = invite(&self.neighbour(0)).await?;
                let my_name = Some(neighbour.name.to_owned());
                let wait_ms = u64::try_from(JOIN_TIME.as_millis()).ok();
                let _: Entered = neighbour.ask(&Request::Join { link, my_name, wait_ms }).await?;
            }
        }
        let all: Vec<Member> = (0..NAMES.len()).map(|who| self.neighbour(who)).collect();
        script::perform(&all, &self.folder).await
    }

    /// Waits until the person is no longer in the demo community.
    async fn left(&self) {
        // If it cannot be asked just now, it is asked again.
        while !matches!(self.community().await, Ok(None)) {
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn until_left(&self) {
        self.left().await;
        self.clear().await;
    }

    /// The community is left: nothing remains of it but what the person has.
    async fn clear(&self) {
        let mut state = self.state.lock().await;
        // A new demo may have begun meanwhile.
        if matches!(self.community().await, Ok(None)) {
            state.members.iter_mut().for_each(Member::kill);
            state.members.clear();
            remove(&self.folder);
        }
    }
}

impl Demo for Neighbours {
    fn open(&self) -> Pending<'_, Result<String, Refusal>> {
        // In a task of its own: what is begun is not left half done when the page goes away.
        let own = self.clone();
        let opening = tokio::spawn(async move { Self::open(&own).await });
        Box::pin(async move {
            opening
                .await
                .unwrap_or_else(|_| Err(Refusal::new(Kind::Failed, "the demo broke off").hint("See `skein logs`.")))
        })
    }
}

async fn invite(rosa: &Member) -> Result<String, Refusal> {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as u64);
    let request = Request::Invite { community: None, uses: 1, expires_ms: now_ms + INVITATION_MS };
    rosa.ask::<Invitation>(&request).await.map(|invitation| invitation.link)
}

fn remove(folder: &Path) {
    // What cannot be removed now is when the next demo begins.
    let _ = fs::remove_dir_all(folder);
}

fn failed(what: &str, error: &std::io::Error) -> Refusal {
    Refusal::new(Kind::Failed, format!("{what}: {error}")).hint("Make room on the disk and try again.")
}
