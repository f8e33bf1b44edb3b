//! Several files on one device, what was there before, and what is late: one swarm, driven by hand.

use skein_swarm::{
    Bits, Effect, FileId, Input, Layout, MAX_TOGETHER, Message, Order, Part, Parts, PeerId, Priority, Swarm, Wire,
};

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
        Effect::Send(peer, file, Message::Ask { piece, count, .. }) => Some((*peer, *file, *piece..*piece + *count)),
        _ => None,
    };
    let asks = fx.iter().filter_map(ask);
    asks.flat_map(|(peer, file, pieces)| pieces.map(move |piece| (peer, file, piece))).collect()
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
            Input::Message { peer, file, message: Message::Piece { piece, count: 1, backlog_ms: 0 } },
            &mut next,
        );
        swarm.handle(now_ms, Input::Verified(part.into()), &mut next);
        came.push(file);
        waiting.extend(asked(&next));
        let again = |(peer, file, piece)| Effect::Send(peer, file, Message::Ask { piece, count: 1, urgent: false });
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
fn what_is_late_is_taken_back_and_asked_elsewhere() {
    let mut swarm = Swarm::new(3);
    let file = FileId(1);
    join(&mut swarm, A);
    join(&mut swarm, B);
    assert!(swarm.open(file, layout(500), Bits::none(500), Order::Rarest, Priority::Normal));
    let of_a = asked(&says(&mut swarm, 0, A, file, hello(500)));
    let mut waiting = asked(&says(&mut swarm, 1, B, file, hello(500)));
    assert!(!of_a.is_empty() && of_a.iter().all(|(peer, ..)| *peer == A));
    // B brings a piece every 5 ms, A brings nothing.
    let (mut taken_back, mut moved) = (0, 0);
    for now_ms in (5..1_500).step_by(5) {
        let Some(at) = waiting.iter().position(|(peer, ..)| *peer == B) else { break };
        let (peer, file, piece) = waiting.remove(at);
        let mut fx = says(&mut swarm, now_ms, peer, file, Message::Piece { piece, count: 1, backlog_ms: 0 });
        swarm.handle(now_ms, Input::Verified(Part { peer, file, piece }.into()), &mut fx);
        taken_back += fx.iter().filter(|one| matches!(one, Effect::Send(A, _, Message::Cancel { .. }))).count();
        let asked = asked(&fx);
        moved += asked.iter().filter(|(peer, _, piece)| *peer == B && of_a.contains(&(A, file, *piece))).count();
        waiting.extend(asked);
    }
    assert!(taken_back >= of_a.len() && moved >= 1, "{taken_back} taken back, {moved} asked of the other");
}

#[test]
fn the_last_piece_is_asked_twice_if_it_is_late() {
    let mut swarm = Swarm::new(3);
    join(&mut swarm, A);
    join(&mut swarm, B);
    assert!(swarm.open(FileId(1), layout(1), Bits::none(1), Order::Rarest, Priority::Normal));
    assert_eq!(asked(&says(&mut swarm, 0, A, FileId(1), hello(1))), [(A, FileId(1), 0)]);
    assert_eq!(asked(&says(&mut swarm, 1, B, FileId(1), hello(1))), []);
    says(&mut swarm, 2, A, FileId(1), Message::Piece { piece: 0, count: 1, backlog_ms: 0 });
    let mut fx = Vec::new();
    swarm.handle(20, Input::Received(Part { peer: A, file: FileId(1), piece: 0 }, 100), &mut fx);
    (1..40).for_each(|tick| swarm.handle(tick * 50, Input::Timer, &mut fx));
    assert!(asked(&fx).contains(&(B, FileId(1), 0)), "{fx:?}");
    // Whoever brings it first, the other is told.
    fx.clear();
    swarm.handle(1_990, Input::Verified(Part { peer: B, file: FileId(1), piece: 0 }.into()), &mut fx);
    assert!(fx.contains(&Effect::Finished(FileId(1))));
    assert!(fx.contains(&Effect::Send(A, FileId(1), Message::Cancel { piece: 0 })));
}

