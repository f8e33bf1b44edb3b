//! What this machine can do at best, measured in the same run.

use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use skein_event::{EventId, PayloadHash};

/// The median milliseconds to append 4 KiB to a file and have it on disk.
pub fn sync_ms(folder: &Path) -> f64 {
    let path = folder.join("sync");
    let mut file = std::fs::File::create(&path).expect("a file can be made");
    file.write_all(&vec![0; 4 << 20]).expect("a file can be written");
    file.sync_all().expect("a file can be synced");
    let mut times: Vec<f64> = (0..200)
        .map(|n| {
            let start = Instant::now();
            file.write_all_at(&[n as u8; 4096], n * 4096).expect("a file can be written");
            file.sync_data().expect("a file can be synced");
            start.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Events a second that one core can hash: a body of 220 bytes and a payload of 210.
pub fn hashed_per_s() -> f64 {
    let (body, payload) = ([1_u8; 220], [2_u8; 210]);
    let (start, count) = (Instant::now(), 500_000);
    for _ in 0..count {
        std::hint::black_box((EventId::of_body(std::hint::black_box(&body)), PayloadHash::of(&payload)));
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// Rows a second that SQLite inserts: 430 bytes, two small indexes, 1,000 in a transaction, WAL.
pub fn inserted_per_s(folder: &Path) -> f64 {
    let connection = rusqlite::Connection::open(folder.join("limit.db")).expect("a file can be made");
    let schema = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        CREATE TABLE e (row INTEGER PRIMARY KEY, prefix INTEGER, author INTEGER, seq INTEGER, body BLOB) STRICT;
        CREATE INDEX e_prefix ON e (prefix); CREATE UNIQUE INDEX e_place ON e (author, seq);";
    connection.execute_batch(schema).expect("tables can be made");
    let (start, total) = (Instant::now(), 100_000_i64);
    for first in (0..total).step_by(1_000) {
        connection.execute_batch("BEGIN").expect("begins");
        for n in first..first + 1_000 {
            let sql = "INSERT INTO e (prefix, author, seq, body) VALUES (?1, ?2, ?3, ?4)";
            let prefix = n.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64);
            let mut insert = connection.prepare_cached(sql).expect("prepares");
            insert.execute((prefix, n % 50, n, [3_u8; 430])).expect("inserts");
        }
        connection.execute_batch("COMMIT").expect("commits");
    }
    total as f64 / start.elapsed().as_secs_f64()
}
