//! The template of `cargo xtask new-app` compiles, and its own tests pass.

#[path = "../template/mod.rs"]
mod sample;

use sample::{Answer, Command, Entry, Event, Query, Sample};
use skein_app::{App, DynApp, Erased};

fn is_an_app<A: App<Command = Command, Event = Event, Query = Query, Answer = Answer>>() -> &'static str {
    A::NAME
}

#[test]
fn the_template_is_an_app() {
    assert_eq!(is_an_app::<Sample>(), "sample");
    let app: &dyn DynApp = &Erased::<Sample>::NEW;
    assert!(app.commands().find_subcommand("ls").is_some());
    let entry: Option<Entry> = None;
    assert!(entry.is_none() && sample::MAX_TEXT_BYTES > 0);
}
