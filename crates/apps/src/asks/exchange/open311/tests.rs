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
