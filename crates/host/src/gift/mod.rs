//! Giving one file to somebody who is in no community, and taking one: by a link, or by four words.
//!
//! What is given is there while this program runs, for as many as were meant to have it, and not longer than was said. Members
//! are never told, and whoever takes it learns nothing of a community.

mod code;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use skein_event::BlobHash;
use skein_net::Progress as NetProgress;
use skein_net::gift::{From, Gift, GiftError, Given, Token};
use tokio::sync::watch;
use ts_rs::TS;

use crate::chance::{fill, now_ms, secret_key};
use crate::core::Core;
use crate::desk::{Items, shown};
use crate::link::{Entry, GiftLink, Link, short_name};
use source::Source;

/// How many files may be given at once.
const MAX_GIFTS: usize = 16;
/// How many people one file may be given to.
const MAX_TIMES: u32 = 100;
/// How long it may be there, at most.
const MAX_LASTS: Duration = Duration::from_secs(30 * 86_400);

/// What is to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Giving {
    /// A file of this computer. It is read when it is fetched: it should stay as it is until then.
    Path(PathBuf),
    /// A file that is whole on this device.
    Held {
        /// Its root.
        root: String,
        /// What it is called.
        name: String,
    },
}

/// How a file is to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Which.
    pub what: Giving,
    /// Where the person stands: a relative path starts here.
    #[serde(default)]
    pub cwd: Option<PathBuf>,
    /// How many may have it: 1 to 100.
    pub times: u32,
    /// For how long, in milliseconds: 30 days at most.
    #[ts(type = "number")]
    pub lasts_ms: u64,
    /// By four words that can be said, instead of a link; for one person.
    pub spoken: bool,
}

