//! Snapshots of what people read: the help of every command, and errors. `SKEIN_BLESS=1` writes them anew.

use std::path::Path;

use clap::Command;
use skein_app::{Kind, Refusal};

use crate::text::Paint;
use crate::{args, exit, out};

fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("SKEIN_BLESS").is_some() {
        std::fs::write(&path, text).expect("the snapshot can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(text.lines()).find(|(kept, new)| kept != new);
    assert_eq!(kept, text, "{name} differs at {differs:?}; if that is meant, run the test with SKEIN_BLESS=1");
}

/// The help of a command and of those below it, as `--help` prints it.
fn helps(command: &mut Command, path: &str, text: &mut String) {
    text.push_str(&format!("$ {path} --help\n{}\n", command.render_long_help()));
    for inner in command.get_subcommands_mut() {
        let path = format!("{path} {}", inner.get_name());
        helps(inner, &path, text);
    }
}

fn built() -> Command {
    let mut root = args::command().term_width(100).color(clap::ColorChoice::Never);
    root.build();
    root
}

#[test]
fn the_help_of_the_house_reads_as_it_was_agreed() {
    let apps: Vec<&str> = skein_apps::APPS.iter().map(|app| app.name()).collect();
    let mut root = built();
    let mut text = String::new();
    for inner in root.get_subcommands_mut().filter(|inner| !apps.contains(&inner.get_name())) {
        let path = format!("skein {}", inner.get_name());
        // What every command understands is on the first page.
        let mut own = inner.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
        helps(&mut own, &path, &mut text);
    }
    compare("help.txt", &text);
}

#[test]
fn no_help_speaks_of_machinery() {
    let mut text = String::new();
    helps(&mut built(), "skein", &mut text);
    let words =
        |text: &str| text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(String::from).collect::<Vec<_>>();
    for word in words(&text) {
        assert!(
            !["node", "nodes", "peer", "peers", "hash", "crdt", "dht"].contains(&word.as_str()),
            "{word:?} is for engineers"
        );
    }
}

#[test]
fn every_command_says_what_it_is_for() {
    fn check(command: &Command, path: &str) {
        for inner in command.get_subcommands() {
            let path = format!("{path} {}", inner.get_name());
            assert!(inner.get_about().is_some_and(|about| !about.to_string().is_empty()), "{path} has no description");
            check(inner, &path);
        }
    }
    check(&args::command(), "skein");
}

#[test]
fn errors_read_as_it_was_agreed() {
    let kinds = [
        Kind::Usage,
        Kind::NotFound,
        Kind::Ambiguous,
        Kind::Denied,
        Kind::Conflict,
        Kind::Unreachable,
        Kind::NotRunning,
        Kind::Limit,
        Kind::Failed,
    ];
    let mut text = String::new();
    for kind in kinds {
        let refusal = Refusal::new(kind, "what happened, and why").hint("What to do next.");
        text.push_str(&format!("exit code {}\n", exit::code(kind)));
        text.push_str(&out::error_text(&refusal, Paint::OFF));
        text.push_str(&format!("{}\n\n", out::error_value(&refusal)));
    }
    compare("errors.txt", &text);
}
