//! Hostile peers: each is contained, reported in people's words, and has no effect on others.

mod rogue;

use rogue::{Rogue, events};
use skein_event::{AppName, CommunityId, DeviceId, EventId, Sealed, SecretKey, Tick};
use skein_node::{Claim, Effect, Frame, MAX_EVENTS_BYTES, MAX_FRAME_BYTES};
use skein_village::{RULES, Rng, Village, dump};

/// What house 0 says about what came: the words of its report, if it hung up.
fn refused(village: &mut Village, from: DeviceId, bytes: Vec<u8>) -> Option<String> {
    let before = dump(village.houses[0].node().expect("up"), RULES());
    let effects = village.deliver(0, from, bytes);
    let hung_up = effects.iter().any(|effect| matches!(effect, Effect::HangUp { device, .. } if *device == from));
    let report = effects.iter().find_map(|effect| match effect {
        Effect::Report(finding) if finding.device == from => Some(finding.message.clone()),
        _ => None,
    });
    let after = dump(village.houses[0].node().expect("up"), RULES());
    let others: Vec<_> = village.houses[0].node().expect("up").connected().map(|(device, _)| device).collect();
    assert!(others.contains(&village.houses[1].device()), "the others stay connected");
    assert_eq!(before.difference(&after), None, "nothing of it was taken");
    if hung_up { report } else { None }
}

fn rogue_village() -> (Village, Rogue) {
    let village = Village::settled(3);
    let rogue = Rogue::of(&village, 2);
    (village, rogue)
}

#[test]
fn a_bad_signature_is_refused() {
    let (mut village, rogue) = rogue_village();
    let payload = Rogue::named("Eve");
    let (_, mut sealed) = rogue.seal(rogue.body(&payload), payload);
    let other = SecretKey::from_bytes([9; 32]);
    sealed.signature = Some(other.sign(&EventId::of_body(&sealed.body)));
    let report = refused(&mut village, rogue.key.device(), events(vec![sealed.clone()]));
    assert!(report.expect("hung up").contains("signature"));
    let (mut village, rogue) = rogue_village();
    sealed.signature = None;
    let report = refused(&mut village, rogue.key.device(), events(vec![sealed]));
    assert!(report.expect("hung up").contains("signature is missing"));
}

#[test]
fn words_put_into_anothers_mouth_are_refused() {
    let (mut village, rogue) = rogue_village();
    let victim = Rogue::of(&village, 1);
    let payload = Rogue::named("Fool");
    let forged = Rogue { key: rogue.key.clone(), ..victim };
    let mut body = forged.body(&payload);
    body.author = village.houses[1].device();
    let (_, sealed) = forged.seal(body, payload);
    let report = refused(&mut village, rogue.key.device(), events(vec![sealed]));
    assert!(report.expect("hung up").contains("signature"));
}

#[test]
fn a_wrong_chain_is_asked_about_and_never_taken() {
    let (mut village, rogue) = rogue_village();
    let payload = Rogue::named("Eve");
    let mut body = rogue.body(&payload);
    body.prev = EventId::from_bytes([3; 32]);
    let (id, sealed) = rogue.seal(body, payload);
    let effects = village.deliver(0, rogue.key.device(), events(vec![sealed]));
    let node = village.houses[0].node().expect("up");
    assert_eq!(node.store().find(&id).expect("reads"), None);
    let asks = effects.iter().any(|effect| match effect {
        Effect::Send { to, frame } if *to == rogue.key.device() => {
            matches!(Frame::decode(frame), Ok(Frame::Have { .. }))
        }
        _ => false,
    });
    assert!(asks, "a gap is answered by what we have");
}

#[test]
fn an_event_whose_ground_is_missing_is_asked_about_and_never_taken() {
    let (mut village, rogue) = rogue_village();
    let payload = Rogue::named("Eve");
    let mut body = rogue.body(&payload);
    body.deps = vec![EventId::from_bytes([3; 32])];
    let (id, sealed) = rogue.seal(body, payload);
    village.deliver(0, rogue.key.device(), events(vec![sealed]));
    assert_eq!(village.houses[0].node().expect("up").store().find(&id).expect("reads"), None);
}

