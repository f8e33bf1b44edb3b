//! Catch-up: one device comes home to 100,000 messages of 200 bytes and takes them from another, over a real connection.

use std::path::Path;
use std::time::Instant;

use skein_host::Profile;
use skein_node::Node;
use skein_store::Store;

use crate::report::Report;
use crate::{hosts, limits, peers, world};

const MESSAGES: u64 = 100_000;

/// Runs it.
pub fn run() -> Report {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    {
        let (ana, ben) = (hosts::open(&a), hosts::open(&b));
        hosts::found(&ana);
        hosts::join(&ana, &ben, "Ben");
        hosts::stop(ben);
        hosts::stop(ana);
    }
    fill(&a, MESSAGES);
    let file = hosts::community_file(&b);
    let before = hosts::events_in(&file);
    let (ana, ben) = (hosts::open(&a), hosts::open(&b));
    hosts::wait(|| hosts::events_in(&file) > before);
    let (start, first) = (Instant::now(), hosts::events_in(&file));
    hosts::wait(|| hosts::events_in(&file) >= before + MESSAGES);
    let took = start.elapsed().as_secs_f64();
    hosts::wait(|| hosts::all_indexed(&file));
    let searchable = start.elapsed().as_secs_f64();
    hosts::stop(ben);
    hosts::stop(ana);
    let mut report = Report::default();
    report.figure("events_per_s", (before + MESSAGES - first) as f64 / took);
    report.figure("seconds", took);
    report.figure("seconds_until_all_is_searchable", searchable);
    report.limit("hashed_per_s_one_core", limits::hashed_per_s());
    report.limit("inserted_rows_per_s_one_core", limits::inserted_per_s(folder.path()));
    without_network(&mut report);
    peers::hypercore(&mut report, MESSAGES);
    peers::iroh_docs(&mut report);
    report
}

/// Writes messages straight into a stopped host's community.
pub fn fill(folder: &Path, count: u64) {
    let profile = Profile::open(folder).expect("a folder can be used");
    let community = profile.all_communities().expect("can be listed")[0];
    let keys = profile.keys().expect("keys can be read");
    let store = Store::open(&profile.community(&community)).expect("a file can be opened");
    let mut node = Node::open(world::rules(), community, keys, false, store).expect("opens");
    world::say_many(&mut node, count, 200);
}

/// The receiver's own work on one core: verify, keep and fold.
fn without_network(report: &mut Report) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut ana = world::found(world::file(&folder.path().join("a.skein")), world::keys(1));
    world::say_many(&mut ana, MESSAGES, 200);
    let store = world::file(&folder.path().join("b.skein"));
    let mut ben = world::newcomer(store, ana.community(), world::keys(2));
    let (_, receiver) = world::exchange(&mut ana, &mut ben);
    report.figure("events_per_cpu_s_of_the_receiver", MESSAGES as f64 / receiver);
}
