//! The whole tree of commands, and the page that `skein --help` shows.

use clap::{Arg, ArgAction, Args, Command, Subcommand};

use super::{FetchArgs, Globals, HostCommand, SteerCommand, SyncArgs, TorrentArgs, sync, torrent};
use crate::exit;

/// The option by which an app's query goes on with what comes.
pub const FOLLOW: &str = "follow";

/// The commands in the order in which a person meets them. `None` stands for the apps.
const GROUPS: &[(&str, Option<&[&str]>)] = &[
    ("Begin", Some(&["demo", "found", "join", "invite", "members", "direct", "knocks", "communities"])),
    ("Talk and share", None),
    ("Outside", Some(&["give", "take", "gifts"])),
    ("Find", Some(&["search", "feed", "who-has"])),
    (
        "Look after it",
        Some(&["status", "doctor", "backup", "restore", "export", "device", "phone", "bridge", "remove", "leave"]),
    ),
    ("Run it", Some(&["up", "open", "down", "limits", "run", "logs", "completions"])),
];

const ABOUT: &str = "One community on its members' own computers: talk and files, with no server in between.";

/// The tree, made anew: clap's commands cannot be shared.
pub fn command() -> Command {
    let root = Command::new("skein")
        .bin_name("skein")
        .about(ABOUT)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .max_term_width(100);
    let root = HostCommand::augment_subcommands(Globals::augment_args(root)).subcommand_required(false);
    let root = skein_apps::APPS
        .iter()
        .fold(root, |root, app| root.subcommand(with_own(app.commands(), app.name()).about(app.about()).arg(follow())));
    let page = page(&root);
    root.override_help(page)
}

/// An app's commands, with those of the house that people look for under its name.
fn with_own(commands: Command, name: &str) -> Command {
    if name != sync::UNDER {
        return commands;
    }
    let commands = SteerCommand::augment_subcommands(commands);
    commands
        .subcommand(SyncArgs::augment_args(Command::new(sync::NAME).about(sync::ABOUT)))
        .subcommand(TorrentArgs::augment_args(Command::new(torrent::NAME).about(torrent::ABOUT)))
        .subcommand(FetchArgs::augment_args(Command::new(torrent::FETCH).about(torrent::FETCH_ABOUT)))
}

fn follow() -> Arg {
    Arg::new(FOLLOW)
        .long(FOLLOW)
        .global(true)
        .action(ArgAction::SetTrue)
        .help("Go on with what comes (where something is asked, not done)")
}

fn page(root: &Command) -> String {
    let apps: Vec<&str> = skein_apps::APPS.iter().map(|app| app.name()).collect();
    let mut page = format!("{ABOUT}\n\nUsage: skein [OPTIONS] COMMAND\n");
    for (heading, names) in GROUPS {
        page.push_str(&format!("\n{heading}:\n"));
        for name in names.unwrap_or(&apps) {
            let about = root.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
            page.push_str(&format!("  {name:<12} {}\n", about.unwrap_or_default()));
        }
    }
    page.push_str("\nOptions for every command:\n");
    for arg in root.get_arguments().filter(|arg| !arg.is_hide_set()) {
        page.push_str(&format!(
            "  {:<24} {}\n",
            spelled(arg),
            arg.get_help().map(ToString::to_string).unwrap_or_default()
        ));
    }
    page.push_str("  -h, --help               Print help; also after a command\n");
    page.push_str("  -V, --version            Print the version\n");
    page.push_str(&format!("\nExit codes:\n{}", exit::table()));
    page.push_str("\nIds may be shortened to any beginning that only one has.\n");
    page
}

fn spelled(arg: &Arg) -> String {
    let short = arg.get_short().map_or("    ".to_owned(), |short| format!("-{short}, "));
    let long = arg.get_long().unwrap_or_default();
    let value = arg.get_action().takes_values().then(|| arg.get_value_names()).flatten();
    value.map_or(format!("{short}--{long}"), |names| format!("{short}--{long} {}", names.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_command_is_on_the_page_once() {
        let root = command();
        let mut listed: Vec<&str> = GROUPS.iter().filter_map(|(_, names)| *names).flatten().copied().collect();
        listed.extend(skein_apps::APPS.iter().map(|app| app.name()));
        listed.sort_unstable();
        let mut all: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
        all.sort_unstable();
        assert_eq!(listed, all);
    }
}