/// A file that is being given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GiftRow {
    /// By which it can be taken back.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How large it is.
    #[ts(type = "number")]
    pub bytes: u64,
    /// What to pass on: a link, or four words.
    pub text: String,
    /// Whether it is four words.
    pub spoken: bool,
    /// Until when it is there.
    #[ts(type = "number")]
    pub expires_ms: u64,
    /// How many may have it.
    pub times: u32,
    /// How many have it.
    pub taken: u32,
    /// How many fetch it now.
    pub under_way: u32,
    /// Whether nobody can fetch it any more.
    pub over: bool,
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakenFile {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// How large it is.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// What is given now.
#[derive(Default)]
pub(crate) struct GivenFiles(Mutex<BTreeMap<u64, (GiftRow, Given)>>);

impl GivenFiles {
    /// All of them, the newest last; those that are over stay in sight until there is no room.
    pub fn rows(&self) -> Vec<GiftRow> {
        let gifts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let row = |(row, given): &(GiftRow, Given)| {
            let told = given.told().borrow().clone();
            GiftRow { taken: told.taken, under_way: told.under_way, over: told.over, ..row.clone() }
        };
        gifts.values().map(row).collect()
    }

    /// Takes one back. What was fetched whole stays where it is.
    ///
    /// # Errors
    /// If there is none of that id.
    pub fn end(&self, id: &str) -> Result<(), Refusal> {
        let mut gifts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = id.parse().ok().filter(|number| gifts.contains_key(number));
        let Some(number) = number else {
            return Err(Refusal::new(Kind::NotFound, "nothing of that number is being given")
                .hint("See what is: `skein gifts`."));
        };
        gifts.remove(&number);
        Ok(())
    }

    fn add(&self, row: GiftRow, given: Given) -> Result<GiftRow, Refusal> {
        let mut gifts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if gifts.len() >= MAX_GIFTS {
            let over = gifts.iter().find(|(_, (_, given))| given.told().borrow().over).map(|(number, _)| *number);
            let Some(over) = over else {
                return Err(Refusal::new(Kind::Limit, format!("{MAX_GIFTS} files are being given already"))
                    .hint("Take one back: `skein gifts --end NUMBER`."));
            };
            gifts.remove(&over);
        }
        let number = gifts.keys().next_back().map_or(1, |last| last + 1);
        let row = GiftRow { id: number.to_string(), ..row };
        gifts.insert(number, (row.clone(), given));
        Ok(row)
    }
}

/// Begins to give a file.
///
/// # Errors
/// If it cannot be read, the terms make no sense, or too much is given already.
pub(crate) async fn give(core: &Arc<Core>, terms: Terms, items: &Items) -> Result<GiftRow, Refusal> {
    let lasts = Duration::from_millis(terms.lasts_ms);
    if terms.times == 0 || terms.times > MAX_TIMES || lasts.is_zero() || lasts > MAX_LASTS {
        return Err(Refusal::new(Kind::Usage, "a file is given to 1 to 100 people, for 30 days at most")
            .hint("Share it in a community if it is for longer or for more."));
    }
    if terms.spoken && terms.times > 1 {
        return Err(Refusal::new(Kind::Usage, "four words are good for one person")
            .hint("Leave out --code for a link that several may use."));
    }
    let source = Source::open(core, terms.what, terms.cwd.as_deref(), items).await?;
    let secret = Secret::fresh(terms.spoken).await?;
    let (about, open) = source.parts(core)?;
    let (name, bytes, root) = (about.name.clone(), about.bytes, about.root);
    let gift = Gift { about, token: secret.token, times: terms.times, lasts, open };
    let given = core.wire.gifts()?.give(&secret.key, gift).await.map_err(|error| of_gift(&error.into()))?;
    let expires_ms = now_ms().saturating_add(terms.lasts_ms);
    let text = secret.text(&name, root, expires_ms, given.addresses());
    let row = GiftRow {
        id: String::new(),
        name,
        bytes,
        text,
        spoken: terms.spoken,
        expires_ms,
        times: terms.times,
        taken: 0,
        under_way: 0,
        over: false,
    };
    core.gifts.add(row, given)
}

/// The secret of one gift.
struct Secret {
    key: skein_event::SecretKey,
    token: Token,
    code: Option<String>,
}

impl Secret {
    async fn fresh(spoken: bool) -> Result<Self, Refusal> {
        if spoken {
            let code = code::fresh()?;
            let (key, token) = worked_out(code.clone()).await?;
            return Ok(Self { key, token, code: Some(code) });
        }
        let mut token = Token::default();
        fill(&mut token)?;
        Ok(Self { key: secret_key()?, token, code: None })
    }

    fn text(&self, name: &str, root: BlobHash, expires_ms: u64, addresses: &[String]) -> String {
        if let Some(code) = &self.code {
            return code.clone();
        }
        let entry = Entry::new(self.key.device(), addresses);
        let link = GiftLink { entry, token: self.token, root, name: short_name(name), expires_ms };
        Link::Gift(link).write()
    }
}

async fn worked_out(code: String) -> Result<(skein_event::SecretKey, Token), Refusal> {
    let slow = tokio::task::spawn_blocking(move || code::slow(&code)).await;
    slow.map_err(|error| Refusal::new(Kind::Failed, format!("the code could not be used: {error}")))?
}

/// Takes a file that somebody gives, by their link or their four words, into a folder.
///
/// # Errors
/// If it is neither, nobody is there, it is not given any more, or it cannot be written.
pub(crate) async fn take(core: &Arc<Core>, text: &str, to: &Path, items: &Items) -> Result<TakenFile, Refusal> {
    let from = read(text).await?;
    let (gifts, key) = (core.wire.gifts()?, secret_key()?);
    let (progress, mut seen) = watch::channel(NetProgress::default());
    let taking = gifts.take(&key, &from, to, progress);
    tokio::pin!(taking);
    items.words("looking for whoever gives it", "");
    loop {
        tokio::select! {
            taken = &mut taking => {
                let taken = taken.map_err(|error| of_gift(&error))?;
                let path = taken.path.display().to_string();
                return Ok(TakenFile { name: taken.about.name, path, bytes: taken.about.bytes });
            }
            Ok(()) = seen.changed() => {
                let now = seen.borrow_and_update().clone();
                items.progress(shown("fetching", &now, "here"));
            }
            () = items.gone() => return Err(Refusal::new(Kind::Failed, "given up: nobody waits for it")),
        }
    }
}

async fn read(text: &str) -> Result<From, Refusal> {
    if !text.trim_start().to_ascii_lowercase().starts_with("skein:") {
        let (key, token) = worked_out(code::read(text)?).await?;
        return Ok(From { giver: key.device(), addresses: Vec::new(), token, root: None });
    }
    match Link::read(text)? {
        Link::Gift(link) if link.expires_ms <= now_ms() => {
            Err(Refusal::new(Kind::NotFound, "this link is no longer good").hint("Ask for another one."))
        }
        Link::Gift(link) => {
            let addresses = link.entry.addresses();
            Ok(From { giver: link.entry.device, addresses, token: link.token, root: Some(link.root) })
        }
        Link::Join(_) | Link::Device(_) => Err(Refusal::new(Kind::Usage, "this link is not for a file")
            .hint("See what it is for: `skein join LINK --look`.")),
    }
}

fn of_gift(error: &GiftError) -> Refusal {
    let refusal = |kind| Refusal::new(kind, error.to_string());
    match error {
        GiftError::Unreachable => refusal(Kind::Unreachable).hint(
            "Their Skein must be running. Four words work in the same network; elsewhere use the link. What came in is kept.",
        ),
        GiftError::Refused(_) => refusal(Kind::Denied).hint("Ask whoever gives it for a new code or link."),
        GiftError::Damaged(_) => refusal(Kind::Failed).hint("Nothing of it was kept. Ask whoever gives it."),
        GiftError::Io { why, .. } if why.kind() == std::io::ErrorKind::StorageFull => {
            refusal(Kind::Failed).hint("Make room on the disk and try again: what came in is kept.")
        }
        GiftError::Io { .. } | GiftError::Net(_) => refusal(Kind::Failed).hint("Look whether the folder can be written."),
    }
}
