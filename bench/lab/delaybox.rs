//! delaybox: an Ethernet switch in user space with a constant one-way delay, loss, and slow ports.
//!
//! Not every kernel has `netem`, so this stands in for it: it opens one TAP device per host (`PREFIX0 .. PREFIXn`; the lab
//! moves each into a network namespace), forwards frames by destination address, and holds every frame for `--delay-us`.
//! Uplinks are not its work: the lab puts `tc tbf` on each host's device. Downlinks are: `--down-mbit PORT:RATE`.
//!
//! Host i must have the hardware address 02:00:00:00:HI:LO of i. Group addresses go to all others. Segmentation offload is
//! passed through, so that ten links of 100 Mbit/s cost little CPU; lost is then a whole run of segments, so `--no-gso`
//! belongs to `--loss-ppm`. It has no dependency, so that `rustc` alone builds it; the calls of the kernel are why it has
//! `unsafe`, and why it is no part of the workspace.
//!
//!     rustc -O --edition 2021 -o delaybox delaybox.rs
//!     delaybox --ports 9 --delay-us 5000 [--prefix lab] [--loss-ppm 0] [--down-mbit 3:10]... [--no-gso]
//!
//! It prints "ready" when all devices exist, and answers each line on its standard input with one line: for each port
//! `bytes that the host sent:bytes that it was sent`, as on the wire, Ethernet headers included. It ends with its input.

use std::collections::VecDeque;
use std::io::{BufRead, Write};
use std::os::raw::{c_char, c_int, c_long, c_ulong, c_void};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

extern "C" {
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
    fn read(fd: c_int, buffer: *mut c_void, length: usize) -> isize;
    fn write(fd: c_int, buffer: *const c_void, length: usize) -> isize;
    fn epoll_create1(flags: c_int) -> c_int;
    fn epoll_ctl(epoll: c_int, operation: c_int, fd: c_int, event: *mut EpollEvent) -> c_int;
    fn epoll_pwait2(
        epoll: c_int,
        events: *mut EpollEvent,
        most: c_int,
        timeout: *const Timespec,
        signals: *const c_void,
    ) -> c_int;
}

#[repr(C, packed)]
#[derive(Clone, Copy)]
struct EpollEvent {
    events: u32,
    data: u64,
}

#[repr(C)]
struct Timespec {
    sec: c_long,
    nsec: c_long,
}

#[repr(C)]
struct IfReq {
    name: [u8; 16],
    flags: i16,
    pad: [u8; 22],
}

const O_RDWR: c_int = 2;
const O_NONBLOCK: c_int = 0o4000;
const TUNSETIFF: c_ulong = 0x4004_54ca;
const TUNSETOFFLOAD: c_ulong = 0x4004_54d0;
/// TAP | NO_PI | VNET_HDR
const FLAGS: i16 = 0x0002 | 0x1000 | 0x4000;
/// The kernel's word on segmentation before each frame.
const HEADER: usize = 10;
/// CSUM | TSO4 | TSO6 | TSO_ECN | USO4 | USO6; without the last two for older kernels; nothing.
const OFFLOADS: [c_ulong; 3] = [0x01 | 0x02 | 0x04 | 0x08 | 0x20 | 0x40, 0x01 | 0x02 | 0x04, 0];
/// What may wait in all; more is dropped.
const MAX_QUEUED: usize = 256 << 20;
/// How long a frame may wait for a slow port; more is dropped, as by a home's router.
const MAX_WAIT: Duration = Duration::from_millis(50);
const TO_ALL: usize = usize::MAX;

/// One host's cable.
struct Port {
    fd: c_int,
    /// Frames for this host, and when each is due; in this order.
    queue: VecDeque<(Instant, Vec<u8>)>,
    /// Bytes a second towards the host; 0 for as fast as can be.
    down: u64,
    free_at: Instant,
}

/// Bytes from and to one host.
#[derive(Default)]
struct Count {
    sent: AtomicU64,
    got: AtomicU64,
}

struct Switch {
    ports: Vec<Port>,
    counts: Arc<Vec<Count>>,
    delay: Duration,
    loss_ppm: u64,
    random: u64,
    queued: usize,
    pool: Vec<Vec<u8>>,
}

impl Switch {
    /// Takes in one frame of host `from`.
    fn take(&mut self, from: usize, frame: &[u8]) {
        self.counts[from].sent.fetch_add(on_the_wire(frame), Ordering::Relaxed);
        if self.is_lost() || self.queued + frame.len() > MAX_QUEUED {
            return;
        }
        let address = &frame[HEADER..HEADER + 6];
        let to = if address[0] & 1 == 1 { TO_ALL } else { usize::from(u16::from_be_bytes([address[4], address[5]])) };
        for port in (0..self.ports.len()).filter(|port| *port != from && (to == TO_ALL || to == *port)) {
            self.hold(port, frame);
        }
    }

    fn hold(&mut self, to: usize, frame: &[u8]) {
        let port = &mut self.ports[to];
        let mut due = Instant::now() + self.delay;
        if port.down > 0 {
            let start = due.max(port.free_at);
            if start - due > MAX_WAIT {
                return;
            }
            due = start + Duration::from_nanos(on_the_wire(frame) * 1_000_000_000 / port.down);
            port.free_at = due;
        }
        let mut buffer = self.pool.pop().unwrap_or_default();
        buffer.clear();
        buffer.extend_from_slice(frame);
        self.queued += frame.len();
        port.queue.push_back((due, buffer));
    }