#[test]
fn an_event_from_the_future_is_kept_and_shows_when_its_time_comes() {
    let (mut village, rogue) = rogue_village();
    let payload = Rogue::named("Eve");
    let mut body = rogue.body(&payload);
    let hour_ms = 3_600_000;
    body.tick = Tick::at_ms(village.now_ms() + hour_ms);
    let (id, sealed) = rogue.seal(body, payload);
    let state = |village: &Village| dump(village.houses[0].node().expect("up"), RULES()).events[&id].clone();
    let effects = village.deliver(0, rogue.key.device(), events(vec![sealed]));
    assert_eq!(state(&village), "Waits, here");
    let told = |effect: &Effect| matches!(effect, Effect::Report(finding) if finding.message.contains("clock"));
    assert!(effects.iter().any(told), "the person is told whose clock is wrong");
    let wake = effects.iter().find_map(|effect| match effect {
        Effect::Wake { at_ms, .. } if *at_ms > village.now_ms() + hour_ms / 2 => Some(*at_ms),
        _ => None,
    });
    village.run_until(wake.expect("it asks to be woken"));
    village.tick(0);
    assert_eq!(state(&village), "Folded, here");
}

#[test]
fn an_event_of_another_community_is_refused() {
    let (mut village, rogue) = rogue_village();
    let payload = Rogue::named("Eve");
    let mut body = rogue.body(&payload);
    body.community = CommunityId::from_bytes([8; 32]);
    let (_, sealed) = rogue.seal(body, payload);
    let report = refused(&mut village, rogue.key.device(), events(vec![sealed]));
    assert!(report.expect("hung up").contains("another community"));
}

#[test]
fn a_clock_that_goes_back_is_refused() {
    let (mut village, rogue) = rogue_village();
    let payload = Rogue::named("Eve");
    let mut body = rogue.body(&payload);
    body.tick = Tick::from_raw(rogue.tick.raw());
    let (_, sealed) = rogue.seal(body, payload);
    let report = refused(&mut village, rogue.key.device(), events(vec![sealed]));
    assert!(report.expect("hung up").contains("time"));
}

#[test]
fn a_changed_payload_is_refused() {
    let (mut village, rogue) = rogue_village();
    let payload = Rogue::named("Eve");
    let (_, mut sealed) = rogue.seal(rogue.body(&payload), payload);
    sealed.payload = Some(Rogue::named("Ewe"));
    let report = refused(&mut village, rogue.key.device(), events(vec![sealed]));
    assert!(report.expect("hung up").contains("content"));
}

#[test]
fn a_stranger_who_introduces_themself_without_an_invitation_is_refused() {
    let (mut village, rogue) = rogue_village();
    let key = SecretKey::from_bytes([200; 32]);
    let community = village.community;
    let stranger = Rogue { key: key.clone(), community, seq: 0, prev: EventId::ZERO, tick: rogue.tick };
    let pass = skein_app::Pass { secret: SecretKey::from_bytes([201; 32]), ..village.pass() };
    let payload = RULES().roster.joining(&community, &key, &key.device(), &pass, "Eve");
    let (_, sealed) = stranger.seal(stranger.body(&payload), payload);
    let report = refused(&mut village, rogue.key.device(), events(vec![sealed]));
    assert!(report.expect("hung up").contains("invitation"));
}

#[test]
fn an_equivocating_author_is_found_out_everywhere_and_both_branches_agree() {
    let (mut village, rogue) = rogue_village();
    let (one, two) = (Rogue::named("Eve"), Rogue::named("Adam"));
    let (first, sealed_one) = rogue.seal(rogue.body(&one), one);
    let (second, sealed_two) = rogue.seal(rogue.body(&two), two);
    village.deliver(0, rogue.key.device(), events(vec![sealed_one]));
    village.deliver(1, rogue.key.device(), events(vec![sealed_two]));
    village.heal();
    for house in 0..2 {
        let node = village.houses[house].node().expect("up");
        for id in [first, second] {
            assert!(node.store().find(&id).expect("reads").is_some(), "house {house} keeps both branches");
        }
    }
    assert!(village.forked().iter().all(|forked| forked.contains(&rogue.key.device())), "the fork is known everywhere");
    let verdicts = village.judge();
    assert!(verdicts.faults.is_empty(), "{:?}", verdicts.faults);
}

