//! Node-level probe: catch-up and rebuild without a network.
#[path = "../src/world.rs"]
mod world;
fn main() {
    let n: u64 = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(100_000);
    let dir = std::env::temp_dir().join(format!("skein-probe-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("dir");
    let mut a = world::found(world::file(&dir.join("a.skein")), world::keys(1));
    let t = world::cpu_seconds();
    world::say_many(&mut a, n, 200);
    println!("say {n}: {:.2} s", world::cpu_seconds() - t);
    let mut b = world::newcomer(world::file(&dir.join("b.skein")), a.community(), world::keys(2));
    let t = world::cpu_seconds();
    let (sa, sb) = world::exchange(&mut a, &mut b);
    println!("catch-up {n}: {:.2} s, sender {sa:.2}, receiver {sb:.2} = {:.0}/s", world::cpu_seconds() - t, n as f64 / sb);
    let t = world::cpu_seconds();
    b.rebuild_now().expect("rebuilds");
    println!("rebuild: {:.2} s", world::cpu_seconds() - t);
    let len = std::fs::metadata(dir.join("b.skein")).expect("file").len();
    println!("size {} MB, count {}", len / 1_000_000, b.store().event_count());
    std::fs::remove_dir_all(&dir).expect("removes");
}
