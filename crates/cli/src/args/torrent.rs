//! `skein files torrent` and `skein files fetch-torrent`: what can be typed about torrents. The house's own commands, under an
//! app's name, because that is where people look for them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Its own name there.
pub const NAME: &str = "torrent";
/// One line for the help text.
pub const ABOUT: &str = "Give a file or folder to anybody outside who has its link, as a torrent";
/// The name of the way back.
pub const FETCH: &str = "fetch-torrent";
/// One line for the help text.
pub const FETCH_ABOUT: &str = "Fetch a torrent from outside and share what is in it with the community";

/// `skein files torrent`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct TorrentArgs {
    /// What is to be done with torrents that are there.
    #[command(subcommand)]
    pub command: Option<TorrentCommand>,
    /// A file or folder of this computer, or one that is shared in the community and held here
    #[arg(value_name = "FILE")]
    pub file: Option<String>,
    /// Where to write the .torrent file (default: here, as FILE.torrent)
    #[arg(long, value_name = "PATH")]
    pub to: Option<PathBuf>,
    /// Tell this tracker, so that others find it there; may be given several times (default: nobody is told)
    #[arg(long, value_name = "URL")]
    pub tracker: Vec<String>,
    /// Only write the .torrent file and the link: give nothing yet
    #[arg(long)]
    pub no_seed: bool,
}

/// `skein files torrent …`.
#[derive(Debug, Clone, Subcommand)]
pub enum TorrentCommand {
    /// List the torrents that you give, and those that you have begun to fetch
    List,
    /// Give one no longer, or throw away what came of one that you have begun to fetch
    End {
        /// Its number in the list
        id: String,
    },
}

/// `skein files fetch-torrent`.
#[derive(Debug, Clone, Args)]
pub struct FetchArgs {
    /// A magnet link, or a .torrent file
    #[arg(value_name = "MAGNET|FILE")]
    pub torrent: String,
    /// A computer that has it; may be given several times
    #[arg(long, alias = "peer", value_name = "IP:PORT")]
    pub from: Vec<String>,
    /// Ask this tracker who has it; may be given several times
    #[arg(long, value_name = "URL")]
    pub tracker: Vec<String>,
    /// Ask the trackers that the torrent names, too: they learn this computer's address
    #[arg(long)]
    pub trackers: bool,
    /// What to call it in the community (default: as it is called)
    #[arg(long)]
    pub name: Option<String>,
    /// A word about it
    #[arg(long)]
    pub note: Option<String>,
}
