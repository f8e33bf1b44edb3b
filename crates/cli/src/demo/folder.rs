//! A folder to share: made the same way every time, with what real folders have. And the comparison of two folders.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Large files and small ones; the whole is about 34 MB.
const PHOTOS: usize = 7;
const PHOTO_BYTES: usize = 4_600_000;
const NOTES: usize = 60;
const NOTE_BYTES: usize = 24_000;

/// Makes the folder; gives how many bytes its files have.
///
/// # Errors
/// If the disk is full.
pub fn make(folder: &Path) -> io::Result<u64> {
    let mut chance = Chance(0x5ce1_9a7d_04b3_f26e);
    let mut bytes = 0;
    let mut put = |path: String, content: &[u8], mode: u32| -> io::Result<()> {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content)?;
        bytes += content.len() as u64;
        fs::set_permissions(&path, Permissions::from_mode(mode))
    };
    for at in 0..PHOTOS {
        put(format!("photos/été 2026/bed-{at}.raw"), &chance.bytes(PHOTO_BYTES), 0o644)?;
    }
    for at in 0..NOTES {
        put(format!("plans/week-{}/day-{}.txt", at / 7, at % 7), &chance.bytes(NOTE_BYTES), 0o640)?;
    }
    put("tools/water.sh".into(), b"#!/bin/sh\necho The beans are watered.\n", 0o755)?;
    put("keys/shed.txt".into(), b"The key hangs behind the second pot.\n", 0o600)?;
    put("empty".into(), b"", 0o644)?;
    fs::create_dir_all(folder.join("for next year"))?;
    Ok(bytes)
}

/// A small generator of bytes that do not compress, the same every time (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..count.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(count);
        bytes
    }
}

/// Everything in a folder: by path, the rwx bits, and the path of a file (`None`: a folder).
type Inventory = BTreeMap<PathBuf, (u32, Option<PathBuf>)>;

/// How two folders differ, in words; empty if they are the same: the same names, modes and bytes.
///
/// # Errors
/// If one cannot be read.
pub fn differences(one: &Path, other: &Path) -> io::Result<Vec<String>> {
    let (ones, others) = (inventory(one)?, inventory(other)?);
    let mut differences = Vec::new();
    for path in ones.keys().chain(others.keys().filter(|path| !ones.contains_key(*path))) {
        let shown = path.display();
        match (ones.get(path), others.get(path)) {
            (Some((a, left)), Some((b, right))) => {
                if a != b {
                    differences.push(format!("{shown}: mode {a:o} became {b:o}"));
                }
                let same = match (left, right) {
                    (Some(left), Some(right)) => fs::read(left)? == fs::read(right)?,
                    (left, right) => left.is_some() == right.is_some(),
                };
                if !same {
                    differences.push(format!("{shown}: its content differs"));
                }
            }
            (Some(_), None) => differences.push(format!("{shown}: is missing")),
            (None, _) => differences.push(format!("{shown}: was not in the original")),
        }
    }
    Ok(differences)
}

fn inventory(top: &Path) -> io::Result<Inventory> {
    let mut found = Inventory::new();
    let mut open = vec![top.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, data) = (entry.path(), entry.metadata()?);
            let name = path.strip_prefix(top).unwrap_or(&path).to_owned();
            let file = (!data.is_dir()).then(|| path.clone());
            found.insert(name, (data.permissions().mode() & 0o777, file));
            if data.is_dir() {
                open.push(path);
            }
        }
    }
    Ok(found)
}

/// Gives the right to write to every folder below, so that they can be removed.
pub fn make_writable(folder: &Path) {
    // What cannot be changed is met again when it is removed.
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_found() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let (one, other) = (place.path().join("one"), place.path().join("other"));
        let bytes = make(&one).expect("is made");
        assert!((30_000_000..40_000_000).contains(&bytes), "some tens of megabytes: {bytes}");
        make(&other).expect("is made");
        assert_eq!(differences(&one, &other).expect("are read"), [""; 0]);

        let note = other.join("plans/week-0/day-0.txt");
        let mut content = fs::read(&note).expect("is there");
        content[23_999] ^= 1;
        fs::write(&note, content).expect("is written");
        fs::set_permissions(other.join("tools/water.sh"), Permissions::from_mode(0o644)).expect("is set");
        fs::remove_file(other.join("empty")).expect("is removed");
        fs::write(other.join("new"), "").expect("is written");
        let expected = [
            "empty: is missing",
            "plans/week-0/day-0.txt: its content differs",
            "tools/water.sh: mode 755 became 644",
            "new: was not in the original",
        ];
        assert_eq!(differences(&one, &other).expect("are read"), expected);
    }
}
