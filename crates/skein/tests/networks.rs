//! Real networks: two homes behind routers that translate addresses, a member's device in the open between them that
//! relays, and a cable that is cut. The test makes its network namespaces and removes them; it needs root, `ip` and `nft`.

mod real;

use std::process::Command;

use real::{Person, until};

/// Namespaces of one test, removed when it ends.
struct Net {
    tag: String,
    names: Vec<String>,
}

impl Net {
    fn new() -> Self {
        Self { tag: format!("sk{}", std::process::id() % 10_000), names: Vec::new() }
    }

    fn add(&mut self, name: &str) -> String {
        let name = format!("{}{name}", self.tag);
        ip(&["netns", "add", &name]);
        ip(&["-n", &name, "link", "set", "lo", "up"]);
        self.names.push(name.clone());
        name
    }

    /// A cable between two namespaces, with an address at each end.
    fn cable(&self, number: u8, a: (&str, &str), b: (&str, &str)) {
        let (x, y) = (format!("{}x{number}", self.tag), format!("{}y{number}", self.tag));
        ip(&["link", "add", &x, "type", "veth", "peer", "name", &y]);
        for (end, (namespace, address)) in [(&x, a), (&y, b)] {
            ip(&["link", "set", end, "netns", namespace]);
            ip(&["-n", namespace, "addr", "add", address, "dev", end]);
            ip(&["-n", namespace, "link", "set", end, "up"]);
        }
    }

    fn route(&self, namespace: &str, via: &str) {
        ip(&["-n", namespace, "route", "add", "default", "via", via]);
    }

    /// Translates what leaves a home by its outer cable.
    fn translate(&self, router: &str, outer: &str) {
        within(router, "sysctl", &["-qw", "net.ipv4.ip_forward=1"]);
        within(router, "nft", &["add", "table", "ip", "nat"]);
        within(router, "nft", &["add chain ip nat post { type nat hook postrouting priority 100 ; }"]);
        within(router, "nft", &["add", "rule", "ip", "nat", "post", "oifname", outer, "masquerade"]);
        within(router, "nft", &["add", "table", "ip", "wall"]);
        within(router, "nft", &["add chain ip wall in { type filter hook forward priority 0 ; policy accept ; }"]);
        let known = "add rule ip wall in iifname OUTER ct state established,related accept".replace("OUTER", outer);
        within(router, "nft", &[&known]);
        within(router, "nft", &[&"add rule ip wall in iifname OUTER drop".replace("OUTER", outer)]);
    }

    fn set(&self, namespace: &str, number: u8, end: char, state: &str) {
        ip(&["-n", namespace, "link", "set", &format!("{}{end}{number}", self.tag), state]);
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for name in &self.names {
            Command::new("ip").args(["netns", "del", name]).status().ok();
        }
    }
}

fn ip(arguments: &[&str]) {
    run("ip", arguments);
}

fn within(namespace: &str, program: &str, arguments: &[&str]) {
    run("ip", &[&["netns", "exec", namespace, program], arguments].concat());
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("the program is there");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {error} (run as root)");
}

#[test]
fn two_homes_behind_routers_meet_and_heal_after_a_cut() {
    let mut net = Net::new();
    let (open, ana_router, ben_router) = (net.add("o"), net.add("ra"), net.add("rb"));
    let (ana_home, ben_home) = (net.add("a"), net.add("b"));
    net.cable(1, (&ana_home, "10.1.0.2/24"), (&ana_router, "10.1.0.1/24"));
    net.cable(2, (&ben_home, "10.2.0.2/24"), (&ben_router, "10.2.0.1/24"));
    net.cable(3, (&ana_router, "172.30.1.2/24"), (&open, "172.30.1.1/24"));
    net.cable(4, (&ben_router, "172.30.2.2/24"), (&open, "172.30.2.1/24"));
    net.route(&ana_home, "10.1.0.1");
    net.route(&ben_home, "10.2.0.1");
    net.route(&ana_router, "172.30.1.1");
    net.route(&ben_router, "172.30.2.1");
    within(&open, "sysctl", &["-qw", "net.ipv4.ip_forward=1"]);
    net.translate(&ana_router, &format!("{}x3", net.tag));
    net.translate(&ben_router, &format!("{}x4", net.tag));

    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut dia = Person::within(&folder.path().join("dia"), &open);
    let mut ana = Person::within(&folder.path().join("ana"), &ana_home);
    let mut ben = Person::within(&folder.path().join("ben"), &ben_home);
    dia.start(&["--no-mdns", "--bind", "0.0.0.0:0"]);
    ana.start(&["--no-mdns", "--bind", "0.0.0.0:0"]);
    ben.start(&["--no-mdns", "--bind", "0.0.0.0:0"]);
    dia.found();
    dia.let_in(&ana, "Ana");
    dia.let_in(&ben, "Ben");

    let first = ana.say("hello through two routers").expect("said");
    until("Ben has it", || ben.read().contains(&first));

    // The cable to Ben's home is cut; both go on, and nothing is lost.
    net.set(&ben_home, 2, 'x', "down");
    let while_cut: Vec<String> = (0..5).filter_map(|n| ana.say(&format!("while it is cut {n}"))).collect();
    let alone: Vec<String> = (0..5).filter_map(|n| ben.say(&format!("alone {n}"))).collect();
    assert_eq!((while_cut.len(), alone.len()), (5, 5), "a cut stops nobody");
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(!ben.read().contains(&while_cut[0]), "the cut is real");
    net.set(&ben_home, 2, 'x', "up");
    net.route(&ben_home, "10.2.0.1");
    for person in [&ana, &ben, &dia] {
        until("all is healed", || {
            let here = person.read();
            while_cut.iter().chain(&alone).all(|event| here.contains(event))
        });
    }
}

#[test]
fn four_words_bring_a_file_to_somebody_in_the_same_network_and_only_once() {
    let mut net = Net::new();
    net.tag.push('c');
    let (here, there) = (net.add("a"), net.add("b"));
    net.cable(1, (&here, "10.9.0.1/24"), (&there, "10.9.0.2/24"));
    net.route(&here, "10.9.0.2");
    net.route(&there, "10.9.0.1");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut ana = Person::within(&folder.path().join("ana"), &here);
    let mut zoe = Person::within(&folder.path().join("zoe"), &there);
    // Neither is in any community.
    ana.start(&["--bind", "0.0.0.0:0"]);
    zoe.start(&["--bind", "0.0.0.0:0"]);
    let (file, to) = (folder.path().join("plan.txt"), folder.path().join("got"));
    std::fs::write(&file, "the plan").expect("is written");
    let (file, to) = (file.display().to_string(), to.display().to_string());
    let given = ana.ask(&["give", &file, "--code"]).expect("is given");
    let code = given["text"].as_str().expect("has words");
    assert_eq!(code.split(' ').count(), 4, "{code}");
    let taken = zoe.ask(&["take", &code.to_uppercase(), "--to", &to]).expect("is taken");
    let path = taken["path"].as_str().expect("has a path");
    assert_eq!(std::fs::read_to_string(path).expect("is there"), "the plan");
    until("Ana sees that it was taken", || ana.ask(&["gifts"]).is_some_and(|gifts| gifts[0]["taken"] == 1));
    assert!(!zoe.run(&["take", code, "--to", &to]).status.success(), "it was good once");
    assert_eq!(std::fs::read_dir(&to).expect("is there").count(), 1);
}