#[test]
fn two_who_hold_different_branches_find_the_fork_between_themselves() {
    let (mut village, rogue) = rogue_village();
    let (one, two) = (Rogue::named("Eve"), Rogue::named("Adam"));
    let (_, sealed_one) = rogue.seal(rogue.body(&one), one);
    let (_, sealed_two) = rogue.seal(rogue.body(&two), two);
    village.deliver(0, rogue.key.device(), events(vec![sealed_one]));
    village.deliver(1, rogue.key.device(), events(vec![sealed_two]));
    village.houses[2].crash();
    village.houses[2].down_until_ms = u64::MAX;
    village.heal();
    assert_eq!(village.forked().len(), 2, "two houses are up");
    assert!(village.forked().iter().all(|forked| forked.contains(&rogue.key.device())), "both know of the fork");
    let verdicts = village.judge();
    assert!(verdicts.faults.is_empty(), "{:?}", verdicts.faults);
}

#[test]
fn the_owner_of_a_forked_device_is_told_and_writes_no_more_with_it() {
    let (mut village, rogue) = rogue_village();
    let (one, two) = (Rogue::named("Eve"), Rogue::named("Adam"));
    let (_, sealed_one) = rogue.seal(rogue.body(&one), one);
    let (_, sealed_two) = rogue.seal(rogue.body(&two), two);
    village.deliver(0, rogue.key.device(), events(vec![sealed_one]));
    village.deliver(1, rogue.key.device(), events(vec![sealed_two]));
    village.heal();
    let rename = serde_json::json!({ "rename": { "name": "Me again" } });
    assert_eq!(village.ask(2, "people", rename.clone()), None);
    assert!(village.ask(0, "people", rename).is_some(), "nobody else is held up");
}

#[test]
fn bytes_that_are_no_message_end_the_connection() {
    let (mut village, rogue) = rogue_village();
    let report = refused(&mut village, rogue.key.device(), vec![255; 40]);
    assert!(report.expect("hung up").contains("cannot be read"));
    let (mut village, _) = rogue_village();
    let report = refused(&mut village, rogue.key.device(), vec![0; MAX_FRAME_BYTES + 1]);
    assert!(report.expect("hung up").contains("longer than allowed"));
}

#[test]
fn a_batch_that_is_too_large_ends_the_connection() {
    let (mut village, rogue) = rogue_village();
    let sealed = Sealed { body: vec![1; 900], payload: Some(vec![0; 60_000]), signature: None };
    let report = refused(&mut village, rogue.key.device(), events(vec![sealed; MAX_EVENTS_BYTES / 60_000 + 1]));
    assert!(report.expect("hung up").contains("longer than allowed"));
}

#[test]
fn a_flood_of_empty_talk_ends_the_connection() {
    let (mut village, rogue) = rogue_village();
    let device = rogue.key.device();
    let nothing = Frame::Have { claims: Vec::new(), whole: false, last: true, now_ms: village.now_ms() }.encode();
    let hung_up = (0..20_000).any(|_| refused_quickly(&mut village, device, nothing.clone()));
    assert!(hung_up, "a flood must end");
}

fn refused_quickly(village: &mut Village, from: DeviceId, bytes: Vec<u8>) -> bool {
    village.deliver(0, from, bytes).iter().any(|effect| matches!(effect, Effect::HangUp { .. }))
}

#[test]
fn claims_without_end_end_the_connection() {
    let (mut village, rogue) = rogue_village();
    let device = rogue.key.device();
    let mut rng = Rng::new(3);
    let hung_up = (0..40).any(|_| {
        let mut id = || {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&rng.number().to_be_bytes());
            bytes
        };
        let claim = |_| Claim { author: DeviceId::from_bytes(id()), height: 9, head: EventId::ZERO };
        let claims: Vec<Claim> = (0..4_000).map(claim).collect();
        let have = Frame::Have { claims, whole: false, last: false, now_ms: 0 };
        refused_quickly(&mut village, device, have.encode())
    });
    assert!(hung_up, "claims must be bounded");
}

#[test]
fn a_payload_that_a_peer_withholds_is_fetched_from_others() {
    let mut village = Village::settled(3);
    let event = village.ask(1, "people", serde_json::json!({ "rename": { "name": "Berta" } })).expect("renamed");
    let node = village.houses[1].node().expect("up");
    let place = node.store().find(&event).expect("reads").expect("here");
    let kept = node.store().row(place.row).expect("reads").expect("here");
    // House 2 passes the event on without its payload, before house 1's own word arrives.
    let bare = Sealed { body: kept.body, payload: None, signature: kept.signature };
    let device = village.houses[2].device();
    village.deliver(0, device, events(vec![bare]));
    village.heal();
    let verdicts = village.judge();
    assert!(verdicts.faults.is_empty(), "{:?}", verdicts.faults);
}

