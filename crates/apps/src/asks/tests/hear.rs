//! Every reporter hears that it is done, once; and that can be undone.

use serde_json::json;

use super::town::{ANA, Asking, BEN, CEM, DAY, DIA, four};
use crate::asks::{NextAct, Todo};
use crate::testing::Town;

/// What somebody is told is done: the reports' titles, and why it is told.
fn told(town: &Town, who: usize) -> Vec<(String, String)> {
    let hears = |item: &Todo| item.act == NextAct::Hear;
    town.now(who).into_iter().filter(hears).map(|item| (item.ask.title, item.why)).collect()
}

/// Ana and Ben report, Cem follows Ana's; Dia opens one fix; Cem does it, and Dia confirms it.
fn fixed() -> (Town, String, String) {
    let mut town = four();
    let wet = town.post(ANA, "report", "Wet cellar", json!({}));
    let dry = town.post(BEN, "report", "No water", json!({}));
    town.meet_all();
    town.does(CEM, json!({ "follow": { "ask": wet } }));
    let fix = town.post(DIA, "need", "Repair the main", json!({}));
    for report in [&wet, &dry] {
        town.does(DIA, json!({ "join": { "ask": report, "into": fix } }));
    }
    town.meet_all();
    let promise = town.take(CEM, &fix);
    town.meet_all();
    town.does(CEM, json!({ "deliver": { "promise": promise } }));
    town.meet_all();
    assert!((0..4).all(|who| told(&town, who).is_empty()), "it is not confirmed");
    town.does(DIA, json!({ "confirm": { "promise": promise } }));
    town.meet_all();
    (town, wet, fix)
}

#[test]
fn every_reporter_hears_that_the_fix_is_done_and_who_did_or_confirmed_it_knows() {
    let (mut town, wet, _) = fixed();
    let why = |whose: &str| format!("{whose} is done, with \"Repair the main\". If it is not good, open it again.");
    assert_eq!(told(&town, ANA), [("Wet cellar".to_owned(), why("What you reported"))]);
    assert_eq!(told(&town, BEN), [("No water".to_owned(), why("What you reported"))]);
    assert_eq!((told(&town, CEM), told(&town, DIA)), (vec![], vec![]));
    let text = town.text(ANA, "asks", json!("now"));
    assert!(text.contains("Good: `skein asks seen ") && text.contains("with \"Repair the main\""), "{text}");

    // Said once, to each by themselves; and not weeks later.
    let before = town.rows(BEN, "asks");
    town.does(ANA, json!({ "seen": { "ask": wet } }));
    town.meet_all();
    assert_eq!((told(&town, ANA).len(), told(&town, BEN).len()), (0, 1));
    assert_eq!(town.rows(BEN, "asks"), before, "nobody is told that Ana knows");
    town.now_ms += 15 * DAY;
    assert_eq!(told(&town, BEN).len(), 0);
}

#[test]
fn what_is_opened_again_and_done_again_is_told_again() {
    let (mut town, wet, _) = fixed();
    town.does(ANA, json!({ "seen": { "ask": wet } }));
    town.does(BEN, json!({ "reopen": { "ask": wet, "why": "still wet" } }));
    town.meet_all();
    assert_eq!(told(&town, ANA).len(), 0, "it is not done");
    town.now_ms += DAY;
    let promise = town.take(DIA, &wet);
    town.does(DIA, json!({ "deliver": { "promise": promise } }));
    town.meet_all();
    let own = "What you reported is done. If it is not good, open it again.".to_owned();
    assert_eq!(told(&town, ANA), [("Wet cellar".to_owned(), own)], "a report is done when somebody says so");
    assert_eq!(told(&town, CEM).len(), 1, "who follows it hears it, too");
    assert_eq!(told(&town, DIA).len(), 0);
}

#[test]
fn who_ends_their_own_report_is_not_told_and_whoever_follows_it_is() {
    let mut town = four();
    let report = town.post(ANA, "report", "A lamp is out", json!({}));
    town.meet_all();
    town.does(BEN, json!({ "follow": { "ask": report } }));
    town.does(ANA, json!({ "close": { "ask": report } }));
    town.meet_all();
    assert_eq!((told(&town, ANA).len(), told(&town, BEN).len(), told(&town, CEM).len()), (0, 1, 0));
    let gone = town.post(ANA, "report", "A bench is broken", json!({}));
    town.meet_all();
    town.does(BEN, json!({ "follow": { "ask": gone } }));
    town.does(ANA, json!({ "close": { "ask": gone, "how": "withdrawn" } }));
    town.meet_all();
    assert_eq!(told(&town, BEN).len(), 1, "what nobody asks for any more is not done");
}
