//! What a device should hold, who may be asked for it, and what the host says when it is done.

use skein_app::{App, Hold, Verdict, Want};
use skein_event::{BlobHash, DeviceId, ObjectId};

use super::super::{Answer, Command, Event, Files, Only, Query};
use super::{Person, World, folder, root};

fn wants(world: &World, me: &Person) -> Vec<Want> {
    Files::wants(&me.me(), &[], &world.view()).expect("the store works")
}

fn blob(n: u8, share: ObjectId) -> Want {
    Want::Blob { root: root(n), folder: true, share }
}

fn roots(world: &World) -> Vec<BlobHash> {
    Files::blobs(&world.view()).expect("the store works")
}

fn holders(world: &World, n: u8) -> Vec<DeviceId> {
    Files::holders(&root(n), &world.view()).expect("the store works")
}

/// What the host does after a job or a want: it asks for the commands and gives them.
fn done(world: &mut World, me: &mut Person, n: u8, holds: bool) -> usize {
    let hold = if holds { Hold::Own } else { Hold::Not };
    let commands = Files::held(&me.me(), &root(n), hold, &world.view()).expect("the store works");
    let count = commands.len();
    for command in commands {
        world.act(me, command);
    }
    count
}

/// Ana has shared content 1, then a new version of it with content 2.
fn scene() -> (World, Person, Person, ObjectId) {
    let (mut world, mut ana, mut ben) = (World::new(), Person::new(1, 1), Person::new(2, 2));
    world.knows(&ana, "Ana");
    world.knows(&ben, "Ben");
    let shared = ana.shares(1, "photos");
    world.hear(&shared);
    world.hear(&ana.say(shared.meta.object, Event::Replaced { content: folder(2) }));
    ben.after(&ana);
    (world, ana, ben, shared.meta.object)
}

fn rm(world: &mut World, ana: &mut Person, ben: &mut Person, share: ObjectId) {
    ana.after(ben);
    world.act(ana, Command::Rm { share: share.to_string() });
    ben.after(ana);
}

#[test]
fn a_keeper_wants_everything_until_it_has_said_that_it_holds_it() {
    let (mut world, ana, mut ben, share) = scene();
    assert_eq!(wants(&world, &ben), []);
    ben.keeper = true;
    assert_eq!(wants(&world, &ben), [blob(2, share), blob(1, share)], "the current version first");
    assert_eq!(done(&mut world, &mut ben, 2, true), 1);
    assert_eq!(wants(&world, &ben), [blob(1, share)]);
    assert_eq!(done(&mut world, &mut ben, 1, true), 1);
    assert_eq!(wants(&world, &ben), []);
    assert_eq!(done(&mut world, &mut ben, 1, true), 0, "what was said is not said again");
    assert_eq!(wants(&world, &ana), []);
}

#[test]
fn whoever_keeps_a_share_wants_its_current_version_and_the_next() {
    let (mut world, mut ana, mut ben, share) = scene();
    world.act(&mut ben, Command::Keep { share: "photos".into() });
    assert_eq!(wants(&world, &ben), [blob(2, share)]);
    done(&mut world, &mut ben, 2, true);
    assert_eq!(wants(&world, &ben), []);
    ana.after(&ben);
    world.hear(&ana.say(share, Event::Replaced { content: folder(3) }));
    assert_eq!(wants(&world, &ben), [blob(3, share)]);
    ben.after(&ana);
    assert_eq!(done(&mut world, &mut ben, 3, false), 1, "to let it go is to keep it no longer");
    assert_eq!(wants(&world, &ben), []);
}

#[test]
fn letting_an_old_version_go_still_keeps_the_share() {
    let (mut world, _, mut ben, share) = scene();
    done(&mut world, &mut ben, 1, true);
    world.act(&mut ben, Command::Keep { share: "photos".into() });
    done(&mut world, &mut ben, 1, false);
    assert_eq!(wants(&world, &ben), [blob(2, share)]);
}