#[test]
fn the_door_tells_a_good_invitation_from_used_expired_revoked_and_forged_ones() {
    let mut village = Village::settled(2);
    let (community, roster) = (village.community, RULES().roster);
    let newcomer = SecretKey::from_bytes([150; 32]);
    let secret = SecretKey::from_bytes([151; 32]);
    let now_ms = village.now_ms();
    let invite = roster.invite(secret.public(), 1, now_ms + 60_000);
    let invitation = village.ask(0, "people", invite).expect("invited");
    let pass = skein_app::Pass { invitation, secret };
    let device = newcomer.device();
    let shown = roster.show_pass(&community, &newcomer, &device, &pass);
    let words = |result: Result<(), skein_app::Refusal>| result.map_err(|refusal| refusal.message);
    assert_eq!(words(village.knock(0, device, shown.clone(), now_ms)), Ok(()));
    let late = words(village.knock(0, device, shown.clone(), now_ms + 60_001));
    assert!(late.expect_err("refused").contains("expired"));
    let stolen = words(village.knock(0, DeviceId::from_bytes([7; 32]), shown.clone(), now_ms));
    assert!(stolen.expect_err("refused").contains("not genuine"), "a pass is for one device");
    let garbage = words(village.knock(0, device, vec![1, 2, 3], now_ms));
    assert!(garbage.expect_err("refused").contains("cannot be read"));
    let revoke = serde_json::json!({ "revoke": { "invitation": invitation.to_string() } });
    village.ask(1, "people", revoke.clone());
    village.settle();
    village.ask(0, "people", revoke);
    let revoked = words(village.knock(0, device, shown, now_ms));
    assert!(revoked.expect_err("refused").contains("taken back"));
}

#[test]
fn what_a_removed_member_dates_back_counts_nowhere() {
    let mut village = Village::settled(4);
    let mut rogue = Rogue::of(&village, 3);
    let member = village.houses[3].keys.member.member().to_string();
    let remove = serde_json::json!({ "remove": { "member": member } });
    village.ask(0, "people", remove.clone());
    village.settle();
    assert!(village.houses[0].node().expect("up").is_member(&rogue.key.device()), "one alone removes nobody");
    village.ask(1, "people", remove);
    village.settle();
    assert!(!village.houses[0].node().expect("up").is_member(&rogue.key.device()));
    // Dated before the removal, and brought in by somebody who did not know of it.
    rogue.tick = Tick::from_raw(rogue.tick.raw() + 1);
    let mut body = rogue.body(b"late words");
    body.app = AppName::new(last_app()).expect("proper");
    let (id, sealed) = rogue.seal(body, b"late words".to_vec());
    let device = village.houses[2].device();
    village.deliver(0, device, events(vec![sealed]));
    let dump = dump(village.houses[0].node().expect("up"), RULES());
    assert_eq!(dump.events.get(&id).map(String::as_str), Some("Void, here"));
}

#[test]
fn what_was_said_beyond_a_removals_cut_stops_counting_where_it_had_counted() {
    let mut village = Village::settled(4);
    let rogue = Rogue::of(&village, 3);
    let mut body = rogue.body(b"words that only house 2 has heard");
    body.app = AppName::new(last_app()).expect("proper");
    let (id, sealed) = rogue.seal(body, b"words that only house 2 has heard".to_vec());
    village.deliver(2, rogue.key.device(), events(vec![sealed]));
    let state = |village: &Village| dump(village.houses[2].node().expect("up"), RULES()).events[&id].clone();
    assert_eq!(state(&village), "Unknown, here");
    let remove = serde_json::json!({ "remove": { "member": village.houses[3].keys.member.member().to_string() } });
    village.ask(0, "people", remove.clone());
    village.ask(1, "people", remove);
    village.settle();
    assert_eq!(state(&village), "Void, here");
}

/// An app other than the roster's.
fn last_app() -> &'static str {
    RULES().apps.last().map_or("chat", |app| app.name())
}
