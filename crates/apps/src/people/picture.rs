//! Pictures that people give themselves: small, and of a kind that every browser shows.
//!
//! Whether a picture may pass is a rule, the same on every device for ever: it is judged by its bytes alone, and never
//! decoded here. Its sides are read too: a few bytes can claim a picture of gigabytes, and a browser may believe them.

use std::fmt;

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest picture, in bytes.
pub(super) const MAX_BYTES: usize = 8 * 1024;
/// The longest side, in pixels.
pub(super) const MAX_SIDE: u32 = 512;

/// A picture's bytes; none: no picture. In JSON it is base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Image(pub Vec<u8>);

/// What kind of picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    WebP,
    Jpeg,
    Png,
}

impl Kind {
    /// As browsers call it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::WebP => "image/webp",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The end of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::WebP => ".webp",
            Self::Jpeg => ".jpg",
            Self::Png => ".png",
        }
    }
}

/// The kind of a picture by its first bytes.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Kind::WebP),
        [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Kind::Png),
        _ => None,
    }
}

/// Why a picture may not pass, in people's words. An empty one may: it takes the picture away.
///
/// # Errors
/// Why not.
pub(super) fn fits(bytes: &[u8]) -> Result<(), &'static str> {
    if bytes.is_empty() {
        return Ok(());
    }
    if bytes.len() > MAX_BYTES {
        return Err("a picture has at most 8 KiB");
    }
    let kind = kind(bytes).ok_or("a picture is WebP, JPEG or PNG")?;
    match sides(kind, bytes) {
        Some((width, height)) if (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height) => Ok(()),
        Some(_) => Err("a picture has at most 512 pixels a side"),
        None => Err("this picture is damaged"),
    }
}

/// Width and height as the picture's own head says.
fn sides(kind: Kind, bytes: &[u8]) -> Option<(u32, u32)> {
    match kind {
        Kind::Png if bytes.get(12..16)? == b"IHDR" => Some((big(bytes, 16, 4)?, big(bytes, 20, 4)?)),
        Kind::Png => None,
        Kind::WebP => match bytes.get(12..16)? {
            b"VP8X" => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
            b"VP8 " if bytes.get(23..26)? == [0x9d, 0x01, 0x2a] => {
                Some((little(bytes, 26, 2)? & 0x3fff, little(bytes, 28, 2)? & 0x3fff))
            }
            b"VP8L" if bytes.get(20)? == &0x2f => {
                let bits = little(bytes, 21, 4)?;
                Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
            }
            _ => None,
        },
        Kind::Jpeg => sides_of_jpeg(bytes),
    }
}

/// A JPEG is a row of parts, each with a mark and a length; one of them is its frame.
fn sides_of_jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xff => at += 1, // filling
            // Frames of all ways of coding; c4, c8 and cc are something else.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?));
            }
            // The picture's points, or its end: there was no frame.
            0xd8..=0xda => return None,
            _ => at = at.checked_add(2 + big(bytes, at + 2, 2)? as usize)?,
        }
    }
}

fn big(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    Some(bytes.get(at..at + count)?.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

fn little(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    Some(bytes.get(at..at + count)?.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

impl Image {
    /// Reads base64. `None` if it is none, or holds more than a picture can.
    pub(super) fn read(text: &str) -> Option<Self> {
        // A little more is read, so that who is refused hears why.
        let limit = MAX_BYTES * 64;
        if text.len() > limit {
            return None;
        }
        BASE64.decode(text.as_bytes()).ok().map(Self)
    }

    /// As base64.
    pub(super) fn text(&self) -> String {
        BASE64.encode(&self.0)
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} bytes)", self.0.len())
    }
}

impl Serialize for Image {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { self.text().serialize(serializer) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            BASE64.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
        } else {
            Vec::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The head of a PNG of this size; the rest of it is not looked at.
    pub fn png(width: u32, height: u32) -> Vec<u8> {
        let head = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', 0, 0, 0, 13, b'I', b'H', b'D', b'R'];
        [&head[..], &width.to_be_bytes(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat()
    }

    pub fn webp(kind: &[u8; 4], rest: &[u8]) -> Vec<u8> {
        [&b"RIFF\x20\0\0\0WEBP"[..], kind, &[10, 0, 0, 0], rest].concat()
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let comment = [0xff, 0xd8, 0xff, 0xfe, 0, 4, b'h', b'i', 0xff, 0xff, 0xc2, 0, 17, 8];
        [&comment[..], &height.to_be_bytes(), &width.to_be_bytes(), &[3]].concat()
    }

    #[test]
    fn pictures_of_three_kinds_and_of_proper_size_pass() {
        let lossy = webp(b"VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 128, 0, 128, 0]);
        let lossless = webp(b"VP8L", &[0x2f, 127, 0xc0, 0x1f, 0]);
        let extended = webp(b"VP8X", &[0, 0, 0, 0, 127, 0, 0, 127, 0, 0]);
        for (bytes, kind_of) in [
            (png(128, 128), "image/png"),
            (jpeg(128, 96), "image/jpeg"),
            (lossy, "image/webp"),
            (lossless, "image/webp"),
            (extended, "image/webp"),
        ] {
            assert_eq!(fits(&bytes), Ok(()), "{bytes:?}");
            assert_eq!(kind(&bytes).map(Kind::media_type), Some(kind_of));
        }
        assert_eq!(fits(&[]), Ok(()), "none at all takes it away");
        assert_eq!(sides(Kind::Jpeg, &jpeg(128, 96)), Some((128, 96)));
        assert_eq!(sides(Kind::WebP, &webp(b"VP8L", &[0x2f, 127, 0xc0, 0x1f, 0])), Some((128, 128)));
    }

    #[test]
    fn what_is_no_picture_or_claims_to_be_a_huge_one_does_not_pass() {
        let mut large = png(128, 128);
        large.resize(MAX_BYTES, 0);
        assert_eq!(fits(&large), Ok(()), "just as large as it may be");
        large.push(0);
        let extended = |side: [u8; 3]| webp(b"VP8X", &[[0; 4].as_slice(), &side, &side].concat());
        for bytes in [
            large,
            png(65_535, 65_535),
            png(0, 128),
            png(128, 513),
            jpeg(40_000, 10),
            extended([0xff; 3]),
            webp(b"VP8X", &[]),
            webp(b"JUNK", &[0; 20]),
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec(),
            b"GIF89a\x10\0\x10\0".to_vec(),
            vec![0xff, 0xd8, 0xff],
            vec![0xff, 0xd8, 0xff, 0xd9],
            vec![0],
        ] {
            assert!(fits(&bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic_or_go_round_for_ever() {
        for whole in [png(9, 9), jpeg(9, 9), webp(b"VP8X", &[0; 10]), webp(b"VP8L", &[0x2f; 5])] {
            for end in 0..whole.len() {
                let _ = fits(&whole[..end]);
            }
        }
        // A part that claims to have no length, and one that leads beyond the end.
        for length in [[0, 0], [0xff, 0xff]] {
            assert!(fits(&[&[0xff, 0xd8, 0xff, 0xe0], &length[..], &[0xff; 100]].concat()).is_err());
        }
        assert!(fits(&[[0xff, 0xd8].as_slice(), &[0xff; 8_000]].concat()).is_err());
    }
}
