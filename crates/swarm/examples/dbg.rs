//! x
use skein_swarm::Layout;
use skein_swarm::sim::{Scene, run};
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|w| w.parse().unwrap()).collect();
    let mut s = Scene::lab(a[0] as usize, 12_500_000, Layout::with_piece(128 << 20, a[1] << 10).unwrap());
    s.rtt_ms = a[2]; if let Some(p) = a.get(4) { s.packet = p << 10; }
    s.hosts[0].up = 12_500_000 * a[3];
    let r = run(&s);
    let n = a[0] as usize;
    println!("ratio {:.3} copies {:.3} waste {:.4} bound {:.0}", r.ratio(1..=n), r.copies, r.waste(), r.bound_ms);
    for sec in 0..=(r.ended_ms / 1000) {
        let mut got = 0; let mut min = u64::MAX; let mut max = 0; let mut union = 0; 
        let pieces = s.layout.pieces();
        for p in 0..pieces { union += r.fates[1..].iter().any(|f| f.came_ms[p as usize].is_some_and(|m| m < (sec+1)*1000)) as u64; }
        for f in &r.fates[1..] { let g = f.came_ms.iter().flatten().filter(|m| **m < (sec+1)*1000).count() as u64; got += g; min = min.min(g); max = max.max(g); }
        println!("{sec:3} mean {:.3} min {:.3} max {:.3} union {:.3}", got as f64 / n as f64 / pieces as f64, min as f64/pieces as f64, max as f64/pieces as f64, union as f64/pieces as f64);
    }
    let mut f: Vec<_> = r.fates[1..].iter().map(|f| f.finished_ms.unwrap_or(0)).collect(); f.sort();
    println!("{:?}", &f[f.len().saturating_sub(10)..]);
    let m: u64 = r.fates.iter().map(|f| f.messages).sum(); println!("messages {m} per piece {:.2}", m as f64 / (n as f64 * s.layout.pieces() as f64));
}