    /// xorshift64: the same losses for the same frames.
    fn is_lost(&mut self) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % 1_000_000 < self.loss_ppm
    }

    /// Hands out what is due.
    fn give(&mut self) {
        let now = Instant::now();
        for (at, port) in self.ports.iter_mut().enumerate() {
            while port.queue.front().is_some_and(|(due, _)| *due <= now) {
                let Some((_, frame)) = port.queue.pop_front() else { break };
                self.queued -= frame.len();
                let written = unsafe { write(port.fd, frame.as_ptr().cast(), frame.len()) };
                if written > 0 {
                    self.counts[at].got.fetch_add(on_the_wire(&frame), Ordering::Relaxed);
                }
                if self.pool.len() < 4096 {
                    self.pool.push(frame);
                }
            }
        }
    }

    /// How long until something is due.
    fn wait(&self) -> Duration {
        let first = self.ports.iter().filter_map(|port| Some(port.queue.front()?.0)).min();
        first.map_or(Duration::from_secs(1), |due| due.saturating_duration_since(Instant::now()))
    }
}

/// The bytes of a frame on a cable: a run of segments has its headers once each.
fn on_the_wire(frame: &[u8]) -> u64 {
    let headers = u64::from(u16::from_ne_bytes([frame[2], frame[3]]));
    let segment = u64::from(u16::from_ne_bytes([frame[4], frame[5]]));
    let length = (frame.len() - HEADER) as u64;
    if frame[1] == 0 || segment == 0 {
        return length;
    }
    length + (length.saturating_sub(headers).div_ceil(segment).max(1) - 1) * headers
}

fn values(name: &str) -> Vec<String> {
    let words: Vec<String> = std::env::args().collect();
    words.windows(2).filter(|pair| pair[0] == name).map(|pair| pair[1].clone()).collect()
}

fn number(name: &str, default: u64) -> u64 {
    values(name).first().map_or(default, |word| word.parse().expect("a number"))
}

fn open_tap(name: &str, gso: bool) -> c_int {
    let fd = unsafe { open(c"/dev/net/tun".as_ptr(), O_RDWR | O_NONBLOCK) };
    assert!(fd >= 0, "open /dev/net/tun: {}", std::io::Error::last_os_error());
    let mut request = IfReq { name: [0; 16], flags: FLAGS, pad: [0; 22] };
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    let made = unsafe { ioctl(fd, TUNSETIFF, &mut request as *mut IfReq) };
    assert!(made == 0, "TUNSETIFF {name}: {}", std::io::Error::last_os_error());
    let offloads = if gso { &OFFLOADS[..] } else { &OFFLOADS[2..] };
    assert!(offloads.iter().any(|offload| unsafe { ioctl(fd, TUNSETOFFLOAD, *offload) } == 0), "TUNSETOFFLOAD");
    fd
}

/// Answers each line with the counts; ends the program with the input, so that no device outlives the lab.
fn answer(counts: Arc<Vec<Count>>) {
    for line in std::io::stdin().lock().lines() {
        if line.is_err() {
            break;
        }
        let one =
            |count: &Count| format!("{}:{}", count.sent.load(Ordering::Relaxed), count.got.load(Ordering::Relaxed));
        println!("{}", counts.iter().map(one).collect::<Vec<_>>().join(" "));
        std::io::stdout().flush().ok();
    }
    std::process::exit(0);
}

fn main() {
    let prefix = values("--prefix").pop().unwrap_or_else(|| "lab".into());
    let gso = !std::env::args().any(|word| word == "--no-gso");
    let count = number("--ports", 2) as usize;
    let epoll = unsafe { epoll_create1(0) };
    assert!(epoll >= 0, "epoll_create1");
    let mut ports = Vec::new();
    for at in 0..count {
        let fd = open_tap(&format!("{prefix}{at}"), gso);
        let mut event = EpollEvent { events: 1, data: at as u64 };
        assert_eq!(unsafe { epoll_ctl(epoll, 1, fd, &mut event) }, 0);
        ports.push(Port { fd, queue: VecDeque::new(), down: 0, free_at: Instant::now() });
    }
    for word in values("--down-mbit") {
        let (port, rate) = word.split_once(':').expect("PORT:RATE");
        ports[port.parse::<usize>().expect("a port")].down = rate.parse::<u64>().expect("a rate") * 125_000;
    }
    let counts: Arc<Vec<Count>> = Arc::new((0..count).map(|_| Count::default()).collect());
    println!("ready");
    let asked = counts.clone();
    std::thread::spawn(move || answer(asked));
    let delay = Duration::from_micros(number("--delay-us", 5000));
    let (loss_ppm, random) = (number("--loss-ppm", 0), 0x9e37_79b9_7f4a_7c15);
    forward(epoll, Switch { ports, counts, delay, loss_ppm, random, queued: 0, pool: Vec::new() });
}

fn forward(epoll: c_int, mut switch: Switch) {
    let mut scratch = vec![0_u8; 70_000];
    let mut events = [EpollEvent { events: 0, data: 0 }; 64];
    loop {
        let wait = switch.wait();
        let timeout = Timespec { sec: wait.as_secs() as c_long, nsec: c_long::from(wait.subsec_nanos()) };
        let ready = unsafe { epoll_pwait2(epoll, events.as_mut_ptr(), 64, &timeout, std::ptr::null()) };
        for event in events.iter().take(ready.max(0) as usize) {
            let from = event.data as usize;
            for _ in 0..64 {
                let length = unsafe { read(switch.ports[from].fd, scratch.as_mut_ptr().cast(), scratch.len()) };
                if length < (HEADER + 14) as isize {
                    break;
                }
                switch.take(from, &scratch[..length as usize]);
            }
        }
        switch.give();
    }
}
