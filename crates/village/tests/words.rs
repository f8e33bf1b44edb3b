//! The index of words follows behind a flood of lines, and is whole in the end, whatever happens to lines that wait for it.

mod rogue;

use rogue::{Rogue, events};
use skein_apps::chat::{Deleted, Event, Said, channel_id};
use skein_event::{EventId, Sealed};
use skein_store::Found;
use skein_village::{RULES, Village, dump};

const FLOOD: usize = 1_000;

fn payload(event: &Event) -> Vec<u8> {
    postcard::to_stdvec(event).expect("is written")
}

fn said(text: &str) -> Vec<u8> {
    let (mentions, channel) = (Vec::new(), Some("general".into()));
    payload(&Event::Said(Said { text: text.into(), thread: None, reply: None, mentions, channel }))
}

fn hear(village: &mut Village, from: &Rogue, sealed: Vec<Sealed>) {
    village.deliver(0, from.key.device(), events(sealed));
}

fn all_indexed(village: &Village) -> bool {
    Found::all_indexed(village.houses[0].node().expect("up").store().connection()).expect("reads")
}

fn found(village: &Village, words: &str) -> Vec<EventId> {
    let connection = village.houses[0].node().expect("up").store().connection();
    let mut ids: Vec<EventId> =
        Found::search(connection, words, 5_000).expect("reads").iter().map(|f| f.event).collect();
    ids.sort();
    ids
}

/// House 0 with a flood that came in one frame, and the ids of its messages.
fn flooded() -> (Village, Rogue, Vec<EventId>) {
    let mut village = Village::settled(2);
    let mut rogue = Rogue::of(&village, 1);
    let general = channel_id(&village.community, "general");
    let all: Vec<_> = (0..FLOOD).map(|n| rogue.say("chat", general, said(&format!("heron number{n}")))).collect();
    let ids = all.iter().map(|(id, _)| *id).collect();
    // One signature proves the whole chain.
    let proof = |n: usize, sealed: Sealed| if n + 1 < FLOOD { Sealed { signature: None, ..sealed } } else { sealed };
    hear(&mut village, &rogue, all.into_iter().enumerate().map(|(n, (_, sealed))| proof(n, sealed)).collect());
    (village, rogue, ids)
}

/// Lets the time pass until the index is there.
fn let_time_pass(village: &mut Village) {
    let mut ticks = 0;
    while !all_indexed(village) {
        village.run_until(village.now_ms() + 200);
        village.tick(0);
        ticks += 1;
        assert!(ticks < 100, "the index never comes");
    }
}

#[test]
fn a_flood_is_kept_at_once_and_found_a_moment_later() {
    let (mut village, rogue, mut ids) = flooded();
    assert!(!all_indexed(&village) && found(&village, "heron").is_empty(), "the index waits");
    let_time_pass(&mut village);
    ids.sort();
    assert_eq!(found(&village, "heron"), ids);
    let general = channel_id(&village.community, "general");
    let mut rogue = rogue;
    let (one, sealed) = rogue.say("chat", general, said("a lone bittern"));
    hear(&mut village, &rogue, vec![sealed]);
    assert_eq!(found(&village, "bittern"), [one], "a few are found at once");
}

#[test]
fn what_is_changed_or_taken_back_while_it_waits_is_found_as_it_is_in_the_end() {
    let (mut village, mut rogue, ids) = flooded();
    let general = channel_id(&village.community, "general");
    let edit = payload(&Event::Edited { message: ids[3], text: "now a stork".into(), mentions: Vec::new() });
    let (_, edit) = rogue.say("chat", general, edit);
    let (at, channel) = (rogue.tick, Some("general".into()));
    let gone = payload(&Event::Deleted(Deleted { message: ids[5], versions: Vec::new(), at, thread: None, channel }));
    let (_, gone) = rogue.say("chat", general, gone);
    hear(&mut village, &rogue, vec![edit]);
    hear(&mut village, &rogue, vec![gone]);
    assert!(!all_indexed(&village));
    let_time_pass(&mut village);
    assert_eq!(found(&village, "stork"), [ids[3]]);
    assert!(found(&village, "number3 ").iter().all(|id| *id != ids[3]));
    assert_eq!(found(&village, "heron").len(), FLOOD - 2);
    dump(village.houses[0].node().expect("up"), RULES());
}

#[test]
fn a_crash_while_it_waits_loses_nothing_of_it() {
    let (mut village, _, _) = flooded();
    village.houses[0].crash();
    village.houses[0].start();
    assert!(!all_indexed(&village));
    let_time_pass(&mut village);
    assert_eq!(found(&village, "heron").len(), FLOOD);
    dump(village.houses[0].node().expect("up"), RULES());
}
