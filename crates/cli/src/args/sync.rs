//! `skein files sync`: what can be typed about folders that stay the same. The house's own command, under an app's name,
//! because that is where people look for it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The app under whose name it stands.
pub const UNDER: &str = "files";
/// Its own name there.
pub const NAME: &str = "sync";
/// One line for the help text.
pub const ABOUT: &str = "Keep a folder of this computer the same as everybody's, in both directions";

/// `skein files sync`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct SyncArgs {
    /// What is to be done with a folder that is kept the same.
    #[command(subcommand)]
    pub command: Option<SyncCommand>,
    /// The folder on this computer; everything in it is given to every member
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// What it is called in the community, or the beginning of its id (default: as it is called here)
    #[arg(long = "as", value_name = "NAME|ID")]
    pub name: Option<String>,
    /// Only what fits this pattern, as in .gitignore; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,
    /// Not what fits this pattern; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub without: Vec<String>,
    /// Take names that differ in capitals only for the same, as most other computers do
    #[arg(long)]
    pub one_case: bool,
}

/// `skein files sync …`.
#[derive(Debug, Clone, Subcommand)]
pub enum SyncCommand {
    /// List the folders of this computer that are kept the same
    List,
    /// See how one of them stands, and what is left alone in it
    Status {
        /// The folder on this computer
        dir: PathBuf,
    },
    /// Do nothing with it until it is resumed
    Pause {
        /// The folder on this computer
        dir: PathBuf,
    },
    /// Go on with it
    Resume {
        /// The folder on this computer
        dir: PathBuf,
        /// The files that are gone at once are to be gone for everybody
        #[arg(long, conflicts_with = "back")]
        gone: bool,
        /// The files that are gone at once are to come back
        #[arg(long)]
        back: bool,
    },
    /// Keep it the same no longer; all files stay where they are
    Stop {
        /// The folder on this computer
        dir: PathBuf,
    },
    /// Keep one version of what two changed at once, for everybody; the others go to the old versions
    Keep {
        /// The folder on this computer
        dir: PathBuf,
        /// The version to keep: its path in the folder, or on this computer
        file: String,
    },
    /// List old versions of its files: they are kept for thirty days
    Versions {
        /// The folder on this computer
        dir: PathBuf,
        /// Only of this file: its path in the folder
        path: Option<String>,
    },
    /// Put an old version beside what is there now
    Restore {
        /// The folder on this computer
        dir: PathBuf,
        /// Its id, as `versions` shows it, or the beginning of it
        version: String,
    },
}
