//! Asks under cuts, crashes and wrong clocks: no promise counts twice, what is settled is the same everywhere and is never taken
//! back, claims settle alike, and whoever claimed too late is told.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use skein_app::Me;
use skein_village::{RULES, Rng, Village, Weather};

const SEEDS: u64 = 16;
const DAY_MS: u64 = 86_400_000;

/// Everything but restored copies and departures, which have tests of their own.
fn weather(rng: &mut Rng) -> Weather {
    Weather { old_copies: false, departures: false, absence: true, skew: true, ..Weather::of_seed(rng) }
}

/// A village in which all have joined, before the weather turns.
fn village(seed: u64) -> (Village, Rng) {
    let mut rng = Rng::new(seed.wrapping_mul(6_007) + 1);
    let mut village = Village::new(seed, 4, Weather::fair());
    for _ in 0..8 {
        village.step_doing(|_, _| {});
        village.settle();
    }
    village.weather = weather(&mut rng);
    (village, rng)
}

fn ask(village: &Village, house: usize, query: Value) -> Option<Value> {
    let node = village.houses[house].node()?;
    let now_ms = village.houses[house].clock(village.now_ms());
    let me = Me { community: village.community, device: node.device(), member: node.member(), now_ms, keeper: false };
    Some(skein_node::query(RULES(), node.store().connection(), &me, "asks", query).expect("is answered"))
}

