//! The body of an event, and an event as it travels.

use skein_event::{
    AppName, Body, CommunityId, Event, EventId, MAX_DEPS, ObjectId, PayloadHash, Sealed, SecretKey, Tick,
};

use crate::Decoder;

pub const BODY: Decoder = Decoder { name: "body", decode: decode_body, seeds: bodies, max_len: 1100, heavy: false };
pub const SEALED: Decoder =
    Decoder { name: "sealed", decode: decode_sealed, seeds: sealed, max_len: 2048, heavy: false };

fn decode_body(bytes: &[u8]) -> bool {
    let Ok(body) = Body::decode(bytes) else { return false };
    assert_eq!(Body::decode(&body.encode()), Ok(body), "what is read is written so that it reads the same");
    true
}

fn decode_sealed(bytes: &[u8]) -> bool {
    let Ok(sealed) = postcard::from_bytes::<Sealed>(bytes) else { return false };
    let (body, signature) = (sealed.body.clone(), sealed.signature);
    let Ok(event) = Event::open(sealed.body, sealed.payload) else { return false };
    assert_eq!(event.bytes, body, "the bytes are kept as they came");
    signature.is_none_or(|signature| signature.signs(&event.body.author, &event.id))
}

fn bodies() -> Vec<Vec<u8>> {
    events().into_iter().map(|(event, _)| event.bytes).collect()
}

fn sealed() -> Vec<Vec<u8>> {
    let seal = |(event, signature): (Event, _)| {
        let payload = event.payload.bytes().map(<[u8]>::to_vec);
        let whole = Sealed { body: event.bytes, payload, signature: Some(signature) };
        let unsigned = Sealed { signature: None, ..whole.clone() };
        let erased = Sealed { payload: None, ..whole.clone() };
        [whole, unsigned, erased]
    };
    let encode = |sealed| postcard::to_stdvec(&sealed).expect("a sealed event can be written");
    events().into_iter().flat_map(seal).map(encode).collect()
}

/// The first event of a log, some from its course, and one with everything at its largest.
fn events() -> Vec<(Event, skein_event::Signature)> {
    let key = SecretKey::from_bytes([1; 32]);
    let first = Body {
        community: CommunityId::ZERO,
        author: key.device(),
        seq: 0,
        prev: EventId::ZERO,
        deps: Vec::new(),
        tick: Tick::at_ms(1),
        app: AppName::new("people").expect("a proper name"),
        object: ObjectId::ZERO,
        payload: PayloadHash::ZERO,
        payload_len: 0,
    };
    let later = |seq, deps| Body {
        community: CommunityId::from_bytes([7; 32]),
        seq,
        prev: EventId::from_bytes([8; 32]),
        deps: vec![EventId::from_bytes([9; 32]); deps],
        tick: Tick::at_ms(1_700_000_000_000),
        app: AppName::new("chat").expect("a proper name"),
        object: ObjectId::from_bytes([5; 32]),
        ..first.clone()
    };
    let app = AppName::new("fifteen-letters").expect("a proper name");
    let largest = Body { tick: Tick::from_raw(u64::MAX), app, ..later(u64::MAX, MAX_DEPS) };
    let sign = |body, payload: &[u8]| Event::sign(body, payload.to_vec(), &key).expect("within the limits");
    vec![
        sign(first.clone(), b"hello"),
        sign(later(1, 1), b""),
        sign(later(300, 2), b"hello"),
        sign(later(70_000, 0), &[3; 200]),
        sign(largest, &[3; 300]),
    ]
}
