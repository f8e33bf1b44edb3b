//! Starting the program on a community of 1,000,000 messages: seconds until it answers, and memory.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::report::Report;
use crate::{catch_up, hosts, rebuild};

/// What a person asks first: it brings in what is not needed to start.
const QUESTIONS: [&[&str]; 4] =
    [&["chat", "channels"], &["chat", "read", "general"], &["search", "garden"], &["people", "members"]];

/// Runs it.
pub fn run() -> Report {
    let mut report = Report::default();
    let Some(skein) = program() else {
        report.note("not measured: build the program first, with `cargo build --release -p skein`");
        return report;
    };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let home = folder.path().join("home");
    let host = hosts::open(&home);
    hosts::found(&host);
    hosts::stop(host);
    catch_up::fill(&home, rebuild::MESSAGES);
    let start = Instant::now();
    let mut child = run_program(&skein, &home);
    let answered = wait_for_answer(&skein, &home);
    let took = start.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_secs(2));
    report.figure("seconds_until_it_answers", took);
    report.figure("resident_mb", resident_mb(child.id()));
    let asked = QUESTIONS.iter().all(|question| answers(&skein, &home, question));
    report.figure("resident_mb_after_questions", resident_mb(child.id()));
    if !asked {
        report.note("not every question was answered");
    }
    if !answered {
        report.note("it did not answer within a minute");
    }
    child.kill().ok();
    child.wait().ok();
    report
}

/// The program, built beside this one.
pub fn program() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.parent()?.join("skein");
    path.exists().then_some(path)
}

fn run_program(skein: &Path, home: &Path) -> Child {
    let mut command = Command::new(skein);
    command.arg("run").args(["--bind", "127.0.0.1:0", "--no-mdns"]).env("SKEIN_HOME", home);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

fn wait_for_answer(skein: &Path, home: &Path) -> bool {
    (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        answers(skein, home, &["communities"])
    })
}

fn answers(skein: &Path, home: &Path, words: &[&str]) -> bool {
    let mut ask = Command::new(skein);
    ask.args(words).arg("--json").env("SKEIN_HOME", home).stdout(Stdio::null()).stderr(Stdio::null());
    ask.status().is_ok_and(|status| status.success())
}

/// The memory of a process that is its own, in MB.
pub fn resident_mb(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1_000.0
}