#[test]
fn whoever_asks_for_much_is_not_served_before_whoever_asks_for_little() {
    let (mut swarm, file) = (Swarm::new(3), FileId(1));
    assert!(swarm.open(file, layout(300), Bits::all(300), Order::Rarest, Priority::Normal));
    let mut fx = Vec::new();
    // Somebody else has all but one piece: none of them is a first copy, which would go first whoever asks.
    join(&mut swarm, PeerId(9));
    says(&mut swarm, 0, PeerId(9), file, Message::Hello { pieces: 300, have: Wire::Runs(vec![0, 299]), name: 9 });
    for number in 1..=6 {
        // The first two ask for much, and say that all of it is urgent.
        let (peer, from) = (PeerId(number), 40 * number);
        let pieces = from..from + if number <= 2 { 40 } else { 8 };
        join(&mut swarm, peer);
        says(&mut swarm, 0, peer, file, Message::Hello { pieces: 300, have: Wire::Runs(vec![]), name: 7 });
        pieces.for_each(|piece| {
            fx.extend(says(&mut swarm, 0, peer, file, Message::Ask { piece, count: 1, urgent: number <= 2 }))
        });
    }
    // What was begun before all had asked is not to be shared.
    let begun = fx.iter().filter(|effect| matches!(effect, Effect::SendPieces(_))).count();
    let sent = send_all(&mut swarm, fx, begun as u64 + 30);
    let served: Vec<_> = sent.iter().skip(begun).map(|part| part.peer).collect();
    for number in 1..=6 {
        let count = served.iter().filter(|peer| **peer == PeerId(number)).count();
        assert!((3..=8).contains(&count), "{count} of {} for {number}: {served:?}", served.len());
    }
}

/// Everything that is begun is sent, up to so many pieces.
fn send_all(swarm: &mut Swarm, mut fx: Vec<Effect>, most: u64) -> Vec<Part> {
    let mut sent: Vec<Part> = Vec::new();
    for turn in 1..=most {
        let begun = |one: &Effect| if let Effect::SendPieces(parts) = one { Some(*parts) } else { None };
        let Some(parts) = fx.iter().find_map(begun).filter(|_| sent.len() < most as usize) else { break };
        fx.retain(|one| *one != Effect::SendPieces(parts));
        sent.extend(parts.each());
        swarm.handle(turn * 10, Input::Sent(parts), &mut fx);
    }
    sent
}

#[test]
fn two_sources_that_hear_nothing_of_each_other_send_different_pieces() {
    let file = FileId(1);
    let pieces_of = |me: u64, other: u64| {
        let mut swarm = Swarm::new(me);
        assert!(swarm.open(file, layout(60), Bits::all(60), Order::Rarest, Priority::Normal));
        join(&mut swarm, A);
        join(&mut swarm, B);
        // The name that the other says.
        let (mut twin, mut fx) = (Swarm::new(other), Vec::new());
        assert!(twin.open(file, layout(60), Bits::all(60), Order::Rarest, Priority::Normal));
        join(&mut twin, A);
        twin.handle(0, Input::Meet { peer: A, file }, &mut fx);
        let Some(Effect::Send(_, _, hello)) = fx.pop() else { panic!("it says hello") };
        says(&mut swarm, 0, B, file, hello);
        says(&mut swarm, 0, A, file, Message::Hello { pieces: 60, have: Wire::Runs(vec![]), name: 5 });
        let fx = says(&mut swarm, 0, A, file, Message::AskAny { more: 24 });
        send_all(&mut swarm, fx, 60).iter().map(|part| part.piece).collect::<Vec<_>>()
    };
    let (one, two) = (pieces_of(1, 2), pieces_of(2, 1));
    assert_eq!((one.len(), two.len()), (24, 24));
    let both = one.iter().filter(|piece| two.contains(piece)).count();
    assert!(both <= 2, "{both} were sent by both");
}

#[test]
fn the_piece_that_fewest_have_is_asked_for_first() {
    let file = FileId(1);
    // Whatever chance prefers.
    for seed in 0..20 {
        let mut swarm = Swarm::new(seed);
        join(&mut swarm, A);
        join(&mut swarm, B);
        assert!(swarm.open(file, layout(40), Bits::none(40), Order::Rarest, Priority::Off));
        // A has all but the first; B has few of them, and the first is not among these either.
        let has = |runs: &[u32]| Message::Hello { pieces: 40, have: Wire::Runs(runs.to_vec()), name: 7 };
        says(&mut swarm, 0, A, file, has(&[1, 39]));
        says(&mut swarm, 0, B, file, has(&[1, 20, 1, 18]));
        let mut fx = Vec::new();
        swarm.handle(0, Input::Priority(file, Priority::Normal), &mut fx);
        let first = asked(&fx).into_iter().find(|(peer, ..)| *peer == A);
        assert_eq!(first, Some((A, file, 21)), "only A has it");
    }
}

