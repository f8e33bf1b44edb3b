//! What one says, the others hear; changes are told; two communities do not mix; the dead come back.

use serde_json::json;
use skein_host::{Change, Item, Request, Said, WhoHasIt};

use crate::common::{LONG, Person, block_on, until};

/// Ana founds, Ben joins.
fn two() -> (Person, Person) {
    let (ana, ben) = (Person::new(), Person::new());
    ana.found("Garden", "Ana");
    ben.join(&ana.invite(1).link, "Ben").expect("Ben is in");
    ana.sees(&["Ana", "Ben"]);
    (ana, ben)
}

#[test]
fn what_one_says_the_other_has_and_is_known_to_have() {
    let (ana, ben) = two();
    ana.rename("Anna");
    ben.sees(&["Anna", "Ben"]);
    let said: Said = serde_json::from_value(ben.rename("Benno")).expect("an event");
    ana.sees(&["Anna", "Benno"]);
    let who = || ben.ask::<WhoHasIt>(Request::WhoHas { community: None, event: said.event.clone() });
    until("Ben knows that Ana has it", || who().is_ok_and(|who| who.devices.iter().all(|device| device.has)));
    assert_eq!(who().expect("answers").words, "On 2 devices of 2 people: everybody has it.");
}

#[test]
fn how_far_each_device_is_is_known() {
    let (ana, ben) = two();
    let bens = || {
        let members = ana.members();
        let devices = members.into_iter().flat_map(|member| member.devices);
        devices.filter(|device| !device.this).map(|device| (device.reached, device.lacks, device.has_more)).next()
    };
    until("Ben has all", || bens() == Some((true, Some(0), false)));
    drop(ben);
    until("Ben is gone", || bens().is_some_and(|(reached, ..)| !reached));
    ana.rename("Anna");
    ana.rename("Annika");
    assert_eq!(bens(), Some((false, Some(2), false)));
}

#[test]
fn whoever_follows_hears_of_changes_and_signals() {
    let (ana, ben) = two();
    let mut follow = ana.host().request(Request::Follow { community: None });
    let mut next = |what: &str, wanted: &dyn Fn(&Change) -> bool| loop {
        let item = block_on(async { tokio::time::timeout(LONG, follow.recv()).await });
        match item.unwrap_or_else(|_| panic!("nothing was heard: {what}")) {
            Some(Item::Change(change)) if wanted(&change) => return,
            Some(Item::Change(_)) => (),
            other => panic!("{what}: {other:?}"),
        }
    };
    // The request is taken up in a task of its own: what happened before that is not told.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let said: Said = serde_json::from_value(ben.rename("Benno")).expect("an event");
    next(
        "the object changed",
        &|change| matches!(change, Change::Object { app, object, .. } if app == "people" && *object == said.object),
    );
    let object = said.object.clone();
    let signal = Request::Signal { community: None, app: "people".into(), object, text: "types".into() };
    ben.ask::<serde_json::Value>(signal).expect("is sent");
    next("the signal", &|change| matches!(change, Change::Signal { text, .. } if text == "types"));
    drop(ben);
    next("Ben is gone", &|change| matches!(change, Change::Reach { up: false, .. }));
}

#[test]
fn two_communities_do_not_mix() {
    let (ana, ben, cem) = (Person::new(), Person::new(), Person::new());
    let (garden, gym) = (ana.found("Garden", "Ana"), ana.found("Gym", "Anita"));
    ben.join(&ana.invite_to(Some("Garden"), 1).link, "Ben").expect("Ben is in the garden");
    cem.join(&ana.invite_to(Some("Gym"), 1).link, "Cem").expect("Cem is in the gym");
    ben.sees(&["Ana", "Ben"]);
    cem.sees(&["Anita", "Cem"]);
    ana.run_in("Garden", "people", json!({ "rename": { "name": "Anna" } })).expect("says so");
    ben.sees(&["Anna", "Ben"]);
    cem.sees(&["Anita", "Cem"]);
    assert_eq!(ben.communities()[0].community, garden.community);
    assert_eq!(cem.communities()[0].community, gym.community);
}

#[test]
fn one_who_is_killed_comes_back_and_catches_up() {
    let (ana, mut ben) = two();
    let before: Said = serde_json::from_value(ben.rename("Benno")).expect("an event");
    ben.kill();
    for n in 0..300 {
        ana.rename(&format!("Ana {n}"));
    }
    ben.start();
    ben.sees(&["Ana 299", "Benno"]);
    let who = ben.ask::<WhoHasIt>(Request::WhoHas { community: None, event: before.event });
    assert!(who.is_ok(), "what was answered was on disk");
    until("both have the same", || ana.communities()[0].events == ben.communities()[0].events);
}

#[test]
fn many_who_speak_at_once_all_end_up_the_same() {
    let people: Vec<Person> = (0..4).map(|_| Person::new()).collect();
    people[0].found("Garden", "P0");
    let link = people[0].invite(3).link;
    for (n, person) in people.iter().enumerate().skip(1) {
        person.join(&link, &format!("P{n}")).expect("is in");
    }
    std::thread::scope(|scope| {
        for (n, person) in people.iter().enumerate() {
            scope.spawn(move || (0..50).for_each(|turn| drop(person.rename(&format!("P{n} {turn}")))));
        }
    });
    for person in &people {
        person.sees(&["P0 49", "P1 49", "P2 49", "P3 49"]);
        until("everything is here", || person.communities()[0].events == 205);
    }
}
