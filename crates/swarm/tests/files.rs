//! Several files on one device, what was there before, and what is late: one swarm, driven by hand.

use skein_swarm::{Bits, Effect, FileId, Input, Layout, Message, Order, Part, PeerId, Priority, Swarm, Wire};

const PIECE: u64 = 64 << 10;
const A: PeerId = PeerId(1);
const B: PeerId = PeerId(2);

fn layout(pieces: u64) -> Layout {
    Layout::of(pieces * PIECE).expect("a small file")
}

fn says(swarm: &mut Swarm, now_ms: u64, peer: PeerId, file: FileId, message: Message) -> Vec<Effect> {
    let mut fx = Vec::new();
    swarm.handle(now_ms, Input::Message { peer, file, message }, &mut fx);
    fx
}

fn join(swarm: &mut Swarm, peer: PeerId) {
    swarm.handle(0, Input::Joined { peer, rtt_ms: 10 }, &mut Vec::new());
}

fn hello(pieces: u32) -> Message {
    Message::Hello { pieces, have: Wire::All, name: 7 }
}

/// What was asked of whom in these effects.
fn asked(fx: &[Effect]) -> Vec<(PeerId, FileId, u32)> {
    let ask = |effect: &Effect| match effect {
        Effect::Send(peer, file, Message::Ask { piece, .. }) => Some((*peer, *file, *piece)),
        _ => None,
    };
    fx.iter().filter_map(ask).collect()
}

/// Every piece that is asked for comes at once, until nothing is asked: in which order the files' pieces came.
fn fetch_all(swarm: &mut Swarm, mut fx: Vec<Effect>) -> Vec<FileId> {
    let (mut came, mut now_ms) = (Vec::new(), 10);
    while let Some((peer, file, piece)) = asked(&fx).first().copied() {
        let mut waiting: Vec<_> = asked(&fx).into_iter().skip(1).collect();
        now_ms += 10;
        let mut next = Vec::new();
        let part = Part { peer, file, piece };
        swarm.handle(
            now_ms,
            Input::Message { peer, file, message: Message::Piece { piece, backlog_ms: 0 } },
            &mut next,
        );
        swarm.handle(now_ms, Input::Verified(part), &mut next);
        came.push(file);
        waiting.extend(asked(&next));
        let again = |(peer, file, piece)| Effect::Send(peer, file, Message::Ask { piece, urgent: false });
        fx = waiting.into_iter().map(again).collect();
    }
    came
}

#[test]
fn a_file_of_high_priority_is_fetched_before_another() {
    let mut swarm = Swarm::new(3);
    join(&mut swarm, A);
    let (low, high) = (FileId(1), FileId(2));
    assert!(swarm.open(low, layout(20), Bits::none(20), Order::Rarest, Priority::Off));
    assert!(swarm.open(high, layout(20), Bits::none(20), Order::Rarest, Priority::Off));
    says(&mut swarm, 0, A, low, hello(20));
    says(&mut swarm, 0, A, high, hello(20));
    let mut fx = Vec::new();
    swarm.handle(0, Input::Priority(high, Priority::High), &mut fx);
    swarm.handle(0, Input::Priority(low, Priority::Low), &mut fx);
    let came = fetch_all(&mut swarm, fx);
    assert_eq!(came.len(), 40, "both come in the end");
    let last_high = came.iter().rposition(|file| *file == high).expect("it came");
    let low_before = came[..last_high].iter().filter(|file| **file == low).count();
    assert!(low_before <= 2, "{low_before} of the other came before");
}

#[test]
fn a_file_that_is_switched_off_takes_its_orders_back() {
    let mut swarm = Swarm::new(3);
    join(&mut swarm, A);
    assert!(swarm.open(FileId(1), layout(20), Bits::none(20), Order::Rarest, Priority::Normal));
    let on_order = asked(&says(&mut swarm, 0, A, FileId(1), hello(20))).len();
    let mut fx = Vec::new();
    swarm.handle(1, Input::Priority(FileId(1), Priority::Off), &mut fx);
    let taken_back = fx.iter().filter(|effect| matches!(effect, Effect::Send(_, _, Message::Cancel { .. }))).count();
    assert!(on_order > 0 && taken_back == on_order, "{taken_back} of {on_order}");
    assert_eq!(asked(&fx), []);
}

#[test]
fn what_was_there_is_said_and_not_fetched_again() {
    let mut swarm = Swarm::new(3);
    join(&mut swarm, A);
    let mut have = Bits::none(20);
    (0..15).for_each(|piece| assert!(have.set(piece)));
    assert!(swarm.open(FileId(1), layout(20), have, Order::Rarest, Priority::Normal));
    let mut fx = says(&mut swarm, 0, A, FileId(1), hello(20));
    let said = fx.iter().find_map(|effect| match effect {
        Effect::Send(_, _, Message::Hello { have, .. }) => Some(have.clone()),
        _ => None,
    });
    assert_eq!(said, Some(Wire::Runs(vec![0, 15])));
    fx.retain(|effect| !matches!(effect, Effect::Send(_, _, Message::Hello { .. })));
    assert!(asked(&fx).iter().all(|(_, _, piece)| *piece >= 15));
    assert_eq!(fetch_all(&mut swarm, fx).len(), 5);
}

#[test]
fn a_file_is_taken_in_once_and_only_with_what_fits() {
    let mut swarm = Swarm::new(3);
    assert!(!swarm.open(FileId(1), layout(20), Bits::none(19), Order::Rarest, Priority::Normal));
    assert!(swarm.open(FileId(1), layout(20), Bits::none(20), Order::Rarest, Priority::Normal));
    assert!(!swarm.open(FileId(1), layout(20), Bits::none(20), Order::Rarest, Priority::Normal));
}

#[test]
fn what_is_late_is_asked_elsewhere_and_taken_back() {
    let mut swarm = Swarm::new(3);
    (join(&mut swarm, A), join(&mut swarm, B));
    assert!(swarm.open(FileId(1), layout(1), Bits::none(1), Order::Rarest, Priority::Normal));
    assert_eq!(asked(&says(&mut swarm, 0, A, FileId(1), hello(1))), [(A, FileId(1), 0)]);
    assert_eq!(asked(&says(&mut swarm, 1, B, FileId(1), hello(1))), []);
    let mut fx = Vec::new();
    (1..40).for_each(|tick| swarm.handle(tick * 50, Input::Timer, &mut fx));
    assert!(asked(&fx).contains(&(B, FileId(1), 0)), "{fx:?}");
    // Whoever brings it first, the other is told.
    let part = Part { peer: B, file: FileId(1), piece: 0 };
    fx.clear();
    swarm.handle(2_000, Input::Verified(part), &mut fx);
    assert!(fx.contains(&Effect::Finished(FileId(1))));
}

#[test]
fn one_limit_holds_over_all_files_and_within_a_piece() {
    let mut swarm = Swarm::new(3);
    swarm.handle(0, Input::Limits { up: Some(1_000_000), down: None }, &mut Vec::new());
    let (mut now_ms, mut sent) = (0, 0);
    while now_ms < 10_000 {
        match swarm.may_send(now_ms, 16 << 10) {
            0 => sent += 16 << 10,
            wait_ms => now_ms += wait_ms,
        }
    }
    assert!((9_800_000..10_200_000).contains(&sent), "{sent}");
}