/// Every ask as a house sees it, with all that belongs to it.
fn seen(village: &Village, house: usize) -> Vec<Value> {
    let Some(all) = ask(village, house, json!({ "ls": { "all": true } })) else { return Vec::new() };
    let ids = all["asks"].as_array().expect("are some").iter().map(|ask| ask["id"].clone());
    ids.filter_map(|id| Some(ask(village, house, json!({ "show": { "ask": id } }))?["ask"].clone())).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// Of each member, at most one promise for each part counts, and the sum is theirs.
fn nothing_counts_twice(detail: &Value) {
    let mut sums: BTreeMap<u64, u64> = BTreeMap::new();
    let mut by: BTreeMap<(String, u64), u32> = BTreeMap::new();
    for promise in detail["promises"].as_array().expect("are some") {
        let held = ["holds", "delivered", "confirmed", "returned"].contains(&text(&promise["held"]).as_str());
        let later = promise["released_ms"]
            .as_u64()
            .zip(detail["row"]["until_ms"].as_u64())
            .is_some_and(|(at, until)| at > until);
        if held || later {
            let part = promise["part"].as_u64().expect("has one");
            *sums.entry(part).or_default() += promise["amount"].as_u64().expect("has one");
            *by.entry((text(&promise["by"]["member"]), part)).or_default() += 1;
        }
    }
    assert!(by.values().all(|count| *count == 1), "a member counts twice: {detail:#}");
    for (n, part) in detail["row"]["parts"].as_array().expect("are some").iter().enumerate() {
        let sum = sums.get(&(n as u64 + 1)).copied().unwrap_or(0);
        assert_eq!(part["promised"].as_u64(), Some(sum), "the sum is another: {detail:#}");
    }
}

/// What somebody does about campaigns: now and then a new one, else a pledge, another pledge, or none any more.
fn campaign(village: &mut Village, house: usize, rng: &mut Rng, count: &mut u32) {
    let title = |n: u64| format!("Campaign {n}");
    match rng.below(10) {
        0 if *count < 5 => {
            let parts = json!([{ "minimum": 4 + rng.below(8), "optimum": 40 }]);
            let until = format!("{}h", 1 + rng.below(40));
            let post = json!({ "kind": "campaign", "title": title(u64::from(*count)), "until": until, "parts": parts });
            if village.ask(house, "asks", json!({ "post": post })).is_some() {
                *count += 1;
            }
        }
        1..=2 => {
            village.ask(house, "asks", json!({ "release": { "promise": title(rng.below(5)) } }));
        }
        3..=4 => {
            village.ask(house, "chat", json!({ "say": { "channel": "general", "text": ["hello"] } }));
        }
        _ => {
            let take = json!({ "ask": title(rng.below(5)), "amount": 1 + rng.below(5) });
            village.ask(house, "asks", json!({ "take": take }));
        }
    }
}

/// What each house was sure of; a house that is sure must find what the others found, now and ever after.
#[derive(Default)]
struct Settled(BTreeMap<String, (String, usize)>);

impl Settled {
    fn look(&mut self, village: &Village) {
        for house in 0..village.houses.len() {
            for detail in seen(village, house) {
                nothing_counts_twice(&detail);
                let row = &detail["row"];
                let now_ms = village.houses[house].clock(village.now_ms());
                let over = row["until_ms"].as_u64().is_some_and(|until| now_ms > until);
                if !over || row["sure"] != json!(true) {
                    continue;
                }
                let found = format!("{} with {}", text(&row["state"]), row["parts"]);
                let (before, by) = self.0.entry(text(&row["id"])).or_insert((found.clone(), house));
                let same = before.split(' ').next() == found.split(' ').next();
                assert!(same, "house {by} was sure of {before}, house {house} of {found}");
            }
        }
    }
}

fn campaigns(seed: u64) -> (usize, usize) {
    let (mut village, mut rng) = village(seed);
    let (mut settled, mut count) = (Settled::default(), 0);
    for step in 0..160 {
        village.step_doing(|village, house| campaign(village, house, &mut rng, &mut count));
        if step % 8 == 7 {
            let later = village.now_ms() + rng.below(5 * 3_600_000);
            village.run_until(later);
        }
        settled.look(&village);
    }
    let early = settled.0.len();
    village.heal();
    for house in 0..village.houses.len() {
        village.ask(house, "chat", json!({ "say": { "channel": "general", "text": ["all here"] } }));
    }
    for _ in 0..3 {
        village.step_doing(|_, _| {});
        village.settle();
    }
    settled.look(&village);
    for house in 0..village.houses.len() {
        for detail in seen(&village, house) {
            assert_eq!(detail["row"]["sure"], json!(true), "seed {seed}, house {house}: {detail:#}");
        }
    }
    // One that was posted by a clock that had been set back may be void: its date lay behind what that log had said before.
    let there = seen(&village, 0).len();
    assert_eq!(settled.0.len(), there, "seed {seed}: every campaign is settled in the end");
    assert!(there <= count as usize, "seed {seed}: {there} of {count}");
    (early, there)
}

#[test]
fn what_a_date_decides_is_the_same_everywhere_and_never_taken_back() {
    let (mut early, mut all) = (0, 0);
    for seed in 0..SEEDS {
        let (settled, total) = campaigns(seed);
        early += settled;
        all += total;
    }
    assert!(all as u64 > SEEDS, "there were campaigns: {all}");
    assert!(early > 5, "some are settled before the weather clears: {early} of {all}");
}

fn needs(seed: u64) -> (u32, u32) {
    let (mut village, mut rng) = village(seed);
    for n in 0..3 {
        village.ask(n, "asks", json!({ "post": { "kind": "need", "title": format!("Need {n}") } }));
    }
    village.settle();
    for _ in 0..60 {
        village.step_doing(|village, house| {
            let take = json!({ "take": { "ask": format!("Need {}", rng.below(3)) } });
            village.ask(house, "asks", take);
        });
    }
    village.heal();
    let all: Vec<Vec<Value>> = (0..4).map(|house| seen(&village, house)).collect();
    let standing = |asks: &[Value]| -> Vec<String> {
        let mut lines: Vec<String> = asks
            .iter()
            .flat_map(|ask| ask["promises"].as_array().expect("are some").clone())
            .map(|p| format!("{} {} {}", p["id"], p["held"], p["apart"]))
            .collect();
        lines.sort();
        lines
    };
    let (mut apart, mut contested) = (0, 0);
    for house in 1..4 {
        assert_eq!(standing(&all[0]), standing(&all[house]), "seed {seed}: claims settle alike");
    }
    for detail in &all[0] {
        nothing_counts_twice(detail);
        let held = |word: &str| {
            detail["promises"].as_array().expect("are some").iter().filter(|promise| promise["held"] == word).count()
        };
        let late =
            detail["promises"].as_array().expect("are some").iter().filter(|promise| promise["apart"] == true).count();
        assert!(held("holds") <= 1, "seed {seed}: {detail:#}");
        assert!(held("helps") == 0 || held("holds") == 1, "seed {seed}: somebody holds it: {detail:#}");
        apart += late as u32;
        if detail["row"]["contested"] == true {
            contested += 1;
            assert!(late > 0);
            settle(&mut village, detail);
        }
    }
    village.settle();
    for house in 0..4 {
        for detail in seen(&village, house) {
            assert_eq!(detail["row"]["contested"], json!(false), "seed {seed}: one tap settles it");
        }
    }
    (apart, contested)
}

/// Its poster says that the last one who claimed it is to do it.
fn settle(village: &mut Village, detail: &Value) {
    let poster = (0..4).find(|house| {
        let node = village.houses[*house].node().expect("all are up");
        json!(node.member()) == detail["row"]["by"]["member"]
    });
    let standing: Vec<&Value> =
        detail["promises"].as_array().expect("are some").iter().filter(|p| p["held"] == "helps").collect();
    let last = standing.last().expect("somebody helps")["id"].clone();
    let poster = poster.expect("the poster is one of them");
    village.ask(poster, "asks", json!({ "choose": { "promises": [last] } })).expect("its poster may choose");
    let later = village.now_ms() + DAY_MS;
    village.run_until(later);
}

#[test]
fn claims_made_while_apart_settle_alike_and_whoever_was_late_is_told() {
    let (mut apart, mut contested) = (0, 0);
    for seed in 0..SEEDS {
        let (late, twice) = needs(seed);
        apart += late;
        contested += twice;
    }
    assert!(apart > 0 && contested > 0, "the cuts made some claim apart: {apart}, {contested}");
}
