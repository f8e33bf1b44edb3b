//! A report goes from one real program to another's Open311 server, and what became of it comes back.

mod common;

use common::Person;

const LAMP: &str = "The lamp at the gate is dark";

#[test]
fn a_report_is_sent_to_a_city_and_what_became_of_it_is_heard() {
    let city = Person::up();
    city.good(&["found", "Town hall", "--name", "Clerk"]);
    let address = city.good(&["bridge", "open", "asks", "--as", "open311"]).trim().to_owned();
    let ana = Person::up();
    ana.good(&["found", "Our street", "--name", "Ana"]);
    ana.good(&["asks", "post", "report", LAMP, "--topic", "light", "--point", "52.52,13.405", "--urgent"]);
    let unsent = ana.bad(4, &["asks", "check", LAMP]);
    assert!(unsent.contains("not sent"), "{unsent}");

    for more in [&[][..], &["--in-json"]] {
        ana.good(&[&["asks", "send", LAMP, "--to", &address], more].concat());
    }
    let there = city.good(&["asks", "ls", "--kind", "report"]);
    assert_eq!(there.matches(LAMP).count(), 2, "once in XML, once in JSON: {there}");
    assert!(!there.contains("Ana"), "nobody is named to a city: {there}");

    ana.good(&["asks", "check", LAMP]);
    let told = ana.good(&["asks", "show", LAMP]);
    assert!(told.contains("is open"), "{told}");
    let rows = city.json(&["asks", "ls", "--kind", "report"]);
    for row in rows["asks"].as_array().expect("is a list") {
        let id = row["id"].as_str().expect("has an id");
        city.good(&["asks", "take", id]);
        city.good(&["asks", "deliver", id, "--note", "A new bulb"]);
    }
    ana.good(&["asks", "check", LAMP]);
    let told = ana.good(&["asks", "show", LAMP]);
    assert!(told.contains("is closed"), "{told}");

    let bridge = city.json(&["bridge", "ls"]);
    city.good(&["bridge", "end", bridge["bridges"][0]["id"].as_str().expect("has an id")]);
    let gone = ana.types(&["asks", "send", LAMP, "--to", &address]);
    assert!(gone.code != 0 && gone.err.contains("refused"), "{}", gone.err);
    let encrypted = ana.types(&["asks", "send", LAMP, "--to", "http://city.example"]);
    assert!(encrypted.code == 2 && encrypted.err.contains("encrypted"), "{}{}", encrypted.out, encrypted.err);
}
