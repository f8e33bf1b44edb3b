//! The house's own commands. Those of the apps are made from the apps.

use std::net::{SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use super::steer::LimitsCommand;
use crate::text::time::{When, parse_span, parse_when};

/// The house's own commands.
#[derive(Debug, Clone, Subcommand)]
pub enum HostCommand {
    /// Found a community
    Found {
        /// What it is called
        name: String,
        /// What you are called in it (default: your name on this computer)
        #[arg(long = "name", value_name = "ME")]
        me: Option<String>,
    },
    /// Make a link that lets people in
    Invite(InviteArgs),
    /// Join a community with a link
    Join {
        /// The link that you were given
        link: String,
        /// What you are called in the community (default: your name on this computer)
        #[arg(long = "name", value_name = "ME")]
        me: Option<String>,
        /// Only say what the link is for, who gave it and until when it is good
        #[arg(long, conflicts_with = "me")]
        look: bool,
    },
    /// Give a file to somebody who is in no community, by a link or by four words
    Give(GiveArgs),
    /// Take a file that somebody gives you
    Take {
        /// The link, or the four words
        #[arg(required = true, num_args = 1..)]
        what: Vec<String>,
        /// The folder to put it into (default: where you are)
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        to: PathBuf,
    },
    /// See what you are giving to people outside
    Gifts {
        /// Take one back: its number
        #[arg(long, value_name = "NUMBER")]
        end: Option<String>,
    },
    /// See who belongs, who can be reached and how, and when each was last heard of
    Members,
    /// Talk with one member alone; made if there is no such conversation yet
    Direct {
        /// Name, or the beginning of the id
        member: String,
    },
    /// See who would like to talk with you alone
    Knocks {
        /// Do not show this one again: its id
        #[arg(long, value_name = "ID")]
        decline: Option<String>,
    },
    /// List the communities that you are in
    Communities,
    /// Leave a community
    Leave,
    /// Ask that a member be removed (the charter says how many must ask; at first, two)
    Remove {
        /// Name, or the beginning of the id
        member: String,
    },
    /// Use a community from several devices
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Use Skein from your phone, in the same network as this computer
    #[command(subcommand)]
    Phone(PhoneCommand),
    /// Let other programs ask an app in a protocol of their own: a calendar, for one
    #[command(subcommand)]
    Bridge(BridgeCommand),
    /// Search everything that you may read
    Search(SearchArgs),
    /// See what was lately said and shared
    Feed {
        /// At most so many lines
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
        /// Go on with what comes
        #[arg(short, long)]
        follow: bool,
    },
    /// See which devices have a message or file
    WhoHas {
        /// The beginning of its id
        id: String,
    },
    /// Write all of a community as Markdown, JSON Lines and files
    Export {
        /// The folder to write to; made if it is not there
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
    /// Save who you are, and which communities you belong to
    Backup(BackupArgs),
    /// Come back from a backup, as a new device of yours, in a folder that is not in use yet
    Restore(RestoreArgs),
    /// Check store, clock, reachability and sole copies, and say what to do
    Doctor,
    /// Start Skein in the background
    Up(UpArgs),
    /// Run Skein in the foreground, until Ctrl-C
    Run(RunArgs),
    /// Open the page in your browser; starts Skein if it is not running
    Open {
        /// Only print the link: it is good once, and for a minute
        #[arg(long)]
        print: bool,
    },
    /// Stop Skein
    Down,
    /// See and set how fast files may come and go, at any time or between hours of the day
    Limits {
        /// Nothing: show them.
        #[command(subcommand)]
        command: Option<LimitsCommand>,
    },
    /// See how Skein is doing
    Status {
        /// Draw it again every second
        #[arg(short, long)]
        watch: bool,
    },
    /// Read what Skein wrote down about its own running
    Logs {
        /// Go on with what comes
        #[arg(short, long)]
        follow: bool,
        /// The last so many lines
        #[arg(short = 'n', long, default_value_t = 50)]
        lines: u32,
    },
    /// Watch five people use Skein on this computer, then try it yourself
    Demo {
        /// Compare every member's state and files, then end: 0 if all agree, else 1
        #[arg(long)]
        check: bool,
        /// Keep the folders when it ends
        #[arg(long)]
        keep: bool,
        /// Instead, open a community with three pretend neighbours in your own Skein; leave it when you have seen enough
        #[arg(long, conflicts_with_all = ["check", "keep"])]
        with_me: bool,
    },
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// `skein search`.
#[derive(Debug, Clone, Args)]
pub struct SearchArgs {
    /// The words
    #[arg(required = true)]
    pub words: Vec<String>,
    /// At most so many results
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
    /// Only in this app: chat, files
    #[arg(long)]
    pub app: Option<String>,
    /// Only what this member wrote: their name, or the beginning of their id
    #[arg(long, value_name = "NAME|ID")]
    pub from: Option<String>,
    /// Only in this channel or share: its name or id
    #[arg(long = "in", value_name = "NAME|ID")]
    pub place: Option<String>,
    /// Only since then: a day (2026-05-31, UTC) or how long ago (7d)
    #[arg(long, value_name = "DAY|SPAN", value_parser = parse_when)]
    pub after: Option<When>,
    /// Only until then: a day (2026-05-31, UTC) or how long ago (7d)
    #[arg(long, value_name = "DAY|SPAN", value_parser = parse_when)]
    pub before: Option<When>,
}

/// `skein invite`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct InviteArgs {
    /// Nothing: make an invitation.
    #[command(subcommand)]
    pub command: Option<InviteCommand>,
    /// How many people it may let in
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub uses: u32,
    /// For how long it is good: 30m, 12h, 7d, 2w
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = parse_span)]
    pub expires: Duration,
    /// Draw the link as a QR code too, even where there is no terminal
    #[arg(long)]
    pub qr: bool,
}

