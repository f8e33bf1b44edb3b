//! What a node hears: frames, presence records, and the payloads of every app, said by a hostile member.

use skein_app::DynApp;
use skein_node::{Claim, Frame, Presence};
use skein_village::{RULES, keys};

use crate::Decoder;
use crate::scene::{self, Scene};

pub const FRAME: Decoder = Decoder { name: "frame", decode: decode_frame, seeds: frames, max_len: 4096, heavy: false };
pub const HEAR: Decoder = Decoder { name: "hear", decode: hear, seeds: frames, max_len: 4096, heavy: true };
pub const PAYLOAD: Decoder = Decoder { name: "payload", decode: fold, seeds: payloads, max_len: 2048, heavy: true };
pub const PRESENCE: Decoder =
    Decoder { name: "presence", decode: presence, seeds: records, max_len: 2100, heavy: false };

fn decode_frame(bytes: &[u8]) -> bool {
    let Ok(frame) = Frame::decode(bytes) else { return false };
    assert_eq!(Frame::decode(&frame.encode()), Ok(frame), "what is read is written so that it reads the same");
    true
}

/// Any bytes from a member, to a node that is at work: it must neither fail nor panic, and must be able to go on.
fn hear(bytes: &[u8]) -> bool {
    let mut scene = Scene::new();
    scene.hear(bytes.to_vec());
    scene.hear(Frame::Got.encode());
    Frame::decode(bytes).is_ok()
}

/// First byte: which app; second: which object; the rest is the payload.
fn fold(bytes: &[u8]) -> bool {
    let [app, object, payload @ ..] = bytes else { return false };
    let apps = RULES().apps;
    let app = apps[usize::from(*app) % apps.len()];
    let mut scene = Scene::new();
    let kept = scene.say(app, scene::object(*object), payload);
    // What was folded must not break those who look.
    scene.view(|view, me| app.wants(me, &[], view)).expect("the rows can be read");
    scene.view(|view, me| app.tend(me, 0, view)).expect("the rows can be read");
    kept
}

fn presence(bytes: &[u8]) -> bool {
    Presence::open(bytes).is_some()
}

fn frames() -> Vec<Vec<u8>> {
    let device = keys(1).device.device();
    let ids = scene::ids();
    let claim = Claim { author: device, height: 3, head: ids[0] };
    let object = scene::object(1);
    let frames = [
        Frame::Have { claims: vec![claim; 2], whole: true, last: true, now_ms: 1_700_000_000_000 },
        Frame::Events(scene::sealed().into_iter().take(3).collect()),
        Frame::Got,
        Frame::Ask(ids.iter().copied().take(2).collect()),
        Frame::Payloads(vec![(ids[0], b"hello".to_vec())]),
        Frame::Signal { app: "chat".into(), object, bytes: b"typing".to_vec() },
        Frame::Presence(records()),
        Frame::Marks(vec![(object, skein_event::Tick::at_ms(1))]),
    ];
    frames.iter().map(Frame::encode).collect()
}

fn payloads() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (number, app) in RULES().apps.iter().enumerate() {
        let said = scene::payloads().into_iter().filter(|(name, _)| name.as_str() == DynApp::name(*app));
        let choose = |(_, payload): (_, Vec<u8>)| [&[number as u8, 1], payload.as_slice()].concat();
        seeds.extend(said.map(choose).filter(|seed| seed.len() <= PAYLOAD.max_len).take(8));
    }
    seeds
}

fn records() -> Vec<Vec<u8>> {
    let addresses = vec!["127.0.0.1:4000".to_string(), "[::1]:4000".to_string()];
    vec![Presence::sign(&keys(1).device, addresses, 1_700_000_000_000), Presence::sign(&keys(1).device, Vec::new(), 0)]
}
