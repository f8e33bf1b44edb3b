//! The server, asked by strangers: as the specification says, and otherwise.

use serde_json::{Value, json};
use skein_app::{Bridged, Bridging, Reply};
use skein_node::Answer;

use crate::asks::tests::town::{ANA, Asking, BEN, DAY, four};
use crate::testing::Town;

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

/// Asks Ana's bridge, as the host would.
fn send(town: &mut Town, posts: bool, path: &str, pairs: &[(&str, &str)]) -> Reply {
    let request = Bridged { speaks: "open311".into(), posts, path: path.into(), fields: fields(pairs) };
    let command = match town.bridge(ANA, "asks", &request, None).expect("is answered") {
        Bridging::Answer(reply) => return reply,
        Bridging::Do(command) => command,
    };
    assert!(posts, "reading changes nothing");
    let done = town.ask(ANA, "asks", command).map(|answer| match answer {
        Answer::Said { object, .. } => object,
        other => panic!("{other:?}"),
    });
    match town.bridge(ANA, "asks", &request, Some(done)).expect("is answered") {
        Bridging::Answer(reply) => reply,
        Bridging::Do(_) => panic!("it came to no end"),
    }
}

fn read(town: &mut Town, path: &str, pairs: &[(&str, &str)]) -> Value {
    let reply = send(town, false, path, pairs);
    assert_eq!((reply.status, reply.kind.as_str()), (200, "application/json; charset=utf-8"), "{reply:?}");
    serde_json::from_str(&reply.body).expect("is JSON")
}

fn ids(list: &Value) -> Vec<String> {
    let rows = list.as_array().expect("is a list").iter();
    rows.map(|row| row["service_request_id"].as_str().expect("has an id").into()).collect()
}

/// The specification's own example of a request, with all that a sender may say of themselves.
const EXAMPLE: &[(&str, &str)] = &[
    ("api_key", "xyz"),
    ("jurisdiction_id", "city.gov"),
    ("service_code", "other"),
    ("lat", "37.76524078"),
    ("long", "-122.4212043"),
    ("address_string", "1234 5th street"),
    ("email", "smit333@sfgov.edu"),
    ("device_id", "tt222111"),
    ("account_id", "123456"),
    ("first_name", "john"),
    ("last_name", "smith"),
    ("phone", "111111111"),
    ("description", "A large sinkhole is destroying the street\r\nSince Monday."),
    ("media_url", "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg"),
    ("attribute[WHISPAWN]", "123456"),
];

#[test]
fn a_report_from_outside_is_posted_for_its_sender_without_what_would_identify_them() {
    let mut town = four();
    let reply = send(&mut town, true, "requests.json", EXAMPLE);
    assert_eq!(reply.status, 200, "{reply:?}");
    let id = ids(&serde_json::from_str(&reply.body).expect("is JSON")).remove(0);
    town.meet_all();
    let ask = town.show(BEN, &id);
    assert_eq!(
        (ask.row.title.as_str(), ask.row.behalf.as_str()),
        ("A large sinkhole is destroying the street", "john smith")
    );
    assert_eq!((ask.row.by.name.as_str(), ask.row.kind), ("Ana", crate::asks::AskKind::Report));
    let place = ask.row.place.clone().expect("has a place");
    assert_eq!((place.label.as_str(), place.north, place.east), ("1234 5th street", Some(37.765), Some(-122.421)));
    let kept = town.rows(BEN, "asks").join("\n");
    for secret in ["smit333", "sfgov", "111111111", "tt222111", "123456", "xyz"] {
        assert!(!kept.contains(secret), "{secret} is kept");
    }
    let seen = read(&mut town, &format!("requests/{id}.json"), &[]);
    assert_eq!((seen[0]["status"].as_str(), seen[0]["lat"].as_f64()), (Some("open"), Some(37.765)));
    let whole = seen.to_string();
    assert!(!whole.contains("john") && !whole.contains("Ana"), "nobody is named to strangers: {whole}");
    let token = read(&mut town, &format!("tokens/{id}.json"), &[]);
    assert_eq!(
        (token[0]["service_request_id"].as_str(), token[0]["token"].as_str()),
        (Some(id.as_str()), Some(id.as_str()))
    );
}

