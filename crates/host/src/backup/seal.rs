//! The envelope of a backup: a version, chunks with their lengths, a checksum; and, with a passphrase, encryption.
//!
//! Head: `skein backup`, version, kind (0 open, 1 sealed), and for a sealed one salt and cost. Then chunks: a length of four
//! bytes whose highest bit marks the last one, and the bytes. Then blake3 of everything before. A sealed chunk is
//! ChaCha20-Poly1305 under a key that Argon2id makes of passphrase and salt; the salt is fresh, so the key is used for
//! one file only, and the nonce can be the chunk's number. The last chunk has a nonce of its own: none can be left out.

use std::io::{self, BufRead, Read, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use skein_app::{Kind, Refusal};

use super::format::{damaged, unreadable};

/// What every backup begins with.
const MAGIC: &[u8; 12] = b"skein backup";
/// The version of the format that this program writes.
const VERSION: u8 = 1;
/// The most bytes of content in one chunk.
const CHUNK: usize = 64 << 10;
/// How much longer a sealed chunk is.
const TAG: usize = 16;
/// The bit of a chunk's length that marks the last one.
const LAST: u32 = 1 << 31;
/// What making a key costs: 64 MiB of memory, three times over.
const COST: Cost = Cost { memory_kib: 64 << 10, passes: 3, lanes: 1 };

#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// Whether reading a file of this cost is within reason: a hostile file must not take all memory.
    fn is_bearable(self) -> bool {
        (8..=1 << 20).contains(&self.memory_kib) && (1..=16).contains(&self.passes) && (1..=4).contains(&self.lanes)
    }
}

/// Encrypts and decrypts chunks, or leaves them as they are.
struct Cipher {
    cipher: Option<ChaCha20Poly1305>,
    head: Vec<u8>,
    number: u64,
}

impl Cipher {
    fn turn(&mut self, seal: bool, last: bool, bytes: &[u8]) -> Option<Vec<u8>> {
        let Some(cipher) = &self.cipher else { return Some(bytes.to_vec()) };
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = u8::from(last);
        self.number = self.number.checked_add(1)?;
        let (nonce, payload) = (Nonce::from(nonce), Payload { msg: bytes, aad: &self.head });
        if seal { cipher.encrypt(&nonce, payload).ok() } else { cipher.decrypt(&nonce, payload).ok() }
    }
}

