//! What comes from a stranger at the door, and from a person or a page at the local one.

use serde_json::Value;
use skein_node::Input;
use skein_village::RULES;

use crate::Decoder;
use crate::scene::{self, Scene};

pub const PASS: Decoder = Decoder { name: "pass", decode: knock, seeds: passes, max_len: 512, heavy: true };
pub const COMMAND: Decoder =
    Decoder { name: "command", decode: command, seeds: scene::commands, max_len: 2048, heavy: true };

fn knock(bytes: &[u8]) -> bool {
    Scene::new().knock(bytes)
}

/// JSON `[app, body]`: as a command, and as a question.
fn command(bytes: &[u8]) -> bool {
    let Ok((name, body)) = serde_json::from_slice::<(String, Value)>(bytes) else { return false };
    let mut scene = Scene::new();
    scene.handle(Input::Ask { ticket: 1, app: name.clone(), command: body.clone() });
    let Some(app) = RULES().app(&name) else { return false };
    let answer = scene.view(|view, me| app.query(me, body.clone(), view));
    if let Ok(answer) = answer {
        app.text(&answer).expect("an app's own answer can be shown");
        app.next(&body, &answer);
    }
    app.imports(&body).is_ok()
}

fn passes() -> Vec<Vec<u8>> {
    vec![scene::pass(), scene::certificate()]
}
