//! Shows how near the bound a swarm comes in the simulator: `cargo run --release -p skein-swarm --example sim [N…]`.

use skein_swarm::Layout;
use skein_swarm::sim::{Scene, run};

/// 100 Mbit/s, as in the lab.
const UP: u64 = 12_500_000;

fn main() {
    let mut asked: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    if asked.is_empty() {
        asked = vec![1, 4, 8, 16, 40, 100];
    }
    println!("{:>5} {:>8} {:>7} {:>7} {:>7} {:>9}", "N", "seconds", "÷bound", "copies", "waste", "messages");
    for n in asked {
        let layout = if n > 60 { Layout::with_piece(128 << 20, 256 << 10) } else { Layout::of(128 << 20) };
        let Some(layout) = layout else { continue };
        let mut scene = Scene::lab(n, UP, layout);
        scene.packet = if n > 200 { 64 << 10 } else { scene.packet };
        let report = run(&scene);
        let messages: u64 = report.fates.iter().map(|fate| fate.messages).sum();
        let seconds = report.last_ms(1..=n).map_or(f64::INFINITY, |ms| ms as f64 / 1_000.0);
        let (ratio, waste) = (report.ratio(1..=n), 100.0 * report.waste());
        println!("{n:>5} {seconds:>8.2} {ratio:>7.3} {:>7.3} {waste:>6.2}% {messages:>9}", report.copies);
    }
}
