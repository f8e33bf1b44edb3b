//! What is erased, and what an app calls its own: the same everywhere, whatever a hostile member does.

mod rogue;

use rogue::{Rogue, events};
use skein_apps::chat::{Deleted, Event, Said, channel_id};
use skein_event::{Body, EventId, ObjectId, Sealed};
use skein_village::{Dump, RULES, Village, dump};

fn payload(event: &Event) -> Vec<u8> {
    postcard::to_stdvec(event).expect("is written")
}

fn said(text: &str) -> Vec<u8> {
    let (mentions, channel) = (Vec::new(), Some("general".into()));
    payload(&Event::Said(Said { text: text.into(), thread: None, reply: None, mentions, channel }))
}

fn deleted(rogue: &Rogue, message: EventId) -> Vec<u8> {
    let (at, thread, versions, channel) = (rogue.tick, None, Vec::new(), Some("general".into()));
    payload(&Event::Deleted(Deleted { message, versions, at, thread, channel }))
}

fn general(village: &Village) -> ObjectId {
    channel_id(&village.community, "general")
}

fn holds(village: &Village, house: usize) -> Dump {
    dump(village.houses[house].node().expect("up"), RULES())
}

fn hear(village: &mut Village, house: usize, from: &Rogue, sealed: &[&Sealed]) {
    village.deliver(house, from.key.device(), events(sealed.iter().copied().cloned().collect()));
}

#[test]
fn what_erases_is_not_erased_itself() {
    let mut village = Village::settled(3);
    let (mut rogue, general) = (Rogue::of(&village, 2), general(&village));
    let (message, first) = rogue.say("chat", general, said("a word too much"));
    let (deletion, second) = rogue.say("chat", general, deleted(&rogue, message));
    let (_, third) = rogue.say("chat", general, deleted(&rogue, deletion));
    hear(&mut village, 0, &rogue, &[&first, &second, &third]);
    hear(&mut village, 1, &rogue, &[&first]);
    hear(&mut village, 1, &rogue, &[&second]);
    hear(&mut village, 1, &rogue, &[&third]);
    assert_eq!(holds(&village, 0).events[&message], "Folded, erased");
    assert!(holds(&village, 0).events[&deletion].ends_with("here"));
    assert_eq!(holds(&village, 0).difference(&holds(&village, 1)), None);
}

#[test]
fn what_a_void_deletion_erases_is_gone_from_the_views_too() {
    let mut village = Village::settled(4);
    let (mut rogue, general) = (Rogue::of(&village, 3), general(&village));
    let (message, first) = rogue.say("chat", general, said("a word too much"));
    hear(&mut village, 0, &rogue, &[&first]);
    hear(&mut village, 1, &rogue, &[&first]);
    let remove = serde_json::json!({ "remove": { "member": village.houses[3].keys.member.member().to_string() } });
    village.ask(0, "people", remove.clone());
    village.ask(1, "people", remove);
    village.settle();
    assert!(format!("{:?}", holds(&village, 0).tables).contains("a word too much"));
    let (deletion, second) = rogue.say("chat", general, deleted(&rogue, message));
    let other = village.houses[2].device();
    village.deliver(0, other, events(vec![second]));
    assert_eq!(holds(&village, 0).events[&deletion], "Void, here");
    assert_eq!(holds(&village, 0).events[&message], "Folded, erased");
    assert!(!format!("{:?}", holds(&village, 0).tables).contains("a word too much"));
}

#[test]
fn nobody_takes_an_object_away_from_its_app() {
    let mut village = Village::settled(3);
    let (mut rogue, general) = (Rogue::of(&village, 2), general(&village));
    let (_, squat) = rogue.say("files", general, vec![3]);
    hear(&mut village, 0, &rogue, &[&squat]);
    let say = serde_json::json!({ "say": { "channel": "general", "text": ["good", "morning"] } });
    let message = village.ask(0, "chat", say).expect("is said");
    assert_eq!(holds(&village, 0).events[&message], "Folded, here");
    hear(&mut village, 1, &rogue, &[&squat]);
    village.settle();
    assert_eq!(holds(&village, 0).difference(&holds(&village, 1)), None);
}

#[test]
fn a_reaction_follows_its_message_however_much_else_is_new() {
    let mut village = Village::settled(20);
    let say = |text: &str| serde_json::json!({ "say": { "channel": "general", "text": [text] } });
    // All at once: nobody's words follow the first.
    let message = village.ask(1, "chat", say("who has a ladder?")).expect("is said");
    for house in (2..20).chain(2..20) {
        village.ask(house, "chat", say("good morning"));
    }
    village.settle();
    let react = serde_json::json!({ "react": { "message": message.to_string(), "emoji": "👍" } });
    let reaction = village.ask(0, "chat", react).expect("is said");
    let store = village.houses[0].node().expect("up").store();
    let place = store.find(&reaction).expect("reads").expect("here");
    let body = Body::decode(&store.row(place.row).expect("reads").expect("here").body).expect("proper");
    assert_eq!(body.deps.len(), 16, "there is more new than an event can name");
    assert!(body.deps.contains(&message));
}

#[test]
fn what_a_copied_device_said_of_who_belongs_stops_counting_once_the_copy_is_known() {
    let mut village = Village::settled(3);
    let (mut one, mut other) = (Rogue::of(&village, 2), Rogue::of(&village, 2));
    let home = village.houses[0].node().expect("up").store().row(1).expect("reads").expect("here");
    let home = Body::decode(&home.body).expect("proper").object;
    let invited = skein_apps::people::Event::Invited { key: [7; 32], uses: 9, expires_ms: u64::MAX >> 8 };
    let invited = postcard::to_stdvec(&invited).expect("is written");
    let (invitation, first) = one.say("people", home, invited);
    let general = general(&village);
    let (_, second) = other.say("chat", general, said("I am the other copy"));
    hear(&mut village, 0, &one, &[&first]);
    assert_eq!(holds(&village, 0).events[&invitation], "Folded, here");
    hear(&mut village, 0, &other, &[&second]);
    assert_eq!(holds(&village, 0).events[&invitation], "Rejected, here");
    hear(&mut village, 1, &other, &[&second]);
    hear(&mut village, 1, &one, &[&first]);
    assert_eq!(holds(&village, 0).difference(&holds(&village, 1)), None);
}