fn cipher(passphrase: &str, salt: &[u8; 16], cost: Cost) -> Result<ChaCha20Poly1305, Refusal> {
    let failed = |error: argon2::Error| Refusal::new(Kind::Failed, format!("no key could be made: {error}"));
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(failed)?;
    let mut key = zeroize::Zeroizing::new([0; 32]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(passphrase.as_bytes(), salt, &mut *key).map_err(failed)?;
    Ok(ChaCha20Poly1305::new(&Key::from(*key)))
}

/// Writes a backup.
pub(super) struct Writer<W: Write> {
    to: W,
    hasher: blake3::Hasher,
    cipher: Cipher,
    waiting: Vec<u8>,
    written: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the head.
    pub fn begin(to: W, passphrase: Option<&str>) -> Result<Self, Refusal> {
        let mut head = [&MAGIC[..], &[VERSION, u8::from(passphrase.is_some())]].concat();
        let mut sealed = None;
        if let Some(passphrase) = passphrase {
            if passphrase.is_empty() {
                return Err(Refusal::new(Kind::Usage, "an empty passphrase protects nothing")
                    .hint("Choose some words that nobody guesses, or none at all."));
            }
            let mut salt = [0; 16];
            getrandom::fill(&mut salt)
                .map_err(|error| Refusal::new(Kind::Failed, format!("the system gives no random numbers: {error}")))?;
            head.extend_from_slice(&salt);
            for number in [COST.memory_kib, COST.passes, COST.lanes] {
                head.extend_from_slice(&number.to_be_bytes());
            }
            sealed = Some(cipher(passphrase, &salt, COST)?);
        }
        let cipher = Cipher { cipher: sealed, head: head.clone(), number: 0 };
        let mut writer = Self { to, hasher: blake3::Hasher::new(), cipher, waiting: Vec::new(), written: 0 };
        let begun = writer.put(&head);
        begun.map_err(|error| Refusal::new(Kind::Failed, format!("the backup cannot be written: {error}")))?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    fn chunk(&mut self, last: bool, bytes: &[u8]) -> io::Result<()> {
        let chunk = self.cipher.turn(true, last, bytes).ok_or_else(|| io::Error::other("it cannot be sealed"))?;
        let length = chunk.len() as u32 | if last { LAST } else { 0 };
        self.put(&length.to_be_bytes())?;
        self.put(&chunk)
    }

    /// Writes the end; gives the file back, and how long it is.
    pub fn end(mut self) -> io::Result<(W, u64)> {
        let rest = std::mem::take(&mut self.waiting);
        self.chunk(true, &rest)?;
        let hash = self.hasher.finalize();
        self.to.write_all(hash.as_bytes())?;
        Ok((self.to, self.written + 32))
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == CHUNK {
            let full = std::mem::take(&mut self.waiting);
            self.chunk(false, &full)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Reads a backup: its content, chunk by chunk, each checked before it is given out.
pub(super) struct Reader<R: BufRead> {
    from: Hashed<R>,
    cipher: Cipher,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
}

/// Hashes what is read.
struct Hashed<R> {
    from: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Hashed<R> {
    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.from.read_exact(bytes)?;
        self.hasher.update(bytes);
        Ok(())
    }
}

impl<R: BufRead> Reader<R> {
    /// Reads the head. A sealed backup takes its passphrase.
    pub fn begin(from: R, passphrase: Option<&str>) -> Result<Self, Refusal> {
        let mut from = Hashed { from, hasher: blake3::Hasher::new() };
        let no_backup = || Refusal::new(Kind::Usage, "this file is not a backup of Skein");
        let magic: [u8; 12] = from.take().map_err(|_| no_backup())?;
        let [version, kind] = from.take().map_err(|_| no_backup())?;
        if magic != *MAGIC {
            return Err(no_backup());
        }
        if version != VERSION {
            return Err(Refusal::new(Kind::Usage, "this backup was made by a newer Skein")
                .hint("Bring Skein up to date on this computer."));
        }
        let mut head = [&magic[..], &[version, kind]].concat();
        let sealed = match (kind, passphrase) {
            (0, _) => None,
            (1, None) => {
                return Err(Refusal::new(Kind::Usage, "this backup is sealed with a passphrase")
                    .hint("Give the passphrase that was chosen when it was made."));
            }
            (1, Some(passphrase)) => Some(open(&mut from, passphrase, &mut head)?),
            _ => return Err(damaged()),
        };
        let cipher = Cipher { cipher: sealed, head, number: 0 };
        Ok(Self { from, cipher, chunk: Vec::new(), at: 0, ended: false })
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let first = self.cipher.number == 0;
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let length = u32::from_be_bytes(self.from.take()?);
        let (last, length) = (length & LAST != 0, (length & !LAST) as usize);
        if length > CHUNK + TAG {
            return Err(broken());
        }
        let mut bytes = vec![0; length];
        self.from.fill(&mut bytes)?;
        let sealed = self.cipher.cipher.is_some();
        self.chunk = self.cipher.turn(false, last, &bytes).ok_or_else(|| {
            // The first chunk cannot tell a wrong passphrase from damage: the likelier is said.
            if first && sealed { io::ErrorKind::PermissionDenied.into() } else { broken() }
        })?;
        if self.chunk.len() > CHUNK || (!last && self.chunk.is_empty()) {
            return Err(broken());
        }
        self.at = 0;
        if last {
            self.end()?;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.ended = true;
        let expected = self.from.hasher.finalize();
        let found: [u8; 32] = self.from.take()?;
        let nothing_follows = self.from.from.fill_buf()?.is_empty();
        if expected == found && nothing_follows { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Reads on to the end, and checks that it is one.
    pub fn finish(mut self) -> Result<(), Refusal> {
        let rest = io::copy(&mut self, &mut io::sink()).map_err(|error| refusal(&error))?;
        if rest == 0 && self.ended { Ok(()) } else { Err(damaged()) }
    }
}

fn open(from: &mut Hashed<impl Read>, passphrase: &str, head: &mut Vec<u8>) -> Result<ChaCha20Poly1305, Refusal> {
    let salt: [u8; 16] = from.take().map_err(|error| unreadable(&error))?;
    let mut numbers = [0_u32; 3];
    head.extend_from_slice(&salt);
    for number in &mut numbers {
        let bytes = from.take().map_err(|error| unreadable(&error))?;
        head.extend_from_slice(&bytes);
        *number = u32::from_be_bytes(bytes);
    }
    let [memory_kib, passes, lanes] = numbers;
    let cost = Cost { memory_kib, passes, lanes };
    if cost.is_bearable() { cipher(passphrase, &salt, cost) } else { Err(damaged()) }
}

/// What an error while reading means.
pub(super) fn refusal(error: &io::Error) -> Refusal {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return Refusal::new(Kind::Denied, "this is not the passphrase of this backup, or the backup is damaged")
            .hint("Try again; small and big letters differ.");
    }
    unreadable(error)
}

impl<R: BufRead> Read for Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() && !self.ended {
            self.next_chunk()?;
        }
        let count = into.len().min(self.chunk.len() - self.at);
        into[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(content: &[u8], passphrase: Option<&str>) -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new(), passphrase).expect("it begins");
        writer.write_all(content).expect("memory takes it");
        let (bytes, length) = writer.end().expect("it ends");
        assert_eq!(bytes.len() as u64, length);
        bytes
    }

    fn read(bytes: &[u8], passphrase: Option<&str>) -> Result<Vec<u8>, Refusal> {
        let mut reader = Reader::begin(bytes, passphrase)?;
        let mut content = Vec::new();
        reader.read_to_end(&mut content).map_err(|error| refusal(&error))?;
        reader.finish()?;
        Ok(content)
    }

    #[test]
    fn content_of_any_length_reads_back() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
            let content: Vec<u8> = (0..length).map(|n| n as u8).collect();
            assert_eq!(read(&sealed(&content, None), None), Ok(content), "{length}");
        }
    }

    #[test]
    fn a_sealed_backup_takes_its_passphrase() {
        let bytes = sealed(b"the member's key", Some("correct horse"));
        assert_eq!(read(&bytes, Some("correct horse")), Ok(b"the member's key".to_vec()));
        assert!(!bytes.windows(6).any(|six| six == b"member"), "nothing shows");
        assert_eq!(read(&bytes, Some("Correct horse")).map_err(|refusal| refusal.kind), Err(Kind::Denied));
        assert_eq!(read(&bytes, None).map_err(|refusal| refusal.kind), Err(Kind::Usage));
        assert!(Writer::begin(Vec::new(), Some("")).is_err());
        assert_ne!(bytes, sealed(b"the member's key", Some("correct horse")), "a fresh key each time");
    }

    #[test]
    fn a_changed_byte_a_cut_and_a_tail_are_noticed() {
        let content = vec![5; CHUNK + 100];
        let whole = sealed(&content, None);
        for at in (0..whole.len()).step_by(997).chain([12, 13, 14, 17, whole.len() - 1]) {
            let mut bent = whole.clone();
            bent[at] ^= 1;
            assert!(read(&bent, None).is_err(), "byte {at}");
            assert!(read(&whole[..at], None).is_err(), "cut at {at}");
        }
        assert!(read(&[whole.as_slice(), b"x"].concat(), None).is_err(), "something follows");
        assert!(read(b"", None).is_err());
        assert!(read(&[0; 4096], None).is_err());
    }

    #[test]
    fn a_sealed_backup_cannot_be_bent_even_with_its_checksum_made_anew() {
        let whole = sealed(&vec![5; CHUNK + 100], Some("p"));
        let anew = |mut bytes: Vec<u8>| {
            bytes.truncate(bytes.len() - 32);
            let hash = blake3::hash(&bytes);
            bytes.extend_from_slice(hash.as_bytes());
            bytes
        };
        let head = MAGIC.len() + 2 + 16 + 12;
        let mut bent = whole.clone();
        bent[head + 50] ^= 1;
        assert!(read(&anew(bent), Some("p")).is_err(), "content");
        // Without its last chunk, and the one before it marked as the last.
        let mut short = whole[..head + 4 + CHUNK + TAG].to_vec();
        short[head] |= 0x80;
        short.extend_from_slice(&[0; 32]);
        assert!(read(&anew(short), Some("p")).is_err(), "the end left out");
        let mut costly = whole;
        costly[MAGIC.len() + 2 + 16..][..4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(read(&anew(costly), Some("p")).is_err(), "no file decides how much memory is taken");
    }
}
