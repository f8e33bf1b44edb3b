//! Neighbours that say anything at any time: nothing panics, nothing grows beyond its limit, nothing unverified counts.

use skein_swarm::sim::{Census, Rng};
use skein_swarm::{
    Bits, Effect, FileId, Input, Layout, MAX_ANY, MAX_BANNED, MAX_NEIGHBOURS, MAX_ORDERS, MAX_PEERS, MAX_SENDING,
    MAX_TOGETHER, MAX_WISHES, Message, Order, Part, Parts, PeerId, Priority, Swarm, Why, Wire,
};

fn number(rng: &mut Rng) -> u32 {
    match rng.below(8) {
        0 => u32::MAX,
        1 => 1 << rng.below(32),
        _ => rng.below(40) as u32,
    }
}

/// How many pieces together: one, a few, none, too many.
fn count(rng: &mut Rng) -> u32 {
    [1, rng.below(4) as u32, rng.below(20) as u32, number(rng)][rng.below(4) as usize]
}

fn message(rng: &mut Rng) -> Message {
    let numbers = |rng: &mut Rng| (0..rng.below(5)).map(|_| number(rng)).collect::<Vec<_>>();
    match rng.below(10) {
        0 => {
            let words = vec![rng.number()];
            let have = [Wire::All, Wire::Runs(numbers(rng)), Wire::Words(words)][rng.below(3) as usize].clone();
            Message::Hello { pieces: [32, number(rng)][rng.below(2) as usize], have, name: rng.number() }
        }
        1 => Message::Hello { pieces: 32, have: Wire::Runs(vec![0, 20]), name: 0 },
        2 => {
            let runs = (0..rng.below(4)).map(|_| (number(rng), number(rng))).collect();
            Message::Have { runs, backlog_ms: number(rng) }
        }
        3 => Message::Have { runs: vec![(rng.below(32) as u32, 1)], backlog_ms: 0 },
        4 => Message::Ask { piece: number(rng), count: count(rng), urgent: rng.below(2) == 0 },
        5 => Message::AskAny { more: number(rng) },
        6 => Message::Cancel { piece: number(rng) },
        7 => [Message::CancelAny, Message::NotNow { retry_ms: number(rng) }][rng.below(2) as usize].clone(),
        _ => Message::Piece { piece: number(rng), count: count(rng), backlog_ms: number(rng) },
    }
}

fn input(rng: &mut Rng) -> Input {
    let (peer, file) = (PeerId(rng.below(300) as u32 % (1 + rng.below(300) as u32)), FileId(rng.below(3) as u32));
    let part = Part { peer, file, piece: number(rng) };
    let parts = Parts { count: 1 + rng.below(MAX_TOGETHER.into()) as u32, ..part.into() };
    match rng.below(30) {
        0..3 => Input::Joined { peer, rtt_ms: number(rng) },
        3 => Input::Left { peer },
        4 => Input::Meet { peer, file },
        5 => Input::Received(part, rng.below(70_000)),
        6 => Input::Verified(parts),
        7 => Input::Broken(parts),
        8 => [Input::Failed(part), Input::Sent(parts)][usize::from(rng.below(20) > 0)].clone(),
        9 => Input::Timer,
        10 => match rng.below(30) {
            0 => Input::Pause(rng.below(2) == 0),
            1 => Input::Limits { up: Some(rng.number()), down: Some(rng.below(1 << 30)) },
            2 => Input::Limits { up: None, down: None },
            3 => Input::Priority(file, [Priority::Off, Priority::High][rng.below(2) as usize]),
            _ => Input::Order(file, Order::Sequential { from: number(rng) }),
        },
        _ => Input::Message { peer, file, message: message(rng) },
    }
}

#[test]
fn nothing_that_is_said_breaks_it_or_makes_it_grow() {
    for luck in 0..40 {
        let mut rng = Rng::new(luck);
        let mut swarm = Swarm::new(luck);
        let layout = Layout::of(32 * (64 << 10)).expect("a small file");
        assert!(swarm.open(FileId(0), layout, Bits::all(32), Order::Rarest, Priority::Normal));
        assert!(swarm.open(FileId(1), layout, Bits::none(32), Order::Rarest, Priority::Low));
        let (mut now_ms, mut fx, mut done) = (0, Vec::new(), Bits::none(32));
        for _ in 0..4_000 {
            now_ms += rng.below(30) * rng.below(2);
            let input = input(&mut rng);
            let said = input.clone();
            swarm.handle(now_ms, input, &mut fx);
            for effect in fx.drain(..) {
                if let Effect::Done(file, piece) = effect {
                    let Input::Verified(parts) = said else { panic!("{said:?} makes nothing whole") };
                    assert!(parts.each().any(|part| (part.file, part.piece) == (file, piece)));
                    assert!(done.set(piece), "twice");
                }
            }
            let census = Census::of(&swarm);
            assert!(census.peers <= MAX_PEERS && census.neighbours <= MAX_NEIGHBOURS, "{census:?}");
            assert!(census.orders <= MAX_ORDERS && census.wishes <= MAX_WISHES, "{census:?}");
            assert!(census.any <= MAX_ANY && census.sending <= MAX_SENDING, "{census:?}");
            assert!(census.unconfirmed <= 300 && census.banned <= MAX_BANNED, "{census:?}");
            assert_eq!(census.bytes.0, census.bytes.1, "every byte on order is somebody's");
        }
    }
}