/// `skein give`.
#[derive(Debug, Clone, Args)]
pub struct GiveArgs {
    /// A file of this computer, or one that is shared in the community and held here
    pub file: String,
    /// Four words that you can say over the telephone, for somebody in the same network
    #[arg(long, conflicts_with = "times")]
    pub code: bool,
    /// How many people may have it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub times: u32,
    /// For how long it is there: 30m, 12h, 7d; and only while Skein runs
    #[arg(long, value_name = "SPAN", default_value = "1d", value_parser = parse_span)]
    pub expires: Duration,
    /// Draw the link as a QR code too, even where there is no terminal
    #[arg(long)]
    pub qr: bool,
}

/// `skein invite …`.
#[derive(Debug, Clone, Subcommand)]
pub enum InviteCommand {
    /// List invitations
    Ls {
        /// Also those that no longer hold
        #[arg(long)]
        all: bool,
    },
    /// Make an invitation worthless
    Revoke {
        /// The beginning of its id
        id: String,
    },
}

/// `skein device …`.
#[derive(Debug, Clone, Subcommand)]
pub enum DeviceCommand {
    /// Make a link by which another computer becomes a device of yours; good once, for ten minutes
    Add {
        /// Draw the link as a QR code too, even where there is no terminal
        #[arg(long)]
        qr: bool,
    },
    /// Make this computer a further device of yours, with the link from `skein device add`
    Link {
        /// The link; whoever has it can write in your name
        link: String,
        /// What to call this device (default: this computer's name)
        #[arg(long)]
        label: Option<String>,
    },
    /// Give this device a new identity, after a copy of it was in use elsewhere
    Renew,
    /// List your devices in a community
    Ls,
    /// Say that another device of yours is lost, sold or no longer used
    Retire {
        /// The beginning of its id, or its name
        device: String,
    },
}

/// `skein phone …`.
#[derive(Debug, Clone, Subcommand)]
pub enum PhoneCommand {
    /// Make a link that lets one phone in; good once, for two minutes
    Add {
        /// What to call the phone
        #[arg(long)]
        label: Option<String>,
        /// Draw the link as a QR code too, even where there is no terminal
        #[arg(long)]
        qr: bool,
    },
    /// List the phones that may use this Skein
    Ls,
    /// Take that back; after the last one, nothing here listens for phones any more
    End {
        /// The phone's name, or the beginning of its id
        phone: String,
    },
}

/// `skein bridge …`.
#[derive(Debug, Clone, Subcommand)]
pub enum BridgeCommand {
    /// Make a secret address for one protocol of one app; it is shown once, and whoever has it can use it
    Open {
        /// Which app: asks
        app: String,
        /// Which protocol: calendar, or open311
        #[arg(long = "as", value_name = "PROTOCOL")]
        speaks: String,
        /// Open it to the local network too, while a phone is paired; only for what is read
        #[arg(long)]
        near: bool,
    },
    /// List the bridges that are open, without their addresses
    Ls,
    /// Give a bridge another address; the one before leads nowhere any more
    Renew {
        /// The beginning of its id
        bridge: String,
    },
    /// Take a bridge back
    End {
        /// The beginning of its id
        bridge: String,
    },
}

/// `skein backup`.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// The file to write; must not be there yet
    pub file: PathBuf,
    /// The communities' histories too, for when nobody else may have them any more
    #[arg(long)]
    pub full: bool,
    /// A file whose first line makes it unreadable to others; - is standard input (else the variable SKEIN_PASSPHRASE)
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// `skein restore`.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// The file that `skein backup` wrote
    pub file: PathBuf,
    /// A file whose first line is the backup's passphrase; - is standard input (else the variable SKEIN_PASSPHRASE)
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// What to call this device (default: this computer's name)
    #[arg(long)]
    pub label: Option<String>,
}

/// `skein up`.
#[derive(Debug, Clone, Args)]
pub struct UpArgs {
    /// How it takes part.
    #[command(flatten)]
    pub node: NodeArgs,
}

/// `skein run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// How it takes part.
    #[command(flatten)]
    pub node: NodeArgs,
    /// Leave the terminal it was started from: how `skein up` starts it.
    #[arg(long, hide = true)]
    pub detach: bool,
    /// End when whoever started it ends: how the demo starts it.
    #[arg(long, hide = true)]
    pub tied: bool,
}

/// How the program takes part in the network.
#[derive(Debug, Clone, Default, Args)]
pub struct NodeArgs {
    /// Keep a copy of everything, for people who are never online together; stays so until --keeper=false
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub keeper: Option<bool>,
    /// Pass on what others of the community cannot send one another directly (default: port 3340, every address)
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "[::]:3340", require_equals = true)]
    pub relay: Option<SocketAddr>,
    /// Use this relay when there is no direct way; may be given several times
    #[arg(long, value_name = "URL")]
    pub relay_url: Vec<String>,
    /// The UDP port to listen on (default: any free one)
    #[arg(long, conflicts_with = "bind")]
    pub port: Option<u16>,
    /// The address and UDP port to listen on (default: all addresses)
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<SocketAddr>,
    /// Where the page is on this computer: http://127.0.0.1:PORT (default: 7117, or any free one if that is taken)
    #[arg(long, value_name = "PORT")]
    pub page_port: Option<u16>,
    /// Where your paired phones find this computer (default: its addresses in private networks, port 7118 or any free one)
    #[arg(long, value_name = "ADDR")]
    pub phone_bind: Option<SocketAddrV4>,
    /// Do not look for members on the local network
    #[arg(long)]
    pub no_mdns: bool,
}
