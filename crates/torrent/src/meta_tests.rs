//! What torrents are taken, and which attacks are refused.

use super::*;

/// The inner part of a torrent: its keys and their bencoded values, and hashes for so many pieces.
pub(crate) fn info(fields: &[(&str, &str)], pieces: usize) -> Vec<u8> {
    let mut all: Vec<(String, Vec<u8>)> =
        fields.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect();
    let mut hashes = Vec::new();
    bencode::put(&mut hashes, &vec![7; pieces * HASH_BYTES]);
    all.push(("pieces".into(), hashes));
    all.sort();
    let mut out = b"d".to_vec();
    for (key, value) in all {
        bencode::put(&mut out, key.as_bytes());
        out.extend_from_slice(&value);
    }
    out.push(b'e');
    out
}

const PIECE: (&str, &str) = ("piece length", "i16384e");
const NAME: (&str, &str) = ("name", "5:notes");

fn refused(fields: &[(&str, &str)], pieces: usize) -> String {
    Meta::of_bytes(&info(fields, pieces)).expect_err("is refused").to_string()
}

#[test]
fn a_file_and_a_folder_are_read_and_written() {
    let file = Meta::of_bytes(&info(&[NAME, PIECE, ("length", "i20000e")], 2)).expect("is one");
    assert_eq!((file.name.as_str(), file.bytes(), file.folder, file.count()), ("notes", 20_000, false, 1));
    let files = "ld6:lengthi16384e4:pathl1:a1:beed4:attr1:p6:lengthi5e4:pathl4:.pad1:5eed6:lengthi0e4:pathl1:ceee";
    let folder = Meta::of_bytes(&info(&[NAME, PIECE, ("files", files)], 2)).expect("is one");
    assert_eq!((folder.bytes(), folder.folder, folder.count()), (16_384, true, 2));
    assert_eq!(folder.files[0].path, ["a", "b"]);
    let trackers = ["http://127.0.0.1:1/announce".to_owned(), "udp://tracker.example:6969".to_owned()];
    let again = Meta::read(&folder.write(&trackers)).expect("is one");
    assert_eq!(again, Meta { trackers: trackers.to_vec(), ..folder.clone() });
    assert_eq!(again.hash(), folder.hash(), "trackers are no part of its hash");
}

#[test]
fn a_tracker_that_is_none_is_passed_over() {
    let inner = info(&[NAME, PIECE, ("length", "i1e")], 1);
    let list = b"d8:announce17:file:///etc/hosts13:announce-listll10:gopher://xel9:udp://x:1el9:udp://x:1ee4:info";
    let meta = Meta::read(&[list.as_slice(), &inner, b"e"].concat()).expect("is one");
    assert_eq!(meta.trackers, ["udp://x:1"]);
}

#[test]
fn names_that_lead_out_are_refused() {
    for bad in ["2:..", "9:../../etc", "9:/etc/cron", "1:/", "8:C:\\x.bat", "4:..\\x", "3:a\0b", "0:"] {
        assert!(refused(&[("name", bad), PIECE, ("length", "i1e")], 1).contains("name"), "{bad:?}");
        let files = format!("ld6:lengthi1e4:pathl1:a{bad}eee");
        assert!(refused(&[NAME, PIECE, ("files", &files)], 1).contains("name"), "{bad:?} in a folder");
    }
    // The other spelling of the name counts, and is looked at just as hard.
    assert!(refused(&[NAME, ("name.utf-8", "2:.."), PIECE, ("length", "i1e")], 1).contains("leads out"));
    let link = ("files", "ld4:attr1:l6:lengthi1e4:pathl1:ae12:symlink pathl2:..eee");
    assert!(refused(&[NAME, PIECE, link], 1).contains("links"));
    let twice = ("files", "ld6:lengthi1e4:pathl1:aeed6:lengthi1e4:pathl1:Aeee");
    assert!(refused(&[NAME, PIECE, twice], 1).contains("one name"));
}

#[test]
fn absurd_sizes_are_refused() {
    for piece in ["i0e", "i-1e", "i1e", "i67108865e", "i4294967296e", "0:"] {
        assert!(refused(&[NAME, ("piece length", piece), ("length", "i1e")], 1).contains("size"), "{piece}");
    }
    assert!(refused(&[NAME, PIECE, ("length", "i-1e")], 1).contains("size"));
    assert!(refused(&[NAME, PIECE, ("length", "i0e")], 0).contains("empty"));
    assert!(
        refused(&[NAME, PIECE, ("length", "i9223372036854775807e")], 1).contains("pieces"),
        "nothing is divided wrongly"
    );
    let two = "ld6:lengthi9223372036854775807e4:pathl1:aeed6:lengthi9223372036854775807e4:pathl1:beee";
    assert!(refused(&[NAME, PIECE, ("files", two)], 1).contains("larger than anything"));
    for (pieces, length) in [(1, "i16385e"), (3, "i32768e")] {
        assert!(refused(&[NAME, PIECE, ("length", length)], pieces).contains("pieces"), "{length}");
    }
    let file = |n: usize| format!("d6:lengthi1e4:pathl{}:{n}ee", n.to_string().len());
    let many: String = (0..=MAX_FILES).map(file).collect();
    assert!(refused(&[NAME, PIECE, ("files", &format!("l{many}e"))], 1).contains("10000 files"));
}

#[test]
fn what_is_no_torrent_is_refused() {
    let huge = vec![b'd'; MAX_TORRENT_BYTES + 1];
    assert!(Meta::read(&huge).expect_err("too large").to_string().contains("8 MiB"));
    for bad in
        [&b""[..], b"d", b"de", b"i1e", b"d4:infoi1ee", b"d4:infodee", b"<html>", &huge[1..], b"d4:infod4:name1:aee"]
    {
        assert!(matches!(Meta::read(bad), Err(TorrentError::Unreadable(_))), "{:?}", &bad[..bad.len().min(20)]);
    }
    let second = b"d4:infod9:file treede12:meta versioni2e4:name1:a12:piece lengthi16384eee";
    assert!(Meta::read(second).expect_err("is not taken").to_string().contains("second version"));
    assert!(refused(&[NAME, PIECE], 1).contains("what it holds"));
    assert!(refused(&[NAME, PIECE, ("length", "i1e"), ("files", "le")], 1).contains("what it holds"));
}
