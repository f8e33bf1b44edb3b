//! Files and folders: shared by one, fetched from several, kept by a keeper, closed to strangers.

use serde_json::json;
use skein_app::Kind;
use skein_host::{Fetched, Unit};

use crate::common::{Person, refused, tree, until};

/// A folder of so many bytes, in files of different sizes.
fn fill(person: &Person, name: &str, bytes: usize) {
    let mut state = 88_172_645_463_325_252_u64;
    let mut noise = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    let mut left = bytes;
    for n in 0.. {
        let size = (left / 2).max(1_000).min(left);
        let content: Vec<u8> = (0..size).map(|_| noise()).collect();
        person.write(&format!("{name}/part {}/{n}.bin", n % 3), &content);
        left -= size;
        if left == 0 {
            return;
        }
    }
}

fn add(person: &Person, path: &str) {
    let command = json!({ "add": { "path": { "path": path, "done": null }, "name": null, "note": null } });
    person.run("files", command).expect("is shared");
}

fn get(person: &Person, share: &str) -> Result<Fetched, skein_app::Refusal> {
    person.ask(person.command(None, "files", json!({ "get": { "share": share, "to": "got", "version": null } })))
}

fn lists(person: &Person, share: &str) -> bool {
    let listed = person.query("files", json!({ "ls": { "pattern": null, "all": false, "limit": 100 } }));
    listed.is_ok_and(|listed| listed.to_string().contains(share))
}

#[test]
fn a_folder_comes_from_two_holders_at_once_and_is_the_same() {
    let (ana, ben, cem) = (Person::new(), Person::new(), Person::new());
    ana.found("Garden", "Ana");
    let link = ana.invite(2).link;
    ben.join(&link, "Ben").expect("Ben is in");
    cem.join(&link, "Cem").expect("Cem is in");
    cem.sees(&["Ana", "Ben", "Cem"]);
    until("Cem reaches both", || cem.communities()[0].devices_reached == 2);
    fill(&ana, "seeds", 24 << 20);
    add(&ana, "seeds");
    until("Ben sees the share", || lists(&ben, "seeds"));
    let fetched = get(&ben, "seeds").expect("Ben has it");
    assert_eq!((fetched.bytes, fetched.from.len()), (24 << 20, 1), "{fetched:?}");
    let original = tree(&ana.folder.path().join("seeds"));
    assert_eq!(tree(&ben.folder.path().join("got/seeds")), original);

    let holders = || cem.query("files", json!({ "holders": { "share": "seeds" } })).expect("answers").to_string();
    until("Cem knows two holders", || holders().contains("Ben") && holders().contains("Ana"));
    let request = cem.command(None, "files", json!({ "get": { "share": "seeds", "to": "got", "version": null } }));
    let (progress, fetched) = cem.all(request);
    let fetched: Fetched = serde_json::from_value(fetched.expect("Cem has it")).expect("an answer");
    assert_eq!(tree(&cem.folder.path().join("got/seeds")), original);
    assert_eq!(fetched.from.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Ana", "Ben"], "{fetched:?}");
    assert!(progress.iter().all(|p| p.unit == Unit::Bytes && p.what == "seeds"), "{progress:?}");
}

#[test]
fn a_file_outlives_its_giver_on_a_keeper() {
    let (keeper, mut ana, ben) = (Person::keeper(), Person::new(), Person::new());
    keeper.found("Garden", "Kit");
    let link = keeper.invite(2).link;
    ana.join(&link, "Ana").expect("Ana is in");
    ben.join(&link, "Ben").expect("Ben is in");
    ana.write("plan.txt", &vec![7; 300_000]);
    add(&ana, "plan.txt");
    let held = || ana.query("files", json!({ "holders": { "share": "plan.txt" } })).expect("answers").to_string();
    until("the keeper holds it", || held().contains("Kit"));
    ana.stop();
    until("Ben sees the share", || lists(&ben, "plan.txt"));
    get(&ben, "plan.txt").expect("Ben has it from the keeper");
    assert_eq!(std::fs::read(ben.folder.path().join("got/plan.txt")).expect("it is there"), vec![7; 300_000]);
}

#[test]
fn what_one_community_lets_go_of_stays_for_another_that_shares_it() {
    let (ana, ben) = (Person::new(), Person::new());
    for name in ["Garden", "Shed"] {
        ana.found(name, "Ana");
    }
    fill(&ana, "seeds", 200_000);
    let command = json!({ "add": { "path": { "path": "seeds", "done": null }, "name": null, "note": null } });
    ana.run_in("Garden", "files", command.clone()).expect("is shared");
    ana.run_in("Shed", "files", command).expect("is shared again");
    let drop_it = || json!({ "drop": { "share": "seeds", "even_if_last": true } });
    ana.run_in("Garden", "files", drop_it()).expect("lets it go");

    let link = ana.invite_to(Some("Shed"), 1).link;
    ben.join(&link, "Ben").expect("Ben is in");
    until("Ben sees the share", || lists(&ben, "seeds"));
    let fetched = get(&ben, "seeds").expect("Ana still gives it");
    assert_eq!((fetched.bytes, fetched.from.len()), (200_000, 1), "{fetched:?}");
    assert_eq!(tree(&ben.folder.path().join("got/seeds")), tree(&ana.folder.path().join("seeds")));
    let gone = ana.command(Some("Garden"), "files", json!({ "get": { "share": "seeds" } }));
    refused(ana.ask::<Fetched>(gone), Kind::Unreachable, "no device");
}

#[test]
fn what_cannot_be_shared_or_fetched_is_refused_in_words() {
    let ana = Person::new();
    ana.found("Garden", "Ana");
    let missing = json!({ "add": { "path": { "path": "nowhere", "done": null }, "name": null, "note": null } });
    refused(ana.run("files", missing), Kind::NotFound, "nowhere");
    refused(get(&ana, "nothing"), Kind::NotFound, "nothing");
    ana.write("a.txt", b"a");
    add(&ana, "a.txt");
    let own = get(&ana, "a.txt").expect("what is here needs nobody");
    assert_eq!((own.bytes, own.from.len()), (1, 0));
}
