//! One person alone: found, say, ask, restart; refusals that help.

use std::os::unix::fs::PermissionsExt;

use crate::common::{Person, options, refused, until};
use serde_json::json;
use skein_app::Kind;
use skein_host::{Entered, Hit, Host, Profile, Request, Said, Standing, WhoHasIt};

#[test]
fn a_community_is_founded_and_is_still_there_after_a_restart() {
    let mut ana = Person::new();
    let nowhere = ana.query("people", json!("members"));
    refused(nowhere, Kind::NotFound, "no community yet");
    let garden = ana.found("Garden", "Ana");
    assert_eq!((garden.name.as_str(), garden.my_name.as_str()), ("Garden", "Ana"));
    ana.rename("Anna");
    assert_eq!(ana.names(), ["Anna"]);
    until("her name is known", || ana.status().communities[0].my_name == "Anna");
    let before = ana.status();
    ana.kill();
    ana.start();
    let after = ana.status();
    assert_eq!((&after.device, &after.communities), (&before.device, &before.communities));
    assert_eq!(after.communities[0].standing, Standing::Member);
    assert_eq!((after.communities[0].my_name.as_str(), after.communities[0].events), ("Anna", 2));
    assert_eq!(after.addresses, before.addresses, "it is found where it was");
    ana.rename("Ana");
    ana.stop();
}

#[test]
fn a_folder_belongs_to_one_program_at_a_time() {
    let ana = Person::new();
    let second = Profile::open(ana.folder.path()).map(|_| ());
    refused(second, Kind::Conflict, "already runs");
}

#[test]
fn keys_are_for_this_user_only_and_damage_is_named() {
    let mut ana = Person::new();
    for key in ["device.key", "member.key"] {
        let mode = std::fs::metadata(ana.folder.path().join(key)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    ana.stop();
    std::fs::write(ana.folder.path().join("device.key"), "rubbish").expect("writes");
    let profile = Profile::open(ana.folder.path()).expect("the folder is free");
    let opened = Host::open(profile, options(false)).map(|_| ());
    refused(opened, Kind::Failed, "does not hold a key");
}

#[test]
fn a_community_is_named_by_name_or_id_and_a_doubtful_one_is_asked_about() {
    let ana = Person::new();
    let (garden, gym) = (ana.found("Garden", "Ana"), ana.found("Gym", "Ana"));
    let ask = |community: Option<&str>| {
        let query = json!("members");
        ana.ask::<serde_json::Value>(Request::Ask { community: community.map(Into::into), app: "people".into(), query })
    };
    let listed = refused(ask(None), Kind::Ambiguous, "Garden");
    assert!(listed.message.contains("Gym"), "{listed:?}");
    refused(ask(Some("g")), Kind::Ambiguous, "could be several");
    refused(ask(Some("Bakery")), Kind::NotFound, "Bakery");
    for fits in ["garden", "GARD", &garden.community, &garden.community[..20], &gym.community[..20]] {
        ask(Some(fits)).unwrap_or_else(|refusal| panic!("{fits}: {refusal}"));
    }
}

#[test]
fn names_must_be_proper_and_apps_must_exist() {
    let ana = Person::new();
    let found = |name: &str, my_name: Option<&str>| {
        ana.ask::<Entered>(Request::Found { name: name.into(), my_name: my_name.map(Into::into) })
    };
    refused(found("Garden", None), Kind::Usage, "knows your name");
    refused(found("", Some("Ana")), Kind::Usage, "1 to 64");
    refused(found("Garden", Some("A\u{1b}[31m")), Kind::Usage, "1 to 64");
    found("Garden", Some("Ana")).expect("founds");
    found("Gym", None).expect("the name is remembered");
    refused(ana.run_in("Garden", "teleport", json!("Go")), Kind::NotFound, "teleport");
    refused(ana.run_in("Garden", "people", json!({ "Nonsense": 1 })), Kind::Usage, "understood");
}

#[test]
fn what_was_said_is_found_again() {
    let ana = Person::new();
    ana.found("Garden", "Ana Lindqvist");
    let hits: Vec<Hit> =
        ana.ask(Request::Search { community: None, text: "lindq".into(), limit: 10 }).expect("searches");
    assert_eq!(hits.len(), 1);
    assert_eq!((hits[0].name.as_str(), hits[0].community_name.as_str()), ("Ana Lindqvist", "Garden"));
    let feed: Vec<Hit> = ana.ask(Request::Feed { community: None, limit: 10, before: None }).expect("lists");
    assert_eq!(feed.len(), 1);
    let said: Said = serde_json::from_value(ana.rename("Ana L")).expect("an event");
    let who = |event: &str| ana.ask::<WhoHasIt>(Request::WhoHas { community: None, event: event.into() });
    assert_eq!(who(&said.event).expect("answers").words, "On 1 device of 1 person: everybody has it.");
    assert_eq!(who(&said.event[..8]).expect("a beginning will do").event, said.event);
    refused(who("ab"), Kind::Usage, "not the beginning");
    refused(who(&"a".repeat(20)), Kind::NotFound, "begins with");
    let before = Some(feed[0].event.clone());
    let older: Vec<Hit> = ana.ask(Request::Feed { community: None, limit: 10, before }).expect("lists");
    assert!(older.is_empty());
}

#[test]
fn a_community_whose_file_is_damaged_is_named_and_the_others_go_on() {
    let mut ana = Person::new();
    let garden = ana.found("Garden", "Ana");
    ana.found("Gym", "Ana");
    ana.stop();
    let folder = ana.folder.path().join("communities");
    let file = folder.join(format!("{}.skein", garden.community));
    let whole = std::fs::read(&file).expect("reads");
    std::fs::write(&file, vec![7; whole.len()]).expect("writes");
    ana.start();
    let rows = ana.communities();
    let garden_row = rows.iter().find(|row| row.community == garden.community).expect("it is listed");
    assert_eq!(garden_row.standing, Standing::Closed);
    assert!(garden_row.trouble.contains("skein doctor"), "{garden_row:?}");
    let rename = json!({ "rename": { "name": "Anna" } });
    refused(ana.run_in(&garden.community, "people", rename.clone()), Kind::Failed, "cannot be used now");
    ana.run_in("Gym", "people", rename.clone()).expect("the other one works");
    std::fs::write(&file, whole).expect("somebody mends it");
    until("it is opened again", || ana.run_in(&garden.community, "people", rename.clone()).is_ok());
    assert!(ana.communities().iter().all(|row| row.standing == Standing::Member && row.trouble.is_empty()));
}
