//! `cargo xtask fuzz`: coverage-guided fuzzing of every decoder, on stable Rust.

pub mod wrapper;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::house::{self, Done};

/// What to fuzz, and for how long.
#[derive(clap::Args)]
pub struct Options {
    /// Only this decoder.
    decoder: Option<String>,
    /// How long to try each decoder.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Try this one input again, and nothing else.
    #[arg(long, requires = "decoder")]
    input: Option<PathBuf>,
}

impl Options {
    /// The short run that belongs to every test run.
    pub fn short() -> Self {
        Self { decoder: None, seconds: 5, input: None }
    }
}

/// A decoder as the fuzzer's program names it.
struct Target {
    name: String,
    max_len: String,
}

/// Builds the fuzzer and runs it.
///
/// # Errors
/// If an input made a decoder panic, hang, or take too much memory; the input is kept.
pub fn run(options: &Options) -> Done {
    let program = build()?;
    let work = house::release().with_file_name("fuzz");
    let mut targets = list(&work)?;
    if let Some(wanted) = &options.decoder {
        targets.retain(|target| target.name == *wanted);
        if targets.is_empty() {
            return Err(format!("there is no decoder called `{wanted}`"));
        }
    }
    let mut failed = 0;
    for target in &targets {
        let result = match &options.input {
            Some(input) => try_again(&program, &target.name, input),
            None => fuzz(&program, &work, target, options.seconds),
        };
        if let Err(why) = result {
            println!("{}: {why}", target.name);
            failed += 1;
        }
    }
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} decoders failed", targets.len())) }
}

/// Builds with our own program as the compiler; see [`wrapper`].
fn build() -> Done<PathBuf> {
    // Not the file that runs now: a step before this one may have built it anew.
    let ourselves = house::build("xtask")?;
    let what = ["build", "--release", "--locked", "--quiet", "--workspace", "--bin", "skein-fuzz"];
    let mut cargo = house::cargo(&what);
    house::run(cargo.env("RUSTC_WORKSPACE_WRAPPER", ourselves).env(wrapper::VARIABLE, "1"))?;
    Ok(house::release().join("skein-fuzz"))
}

/// Asks for the decoders, and has their real encodings written into `work/<decoder>/seeds`.
fn list(work: &Path) -> Done<Vec<Target>> {
    let lines = house::output(Command::new(house::build("skein-fuzz-seeds")?).arg(work))?;
    let target = |line: &str| {
        let (name, max_len) = line.split_once(' ')?;
        Some(Target { name: name.into(), max_len: max_len.into() })
    };
    Ok(lines.lines().filter_map(target).collect())
}

fn fuzz(program: &Path, work: &Path, target: &Target, seconds: u64) -> Done {
    let name = &target.name;
    let found = house::root().join("fuzz/corpus").join(name);
    let grown = work.join(name).join("grown");
    for folder in [&grown, &found] {
        fs::create_dir_all(folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))?;
    }
    let log = work.join(name).join("log");
    let out = File::create(&log).map_err(|e| format!("{} cannot be written: {e}", log.display()))?;
    let mut fuzzer = Command::new(program);
    fuzzer.env("SKEIN_FUZZ_DECODER", name).current_dir(work);
    fuzzer.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={}", target.max_len));
    fuzzer.args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1", "-use_value_profile=1"]);
    fuzzer.arg(format!("-dict={}", house::root().join("fuzz/dictionary").display()));
    fuzzer.arg(format!("-artifact_prefix={}/", found.display()));
    fuzzer.args([&grown, &work.join(name).join("seeds"), &found]);
    let ended = house::run(fuzzer.stdout(Stdio::null()).stderr(out));
    let log_text = String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned();
    if ended.is_err() {
        let tail: Vec<_> = log_text.lines().filter(|line| !line.starts_with(['#', '0', '\\'])).collect();
        let tail = tail[tail.len().saturating_sub(30)..].join("\n");
        let again = "Mend the decoder, then commit the file that was found: it is tried in every test run.";
        return Err(format!("an input breaks it\n{tail}\n{again}"));
    }
    report(name, &log_text)
}

/// Says what was done, and refuses a run that was blind or did nothing.
fn report(name: &str, log: &str) -> Done {
    let inputs = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:")).map(str::trim);
    let inputs = inputs.and_then(|inputs| inputs.parse::<u64>().ok()).unwrap_or(0);
    let last = log.lines().rev().find(|line| line.contains("cov: ")).unwrap_or_default();
    let covered = last.split("cov: ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok()).unwrap_or(0);
    println!("{name:<16} {inputs:>9} inputs, {covered:>5} places of the code reached");
    if inputs < 100 || covered < 10 {
        return Err("the fuzzer saw next to nothing: is the code instrumented?".into());
    }
    Ok(())
}

fn try_again(program: &Path, name: &str, input: &Path) -> Done {
    house::run(Command::new(program).env("SKEIN_FUZZ_DECODER", name).arg(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blind_run_is_refused() {
        let log = |inputs: u64, covered: u64| {
            format!(
                "#2 INITED cov: 3 ft: 9\n#9 DONE   cov: {covered} ft: 9 corp: 1\nstat::number_of_executed_units: {inputs}\n"
            )
        };
        assert_eq!(report("x", &log(5000, 50)), Ok(()));
        for (inputs, covered) in [(5000, 1), (3, 50)] {
            assert!(report("x", &log(inputs, covered)).is_err());
        }
        assert!(report("x", "").is_err());
    }
}
