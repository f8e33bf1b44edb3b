//! Making a torrent of files: they are read once, piece by piece, and hashed.

use sha1::{Digest, Sha1};

use crate::bencode;
use crate::content::Content;
use crate::error::TorrentError;
use crate::meta::{File, HASH_BYTES, MAX_TORRENT_BYTES, Meta, PIECE_BYTES};
use crate::names;

/// How many pieces there are to be, about: fewer make a waiting peer wait longer, more make a longer torrent.
const PIECES: u64 = 1_500;
/// The smallest piece that is made, in bytes.
const LEAST_PIECE: u64 = 64 << 10;
/// How much is read at once, in bytes.
const STEP: usize = 256 << 10;

/// Makes the torrent of a file or folder. `seen` is told how many bytes were read so far, and says whether to go on. Blocks.
///
/// # Errors
/// If there is nothing in it, it cannot be read, or it is not to go on.
pub fn make(
    name: &str,
    folder: bool,
    files: &[File],
    content: &dyn Content,
    seen: &mut dyn FnMut(u64) -> bool,
) -> Result<Meta, TorrentError> {
    let name = names::name(name.as_bytes())?;
    let all: u64 = files.iter().map(|file| file.bytes).sum();
    if all == 0 {
        return Err(TorrentError::unfit("there is nothing in it that could be sent"));
    }
    let piece = piece_bytes(all);
    let pieces = hash(files, piece, content, seen)?;
    let mut info = b"d".to_vec();
    if folder {
        bencode::put(&mut info, b"files");
        info.push(b'l');
        for file in files {
            info.extend_from_slice(b"d6:length");
            bencode::put_int(&mut info, file.bytes);
            info.extend_from_slice(b"4:pathl");
            file.path.iter().for_each(|part| bencode::put(&mut info, part.as_bytes()));
            info.extend_from_slice(b"ee");
        }
        info.push(b'e');
    } else {
        bencode::put(&mut info, b"length");
        bencode::put_int(&mut info, all);
    }
    bencode::put(&mut info, b"name");
    bencode::put(&mut info, name.as_bytes());
    bencode::put(&mut info, b"piece length");
    bencode::put_int(&mut info, piece);
    bencode::put(&mut info, b"pieces");
    bencode::put(&mut info, &pieces);
    info.push(b'e');
    // Through the same gate as a stranger's: what we give, we would take.
    Meta::of_bytes(&info)
}

/// How large a piece is made.
fn piece_bytes(all: u64) -> u64 {
    let most = *PIECE_BYTES.end() as u64;
    let most_pieces = (MAX_TORRENT_BYTES / 2 / HASH_BYTES) as u64;
    let right = (all / PIECES).next_power_of_two().clamp(LEAST_PIECE, 4 << 20);
    right.max((all / most_pieces).next_power_of_two()).min(most)
}

fn hash(
    files: &[File],
    piece: u64,
    content: &dyn Content,
    seen: &mut dyn FnMut(u64) -> bool,
) -> Result<Vec<u8>, TorrentError> {
    let (mut pieces, mut sha) = (Vec::new(), Sha1::new());
    let (mut in_piece, mut done) = (0, 0);
    let mut bytes = vec![0; STEP];
    for (number, file) in files.iter().enumerate() {
        let mut at = 0;
        while at < file.bytes {
            let step = (file.bytes - at).min(piece - in_piece).min(STEP as u64);
            // `step` is at most STEP: it fits.
            let part = &mut bytes[..step as usize];
            content.read(number, at, part).map_err(TorrentError::io(file.path.join("/")))?;
            sha.update(&*part);
            (at, in_piece, done) = (at + step, in_piece + step, done + step);
            if in_piece == piece {
                pieces.extend_from_slice(&sha.finalize_reset());
                in_piece = 0;
            }
            if !seen(done) {
                return Err(TorrentError::GivenUp);
            }
        }
    }
    if in_piece > 0 {
        pieces.extend_from_slice(&sha.finalize());
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files whose bytes are their number.
    struct Plain;

    impl Content for Plain {
        fn read(&self, file: usize, _: u64, bytes: &mut [u8]) -> std::io::Result<()> {
            bytes.fill(file as u8);
            Ok(())
        }
    }

    fn file(name: &str, bytes: u64) -> File {
        File { path: vec![name.into()], bytes, padding: false }
    }

    #[test]
    fn pieces_go_across_files() {
        let files = [file("a", LEAST_PIECE - 1), file("none", 0), file("b", 2)];
        let meta = make("both", true, &files, &Plain, &mut |_| true).expect("is made");
        let first = [vec![0; LEAST_PIECE as usize - 1], vec![2]].concat();
        let hashes = [Sha1::digest(first), Sha1::digest([2])].concat();
        assert!(meta.info.windows(hashes.len()).any(|bytes| bytes == hashes));
        assert_eq!((meta.files.len(), meta.bytes()), (3, LEAST_PIECE + 1));
    }

    #[test]
    fn it_stops_when_it_is_told_to_and_makes_nothing_of_nothing() {
        let stopped = make("a", false, &[file("a", 9 << 20)], &Plain, &mut |done| done < 1 << 20);
        assert!(matches!(stopped, Err(TorrentError::GivenUp)));
        assert!(make("a", false, &[file("a", 0)], &Plain, &mut |_| true).is_err());
        assert!(make("a/b", false, &[file("a", 1)], &Plain, &mut |_| true).is_err());
    }

    #[test]
    fn whatever_the_size_the_description_stays_below_its_limit() {
        for all in (10..45).map(|power| 1u64 << power) {
            let piece = piece_bytes(all);
            assert!(piece.is_power_of_two() && PIECE_BYTES.contains(&(piece as i64)), "{all}");
            assert!(all.div_ceil(piece) * HASH_BYTES as u64 <= MAX_TORRENT_BYTES as u64, "{all}");
        }
    }
}
