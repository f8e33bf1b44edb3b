//! The disk fills up: what is asked then is refused in plain words, what was acknowledged stays, and when there is room
//! again the program goes on. Needs root for a small tmpfs, which the test makes and removes.

mod real;

use std::path::Path;
use std::process::Command;

use real::{Person, until};

/// A small file system in memory.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(path: &'a Path, size: &str) -> Self {
        let options = format!("size={size},mode=0700");
        run("mount", &["-t", "tmpfs", "-o", &options, "skein-test", &path.to_string_lossy()]);
        Self(path)
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        run("mount", &["-o", &options, &self.0.to_string_lossy()]);
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg("--lazy").arg(self.0).status().ok();
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("the program is there");
    assert!(output.status.success(), "{program}: {} (run as root)", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let place = folder.path().join("disk");
    std::fs::create_dir(&place).expect("a folder can be made");
    let disk = SmallDisk::mount(&place, "12m");
    let mut ana = Person::new(&place.join("ana"));
    ana.start(&["--bind", "127.0.0.1:0", "--no-mdns"]);
    ana.found();
    let mut acknowledged = vec![ana.say("first").expect("there is room")];
    let ballast = place.join("ballast");
    std::fs::write(&ballast, vec![0; 16 << 20]).expect_err("the disk is full now");
    let long = "all work and no play ".repeat(600);
    let mut refused = None;
    for _ in 0..2_000 {
        let output = ana.run(&["chat", "say", "general", &long, "--json"]);
        if !output.status.success() {
            refused =
                Some(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)));
            break;
        }
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an answer is JSON");
        acknowledged.push(answer["event"].as_str().expect("an event").to_string());
    }
    let refused = refused.expect("a full disk refuses");
    assert!(refused.contains("disk") || refused.contains("room"), "it says what is wrong: {refused}");
    disk.grow("64m");
    std::fs::remove_file(&ballast).ok();
    until("it goes on when there is room", || ana.say("there is room again").is_some());
    let here = ana.read();
    let newest = &acknowledged[acknowledged.len().saturating_sub(300)..];
    assert!(newest.iter().all(|event| here.contains(event)), "nothing acknowledged is lost");
    ana.kill();
    ana.start(&["--bind", "127.0.0.1:0", "--no-mdns"]);
    assert!(newest.iter().all(|event| ana.read().contains(event)), "nor after a restart");
}