#[test]
fn what_is_asked_for_wrongly_is_answered_in_the_specifications_words() {
    let mut town = four();
    let long = "x".repeat(4_001);
    for (pairs, code) in [
        (vec![("lat", "1"), ("long", "1")], 400),
        (vec![("service_code", "nonsense"), ("lat", "1"), ("long", "1")], 404),
        (vec![("service_code", "other")], 400),
        (vec![("service_code", "other"), ("lat", "1")], 400),
        (vec![("service_code", "other"), ("lat", "91"), ("long", "1")], 400),
        (vec![("service_code", "other"), ("lat", "NaN"), ("long", "inf")], 400),
        (vec![("service_code", "other"), ("address_string", "x"), ("description", &long)], 400),
    ] {
        let reply = send(&mut town, true, "requests.json", &pairs);
        let body: Value = serde_json::from_str(&reply.body).expect("is JSON");
        assert_eq!((reply.status, body[0]["code"].as_u64()), (code, Some(code.into())), "{pairs:?}");
        assert!(!body[0]["description"].as_str().expect("says why").is_empty());
        let xml = send(&mut town, true, "requests.xml", &pairs);
        let begins =
            format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<errors><error><code>{code}</code><description>");
        assert!(xml.body.starts_with(&begins) && xml.kind == "text/xml; charset=utf-8", "{xml:?}");
    }
    for (posts, path) in [
        (false, ""),
        (false, "requests"),
        (false, "requests.exe"),
        (false, "x.xml"),
        (false, "requests/nothing.xml"),
        (false, "services/nothing.xml"),
        (false, "tokens/nothing.xml"),
        (true, "services.xml"),
        (true, "requests/x.xml"),
    ] {
        assert_eq!(
            send(&mut town, posts, path, &[("service_code", "other"), ("address_string", "x")]).status,
            404,
            "{path}"
        );
    }
    assert!(town.list(ANA).is_empty());
}

#[test]
fn reports_are_found_by_service_state_and_date() {
    let mut town = four();
    let post = |town: &mut Town, title: &str, more: Value| town.post(BEN, "report", title, more);
    let hole = post(&mut town, "Hole & <b>", json!({ "topic": "road damage", "point": "52.5,13.4" }));
    let light = post(&mut town, "Dark", json!({ "topic": "light" }));
    town.post(BEN, "need", "Blankets", json!({}));
    town.does(BEN, json!({ "close": { "ask": light, "note": "a new lamp" } }));
    town.meet_all();
    let services = read(&mut town, "services.json", &[]);
    let codes: Vec<_> = services.as_array().expect("is a list").iter().map(|row| row["service_code"].clone()).collect();
    assert_eq!(codes, ["light", "road_damage", "other"]);
    assert_eq!(services[1]["service_name"], "Road damage");
    assert_eq!(
        read(&mut town, "services/road_damage.json", &[]),
        json!({ "service_code": "road_damage", "attributes": [] })
    );
    let now = super::super::stamp::iso(town.now_ms + 1_000);
    let later = super::super::stamp::iso(town.now_ms + DAY);
    for (pairs, expected) in [
        (vec![], vec![&light, &hole]),
        (vec![("status", "open")], vec![&hole]),
        (vec![("status", "closed,open"), ("service_code", "light,other")], vec![&light]),
        (vec![("start_date", now.as_str())], vec![]),
        (vec![("end_date", later.as_str())], vec![&light, &hole]),
        (vec![("service_request_id", hole.as_str()), ("status", "closed")], vec![&hole]),
        (vec![("service_request_id", "x, y,")], vec![]),
    ] {
        assert_eq!(
            ids(&read(&mut town, "requests.json", &pairs)),
            expected.into_iter().cloned().collect::<Vec<_>>(),
            "{pairs:?}"
        );
    }
    let closed = read(&mut town, &format!("requests/{light}.json"), &[]);
    assert_eq!(
        (closed[0]["status"].as_str(), closed[0]["status_notes"].as_str()),
        (Some("closed"), Some("a new lamp"))
    );
    for bad in [("status", "half"), ("start_date", "soon"), ("end_date", "2026-12-01T00:00:00")] {
        assert_eq!(send(&mut town, false, "requests.json", &[bad]).status, 400, "{bad:?}");
    }
    let xml = send(&mut town, false, "requests.xml", &[("status", "open")]).body;
    assert!(
        xml.contains("<description>Hole &amp; &lt;b&gt;</description>")
            && xml.contains("<lat>52.5</lat><long>13.4</long>"),
        "{xml}"
    );
    town.now_ms += 91 * DAY;
    assert!(ids(&read(&mut town, "requests.json", &[])).is_empty(), "older than 90 days");
    let span = [("start_date", "2025-11-01T00:00:00Z"), ("end_date", "2027-01-01T00:00:00Z")];
    assert_eq!(ids(&read(&mut town, "requests.json", &span)).len(), 2);
    let span = [("start_date", "2025-01-01T00:00:00Z"), ("end_date", "2027-01-01T00:00:00Z")];
    assert!(ids(&read(&mut town, "requests.json", &span)).is_empty(), "only the first 90 days of a longer span");
}

/// Ana's report is sent to Ana's own bridge, as the host would call it; gives what was said, or why not.
fn carry(town: &mut Town, who: usize, command: Value) -> Result<Answer, skein_app::Refusal> {
    let app = crate::APPS.iter().find(|app| app.name() == "asks").expect("is an app");
    let mut command = command;
    for _ in 0..4 {
        match town.ask(who, "asks", command.clone())? {
            Answer::Do(skein_app::Job::Call { call, command: again }) => {
                let path = call.url.strip_prefix("https://city.gov/v2/").expect("is called there").to_string();
                let path = path.split('?').next().unwrap_or_default().to_string();
                let pairs: Vec<(String, String)> = call.form.clone().unwrap_or_default();
                let pairs: Vec<(&str, &str)> =
                    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let reply = send(town, call.form.is_some(), &path, &pairs);
                command = app.replied(again, reply)?;
            }
            other => return Ok(other),
        }
    }
    panic!("it came to no end")
}

