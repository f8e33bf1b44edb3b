//! Reports that may have one cause, as several see them: found alike, joined to one fix, done when that is, and opened again.

use serde_json::{Value, json};

use super::town::{ANA, Asking, BEN, CEM, DAY, DIA, HOUR, four};
use crate::asks::{Answer, PatternRow, State};
use crate::testing::Town;

fn patterns(town: &Town, who: usize) -> Vec<PatternRow> {
    match serde_json::from_value(town.query(who, "asks", json!("patterns")).expect("is answered")) {
        Ok(Answer::Patterns { patterns }) => patterns,
        other => panic!("not patterns: {other:?}"),
    }
}

fn report(town: &mut Town, who: usize, title: &str, point: &str, topic: &str) -> String {
    town.now_ms += HOUR;
    town.post(who, "report", title, json!({ "topic": topic, "point": point }))
}

/// Four reports of a wet street by three members in four hours, and one of something else there.
fn wet_street() -> (Town, Vec<String>) {
    let mut town = four();
    let reports = vec![
        report(&mut town, ANA, "Water in the street", "52.520,13.405", "water"),
        report(&mut town, BEN, "No pressure", "52.520,13.406", "water"),
        report(&mut town, CEM, "Wet cellar", "52.521,13.405", "water"),
        report(&mut town, CEM, "Brown water", "52.520,13.405", "water"),
    ];
    report(&mut town, DIA, "A lamp is out", "52.520,13.405", "light");
    report(&mut town, DIA, "Water somewhere else", "52.560,13.405", "water");
    town.meet_all();
    (town, reports)
}

fn join(town: &mut Town, who: usize, report: &str, fix: &str) {
    town.does(who, json!({ "join": { "ask": report, "into": fix } }));
}

#[test]
fn four_reports_close_together_are_found_alike_by_all_and_a_lamp_is_not_among_them() {
    let (mut town, reports) = wet_street();
    let found = patterns(&town, ANA);
    assert_eq!(found.len(), 1);
    let one = &found[0];
    let ids: Vec<String> = one.reports.iter().rev().map(|report| report.id.to_string()).collect();
    assert_eq!((&one.topic[..], one.count, &ids), ("water", 4, &reports), "the newest first");
    assert_eq!((one.radius_m, one.hours, one.alarm, one.fix), (200, 4, false, None));
    assert_eq!((one.middle.north, one.middle.east), (Some(52.52), Some(13.405)));
    let seen: Vec<Value> = (0..4).map(|who| town.query(who, "asks", json!("patterns")).expect("is answered")).collect();
    for other in &seen {
        let bare = |value: &Value| (value["patterns"][0]["count"].clone(), value["patterns"][0]["middle"].clone());
        assert_eq!(bare(other), bare(&seen[0]));
    }
    let text = town.text(BEN, "asks", json!("patterns"));
    assert!(
        text.starts_with("4 reports about water, 200 m, 4 h (52.520,13.405): one cause?\n  That may be chance.\n"),
        "{text}"
    );
    assert!(text.contains("skein asks post need \"…\" --point=52.520,13.405 --topic \"water\""), "{text}");
    // What is over is no part of it: three are too few.
    let promise = town.take(DIA, &reports[0]);
    town.does(DIA, json!({ "deliver": { "promise": promise } }));
    town.meet_all();
    assert!(patterns(&town, ANA).is_empty());
}

#[test]
fn what_joined_one_fix_is_no_pattern_any_more_and_whoever_comes_later_is_shown_the_fix() {
    let (mut town, reports) = wet_street();
    let fix = town.post(DIA, "need", "Repair the main", json!({ "topic": "water", "point": "52.520,13.405" }));
    for report in &reports[..3] {
        join(&mut town, DIA, report, &fix);
    }
    town.meet_all();
    let found = patterns(&town, BEN);
    assert_eq!((found.len(), found[0].fix.map(|fix| fix.to_string())), (1, Some(fix.clone())), "one is left over");
    assert!(town.text(BEN, "asks", json!("patterns")).contains("Some joined"));
    join(&mut town, BEN, &reports[3], &fix);
    town.meet_all();
    assert!(patterns(&town, ANA).is_empty());
}

