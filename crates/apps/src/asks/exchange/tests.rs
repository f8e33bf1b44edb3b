//! Exchange, tried with real asks of real members.

use serde_json::{Value, json};
use skein_app::{Attached, Kind, Pages};

use crate::asks::Answer;
use crate::asks::tests::town::{ANA, Asking, BEN, CEM, DAY, HOUR, four};
use crate::testing::Town;

fn query(town: &Town, who: usize, query: Value) -> Answer {
    serde_json::from_value(town.query(who, "asks", query).expect("is answered")).expect("is an answer")
}

fn file(town: &Town, who: usize, format: &str) -> String {
    match query(town, who, json!({ "export": { "as": format } })) {
        Answer::File { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

/// Posts what a file holds, as the host would; gives how many.
fn import(town: &mut Town, who: usize, text: &str) -> usize {
    let command = json!({ "import": { "file": { "path": "x", "text": text } } });
    match town.ask(who, "asks", command) {
        Ok(skein_node::Answer::Do(skein_app::Job::Each { commands, .. })) => {
            let count = commands.len();
            commands.into_iter().for_each(|command| drop(town.does(who, command)));
            count
        }
        Ok(skein_node::Answer::Do(skein_app::Job::Tell { .. })) => 0,
        other => panic!("{other:?}"),
    }
}

fn many_kinds(town: &mut Town) {
    let place = json!({ "topic": "bedding", "place": "Hall, left", "point": "52.52,-13.405", "until": "3d", "urgent": true,
        "text": "Warm ones.\n=not a formula", "behalf": "Mrs. O", "parts": [{ "what": "blankets @ night", "minimum": 2, "optimum": 4 }] });
    town.post(ANA, "need", "=2 blankets", place);
    town.post(BEN, "offer", "Soup, \"hot\"; free", json!({}));
    town.post(CEM, "report", "@Hole in the road", json!({ "point": "52.5,13.4", "to": "the city" }));
    let slot =
        json!({ "minimum": 2, "optimum": 3, "starts_ms": town.now_ms + DAY, "ends_ms": town.now_ms + DAY + HOUR });
    town.post(ANA, "shift", "Kitchen", json!({ "parts": [slot] }));
    town.meet_all();
}

#[test]
fn asks_go_from_one_community_to_another_by_a_file_and_come_only_once() {
    for format in ["csv", "geojson"] {
        let mut here = four();
        many_kinds(&mut here);
        let text = file(&here, BEN, format);
        let mut there = four();
        there.now_ms = here.now_ms;
        // A shift and its people cannot be carried over: it is told, and may be left out.
        let refusal = there.refuses(ANA, json!({ "import": { "file": { "path": "x", "text": text } } }));
        assert!(
            refusal.message.contains("1 rows") && refusal.hint.contains("needs, offers and reports"),
            "{refusal:?}"
        );
        let command = json!({ "import": { "file": { "path": "x", "text": text }, "leave_out": true } });
        let Ok(skein_node::Answer::Do(skein_app::Job::Each { commands, .. })) = there.ask(ANA, "asks", command.clone())
        else {
            panic!("nothing is to be posted")
        };
        assert_eq!(commands.len(), 3);
        commands.into_iter().for_each(|command| drop(there.does(ANA, command)));
        let same = ["kind", "title", "text", "topic", "place", "until", "urgent", "for", "to", "parts"];
        let columns = |town: &Town| {
            let rows = super::csv::read(&file(town, ANA, "csv"), 100).expect("is a table");
            let rows = rows.into_iter().map(|(_, row)| row.expect("is read")).filter(|row| row.get("kind") != "shift");
            rows.map(|row| same.map(|column| row.get(column).to_string())).collect::<Vec<_>>()
        };
        assert_eq!(columns(&there), columns(&here), "{format}");
        let again = there.ask(ANA, "asks", command).expect("is answered");
        assert!(matches!(again, skein_node::Answer::Do(skein_app::Job::Tell { .. })), "a second time posts nothing");
        // Where it comes from, it is known by its id, whoever gives the file.
        let Answer::Plan { posts, here: known, faults } =
            query(&here, CEM, json!({ "import-check": { "file": { "path": "x", "text": text } } }))
        else {
            panic!("no plan")
        };
        assert_eq!((posts.len(), known.len(), faults.len()), (0, 4, 0));
    }
}

#[test]
fn a_file_is_checked_row_by_row_before_anything_is_posted() {
    let mut town = four();
    let text = "title,kind,until,north,east,urgent\nBlankets,need,2099-01-01,,,\nSoup,offer,2020-01-01,,,\nHole,report,,91,0,\n\
                Sign,petition,,,,\nBeds,need,,,,perhaps\nBread,,,,,yes\n";
    let check = |town: &Town, more: Value| {
        let mut check = json!({ "file": { "path": "x.csv", "text": text } });
        check.as_object_mut().expect("is one").extend(more.as_object().cloned().unwrap_or_default());
        match query(town, ANA, json!({ "import-check": check })) {
            Answer::Plan { posts, faults, .. } => (
                posts.iter().map(|post| post.row).collect::<Vec<_>>(),
                faults.iter().map(|fault| fault.row).collect::<Vec<_>>(),
            ),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(check(&town, json!({})), (vec![], vec![2, 3, 4, 5, 6, 7]), "2099 is too far, 2020 is over");
    assert_eq!(check(&town, json!({ "kind": "need" })), (vec![7], vec![2, 3, 4, 5, 6]));
    let rows = json!({ "import-check": { "file": { "path": "x.csv", "text": "title,kind\nBread,\nBeds,need\n" }, "kind": "offer" } });
    let Answer::Plan { posts, .. } = query(&town, ANA, rows.clone()) else { panic!("is a plan") };
    let said = |post: &super::Planned| (post.row, super::name(post.kind), post.assumed);
    let expected = [(2, "offer".to_owned(), true), (3, "need".to_owned(), false)];
    assert_eq!(posts.iter().map(said).collect::<Vec<_>>(), expected, "which rows do not say their kind is told");
    assert!(town.text(ANA, "asks", rows).ends_with("The kind of 1 of them is from --kind.\n"));
    assert!(town.list(ANA).is_empty());
    let refusal = town.refuses(ANA, json!({ "import": { "file": { "path": "x.csv", "text": text }, "kind": "need" } }));
    assert!(refusal.hint.contains("3: that date is over"), "{refusal:?}");
    let unread = town.refuses(ANA, json!({ "import": { "file": { "path": "/etc/passwd" } } }));
    assert_eq!(unread.kind, Kind::Usage, "the program itself reads no file");
    let rows = format!("title,kind\n{}", "x,need\n".repeat(5_001));
    assert_eq!(town.refuses(ANA, json!({ "import": { "file": { "path": "x", "text": rows } } })).kind, Kind::Limit);
    let long = "x".repeat(1_000_001);
    assert_eq!(town.refuses(ANA, json!({ "import": { "file": { "path": "x", "text": long } } })).kind, Kind::Limit);
    assert_eq!(import(&mut town, ANA, "what;type\nSoup;offer\nSoup;offer\n"), 1, "the same row twice is one");
}

#[test]
fn a_calendar_holds_what_has_a_date_and_keeps_its_names() {
    let mut town = four();
    many_kinds(&mut town);
    let far = json!({ "until": "500d" });
    town.post(ANA, "need", "Far away", far);
    let text = file(&town, ANA, "ics");
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 2, "the slot of the shift and the date of the need:\n{text}");
    assert!(
        text.contains("SUMMARY:Kitchen\r\n")
            && text.contains("SUMMARY:=2 blankets\r\n")
            && text.contains("STATUS:TENTATIVE")
    );
    assert!(!text.contains("Far away"));
    let uids = |text: &str| text.lines().filter(|line| line.starts_with("UID:")).map(String::from).collect::<Vec<_>>();
    let shift = town.list(ANA).into_iter().find(|row| row.title == "Kitchen").expect("is there").id.to_string();
    for who in [BEN, CEM] {
        town.take(who, &shift);
        town.meet_all();
    }
    let after = file(&town, BEN, "ics");
    assert_eq!(uids(&after), uids(&text));
    assert!(!after.contains("STATUS:TENTATIVE"), "enough people are there");
    town.now_ms += 70 * DAY;
    assert_eq!(file(&town, ANA, "ics").matches("BEGIN:VEVENT").count(), 0, "long ago");
}

#[derive(Default)]
struct Kept(Vec<(String, String)>);

impl Pages for Kept {
    fn write(&mut self, page: &str, markdown: &str) {
        self.0.push((page.into(), markdown.into()));
    }

    fn attach(&mut self, _: &str, file: &Attached) -> String {
        file.name.clone()
    }

    fn keep(&mut self, _: &str, name: &str, ending: &str, bytes: &[u8]) -> String {
        self.0.push((format!("{name}{ending}"), String::from_utf8(bytes.to_vec()).expect("is text")));
        format!("{name}{ending}")
    }
}

#[test]
fn all_asks_are_written_for_people_and_for_programs() {
    let mut town = four();
    many_kinds(&mut town);
    let hole = town.list(ANA).into_iter().find(|row| row.title.contains("Hole")).expect("is there").id.to_string();
    let promise = town.take(BEN, &hole);
    town.meet_all();
    town.does(BEN, json!({ "deliver": { "promise": promise, "note": "filled" } }));
    town.does(CEM, json!({ "tell": { "ask": hole, "text": "# They came\nat last", "kind": "answer" } }));
    town.meet_all();
    let export = |who: usize| {
        let mut kept = Kept::default();
        town.export(who, "asks", &mut kept);
        kept.0
    };
    let kept = export(ANA);
    let page: String = kept.iter().filter(|(name, _)| name == "asks").map(|(_, text)| text.as_str()).collect();
    for part in [
        "## =2 blankets",
        "need by Ana for Mrs. O",
        "About bedding.",
        "> Warm ones.\n> =not a formula",
        "(52.520, -13.405)",
        "- Ben, part 1, 1 people",
        "says it is done",
        "the answer:\n\n> # They came\n> at last",
        "asks.csv, asks.geojson, asks.ics",
    ] {
        assert!(page.contains(part), "{part:?} is not in\n{page}");
    }
    assert!(kept.iter().any(|(name, text)| name == "asks.csv" && text.contains("'@Hole in the road")));
    assert_eq!(export(CEM), kept, "the same from every device");
}
