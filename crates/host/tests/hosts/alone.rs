//! One person alone: found, say, ask, restart; refusals that help.

use std::os::unix::fs::PermissionsExt;

use crate::common::{Person, now_ms, options, refused, until};
use serde_json::json;
use skein_app::Kind;
use skein_host::{Entered, Hit, Host, Invitation, LinkKind, LinkRead, Profile, Request, Said, Standing, WhoHasIt};

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

/// A search for words, with what narrows it, as the page asks for it.
fn search(text: &str, only: serde_json::Value) -> Request {
    let mut wanted = json!({ "community": null, "text": text, "limit": 10 });
    wanted.as_object_mut().expect("an object").extend(only.as_object().expect("an object").clone());
    serde_json::from_value(json!({ "search": wanted })).expect("is a request")
}

#[test]
fn a_search_is_narrowed_by_app_person_place_and_time() {
    let ana = Person::new();
    let me = ana.found("Garden", "Ana").member;
    ana.found("Gym", "Ana");
    let say = |channel: &str, text: &str| {
        ana.run_in("Garden", "chat", json!({ "say": { "channel": channel, "text": [text] } })).expect("says")
    };
    let shed: Said = serde_json::from_value(say("shed", "beans are in the shed")).expect("an event");
    say("general", "beans for all");
    ana.write("beans.txt", b"beans");
    let add = json!({ "add": { "path": { "path": "beans.txt" } } });
    ana.run_in("Garden", "files", add).expect("is shared");
    let found = |only: serde_json::Value| -> Vec<String> {
        let hits: Vec<Hit> = ana.ask(search("beans", only)).expect("searches");
        let mut texts: Vec<String> = hits.into_iter().map(|hit| hit.snippet.replace(['[', ']'], "")).collect();
        texts.sort();
        texts
    };
    let all = ["beans are in the shed", "beans for all", "beans.txt"];
    assert_eq!(found(json!({})), all);
    assert_eq!(found(json!({ "app": null, "member": null, "object": null, "after_ms": null })), all);
    assert_eq!(found(json!({ "app": "chat" })), all[..2]);
    assert_eq!(found(json!({ "app": "files" })), all[2..]);
    assert_eq!(found(json!({ "object": shed.object })), all[..1], "by id");
    assert_eq!(found(json!({ "object": "#shed" })), all[..1], "by name, though the other community has none");
    assert_eq!(found(json!({ "object": "beans.txt" })), all[2..]);
    for member in [&me, &me[..6], "ana"] {
        assert_eq!(found(json!({ "member": member })), all, "{member}");
    }
    assert!(found(json!({ "member": "a".repeat(52) })).is_empty(), "an id that wrote nothing");
    let now = now_ms();
    assert_eq!(found(json!({ "after_ms": now - 600_000, "before_ms": now + 600_000 })), all);
    assert!(found(json!({ "before_ms": now - 600_000 })).is_empty());
    assert!(found(json!({ "after_ms": now + 600_000 })).is_empty());
    // Whatever is asked is answered or refused; ends that no clock reaches are no trouble.
    assert_eq!(found(json!({ "after_ms": 0, "before_ms": u64::MAX })), all);
    assert!(found(json!({ "after_ms": u64::MAX })).is_empty());
    let refuse =
        |only: serde_json::Value, kind, word: &str| refused(ana.ask::<Vec<Hit>>(search("beans", only)), kind, word);
    refuse(json!({ "app": "teleport" }), Kind::NotFound, "teleport");
    refuse(json!({ "member": "Nobody" }), Kind::NotFound, "Nobody");
    refuse(json!({ "object": "nowhere" }), Kind::NotFound, "nowhere");
    refuse(json!({ "object": "x".repeat(1_000_000) }), Kind::Usage, "as long as that");
    refuse(json!({ "member": "'; DROP TABLE line; --" }), Kind::NotFound, "DROP");
}

#[test]
fn a_link_is_read_before_anything_is_done_with_it() {
    let (ana, ben) = (Person::new(), Person::new());
    let garden = ana.found("Garden", "Ana");
    let invitation = ana.invite(1);
    let read = |person: &Person, link: &str| person.ask::<LinkRead>(Request::ReadLink { link: link.into() });
    let expected = LinkRead {
        kind: LinkKind::Invitation,
        community: garden.community,
        name: "Garden".into(),
        from: "Ana".into(),
        expires_ms: invitation.expires_ms,
        expired: false,
        already_in: false,
    };
    assert_eq!(read(&ben, &format!("  {}\n", invitation.link)), Ok(expected.clone()));
    assert!(ben.communities().is_empty(), "nothing was joined");
    assert_eq!(read(&ana, &invitation.link), Ok(LinkRead { already_in: true, ..expected }));
    let brief: Invitation =
        ana.ask(Request::Invite { community: None, uses: 1, expires_ms: now_ms() + 200 }).expect("invites");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(read(&ben, &brief.link).expect("is a link").expired);
    let device: skein_host::DeviceInvitation = ana.ask(Request::DeviceAdd).expect("makes a link");
    let own = read(&ana, &device.link).expect("is a link");
    assert_eq!((own.kind, own.community.as_str(), own.already_in), (LinkKind::Device, "", true));
    assert!(!read(&ben, &device.link).expect("is a link").already_in);
    for text in ["", "hello", "skein:aaaa", &invitation.link[..60], "http://127.0.0.1/", &"skein:".repeat(100_000)] {
        let refusal = refused(read(&ben, text), Kind::Usage, "link");
        assert!(!refusal.hint.is_empty(), "{refusal:?}");
    }
}

#[test]
fn what_is_unread_is_counted_for_each_community() {
    let (ana, ben) = (Person::new(), Person::new());
    ana.found("Garden", "Ana");
    let say = |person: &Person, text: &str| {
        person.run_in("Garden", "chat", json!({ "say": { "channel": "general", "text": [text] } })).expect("says");
    };
    say(&ana, "said before Ben came");
    ben.join(&ana.invite(1).link, "Ben").expect("Ben is in");
    ben.found("Gym", "Ben");
    let row = |name: &str| ben.communities().into_iter().find(|row| row.name == name).expect("is listed");
    let counts = || ["Garden", "Gym"].map(row).map(|row| (row.unread, row.mentions));
    until("the history is there", || row("Garden").events >= 4);
    assert_eq!(counts(), [(0, 0), (0, 0)], "it was said to others");
    say(&ana, "hello @Ben");
    say(&ana, "and all");
    until("both have come", || counts() == [(2, 1), (0, 0)]);
    assert_eq!(ben.status().communities.iter().map(|row| row.unread).sum::<u32>(), 2);
    assert_eq!(ana.communities()[0].unread, 0, "one's own words are not news");
    ben.run_in("Garden", "chat", json!({ "mark-read": { "channel": "general" } })).expect("is marked");
    until("it is read", || counts() == [(0, 0), (0, 0)]);
}

#[test]
fn what_was_said_is_found_again() {
    let ana = Person::new();
    ana.found("Garden", "Ana Lindqvist");
    let hits: Vec<Hit> = ana.ask(search("lindq", json!({}))).expect("searches");
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
