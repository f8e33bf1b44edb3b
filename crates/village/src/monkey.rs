//! The monkey: types commands of every app in the list, made from the apps' own command lines.
//!
//! It knows no app. It picks a subcommand, fills its arguments from a pool of words, names and ids that came by, and
//! hands the result to the app as a person's command. Much of it is refused; enough is not.

use clap::{Arg, ArgAction, Command};
use serde_json::Value;
use skein_app::{DynApp, Imported, Typed};
use skein_event::BlobHash;

use crate::Rng;

/// The most ids that the monkey keeps in mind.
const MEMORY: usize = 64;
const WORDS: [&str; 13] =
    ["general", "garden", "tools", "hello", "Ana", "Ben", "👍", "3", "1", "2d", "wood for the shed", "long\ntext", "ä"];

/// A typist.
#[derive(Debug, Default)]
pub struct Monkey {
    seen: Vec<String>,
    names: Vec<String>,
}

impl Monkey {
    /// A typist who knows these people.
    pub fn knowing(names: Vec<String>) -> Self {
        Self { seen: Vec::new(), names }
    }

    /// Keeps an id in mind.
    pub fn remember(&mut self, id: String) {
        if self.seen.len() >= MEMORY {
            self.seen.remove(0);
        }
        self.seen.push(id);
    }

    /// A command for this app, if what was typed can be parsed.
    pub fn command(&self, app: &dyn DynApp, rng: &mut Rng) -> Option<Value> {
        let cli = app.commands();
        let subcommands: Vec<&Command> = cli.get_subcommands().collect();
        let subcommand = (*rng.pick(&subcommands)?).clone();
        let mut argv = vec![app.name().to_string()];
        self.fill(&subcommand, rng, &mut argv);
        let matches = cli.try_get_matches_from(argv).ok()?;
        match app.parse(&matches).ok()? {
            Typed::Command(command) => self.with_imports(app, command, rng),
            Typed::Query(_) => None,
        }
    }

    fn fill(&self, command: &Command, rng: &mut Rng, argv: &mut Vec<String>) {
        argv.push(command.get_name().to_string());
        let nested: Vec<&Command> = command.get_subcommands().collect();
        if let Some(inner) = rng.pick(&nested) {
            return self.fill(inner, rng, argv);
        }
        let mut positionals = Vec::new();
        for arg in command.get_arguments().filter(|arg| arg.get_id() != "help") {
            if !arg.is_required_set() && rng.chance(60) {
                continue;
            }
            if arg.is_positional() {
                positionals.push(self.value(arg, rng));
            } else {
                self.flag(arg, rng, argv);
            }
        }
        argv.extend(positionals);
    }

    fn flag(&self, arg: &Arg, rng: &mut Rng, argv: &mut Vec<String>) {
        let Some(long) = arg.get_long() else { return };
        argv.push(format!("--{long}"));
        if !matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count) {
            argv.push(self.value(arg, rng));
        }
    }

    /// One of those that the argument knows, if it knows some; else a word.
    fn value(&self, arg: &Arg, rng: &mut Rng) -> String {
        let known = arg.get_possible_values();
        rng.pick(&known).map_or_else(|| self.word(rng), |value| value.get_name().to_string())
    }

    fn word(&self, rng: &mut Rng) -> String {
        if rng.chance(15)
            && let Some(name) = rng.pick(&self.names)
        {
            return name.clone();
        }
        let known = rng.chance(60);
        if known && let Some(id) = rng.pick(&self.seen) {
            return id.clone();
        }
        rng.pick(&WORDS).map_or_else(String::new, |word| (*word).to_string())
    }

    fn with_imports(&self, app: &dyn DynApp, command: Value, rng: &mut Rng) -> Option<Value> {
        let imports = app.imports(&command).ok()?;
        let made_up = |_| Imported {
            root: BlobHash::from_bytes([rng.below(20) as u8; 32]),
            name: format!("file {}", rng.below(20)),
            bytes: rng.below(1 << 40),
            files: 1 + rng.below(100),
            folder: rng.chance(50),
        };
        app.imported(command, imports.into_iter().map(made_up).collect()).ok()
    }
}
