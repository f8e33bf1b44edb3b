//! Many seeds of bad weather; in the end all houses hold the same, and nothing acknowledged is lost.
//!
//! `SKEIN_SEEDS=N` runs N seeds instead of 200, `SKEIN_SEED=N` runs that one alone.

use skein_village::{Rng, Village, Weather};

const SEEDS: u64 = 200;
const PARTS: u64 = 8;

fn run(seed: u64) -> Result<(usize, usize), String> {
    let mut rng = Rng::new(seed.wrapping_mul(7_919));
    let houses = 3 + rng.below(4) as u8;
    let steps = 60 + rng.below(160);
    let weather = Weather::of_seed(&mut rng);
    let mut village = Village::new(seed, houses, weather.clone());
    for _ in 0..steps {
        village.step();
    }
    village.heal();
    let verdicts = village.judge();
    if verdicts.faults.is_empty() {
        return Ok((verdicts.events, verdicts.not_counted));
    }
    let faults = verdicts.faults.iter().take(4).cloned().collect::<Vec<_>>().join("\n");
    Err(format!("seed {seed} ({houses} houses, {steps} steps, {weather:?}):\n{faults}\n{}", village.eyes()))
}

fn part(part: u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("SKEIN_SEED") {
        if seed % PARTS == part {
            run(seed).unwrap_or_else(|fault| panic!("{fault}"));
        }
        return;
    }
    let seeds = number("SKEIN_SEEDS").unwrap_or(SEEDS);
    let (mut events, mut not_counted) = (0, 0);
    for seed in (0..seeds).filter(|seed| seed % PARTS == part) {
        let (all, not) = run(seed).unwrap_or_else(|fault| panic!("{fault}"));
        events += all;
        not_counted += not;
    }
    assert!(events > not_counted && events > 100, "the village must have something to say: {events} events");
    println!("part {part}: {events} events, {not_counted} of them do not count");
}

macro_rules! parts {
    ($($name:ident = $part:literal),*) => { $(#[test] fn $name() { part($part); })* };
}
parts!(seeds_0 = 0, seeds_1 = 1, seeds_2 = 2, seeds_3 = 3, seeds_4 = 4, seeds_5 = 5, seeds_6 = 6, seeds_7 = 7);
