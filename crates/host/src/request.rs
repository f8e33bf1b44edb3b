//! What may be asked of a running host. One enum, spoken alike by the local API, the command line and the tests.
//!
//! `community` takes the beginning of an id or a name that fits one community only; `None` means the only one there is.
//! Times are milliseconds since 1970.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::{Passphrase, Terms, TorrentRequest};

/// Something a person asks of their own host. Each answers with a stream of [`crate::Item`]s that ends with `Done` or
/// `Refused`; the answer types are named with each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// How the program is doing. [`crate::Status`].
    Status,
    /// Makes a new community. [`crate::Entered`].
    Found {
        /// The community's name.
        name: String,
        /// What the others see me as; `None`: the name used last.
        my_name: Option<String>,
    },
    /// Comes into a community by a link. Progress, then [`crate::Entered`]. When the time is up it is refused, but goes on.
    Join {
        /// What somebody gave me.
        link: String,
        /// What the others see me as; `None`: the name used last.
        my_name: Option<String>,
        /// How long to wait for the others, in milliseconds; `None`: a minute.
        #[ts(type = "number | null")]
        wait_ms: Option<u64>,
    },
    /// Says what a link is for, who gave it and until when it is good; joins nothing, calls nobody. [`crate::LinkRead`].
    ReadLink {
        /// What somebody gave me.
        link: String,
    },
    /// The conversation with one member alone; made if there is none. [`crate::Entered`].
    Direct {
        /// A community that we are both in.
        community: Option<String>,
        /// The member's id, the beginning of it, or the name.
        member: String,
    },
    /// Who would like to talk with me alone and has had no answer. A list of [`crate::Knock`].
    Knocks,
    /// Never shows a knock again on this device. `null`.
    Decline {
        /// Its id.
        id: String,
    },
    /// All communities here. A list of [`crate::CommunityRow`].
    Communities,
    /// Who belongs, and who can be reached how. A list of [`crate::MemberRow`].
    Members {
        /// Where.
        community: Option<String>,
    },
    /// Makes a link that lets others in. [`crate::Invitation`].
    Invite {
        /// Where.
        community: Option<String>,
        /// How many may come in by it.
        uses: u32,
        /// Until when.
        #[ts(type = "number")]
        expires_ms: u64,
    },
    /// Says goodbye to a community; what is here can still be read and exported. [`crate::Left`].
    Leave {
        /// Which.
        community: Option<String>,
    },
    /// An app's command. Progress if it takes time, then [`crate::Said`] or what the job came to.
    Do {
        /// Where.
        community: Option<String>,
        /// Which app.
        app: String,
        /// The app's command.
        #[ts(type = "unknown")]
        command: Value,
        /// The folder that relative paths in the command start from: where the person stands. `None`: the program's own.
        cwd: Option<PathBuf>,
    },
    /// An app's query; the answer is the app's own.
    Ask {
        /// Where.
        community: Option<String>,
        /// Which app.
        app: String,
        /// The app's query.
        #[ts(type = "unknown")]
        query: Value,
    },
    /// What an app's bridges speak: protocols for programs that know nothing of Skein. [`crate::Speech`].
    Speech {
        /// Where.
        community: Option<String>,
        /// Which app.
        app: String,
    },
    /// A request to a bridge, as a stranger's program sent it. [`skein_app::Reply`].
    Bridge {
        /// Where.
        community: Option<String>,
        /// Which app.
        app: String,
        /// The request.
        request: skein_app::Bridged,
    },
    /// Tells those who are connected something that is not kept: typing, for one. `null`.
    Signal {
        /// Where.
        community: Option<String>,
        /// Which app.
        app: String,
        /// The object's id.
        object: String,
        /// At most 4,096 bytes.
        text: String,
    },
    /// Looks for words in everything. A list of [`crate::Hit`], the best first.
    Search {
        /// Where; `None`: everywhere.
        community: Option<String>,
        /// The words.
        text: String,
        /// At most so many; at most 200.
        limit: u32,
        /// Only what this app holds.
        #[serde(default)]
        #[ts(optional = nullable)]
        app: Option<String>,
        /// Only what this member wrote: their id, or their name.
        #[serde(default)]
        #[ts(optional = nullable)]
        member: Option<String>,
        /// Only what is about this: its id, or what its app finds by this name: a channel, a share.
        #[serde(default)]
        #[ts(optional = nullable)]
        object: Option<String>,
        /// Only what was written then or later.
        #[serde(default)]
        #[ts(type = "number", optional = nullable)]
        after_ms: Option<u64>,
        /// Only what was written before.
        #[serde(default)]
        #[ts(type = "number", optional = nullable)]
        before_ms: Option<u64>,
    },
    /// What happened last. A list of [`crate::Hit`], the newest first.
    Feed {
        /// Where; `None`: everywhere.
        community: Option<String>,
        /// At most so many; at most 200.
        limit: u32,
        /// Go on before this event: its id. Only with one community.
        before: Option<String>,
    },
    /// Who has an event. [`crate::WhoHasIt`].
    WhoHas {
        /// Where.
        community: Option<String>,
        /// The event's id, or its beginning.
        event: String,
    },
    /// Odd things that happened. A list of [`crate::FindingRow`], the newest first.
    Findings {
        /// Where; `None`: everywhere.
        community: Option<String>,
    },
    /// Makes a link for another device of mine; good once, for ten minutes. [`crate::DeviceInvitation`].
    DeviceAdd,
    /// Makes this device one of the person who made the link. Progress, then [`crate::DeviceLinked`].
    DeviceLink {
        /// What the other device showed.
        link: String,
        /// A name for this device: "laptop".
        label: String,
    },
    /// Gives this device a fresh key: the same person, a new device. The program starts itself anew. [`crate::Renewed`].
    DeviceRenew,
    /// Ties a folder of this computer to one of a community, which is made if there is none of that name: both stay the same,
    /// in both directions. Progress, then [`crate::TieRow`].
    Tie {
        /// Where.
        community: Option<String>,
        /// The folder on this computer; made if it is not there.
        dir: PathBuf,
        /// What it is called in the community, or the beginning of its id; `None`: as it is called here.
        name: Option<String>,
        /// Only what fits one of these patterns, as in `.gitignore`.
        #[serde(default)]
        only: Vec<String>,
        /// Not what fits one of these.
        #[serde(default)]
        without: Vec<String>,
        /// Names that differ in capitals only count as the same, as on most other computers.
        #[serde(default)]
        one_case: bool,
    },
    /// How tied folders stand. A list of [`crate::TieRow`].
    Ties {
        /// Only the one here.
        dir: Option<PathBuf>,
    },
    /// Pauses a tied folder, lets it go on, or unties it. [`crate::TieRow`].
    ChangeTie {
        /// Where it is on this computer.
        dir: PathBuf,
        /// What is to become of it.
        what: crate::Tying,
    },
    /// Old versions of files in a tied folder. A list of [`crate::OldVersion`], the newest first.
    OldVersions {
        /// Where it is on this computer.
        dir: PathBuf,
        /// Only of this file: its path in the folder.
        path: Option<String>,
    },
    /// Puts an old version beside what is there now. [`crate::BroughtBack`].
    BringBack {
        /// Where the folder is on this computer.
        dir: PathBuf,
        /// Its id, or the beginning of it.
        version: String,
    },
    /// Writes all of a community in open formats. Progress, then [`crate::Exported`].
    Export {
        /// Which.
        community: Option<String>,
        /// Where to.
        to: PathBuf,
    },
    /// Writes everything that is needed to start again elsewhere. Progress, then [`crate::BackedUp`].
    Backup {
        /// Where to: a file that is not there yet.
        to: PathBuf,
        /// The communities' histories too.
        #[serde(default)]
        full: bool,
        /// Nobody can read it without this.
        #[serde(default)]
        passphrase: Option<Passphrase>,
    },
    /// Gives a file to somebody who need not be a member. Progress, then [`crate::GiftRow`].
    Give(Terms),
    /// What is being given. A list of [`crate::GiftRow`].
    Gifts,
    /// Takes back what is being given. `null`.
    EndGift {
        /// Its id.
        id: String,
    },
    /// Takes a file that somebody gives. Progress, then [`crate::TakenFile`].
    Take {
        /// The link or the four words.
        text: String,
        /// The folder to put it into.
        to: PathBuf,
    },
    /// What is on its way to this device, and what of it is paused. [`crate::Coming`].
    Coming,
    /// Pauses files, resumes them, or lets one come first. [`crate::Coming`].
    Steer(crate::Steering),
    /// How fast files may come and go. [`crate::LimitsNow`].
    Limits,
    /// Sets how fast files may come and go, from now on and after a restart. [`crate::LimitsNow`].
    SetLimits(crate::Limits),
    /// Gives torrents to people outside, and fetches theirs.
    Torrent(TorrentRequest),
    /// Looks whether all is well. Progress, then [`crate::Checkup`].
    Doctor,
    /// What changes, as [`crate::Item::Change`], until the receiver goes away.
    Follow {
        /// Where; `None`: everywhere.
        community: Option<String>,
    },
    /// Ends the program. `null`.
    Stop,
}
