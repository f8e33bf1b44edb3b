//! Old bytes in a real host: they go when their time is over, and only if nothing else needs them.

mod scene;

use std::sync::Arc;

use serde_json::json;
use skein_app::Want;
use skein_event::CommunityId;
use skein_mirror::KEPT_MS;

use super::past::Looked;
use crate::desk::free;
use crate::hall::Hall;
use crate::{Giving, PausedFile, Request, Settings, Steering, Terms};

use scene::{DAY_MS, Scene, root};

const DAYS: u64 = KEPT_MS / DAY_MS;

#[tokio::test(flavor = "multi_thread")]
async fn old_bytes_go_after_thirty_days_and_what_the_folder_holds_stays() {
    let scene = Scene::new().await;
    scene.look(0..=DAYS - 1).await;
    assert!(scene.kept("old").await, "not before its time");
    assert_eq!(super::past::bytes(scene.core()).await, Ok(3));
    scene.look(DAYS..=DAYS).await;
    scene.through(DAYS + 1).await;
    assert!(!scene.kept("old").await, "its time is over");
    assert_eq!(super::past::bytes(scene.core()).await, Ok(0));
    scene.until("the room is given back", async || !scene.there("old").await).await;
    assert!(scene.kept("new").await && scene.there("new").await);
    assert_eq!(scene.read("notes"), "new");
    // The same again: it is taken in anew, and all begins from the start.
    scene.write("notes", "old");
    scene.until("it is told", async || scene.holds("old").await).await;
    scene.look(DAYS + 2..=DAYS + 4).await;
    assert!(scene.kept("old").await && scene.there("old").await && scene.kept("new").await);
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_of_the_clock_lets_nothing_go() {
    let scene = Scene::new().await;
    scene.look(0..=0).await;
    scene.look(4_000..=4_000).await;
    assert!(scene.kept("old").await);
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_folder_of_another_community_holds_stays_until_that_is_over_too() {
    let scene = Scene::new().await;
    scene.ask(Request::Found { name: "Harbour".into(), my_name: None }).await;
    scene.run_in(Some("Harbour"), "folders", json!({"make": {"name": "Photos"}})).await;
    let file = scene.beside("copy", "old");
    let put = json!({"put": {"folder": "Photos", "file": file, "at": "old notes"}});
    scene.run_in(Some("Harbour"), "folders", put).await;
    scene.look(0..=2 * DAYS).await;
    assert!(scene.kept("old").await, "somebody's folder holds it");
    let gone = json!({"rm": {"folder": "Photos", "path": "old notes"}});
    scene.run_in(Some("Harbour"), "folders", gone).await;
    scene.look(2 * DAYS + 1..=2 * DAYS + 2).await;
    assert!(scene.kept("old").await, "it was there until just now");
    scene.look(2 * DAYS + 3..=3 * DAYS + 2).await;
    assert!(!scene.kept("old").await);
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_too_stays_until_it_is_taken_back() {
    let scene = Scene::new().await;
    let file = scene.beside("shared", "old");
    scene.run("files", json!({"add": {"path": file, "note": null, "name": null}})).await;
    scene.look(0..=2 * DAYS).await;
    assert!(scene.kept("old").await && scene.there("old").await);
    scene.run("files", json!({"rm": {"share": "shared"}})).await;
    scene.until("it goes with the share", async || !scene.kept("old").await).await;
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_is_taken_back_leaves_the_folder_what_it_holds_or_did_lately() {
    let scene = Scene::new().await;
    for text in ["old", "new"] {
        let file = scene.beside(text, text);
        scene.run("files", json!({"add": {"path": file, "note": null, "name": null}})).await;
        scene.run("files", json!({"rm": {"share": text}})).await;
    }
    scene.look(0..=1).await;
    let hall = scene.core().halls.all().remove(0);
    let going = |wants: Vec<Want>| wants.iter().any(|want| matches!(want, Want::Gone { .. }));
    let read = async || crate::wants::read(scene.core(), &hall).await.expect("is read");
    scene.until("both are taken back", async || !going(read().await)).await;
    assert!(!scene.shared("old").await && !scene.shared("new").await);
    scene.look(2..=3).await;
    assert!(scene.kept("old").await && scene.kept("new").await);
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn room_is_given_back_only_of_what_no_folder_and_no_other_community_counts_on() {
    let scene = Scene::new().await;
    let (core, here) = (scene.core(), Some(scene.core().halls.all().remove(0).id));
    for text in ["old", "new"] {
        free(core, root(text), here).await.expect("is looked at");
        assert!(scene.kept(text).await, "a folder holds \"{text}\", or did until just now");
    }
    let file = scene.beside("alone", "alone");
    scene.run("files", json!({"add": {"path": file, "note": null, "name": null}})).await;
    for but in [None, Some(CommunityId::from_bytes([7; 32]))] {
        free(core, root("alone"), but).await.expect("is looked at");
        assert!(scene.kept("alone").await, "it is shared here");
    }
    free(core, root("alone"), here).await.expect("is looked at");
    assert!(!scene.kept("alone").await, "only this community counts on it, and it is not asked");
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_waited_for_or_just_taken_in_stays() {
    let scene = Scene::new().await;
    let what = Giving::Held { root: root("old").to_string(), name: "notes".into() };
    let terms = Terms { what, cwd: None, times: 1, lasts_ms: 3_600_000, spoken: false };
    let gift = scene.ask(Request::Give(terms)).await;
    scene.look(0..=DAYS + 1).await;
    assert!(scene.kept("old").await, "it is being given");
    scene.ask(Request::EndGift { id: gift["id"].as_str().expect("has one").into() }).await;
    scene.until("the gift is over", async || !scene.core().in_hand(&root("old"))).await;
    let taking_in = scene.core().taking_in.read().await;
    assert_eq!(scene.look(DAYS + 2..=DAYS + 2).await, Looked::Later);
    assert!(scene.kept("old").await, "something is just coming in");
    drop(taking_in);
    scene.through(DAYS + 3).await;
    assert!(!scene.kept("old").await);
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_communities_the_one_that_needs_most_counts_whatever_they_are_called() {
    let scene = Scene::new().await;
    let file = scene.beside("copy", "old");
    // They are asked in the order of their names: one comes before "Garden", which holds it no longer, and one after.
    for name in ["Attic", "Zoo"] {
        scene.ask(Request::Found { name: name.into(), my_name: None }).await;
        scene.run_in(Some(name), "folders", json!({"make": {"name": "Photos"}})).await;
        let put = json!({"put": {"folder": "Photos", "file": file, "at": "old notes"}});
        scene.run_in(Some(name), "folders", put).await;
        scene.until("that one holds it", async || scene.holds("old").await).await;
        scene.run_in(Some(name), "folders", json!({"rm": {"folder": "Photos", "path": "old notes"}})).await;
        scene.until("none holds it", async || !scene.holds("old").await).await;
    }
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_while_a_community_is_not_open() {
    let scene = Scene::new().await;
    scene.look(0..=DAYS - 1).await;
    // As one that is about to be opened, or cannot be: what its file says so far need not be all.
    let (open, closed) = (scene.core().halls.all().remove(0).id, CommunityId::from_bytes([7; 32]));
    scene.core().halls.put(Arc::new(Hall::new(closed, scene.core().profile.community(&open))));
    assert_eq!(scene.look(DAYS..=DAYS + 2).await, Looked::Later);
    assert!(scene.kept("old").await, "what that one needs, nobody knows");
    scene.core().halls.remove(&closed);
    scene.through(DAYS + 3).await;
    assert!(!scene.kept("old").await);
    scene.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paused_stays_until_it_goes_on() {
    let scene = Scene::new().await;
    scene.look(0..=DAYS - 1).await;
    scene.ask(Request::Steer(Steering::PauseAll)).await;
    scene.look(DAYS..=DAYS).await;
    scene.through(DAYS + 1).await;
    assert!(scene.kept("old").await, "all files are paused");
    let file =
        PausedFile { community: String::new(), root: root("old").to_string(), name: String::new(), folder: false };
    let alone = |settings: &mut Settings| settings.paused_files.push(file);
    scene.core().change_settings(alone).expect("is written");
    scene.ask(Request::Steer(Steering::ResumeAll)).await;
    scene.through(DAYS + 2).await;
    assert!(scene.kept("old").await, "it is paused by itself");
    scene.core().change_settings(|settings| settings.paused_files.clear()).expect("is written");
    scene.through(DAYS + 3).await;
    assert!(!scene.kept("old").await);
    scene.host.stop().await;
}
