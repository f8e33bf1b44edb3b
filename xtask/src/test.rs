//! `cargo xtask test`: everything, in order, with a heading and a time for each step.

use std::time::{Duration, Instant};

use crate::house::{self, Done};
use crate::{fuzz, install, page, tidy, walk};

/// How to run the tests.
#[derive(clap::Args)]
pub struct Options {
    /// Go on after a step that fails.
    #[arg(long)]
    keep_going: bool,
    /// How many seeds the village plays, instead of its 200.
    #[arg(long)]
    seeds: Option<u64>,
    /// Only these steps.
    #[arg(value_parser = names())]
    only: Vec<String>,
}

struct Step {
    name: &'static str,
    run: fn(&Options) -> Done,
}

const STEPS: &[Step] = &[
    Step { name: "install", run: |_| install::run() },
    Step { name: "fmt", run: |_| house::run(&mut house::cargo(&["fmt", "--all", "--check"])) },
    Step { name: "tidy", run: |_| tidy::run() },
    Step { name: "clippy", run: |_| clippy() },
    Step { name: "tests", run: tests },
    Step { name: "doc-tests", run: |_| doc_tests() },
    Step { name: "readme", run: |_| walk::run(Vec::new()) },
    Step { name: "page", run: |_| page::run() },
    Step { name: "fuzz", run: |_| fuzz::run(&fuzz::Options::short()) },
    Step { name: "demo", run: |_| demo() },
];

fn names() -> clap::builder::PossibleValuesParser {
    STEPS.iter().map(|step| step.name).collect::<Vec<_>>().into()
}

/// Runs the steps.
///
/// # Errors
/// If a step failed; the reason was printed under its heading.
pub fn run(options: &Options) -> Done {
    let mut report = Vec::new();
    for step in STEPS {
        if !options.only.is_empty() && !options.only.iter().any(|name| name == step.name) {
            continue;
        }
        println!("\n── {} {}", step.name, "─".repeat(60 - step.name.len()));
        let start = Instant::now();
        let done = (step.run)(options);
        let failed = done.is_err();
        match &done {
            Ok(()) => println!("── {}: good, {}", step.name, seconds(start.elapsed())),
            Err(why) => println!("── {}: FAILED, {}: {why}", step.name, seconds(start.elapsed())),
        }
        report.push((step.name, failed, start.elapsed()));
        if failed && !options.keep_going {
            break;
        }
    }
    close(&report)
}

fn close(report: &[(&str, bool, Duration)]) -> Done {
    println!();
    for (name, failed, time) in report {
        println!("{name:<12} {:<8} {:>10}", if *failed { "FAILED" } else { "good" }, seconds(*time));
    }
    let failed = report.iter().filter(|(_, failed, _)| *failed).count();
    let total = report.iter().map(|(_, _, time)| *time).sum();
    println!("steps: {} passed, {failed} failed, in {}", report.len() - failed, seconds(total));
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} steps failed", report.len())) }
}

fn clippy() -> Done {
    let what = ["clippy", "--release", "--locked", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    house::run(&mut house::cargo(&what))
}

fn tests(options: &Options) -> Done {
    let mut nextest = house::cargo(&["nextest", "run", "--release", "--locked", "--workspace", "--profile"]);
    nextest.arg(if options.seeds.is_some() { "long" } else { "ci" });
    if options.keep_going {
        nextest.arg("--no-fail-fast");
    }
    if let Some(seeds) = options.seeds {
        nextest.env("SKEIN_SEEDS", seeds.to_string());
    }
    house::run(&mut nextest)
}

fn doc_tests() -> Done {
    house::run(&mut house::cargo(&["test", "--release", "--locked", "--workspace", "--doc", "--quiet"]))
}

/// The README's own command, so that it is known to work as it is written there.
fn demo() -> Done {
    house::run(&mut house::cargo(&["run", "--release", "--quiet", "--", "demo", "--check"]))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_whole() {
        let second = Duration::from_secs(1);
        assert_eq!(close(&[("fmt", false, second), ("tidy", false, second)]), Ok(()));
        assert_eq!(close(&[("fmt", false, second), ("tidy", true, second)]), Err("1 of 2 steps failed".into()));
    }
}