#[test]
fn what_is_taken_back_goes_from_devices_but_for_those_that_keep_it() {
    let (mut world, mut ana, mut ben, share) = scene();
    let mut cem = Person::new(3, 3);
    cem.after(&ben);
    done(&mut world, &mut ben, 2, true);
    done(&mut world, &mut cem, 2, true);
    world.act(&mut cem, Command::Keep { share: "photos".into() });
    ben.after(&cem);
    assert_eq!(wants(&world, &ben), []);
    rm(&mut world, &mut ana, &mut ben, share);
    assert_eq!(wants(&world, &ben), [Want::Gone { root: root(2), share }]);
    assert_eq!(wants(&world, &ana), [Want::Gone { root: root(1), share }, Want::Gone { root: root(2), share }]);
    assert_eq!(wants(&world, &cem), []);
    assert_eq!(done(&mut world, &mut ben, 2, false), 1);
    assert_eq!(wants(&world, &ben), []);
    ben.keeper = true;
    assert_eq!(wants(&world, &ben), [], "nor does a keeper want it");
}

#[test]
fn content_of_a_share_that_was_taken_back_stays_where_another_share_has_it() {
    let (mut world, mut ana, mut ben, share) = scene();
    let theirs = ben.shares(2, "pictures");
    assert_eq!(world.hear(&theirs), Verdict::Accept);
    assert_eq!(done(&mut world, &mut ben, 2, true), 1, "one word for each share with that content");
    rm(&mut world, &mut ana, &mut ben, share);
    assert_eq!(wants(&world, &ben), []);
    assert_eq!(roots(&world), [root(2)]);
    assert_eq!(holders(&world, 2), [ben.device]);
}

#[test]
fn what_arrives_after_it_was_taken_back_is_let_go_again() {
    let (mut world, mut ana, mut ben, share) = scene();
    rm(&mut world, &mut ana, &mut ben, share);
    assert_eq!(done(&mut world, &mut ben, 2, true), 1);
    assert_eq!(wants(&world, &ben), [Want::Gone { root: root(2), share }]);
    done(&mut world, &mut ben, 2, false);
    assert_eq!(wants(&world, &ben), []);
}

#[test]
fn the_door_knows_what_is_shared_and_nothing_else() {
    let (mut world, mut ana, mut ben, share) = scene();
    assert_eq!(roots(&world), [root(1), root(2)]);
    assert_eq!(holders(&world, 2), [ana.device]);
    done(&mut world, &mut ben, 2, true);
    assert_eq!(holders(&world, 2), [ana.device, ben.device]);
    assert_eq!(holders(&world, 9), []);
    rm(&mut world, &mut ana, &mut ben, share);
    assert_eq!((roots(&world), holders(&world, 2)), (vec![], vec![]));
}

#[test]
fn copies_of_those_who_no_longer_belong_do_not_count() {
    let (mut world, ana, mut ben, share) = scene();
    done(&mut world, &mut ben, 2, true);
    let count = |world: &World| world.share(&ana, &share).copies;
    assert_eq!((count(&world).devices, count(&world).people), (2, 2));
    world.connection.execute("INSERT INTO gone VALUES (?1)", [ben.device.as_bytes()]).expect("the store works");
    assert_eq!((count(&world).devices, count(&world).people), (1, 1));
    assert_eq!(holders(&world, 2), [ana.device]);
}

#[test]
fn sole_copies_are_told_from_safe_ones() {
    let (mut world, mut ana, mut ben, share) = scene();
    let sole = |world: &World, me: &Person| match world.ask(me, Query::Sole) {
        Answer::Sole { shares, .. } => shares.into_iter().map(|sole| (sole.share.id, sole.only)).collect::<Vec<_>>(),
        other => panic!("{other:?} is no list of sole copies"),
    };
    assert_eq!(sole(&world, &ana), [(share, Only::ThisDevice)]);
    assert_eq!(sole(&world, &ben), []);
    let mut phone = Person::new(3, 1);
    phone.after(&ben);
    done(&mut world, &mut phone, 2, true);
    assert_eq!(sole(&world, &ana), [(share, Only::YourDevices)]);
    ben.after(&phone);
    done(&mut world, &mut ben, 2, true);
    assert_eq!(sole(&world, &ana), []);
    for person in [&mut ana, &mut phone, &mut ben] {
        person.now_ms += 60_000;
        done(&mut world, person, 2, false);
    }
    assert_eq!(sole(&world, &ben), [(share, Only::Nobody)]);
}
