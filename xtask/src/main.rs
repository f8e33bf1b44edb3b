//! The house's own tool: what is checked, tested, measured and made, each by one command.
//!
//! It knows the tree and cargo; it must never hold code that the program itself needs.

mod fuzz;
mod house;
mod install;
mod new_app;
mod page;
mod test;
mod tidy;
mod walk;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Parser;

/// The house's own tool.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
enum Cli {
    /// Run every check and every test, in order; stop at the first that fails.
    Test(test::Options),
    /// Check what cannot be seen by the compiler: headers, sizes, layers, the list of apps, documents.
    Tidy,
    /// Run the console blocks of README files and compare what they print.
    Walk {
        /// The files; all READMEs if none is named.
        files: Vec<PathBuf>,
    },
    /// Throw random and mutated bytes at every decoder that a peer or a file can reach.
    Fuzz(fuzz::Options),
    /// Measure; the arguments are handed to the bench program.
    #[command(disable_help_flag = true)]
    Bench {
        /// See `cargo xtask bench --help`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Make a new app: its folder and its two lines in the list.
    NewApp {
        /// Its name: 1 to 15 of a-z and 0-9, beginning with a letter.
        name: String,
    },
}

fn main() -> ExitCode {
    if let Some(code) = fuzz::wrapper::run_if_called_as_compiler() {
        return code;
    }
    let done = match Cli::parse() {
        Cli::Test(options) => test::run(&options),
        Cli::Tidy => tidy::run(),
        Cli::Walk { files } => walk::run(files),
        Cli::Fuzz(options) => fuzz::run(&options),
        Cli::Bench { arguments } => bench(&arguments),
        Cli::NewApp { name } => new_app::run(&name),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The swarm bench runs real programs; a person can name another one than this tree's.
fn bench(arguments: &[String]) -> house::Done {
    if arguments.iter().any(|word| word == "swarm") && std::env::var_os("SKEIN_PROGRAM").is_none() {
        house::build("skein")?;
    }
    house::run(Command::new(house::build("skein-bench")?).args(arguments))
}
