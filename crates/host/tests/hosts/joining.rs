//! Coming in by link: what works, and what is refused for good.

use serde_json::json;
use skein_app::Kind;
use skein_host::{Entered, Invitation, Left, Request, Standing};

use crate::common::{Person, now_ms, refused, until};

#[test]
fn three_come_together_and_see_the_same() {
    let (ana, ben, cem) = (Person::new(), Person::new(), Person::new());
    ana.found("Garden", "Ana");
    let link = ana.invite(2).link;
    let request = Request::Join { link: link.clone(), my_name: Some("Ben".into()), wait_ms: None };
    let (progress, entered) = ben.all(request);
    let entered: Entered = serde_json::from_value(entered.expect("Ben is in")).expect("an answer");
    assert_eq!((entered.name.as_str(), entered.my_name.as_str()), ("Garden", "Ben"));
    assert!(progress.iter().any(|p| p.words == "Looking for Ana's computer…"), "{progress:?}");
    cem.join(&link, "Cem").expect("Cem is in");
    for person in [&ana, &ben, &cem] {
        person.sees(&["Ana", "Ben", "Cem"]);
        let reached = || person.communities()[0].devices_reached == 2;
        until("everybody reaches everybody", reached);
        let members = person.members();
        let others: Vec<_> = members.iter().filter(|row| !row.you).flat_map(|row| &row.devices).collect();
        assert!(others.iter().all(|d| d.reached && d.direct && d.via.starts_with("127.0.0.1:")), "{members:?}");
    }
}

#[test]
fn a_link_that_is_used_up_or_taken_back_or_expired_is_refused_for_good() {
    let (ana, ben, cem) = (Person::new(), Person::new(), Person::new());
    ana.found("Garden", "Ana");
    let once = ana.invite(1);
    ben.join(&once.link, "Ben").expect("Ben is in");
    ana.sees(&["Ana", "Ben"]);
    refused(cem.join(&once.link, "Cem"), Kind::Denied, "used as often");
    assert_eq!(cem.communities()[0].standing, Standing::Refused);

    let revoked = ana.invite(1);
    ana.run("people", json!({ "revoke": { "invitation": revoked.invitation } })).expect("takes it back");
    refused(cem.join(&revoked.link, "Cem"), Kind::Denied, "taken back");

    let request = Request::Invite { community: None, uses: 1, expires_ms: now_ms() + 1_500 };
    let brief: Invitation = ana.ask(request).expect("invites");
    std::thread::sleep(std::time::Duration::from_millis(1_600));
    refused(cem.join(&brief.link, "Cem"), Kind::Denied, "expired");

    let fresh = ana.invite(1);
    cem.join(&fresh.link, "Cem").expect("a good link works after bad ones");
    ana.sees(&["Ana", "Ben", "Cem"]);
    refused(cem.join(&fresh.link, "Cem"), Kind::Conflict, "belong to Garden already");
}

#[test]
fn joining_goes_on_by_itself_over_restarts_until_somebody_is_there() {
    let (mut ana, mut ben) = (Person::new(), Person::new());
    ana.found("Garden", "Ana");
    let link = ana.invite(1).link;
    ana.stop();
    let join = Request::Join { link, my_name: Some("Ben".into()), wait_ms: Some(300) };
    let refusal = refused(ben.ask::<Entered>(join), Kind::Unreachable, "nobody of Garden");
    assert!(refusal.hint.contains("Ask Ana"), "{refusal:?}");
    let row = &ben.communities()[0];
    assert_eq!((row.standing, row.name.as_str()), (Standing::Joining, "Garden"));
    refused(ben.run("people", json!({ "rename": { "name": "B" } })), Kind::Denied, "not joined");
    ben.kill();
    ben.start();
    assert_eq!(ben.communities()[0].standing, Standing::Joining);
    ana.start();
    until("Ben is in", || ben.communities()[0].standing == Standing::Member);
    ana.sees(&["Ana", "Ben"]);
}

#[test]
fn joining_that_never_worked_can_be_given_up() {
    let (mut ana, mut ben) = (Person::new(), Person::new());
    ana.found("Garden", "Ana");
    let link = ana.invite(1).link;
    ana.stop();
    let join = Request::Join { link, my_name: Some("Ben".into()), wait_ms: Some(100) };
    ben.ask::<Entered>(join).expect_err("nobody is there");
    ben.ask::<Left>(Request::Leave { community: None }).expect("gives it up");
    assert!(ben.communities().is_empty());
    ben.kill();
    ben.start();
    assert!(ben.communities().is_empty(), "nothing of it is left");
}

#[test]
fn strangers_and_those_who_left_are_shown_the_door() {
    let (ana, ben, eve) = (Person::new(), Person::new(), Person::new());
    let garden = ana.found("Garden", "Ana");
    let invitation = ana.invite(1);
    ben.join(&invitation.link, "Ben").expect("Ben is in");
    // Eve knows everything of the link but its secret.
    let forged = forge(&invitation.link);
    refused(eve.join(&forged, "Eve"), Kind::Denied, "not genuine");
    assert_eq!(eve.communities()[0].events, 0, "not a word of the history came out");
    refused(eve.join("skein:aaaa", "Eve"), Kind::Usage, "not a link");
    let left: Left = ben.ask(Request::Leave { community: None }).expect("Ben leaves");
    assert_eq!((left.told, left.community), (true, garden.community));
    ana.sees(&["Ana"]);
    assert_eq!(ben.communities()[0].standing, Standing::Left);
    refused(ben.run("people", json!({ "rename": { "name": "B" } })), Kind::Denied, "no longer belong");
    ana.rename("Anna");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(!ben.names().contains(&"Anna".to_string()), "who left hears no more");
}

/// The same link with another secret: the 32 bytes lie after the community's id, two names and the invitation's id.
fn forge(link: &str) -> String {
    let text = link.strip_prefix("skein:").expect("a link").to_ascii_uppercase();
    let mut bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).expect("base32");
    let at = 1 + 1 + 32 + (1 + "Garden".len()) + (1 + "Ana".len()) + 32;
    bytes[at] ^= 1;
    format!("skein:{}", data_encoding::BASE32_NOPAD.encode(&bytes))
}