#[test]
fn whoever_reported_follows_the_fix_and_sees_the_report_done_when_that_is() {
    let (mut town, reports) = wet_street();
    let fix = town.post(DIA, "need", "Repair the main", json!({}));
    town.meet_all();
    assert!(!town.show(ANA, &fix).row.follows);
    for report in &reports {
        join(&mut town, DIA, report, &fix);
    }
    town.meet_all();
    for who in 0..4 {
        assert!(town.show(who, &fix).row.follows, "{who} follows a report that joined it, or posted it");
    }
    let shown = town.show(ANA, &fix);
    assert_eq!((shown.same.len(), shown.followers), (4, 4), "four reports, by three members; and who posted the fix");
    let row = |town: &Town, who, n: usize| town.show(who, &reports[n]).row;
    let open = row(&town, ANA, 0);
    assert_eq!((open.state, open.room, open.next), (State::Open, false, None), "what is to be done is done there");

    let promise = town.take(BEN, &fix);
    town.meet_all();
    assert_eq!(row(&town, CEM, 1).state, State::Taken);
    town.does(BEN, json!({ "deliver": { "promise": promise } }));
    town.meet_all();
    assert_eq!(row(&town, CEM, 1).state, State::Delivered, "nobody has confirmed it");
    town.does(DIA, json!({ "confirm": { "promise": promise } }));
    town.meet_all();
    for who in 0..4 {
        assert_eq!([0, 1, 2, 3].map(|n| row(&town, who, n).state), [State::Done; 4]);
        let open: Vec<String> = town.list(who).into_iter().map(|row| row.title).collect();
        assert_eq!(open, ["Water somewhere else", "A lamp is out"], "reports that are done are not listed as open");
    }

    // It is still wet at Ana's: Ben may say so, and that report is on its own again. The fix and the others stay done.
    town.does(BEN, json!({ "reopen": { "ask": reports[0], "why": "it still runs down the wall" } }));
    town.meet_all();
    let again = town.show(CEM, &reports[0]);
    assert_eq!((again.row.state, again.row.joined, again.row.room), (State::Open, None, true));
    assert_eq!(again.note, "it still runs down the wall");
    assert_eq!((town.show(CEM, &fix).row.state, row(&town, CEM, 1).state), (State::Done, State::Done));
}

#[test]
fn a_fix_that_is_withdrawn_leaves_the_trouble_and_one_that_was_done_before_did_not_end_it() {
    let (mut town, reports) = wet_street();
    let fix = town.post(DIA, "need", "Repair the main", json!({}));
    join(&mut town, DIA, &reports[0], &fix);
    town.does(DIA, json!({ "close": { "ask": fix, "how": "withdrawn" } }));
    town.meet_all();
    assert_eq!(town.show(ANA, &reports[0]).row.state, State::Open);
    assert!(town.show(ANA, &reports[0]).row.room, "somebody may take it");

    let fix = town.post(DIA, "need", "Repair the pump", json!({}));
    town.does(DIA, json!({ "close": { "ask": fix } }));
    join(&mut town, DIA, &reports[1], &fix);
    town.now_ms += DAY;
    let later = report(&mut town, DIA, "Water again", "52.520,13.405", "water");
    join(&mut town, DIA, &later, &fix);
    town.meet_all();
    let state = |id: &str| town.show(BEN, id).row.state;
    assert_eq!((state(&reports[1]), state(&later)), (State::Done, State::Open));
}

