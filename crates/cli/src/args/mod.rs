//! What can be typed: the house's own commands, and one command for each app of the list.

mod command;
pub mod steer;
pub mod sync;
pub mod torrent;
mod tree;

use std::path::PathBuf;

use clap::Args;

pub use command::{
    BackupArgs, BridgeCommand, DeviceCommand, GiveArgs, HostCommand, InviteArgs, InviteCommand, NodeArgs, PhoneCommand,
    RestoreArgs, RunArgs, SearchArgs,
};
pub use steer::{Chosen, LimitsCommand, Rates, SteerCommand};
pub use sync::{SyncArgs, SyncCommand};
pub use torrent::{FetchArgs, TorrentArgs, TorrentCommand};
pub use tree::{FOLLOW, command};

/// What every command understands.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options for every command")]
pub struct Globals {
    /// Print JSON: one object, or one a line for what goes on
    #[arg(long, global = true, hide_short_help = true)]
    pub json: bool,
    /// Where Skein keeps everything on this computer
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "FOLDER",
        env = "SKEIN_HOME",
        hide_env_values = true
    )]
    pub data_dir: Option<PathBuf>,
    /// Which community: its name, or the beginning of its id
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "NAME|ID",
        env = "SKEIN_COMMUNITY",
        hide_env_values = true
    )]
    pub community: Option<String>,
    /// Say only what was asked for
    #[arg(short, long, global = true, hide_short_help = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice for everything
    #[arg(short, long, global = true, hide_short_help = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No colours (as does the variable NO_COLOR)
    #[arg(long, global = true, hide_short_help = true)]
    pub no_color: bool,
    /// Answer yes to every question
    #[arg(short, long, global = true, hide_short_help = true)]
    pub yes: bool,
}
