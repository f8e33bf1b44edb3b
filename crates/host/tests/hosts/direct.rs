//! Talking with one member alone: made once, told in a sealed word, and nobody else's business.

use data_encoding::BASE64;
use serde_json::json;
use skein_app::Kind;
use skein_host::{Entered, Knock, MemberRow, Request};

use crate::common::{Person, refused, until};

fn three() -> (Person, Person, Person, String) {
    let (ana, ben, cem) = (Person::new(), Person::new(), Person::new());
    let garden = ana.found("Garden", "Ana").community;
    let link = ana.invite(2).link;
    ben.join(&link, "Ben").expect("Ben is in");
    cem.join(&link, "Cem").expect("Cem is in");
    for person in [&ana, &ben, &cem] {
        person.sees(&["Ana", "Ben", "Cem"]);
    }
    (ana, ben, cem, garden)
}

fn id_of(person: &Person, garden: &str, name: &str) -> String {
    let members: Vec<MemberRow> = person.ask(Request::Members { community: Some(garden.into()) }).expect("answers");
    members.into_iter().find(|row| row.name == name).expect("is a member").member
}

fn direct(person: &Person, garden: &str, member: &str) -> Entered {
    person.ask(Request::Direct { community: Some(garden.into()), member: member.into() }).expect("is opened")
}

fn knocks(person: &Person) -> Vec<Knock> {
    person.ask(Request::Knocks).expect("answers")
}

fn with(person: &Person, community: &str) -> String {
    let rows = person.communities();
    rows.into_iter().find(|row| row.community == community).expect("is there").direct
}

#[test]
fn two_talk_alone_and_a_third_hears_nothing_of_it() {
    let (ana, ben, cem, garden) = three();
    let made = direct(&ana, &garden, &id_of(&ana, &garden, "Ben"));
    assert_eq!((made.name.as_str(), with(&ana, &made.community).as_str()), ("Ana & Ben", "Ben"));
    assert_eq!(with(&ana, &garden), "", "the garden is no conversation of two");
    let who = |community: &str| {
        ana.communities().into_iter().find(|row| row.community == community).expect("is there").direct_member
    };
    assert_eq!(
        (who(&made.community), who(&garden)),
        (id_of(&ana, &garden, "Ben"), String::new()),
        "before Ben has come"
    );
    until("Ben hears a knock", || knocks(&ben).len() == 1);
    let knock = knocks(&ben).remove(0);
    assert_eq!((knock.name.as_str(), knock.community.as_str()), ("Ana", garden.as_str()));
    assert_eq!(knock.member, id_of(&ben, &garden, "Ana"));
    assert_eq!(direct(&ana, &garden, "Ben").community, made.community, "asked again, it is the same");

    // Cem has the knock too: it says nothing to him.
    until("Cem has everything", || {
        let events =
            |person: &Person| person.communities().iter().find(|row| row.community == garden).map(|row| row.events);
        events(&cem) == events(&ana)
    });
    assert!(knocks(&cem).is_empty() && knocks(&ana).is_empty());

    let entered = ben.join(&knock.link, "Ben").expect("Ben answers");
    assert_eq!(entered.community, made.community);
    assert!(knocks(&ben).is_empty(), "it is answered");
    until("both see with whom they talk", || {
        with(&ben, &made.community) == "Ana" && with(&ana, &made.community) == "Ben"
    });
    assert_eq!(direct(&ben, &garden, "Ana").community, made.community, "and for Ben it is the same");
}

#[test]
fn a_phone_changes_nothing_of_who_belongs() {
    let (ana, _ben, _cem, garden) = three();
    let elsewhere = tempfile::tempdir().expect("a folder");
    for command in [json!("leave"), json!({ "remove": { "member": "Ben" } }), json!({ "retire": { "device": "x" } })] {
        let request = ana.command(Some(&garden), "people", command);
        let mut items = ana.host().request_within(request, elsewhere.path());
        let answered = crate::common::block_on(async { items.recv().await });
        assert!(
            matches!(&answered, Some(skein_host::Item::Refused(refusal)) if refusal.kind == Kind::Denied),
            "{answered:?}"
        );
    }
    assert_eq!(ana.names().len(), 3);
}

#[test]
fn whoever_turns_to_somebody_who_has_knocked_answers() {
    let (ana, ben, _cem, garden) = three();
    let made = direct(&ana, &garden, "Ben");
    until("Ben hears a knock", || knocks(&ben).len() == 1);
    assert_eq!(direct(&ben, &garden, "Ana").community, made.community, "no second conversation");
}

#[test]
fn what_is_declined_stays_so_after_a_restart() {
    let (ana, mut ben, _cem, garden) = three();
    direct(&ana, &garden, "Ben");
    until("Ben hears a knock", || knocks(&ben).len() == 1);
    let id = knocks(&ben).remove(0).id;
    let nothing: serde_json::Value = ben.ask(Request::Decline { id }).expect("is taken note of");
    assert!(nothing.is_null() && knocks(&ben).is_empty());
    ben.stop();
    ben.start();
    assert!(knocks(&ben).is_empty());
    refused(ben.ask::<()>(Request::Decline { id: "no id".into() }), Kind::Usage, "id of a knock");
}

#[test]
fn garbage_in_a_knock_breaks_nothing_and_shows_nothing() {
    let (ana, ben, cem, garden) = three();
    let knock = |boxes: Vec<Vec<u8>>| {
        let boxes: Vec<String> = boxes.iter().map(|bytes| BASE64.encode(bytes)).collect();
        cem.run_in(&garden, "people", json!({ "knock": { "boxes": boxes } }))
    };
    for byte in 0..20 {
        knock(vec![vec![byte; skein_app::KNOCK_BOX_BYTES]; 16]).expect("any bytes of this size may be said");
    }
    for bad in [vec![], vec![vec![0; 10]], vec![vec![0; skein_app::KNOCK_BOX_BYTES]; 17]] {
        refused(knock(bad), Kind::Usage, "1 to 16 boxes");
    }
    direct(&ana, &garden, "Ben");
    until("Ben hears the one real knock", || knocks(&ben).iter().any(|knock| knock.name == "Ana"));
    assert_eq!(knocks(&ben).len(), 1);
}

#[test]
fn nobody_talks_with_themself_or_with_nobody() {
    let (ana, _ben, _cem, garden) = three();
    let ask =
        |member: &str| ana.ask::<Entered>(Request::Direct { community: Some(garden.clone()), member: member.into() });
    refused(ask("Ana"), Kind::Usage, "that is you");
    refused(ask("Zoe"), Kind::NotFound, "no such member");
}

#[test]
fn a_third_in_it_makes_it_an_ordinary_community() {
    let (ana, _ben, cem, garden) = three();
    let made = direct(&ana, &garden, "Ben").community;
    let link = ana.invite_to(Some(&made), 1).link;
    cem.join(&link, "Cem").expect("Cem is in");
    until("nobody takes it for a conversation of two", || with(&ana, &made).is_empty() && with(&cem, &made).is_empty());
}
