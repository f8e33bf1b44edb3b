//! The world outside Skein, as an app sees it: text files that a person names, calls to other programs' servers, and bridges,
//! by which programs that know nothing of Skein ask an app in a protocol of their own.
//!
//! Nothing here does anything: who reads the file, makes the call or answers the bridge's door is the host's and the door's.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use skein_event::ObjectId;
use ts_rs::TS;

use crate::Refusal;

/// The longest text file that a command or query names, in bytes: a million.
pub const MAX_TEXT_FILE_BYTES: usize = 1_000_000;
/// The most commands of one [`crate::Job::Each`].
pub const MAX_EACH: usize = 5_000;
/// The longest body of a request to a bridge, in bytes.
pub const MAX_BRIDGED_BYTES: usize = 64 << 10;
/// The longest answer to a [`Call`] that is read, in bytes; a longer one is refused whole.
pub const MAX_REPLY_BYTES: usize = 512 << 10;

/// A text file that a command or query names. Whoever types it reads it; the running program is only given the text, so that
/// it never opens what it is told to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub struct TextFile {
    /// What it is called, with its ending.
    #[ts(type = "string")]
    pub path: PathBuf,
    /// What is in it: at most [`MAX_TEXT_FILE_BYTES`].
    #[serde(default)]
    #[ts(optional = nullable)]
    pub text: Option<String>,
}

impl From<String> for TextFile {
    fn from(path: String) -> Self {
        Self { path: path.into(), text: None }
    }
}

/// A protocol that an app's bridge speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spoken {
    /// Its name on the command line: "calendar".
    pub name: &'static str,
    /// One line for people: what whoever has the address can do with it.
    pub about: &'static str,
    /// What follows the secret in the address that is given to others; may be empty.
    pub entry: &'static str,
    /// Whether it can also put something into the community, in this member's name.
    pub writes: bool,
}

/// A request to a bridge. Whoever sends it knows the bridge's secret, and nothing more is known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bridged {
    /// The protocol: the [`Spoken`]'s name.
    pub speaks: String,
    /// Whether it may change something: a POST.
    pub posts: bool,
    /// What follows the secret in the address, decoded, without a `/` at its beginning.
    pub path: String,
    /// The address's query and, of a POST, the form's fields, decoded, in their order.
    pub fields: Vec<(String, String)>,
}

impl Bridged {
    /// The first field of this name that is not blank.
    pub fn field(&self, name: &str) -> Option<&str> {
        let of_name = self.fields.iter().filter(|(given, _)| given == name);
        of_name.map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    }
}

/// What an answer over HTTP holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub kind: String,
    /// The body.
    pub body: String,
}

/// What a request to a bridge comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bridging<C> {
    /// This is answered.
    Answer(Reply),
    /// First this is done in the member's name; then the app is asked again, with what became of it.
    Do(C),
}

/// What became of the command that a request to a bridge led to: the object that it made, or why it was refused.
pub type Outcome = Result<ObjectId, Refusal>;

/// A call to another program's server, over HTTPS; over HTTP only to this very computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// The whole address.
    pub url: String,
    /// The fields of a form to post; `None`: it is only read.
    pub form: Option<Vec<(String, String)>>,
}
