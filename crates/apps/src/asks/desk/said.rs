//! What an ask says as a person types it: the options that posting and changing share.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::typed::When;

/// What an ask says, as it is typed; what is left out stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args, TS)]
pub struct Said {
    /// More about it
    #[arg(long)]
    #[ts(optional = nullable)]
    pub text: Option<String>,
    /// What it is about, in one word: people who know it are asked first
    #[arg(long)]
    #[ts(optional = nullable)]
    pub topic: Option<String>,
    /// Where: a name that people know
    #[arg(long, value_name = "NAME")]
    #[ts(optional = nullable)]
    pub place: Option<String>,
    /// Where on the map: degrees north and east, "52.52,13.405"; kept to about 100 metres
    #[arg(long, value_name = "NORTH,EAST", allow_hyphen_values = true)]
    #[ts(optional = nullable)]
    pub point: Option<String>,
    /// Until when: a day (2026-12-01), a time in UTC (2026-12-01T18:00) or a span from now (3d)
    #[arg(long, value_name = "WHEN")]
    #[ts(as = "Option<String>", optional = nullable)]
    pub until: Option<When>,
    /// It is urgent; --urgent=false: no longer
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "YES")]
    #[ts(optional = nullable)]
    pub urgent: Option<bool>,
    /// A shared file or folder that shows it: its whole id
    #[arg(long, value_name = "SHARE")]
    #[ts(optional = nullable)]
    pub share: Option<skein_event::ObjectId>,
}

/// What an ask can stop saying. A text or a topic is said as an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Cleared {
    /// Until when.
    Date,
    /// Where.
    Place,
    /// The file that shows it.
    Picture,
}
