//! The demo as a newcomer runs it, with everything compared at the end.

mod common;

use std::time::{Duration, Instant};

use common::Person;

#[test]
fn the_demo_checks_itself_and_leaves_nothing_behind() {
    let somebody = Person::new();
    let place = somebody.path("t");
    std::fs::create_dir(&place).expect("is made");
    let begun = Instant::now();
    let output = somebody.command(&["--json", "demo", "--check"]).env("TMPDIR", &place).output().expect("it starts");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}{}", String::from_utf8_lossy(&output.stderr));
    assert!(begun.elapsed() < Duration::from_secs(60), "it took {:?}", begun.elapsed());
    let result: serde_json::Value = serde_json::from_str(&out).expect("one object");
    assert_eq!(result["differences"], serde_json::json!([]));
    assert_eq!(result["figures"]["arrivals"], 240);
    let holders = result["figures"]["fetches"].as_array().expect("is a list").iter().map(|fetch| &fetch["holders"]);
    assert!(holders.filter_map(|count| count.as_u64()).max() >= Some(2), "nobody fetched from several holders: {out}");
    assert_eq!(std::fs::read_dir(&place).expect("is there").count(), 0, "folders were left behind");
}