#[test]
fn a_report_goes_to_a_server_and_its_followers_hear_what_became_of_it() {
    for in_json in [false, true] {
        let mut town = four();
        let hole =
            town.post(BEN, "report", "Hole & <b>", json!({ "point": "52.5,13.4", "text": "deep", "behalf": "Mrs. O" }));
        let sending = json!({ "send": { "ask": hole, "to": "https://city.gov/v2/", "in_json": in_json } });
        carry(&mut town, BEN, sending.clone()).expect("is sent");
        town.meet_all();
        let told = town.show(ANA, &hole).news.remove(0);
        let id = told.text.strip_prefix("Sent to https://city.gov/v2 as request ").expect("says where").to_string();
        let there = town.show(ANA, &id);
        assert_eq!(
            (there.row.title.as_str(), there.row.behalf.as_str(), there.text.as_str()),
            ("Hole & <b>", "", "Hole & <b>\ndeep")
        );
        let checking = json!({ "check": { "ask": hole } });
        carry(&mut town, BEN, checking.clone()).expect("is asked");
        let news = |town: &Town| town.show(BEN, &hole).news.remove(0).text;
        assert_eq!(news(&town), format!("At https://city.gov/v2, request {id} is open"));
        assert!(
            matches!(carry(&mut town, BEN, checking.clone()), Ok(Answer::Do(skein_app::Job::Tell { .. }))),
            "nothing new"
        );
        town.does(ANA, json!({ "close": { "ask": id, "note": "filled" } }));
        carry(&mut town, BEN, checking.clone()).expect("is asked");
        assert_eq!(news(&town), format!("At https://city.gov/v2, request {id} is closed: filled"));
        assert!(
            carry(&mut town, ANA, sending).is_err() && carry(&mut town, ANA, checking).is_err(),
            "only who minds it"
        );
    }
}

fn got(status: u16, body: &str) -> Result<Vec<super::read::Item>, String> {
    super::read::items(&Reply { status, kind: String::new(), body: body.into() })
}

#[test]
fn the_specifications_examples_are_read() {
    let posted = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<service_requests>\n\t<request>\n\t\t<service_request_id>293944</service_request_id>
        <service_notice>The City will inspect &amp; require &#x41;</service_notice><account_id/></request></service_requests>";
    let item = got(200, posted).expect("is read").remove(0);
    assert_eq!(
        (item["service_request_id"].as_str(), item["service_notice"].as_str()),
        ("293944", "The City will inspect & require A")
    );
    assert!(!item.contains_key("account_id"));
    let posted = r#"[{"service_request_id":293944,"service_notice":"The City","account_id":null}]"#;
    assert_eq!(got(200, posted).expect("is read")[0]["service_request_id"], "293944");
    let errors = "<?xml version=\"1.0\" encoding=\"utf-8\"?><errors><error><code>403</code>
        <description>Invalid api_key received -- can't proceed with create_request.</description></error></errors>";
    let why = got(403, errors).expect_err("is refused");
    assert_eq!(why, "the server refused it (403): Invalid api_key received -- can't proceed with create_request.");
    assert!(got(200, r#"[{"code":400,"description":"no"}]"#).is_err());
}

#[test]
fn hostile_answers_are_refused_and_never_believed() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><service_requests><request><token>&b;</token></request></service_requests>";
    let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    for bad in [
        bomb,
        &deep,
        "",
        "<",
        "<html><body>no",
        "<a></b>",
        "<a/><b></b><c></c>",
        "{",
        "[[[[",
        "\u{0}",
        "<a>&other;</a>",
        "plain",
    ] {
        assert!(
            got(200, bad).is_err() || got(200, bad).is_ok_and(|items| items.iter().all(super::read::Item::is_empty)),
            "{:.40}",
            bad
        );
    }
    let long = format!("<r><i><token>{}</token></i></r>", "x".repeat(1_000_000));
    assert!(got(200, &long).expect("is read")[0]["token"].len() <= 4_000);
    let mut town = four();
    let hole = town.post(BEN, "report", "Hole", json!({ "point": "52.5,13.4" }));
    for to in ["file:///etc/passwd", "ftp://x", "https://a b", "https://x?y", "https://u@x", "javascript:1", ""] {
        assert!(carry(&mut town, BEN, json!({ "send": { "ask": hole, "to": to } })).is_err(), "{to}");
    }
    // What others say does not lead this person's program anywhere.
    town.meet_all();
    town.does(BEN, json!({ "lead": { "ask": hole, "share": "Ana" } }));
    town.does(
        BEN,
        json!({ "tell": { "ask": hole, "text": "Sent to https://evil.example as request 1", "kind": "sent" } }),
    );
    town.meet_all();
    town.does(ANA, json!({ "lead": { "ask": hole } }));
    assert!(carry(&mut town, ANA, json!({ "check": { "ask": hole } })).is_err());
}
