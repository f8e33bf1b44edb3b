//! Bencoding, the form of `.torrent` files: read strictly, from hostile bytes, in bounded depth and number.
//!
//! librqbit reads the same bytes afterwards, with less care: what passes here must mean the same there. So numbers that do not fit
//! and keys that come twice are refused, not guessed at.

use std::collections::BTreeMap;

/// How deep lists and dictionaries may lie in each other. Real ones: five, and one more for each folder in a folder.
const MAX_DEPTH: usize = 64;
/// The most values in one text. A torrent of ten thousand files has about a tenth of it.
const MAX_VALUES: usize = 500_000;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    List(Vec<Value<'a>>),
    Dict(Dict<'a>),
}

/// A dictionary: each value with the bytes that it was read from.
pub(crate) type Dict<'a> = BTreeMap<&'a [u8], (Value<'a>, &'a [u8])>;

impl<'a> Value<'a> {
    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> Option<&[Value<'a>]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn dict(&self) -> Option<&Dict<'a>> {
        match self {
            Self::Dict(dict) => Some(dict),
            _ => None,
        }
    }
}

/// Reads all of the bytes as one value.
pub(crate) fn read(bytes: &[u8]) -> Option<Value<'_>> {
    let mut reader = Reader { rest: bytes, left: MAX_VALUES };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        self.left = self.left.checked_sub(1)?;
        match self.rest.first()? {
            b'i' => {
                self.rest = &self.rest[1..];
                self.number(b'e').map(Value::Int)
            }
            b'l' if depth < MAX_DEPTH => {
                self.rest = &self.rest[1..];
                let mut list = Vec::new();
                while !self.ends()? {
                    list.push(self.value(depth + 1)?);
                }
                Some(Value::List(list))
            }
            b'd' if depth < MAX_DEPTH => {
                self.rest = &self.rest[1..];
                self.dict(depth).map(Value::Dict)
            }
            b'0'..=b'9' => self.string().map(Value::Bytes),
            _ => None,
        }
    }

    fn dict(&mut self, depth: usize) -> Option<Dict<'a>> {
        let mut dict = Dict::new();
        while !self.ends()? {
            let key = self.string()?;
            let before = self.rest;
            let value = self.value(depth + 1)?;
            let raw = &before[..before.len() - self.rest.len()];
            if dict.insert(key, (value, raw)).is_some() {
                return None;
            }
        }
        Some(dict)
    }

    /// Whether what is open ends here.
    fn ends(&mut self) -> Option<bool> {
        let ends = *self.rest.first()? == b'e';
        if ends {
            self.rest = &self.rest[1..];
        }
        Some(ends)
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number(b':')?).ok()?;
        let (string, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(string)
    }

    /// A number up to this mark, written the one right way.
    fn number(&mut self, mark: u8) -> Option<i64> {
        // Nineteen digits and a sign: whatever is longer does not fit.
        let end = self.rest.iter().take(21).position(|byte| *byte == mark)?;
        let text = std::str::from_utf8(&self.rest[..end]).ok()?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let proper = digits == "0" && text == "0" || digits.starts_with(|c: char| ('1'..='9').contains(&c));
        if !proper || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = &self.rest[end + 1..];
        text.parse().ok()
    }
}

/// Writes a string.
pub(crate) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(format!("{}:", bytes.len()).as_bytes());
    out.extend_from_slice(bytes);
}

/// Writes a number.
pub(crate) fn put_int(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(format!("i{number}e").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_right_is_read() {
        let value = read(b"d1:ai-7e1:bl1:x0:i0eee").expect("is right");
        let dict = value.dict().expect("is one");
        assert_eq!(dict[b"a".as_slice()].0, Value::Int(-7));
        assert_eq!(dict[b"b".as_slice()].1, b"l1:x0:i0ee", "with the bytes that it was read from");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        let twice = b"d1:ai1e1:ai2ee".as_slice();
        let wrong = [
            b"".as_slice(),
            b"i01e",
            b"i-0e",
            b"ie",
            b"i1",
            b"i+1e",
            b"01:a",
            b"2:a",
            b"i1ei2e",
            twice,
            b"x",
            b"l",
            b"d1:ae",
        ];
        for bytes in wrong {
            assert_eq!(read(bytes), None, "{}", String::from_utf8_lossy(bytes));
        }
        for huge in ["i9223372036854775808e", "i18446744073709551617e", "18446744073709551617:a", "99999999999:a"] {
            assert_eq!(read(huge.as_bytes()), None, "{huge}");
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = |n: usize| [vec![b'l'; n], vec![b'e'; n]].concat();
        assert!(read(&deep(MAX_DEPTH)).is_some());
        assert_eq!(read(&deep(MAX_DEPTH + 1)), None);
        assert_eq!(read(&vec![b'l'; 8 << 20]), None);
        let many = [b"l".to_vec(), b"0:".repeat(MAX_VALUES), b"e".to_vec()].concat();
        assert_eq!(read(&many), None);
    }
}
