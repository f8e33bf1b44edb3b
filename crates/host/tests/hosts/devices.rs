//! Several devices of one person, and a fresh key for a device.

use skein_app::Kind;
use skein_host::{DeviceInvitation, DeviceLinked, Ending, MemberRow, Renewed, Request, Standing};

use crate::common::{Person, block_on, refused, until};

fn link(new: &Person, link: &str, label: &str) -> Result<DeviceLinked, skein_app::Refusal> {
    new.ask(Request::DeviceLink { link: link.into(), label: label.into() })
}

#[test]
fn a_second_device_is_the_same_person_in_all_communities() {
    let (ana, ben, laptop, thief) = (Person::new(), Person::new(), Person::new(), Person::new());
    let garden = ana.found("Garden", "Ana");
    ana.found("Gym", "Ana");
    ben.join(&ana.invite_to(Some("Garden"), 1).link, "Ben").expect("Ben is in");
    let invitation: DeviceInvitation = ana.ask(Request::DeviceAdd).expect("makes a link");
    refused(laptop.join(&invitation.link, "X"), Kind::Usage, "another device");
    let linked = link(&laptop, &invitation.link, "laptop").expect("is linked");
    assert_eq!((linked.name.as_str(), linked.communities.len()), ("Ana", 2));
    until("it is in both", || laptop.communities().iter().all(|row| row.standing == Standing::Member));
    let rows: Vec<_> = ben.members();
    let ana_row = rows.iter().find(|row| row.name == "Ana").expect("Ben knows Ana");
    assert_eq!(ana_row.member, garden.member);
    until("Ben sees both devices", || {
        ben.members().iter().any(|row| row.member == garden.member && row.devices.len() == 2)
    });
    let said = laptop.run_in("Garden", "people", serde_json::json!({ "rename": { "name": "Anna" } }));
    said.expect("the laptop speaks for Ana");
    ben.sees(&["Anna", "Ben"]);
    // The link was good once, and only into a fresh folder.
    refused(link(&thief, &invitation.link, "x"), Kind::Denied, "was used already");
    assert!(thief.communities().is_empty());
    refused(link(&ben, &invitation.link, "x"), Kind::Conflict, "already");
    refused(link(&thief, &ana.invite_to(Some("Gym"), 1).link, "x"), Kind::Usage, "into a community");
}

#[test]
fn a_device_with_a_fresh_key_is_the_same_person() {
    let (mut ana, ben) = (Person::new(), Person::new());
    let garden = ana.found("Garden", "Ana");
    ben.join(&ana.invite(1).link, "Ben").expect("Ben is in");
    let old = ana.status().device;
    // Who begins anew must have heard where the others are: nobody knows where the new device is.
    let knows_where = |row: &MemberRow| row.you || row.devices.iter().any(|device| !device.addresses.is_empty());
    until("Ana knows where Ben is", || ana.members().len() == 2 && ana.members().iter().all(knows_where));
    let renewed: Renewed = ana.ask(Request::DeviceRenew).expect("renews");
    assert_eq!(block_on(ana.host().ending()), Ending::Restart);
    ana.stop();
    assert!(std::path::Path::new(&renewed.old_key).exists());
    ana.start();
    assert_eq!(ana.status().device, renewed.device);
    assert_ne!(renewed.device, old);
    until("Ana is in", || ana.communities()[0].standing == Standing::Member);
    ana.rename("Anna");
    ben.sees(&["Anna", "Ben"]);
    let row = ben.members().into_iter().find(|row| row.name == "Anna").expect("Ben knows her");
    assert_eq!((row.member, row.devices.len()), (garden.member, 2));
}

#[test]
fn somebody_asks_the_program_to_stop() {
    let ana = Person::new();
    ana.ask::<serde_json::Value>(Request::Stop).expect("is heard");
    assert_eq!(block_on(ana.host().ending()), Ending::Stop);
}