#[test]
fn what_is_on_its_way_to_one_is_not_sent_to_the_next_before_all_else() {
    let file = FileId(1);
    for seed in 0..20 {
        let mut swarm = Swarm::new(seed);
        assert!(swarm.open(file, layout(60), Bits::all(60), Order::Rarest, Priority::Normal));
        let mut fx = Vec::new();
        for peer in [A, B] {
            join(&mut swarm, peer);
            says(
                &mut swarm,
                0,
                peer,
                file,
                Message::Hello { pieces: 60, have: Wire::Runs(vec![]), name: u64::from(peer.0) },
            );
            fx.extend(says(&mut swarm, 0, peer, file, Message::AskAny { more: 10 }));
        }
        let sent = send_all(&mut swarm, fx, 20);
        let pieces: std::collections::BTreeSet<u32> = sent.iter().map(|part| part.piece).collect();
        assert_eq!((sent.len(), pieces.len()), (20, 20), "nobody has said to have one, and none goes twice");
    }
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

#[test]
fn on_a_quick_link_neighbouring_pieces_are_asked_for_and_sent_together_and_on_a_slow_one_not() {
    let file = FileId(1);
    for (took_ms, least, most) in [(1, 4, MAX_TOGETHER), (100, 1, 1)] {
        let (mut from, mut to) = (Swarm::new(1), Swarm::new(2));
        assert!(from.open(file, layout(1_000), Bits::all(1_000), Order::Rarest, Priority::Normal));
        assert!(to.open(file, layout(1_000), Bits::none(1_000), Order::Rarest, Priority::Normal));
        join(&mut from, B);
        join(&mut to, A);
        says(&mut from, 0, B, file, Message::Hello { pieces: 1_000, have: Wire::Runs(vec![]), name: 5 });
        let (mut now_ms, mut fx) = (0, says(&mut to, 0, A, file, hello(1_000)));
        let (mut asked_for, mut sent, mut whole) = (0, 0, false);
        // Word by word, and one stream after the other.
        while let Some(effect) = (!fx.is_empty()).then(|| fx.remove(0)) {
            match effect {
                Effect::Send(peer, _, message @ (Message::Ask { .. } | Message::Piece { .. })) => {
                    if let Message::Ask { count, .. } = message {
                        asked_for = asked_for.max(count);
                    }
                    let (swarm, other) = if peer == A { (&mut from, B) } else { (&mut to, A) };
                    fx.extend(says(swarm, now_ms, other, file, message));
                }
                Effect::SendPieces(parts) => {
                    now_ms += took_ms;
                    sent = sent.max(parts.count);
                    to.handle(now_ms, Input::Verified(Parts { peer: A, ..parts }), &mut fx);
                    from.handle(now_ms, Input::Sent(parts), &mut fx);
                }
                Effect::Finished(_) => whole = true,
                _ => (),
            }
        }
        assert!(whole, "all of it comes");
        assert!((least..=most).contains(&asked_for), "{asked_for} asked for at once with {took_ms} ms");
        assert!((least..=most).contains(&sent), "{sent} sent at once with {took_ms} ms");
    }
}

#[test]
fn pieces_that_break_off_together_are_one_broken_promise() {
    let file = FileId(1);
    let mut swarm = Swarm::new(3);
    assert!(swarm.open(file, layout(1_000), Bits::none(1_000), Order::Rarest, Priority::Normal));
    join(&mut swarm, A);
    let mut fx = says(&mut swarm, 0, A, file, hello(1_000));
    // Twice four pieces; six broken promises would be too many.
    for now_ms in [1, 10_000] {
        let asks = asked(&fx);
        let (first, count) = (asks[0].2, asks.len() as u32);
        assert!(count >= 3 && asks.iter().map(|ask| ask.2).eq(first..first + count), "one after the other: {asks:?}");
        fx = says(&mut swarm, now_ms, A, file, Message::Piece { piece: first, count, backlog_ms: 0 });
        swarm.handle(now_ms, Input::Broken(Parts { peer: A, file, first, count }), &mut fx);
        assert!(!fx.iter().any(|effect| matches!(effect, Effect::Drop(..))), "{fx:?}");
        // They are asked for again after a rest.
        fx.clear();
        swarm.handle(now_ms + 9_000, Input::Timer, &mut fx);
    }
}