#[test]
fn joining_goes_one_step_and_never_in_a_circle() {
    let (mut town, reports) = wet_street();
    let [a, b, c] = [&reports[0], &reports[1], &reports[2]];
    join(&mut town, ANA, b, a);
    join(&mut town, ANA, c, b);
    let of = |town: &Town, id: &str| town.show(ANA, id).row.joined.map(|into| into.to_string());
    assert_eq!((of(&town, b), of(&town, c)), (Some(a.clone()), Some(a.clone())), "what leads on is followed");
    assert!(town.refuses(ANA, json!({ "join": { "ask": a, "into": b } })).message.contains("joined this one already"));
    assert!(town.refuses(ANA, json!({ "join": { "ask": a, "into": a } })).message.contains("itself"));
    town.refuses(ANA, json!({ "join": { "ask": b, "into": a } }));
    // Two who are apart can still make a circle. It does nobody harm, and each can be taken out of it.
    let mut town = four();
    let a = report(&mut town, ANA, "Water", "52.520,13.405", "water");
    let b = report(&mut town, ANA, "Also water", "52.520,13.405", "water");
    town.meet_all();
    join(&mut town, BEN, &a, &b);
    join(&mut town, CEM, &b, &a);
    town.meet_all();
    let states = |town: &Town| [&a, &b].map(|id| town.show(DIA, id).row.state);
    assert_eq!((of(&town, &a), of(&town, &b)), (Some(b.clone()), Some(a.clone())));
    assert_eq!(states(&town), [State::Open; 2]);
    town.take(DIA, &a);
    town.does(DIA, json!({ "deliver": { "promise": a } }));
    assert_eq!(states(&town), [State::Done; 2]);
    town.does(DIA, json!({ "join": { "ask": b } }));
    assert_eq!(states(&town), [State::Done, State::Open]);
}

#[test]
fn of_others_than_reports_only_the_poster_says_that_they_are_one_matter() {
    let mut town = four();
    let [need, other] = ["Blankets", "More blankets"].map(|title| town.post(ANA, "need", title, json!({})));
    town.meet_all();
    town.refuses(BEN, json!({ "join": { "ask": need, "into": other } }));
    join(&mut town, ANA, &need, &other);
    town.does(ANA, json!({ "close": { "ask": other } }));
    assert_eq!(town.show(ANA, &need).row.state, State::Open, "what one needs is not there because another's is");
}

#[test]
fn the_same_trouble_is_hinted_before_it_is_reported_twice() {
    let (mut town, reports) = wet_street();
    let like = |town: &Town, title: &str, topic: Value, point: Value| -> Vec<String> {
        let query = json!({ "like": { "kind": "report", "title": title, "topic": topic, "point": point } });
        match serde_json::from_value(town.query(BEN, "asks", query).expect("is answered")) {
            Ok(Answer::Like { asks }) => asks.into_iter().map(|ask| ask.title).collect(),
            other => panic!("not that: {other:?}"),
        }
    };
    assert_eq!(like(&town, "water on the streets", json!(null), json!(null)), ["Water in the street"], "other endings");
    assert_eq!(like(&town, "Lamps", json!("light"), json!("52.521,13.405")), ["A lamp is out"], "near, of that topic");
    assert_eq!(
        like(&town, "A lamp is out", json!("light"), json!("52.6,13.4")),
        ["A lamp is out"],
        "the same words far away"
    );
    assert!(like(&town, "A lamp flickers", json!("light"), json!("52.6,13.4")).is_empty(), "another lamp, far away");
    assert!(
        like(&town, "Dog in the garden", json!(null), json!("52.520,13.405")).is_empty(),
        "nearness alone is no likeness"
    );
    assert!(like(&town, "", json!(null), json!(null)).is_empty());
    // What is over is not hinted: by itself, or through its fix.
    let fix = town.post(DIA, "need", "Repair the main", json!({}));
    join(&mut town, DIA, &reports[0], &fix);
    town.does(DIA, json!({ "close": { "ask": fix } }));
    town.meet_all();
    assert!(like(&town, "water on the streets", json!(null), json!(null)).is_empty());
}