/// A swarm with the file, and one neighbour that said hello.
fn met() -> (Swarm, Vec<Effect>) {
    let (mut swarm, mut fx) = (Swarm::new(1), Vec::new());
    let layout = Layout::of(1_000 * (64 << 10)).expect("a small file");
    assert!(swarm.open(FileId(0), layout, Bits::all(1_000), Order::Rarest, Priority::Normal));
    swarm.handle(0, Input::Joined { peer: PeerId(1), rtt_ms: 10 }, &mut fx);
    say(&mut swarm, Message::Hello { pieces: 1_000, have: Wire::Runs(vec![]), name: 1 }, &mut fx);
    (swarm, fx)
}

fn say(swarm: &mut Swarm, message: Message, fx: &mut Vec<Effect>) {
    swarm.handle(0, Input::Message { peer: PeerId(1), file: FileId(0), message }, fx);
}

#[test]
fn whoever_asks_for_more_than_the_limit_is_told_to_come_again() {
    let (mut swarm, mut fx) = met();
    (0..600).for_each(|piece| say(&mut swarm, Message::Ask { piece, count: 1, urgent: true }, &mut fx));
    assert!(fx.iter().any(|effect| matches!(effect, Effect::Send(_, _, Message::NotNow { .. }))));
    assert!(Census::of(&swarm).wishes <= MAX_WISHES);
}

#[test]
fn whoever_reads_nothing_clogs_nobody() {
    let (mut swarm, mut fx) = met();
    (0..200).for_each(|piece| say(&mut swarm, Message::Ask { piece, count: 1, urgent: false }, &mut fx));
    (1..600).for_each(|tick| swarm.handle(tick * 100, Input::Timer, &mut fx));
    assert!(Census::of(&swarm).sending <= 10, "{:?}", Census::of(&swarm));
    fx.clear();
    swarm.handle(60_000, Input::Joined { peer: PeerId(2), rtt_ms: 10 }, &mut fx);
    for message in [
        Message::Hello { pieces: 1_000, have: Wire::Runs(vec![]), name: 2 },
        Message::Ask { piece: 0, count: 1, urgent: false },
    ] {
        swarm.handle(60_000, Input::Message { peer: PeerId(2), file: FileId(0), message }, &mut fx);
    }
    assert!(fx.iter().any(|effect| matches!(effect, Effect::SendPieces(part) if part.peer == PeerId(2))), "{fx:?}");
}

#[test]
fn whoever_breaks_the_rules_is_dropped_and_not_taken_back() {
    let (mut swarm, mut fx) = met();
    (0..5).for_each(|_| say(&mut swarm, Message::Piece { piece: 5_000, count: 1, backlog_ms: 0 }, &mut fx));
    assert!(fx.contains(&Effect::Drop(PeerId(1), Why::Rude)), "{fx:?}");
    fx.clear();
    swarm.handle(0, Input::Joined { peer: PeerId(1), rtt_ms: 10 }, &mut fx);
    assert_eq!(fx, [Effect::Drop(PeerId(1), Why::Rude)]);
}

#[test]
fn the_list_of_those_who_are_not_taken_back_has_an_end() {
    let (mut swarm, mut fx) = met();
    for n in 0..MAX_BANNED as u32 + 5 {
        let peer = PeerId(100 + n);
        swarm.handle(0, Input::Joined { peer, rtt_ms: 10 }, &mut fx);
        let hello = Message::Hello { pieces: 1_000, have: Wire::Runs(vec![]), name: 1 };
        let wrong = (0..5).map(|_| Message::Piece { piece: 5_000, count: 1, backlog_ms: 0 });
        for message in std::iter::once(hello).chain(wrong) {
            swarm.handle(0, Input::Message { peer, file: FileId(0), message }, &mut fx);
        }
    }
    assert_eq!(Census::of(&swarm).banned, MAX_BANNED);
    // The oldest are forgotten, never the latest.
    for (n, dropped) in [(0, false), (4, false), (5, true), (MAX_BANNED as u32 + 4, true)] {
        fx.clear();
        swarm.handle(0, Input::Joined { peer: PeerId(100 + n), rtt_ms: 10 }, &mut fx);
        assert_eq!(fx.contains(&Effect::Drop(PeerId(100 + n), Why::Rude)), dropped, "{n}");
    }
}

#[test]
fn a_flood_of_messages_ends_the_connection() {
    let (mut swarm, mut fx) = met();
    (0..60_000).for_each(|_| say(&mut swarm, Message::CancelAny, &mut fx));
    assert!(fx.contains(&Effect::Drop(PeerId(1), Why::Rude)));
}

#[test]
fn while_it_rests_nothing_is_asked_and_nothing_served() {
    let (mut swarm, mut fx) = met();
    swarm.handle(0, Input::Pause(true), &mut fx);
    fx.clear();
    say(&mut swarm, Message::Ask { piece: 1, count: 1, urgent: false }, &mut fx);
    assert!(matches!(fx[..], [Effect::Send(_, _, Message::NotNow { .. })]), "{fx:?}");
    swarm.handle(10, Input::Pause(false), &mut fx);
    fx.clear();
    say(&mut swarm, Message::Ask { piece: 1, count: 1, urgent: false }, &mut fx);
    assert!(fx.iter().any(|effect| matches!(effect, Effect::SendPieces(_))), "{fx:?}");
}
