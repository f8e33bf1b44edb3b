//! The command line: what can be typed, asking the running program, and drawing its answers.
//!
//! It speaks to a running host over the unix socket of its folder. Only `run` is the host itself, and `restore` works on
//! the folder while no host runs. No prompt where there is no terminal; answers on standard output, all else on standard
//! error; a reader that goes away ends a command quietly.

mod args;
mod client;
mod commands;
mod demo;
mod exit;
mod log;
mod out;
mod profile;
mod progress;
#[cfg(test)]
mod tests;
mod text;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, ColorChoice, FromArgMatches, Subcommand};
use skein_app::{Kind, Refusal};

use crate::args::{Globals, HostCommand};
use crate::commands::Context;
use crate::out::{Done, End, Out};

/// Does what was typed; `args` begins with the program's name. Gives the exit code of `docs/exit-codes.md`.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let given = |option: &str| args.iter().any(|arg| arg == option);
    let colour = if given("--no-color") { ColorChoice::Never } else { ColorChoice::Auto };
    let matches = match args::command().color(colour).try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => return ExitCode::from(not_understood(&error, given("--json"))),
    };
    // The same parser has just read them.
    let globals = Globals::from_arg_matches(&matches).unwrap_or_default();
    let out = Out::new(&globals);
    match dispatch(globals, out.clone(), &matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => ExitCode::from(out.end(end)),
    }
}

/// Help and version are answers; everything else is an error.
fn not_understood(error: &clap::Error, json: bool) -> u8 {
    let answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if json && !answer {
        let text = error.to_string();
        let message = text.split("\n\n").next().unwrap_or(&text).trim().trim_start_matches("error: ");
        let refusal = Refusal::new(Kind::Usage, message).hint("See `skein --help`.");
        return Out::new(&Globals { json, ..Globals::default() }).end(End::Refused(refusal));
    }
    // If nobody reads it, the exit code still tells.
    let _ = error.print();
    if answer { 0 } else { exit::code(Kind::Usage) }
}

fn dispatch(globals: Globals, out: Out, matches: &ArgMatches) -> Done {
    let name = matches.subcommand_name().unwrap_or_default();
    let command = if HostCommand::has_subcommand(name) {
        let parsed = HostCommand::from_arg_matches(matches);
        Some(parsed.map_err(|error| Refusal::new(Kind::Usage, error.to_string()))?)
    } else {
        None
    };
    if let Some(HostCommand::Completions { shell }) = command {
        return completions(&out, shell);
    }
    let context = Context::new(globals, out)?;
    let mut runtime = match command {
        Some(HostCommand::Run(_)) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime =
        runtime.enable_all().build().map_err(|error| out::failed("the program cannot begin to work", error))?;
    let done = runtime.block_on(async {
        match (command, matches.subcommand()) {
            (Some(command), _) => commands::host(&context, command).await,
            (None, Some((app, matches))) => commands::of_app(&context, app, matches).await,
            (None, None) => commands::alone(&context).await,
        }
    });
    // A prompt or a file that is still being read must not hold up the end.
    runtime.shutdown_background();
    done
}

fn completions(out: &Out, shell: clap_complete::Shell) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), "skein", &mut script);
    out.text(&String::from_utf8_lossy(&script))
}
