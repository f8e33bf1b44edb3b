//! The first bytes on a stream: who asks about what, and the one-byte answer. Pure; every byte is hostile.
//!
//! Hello: community (32), mark (16), pass length (u16, 0xffff for none), pass.
//! Answer: one byte, mark (16), reason length (u16), reason.

use skein_event::CommunityId;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::config::MAX_PASS_BYTES;

/// The longest reason in an answer or a farewell, in bytes.
pub(crate) const MAX_REASON_BYTES: usize = 512;
/// What a refused stranger hears, whatever the door's reason was.
pub(crate) const CLOSED_DOOR: &str = "this community is not open to this device";
const NO_PASS: u16 = u16::MAX;

/// When something was said: which run of the program, and the how-manieth thing it did. Orders what one device did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Drawn at random when the program starts.
    pub(crate) instance: u64,
    /// Rises with every hello and every acceptance.
    pub(crate) stamp: u64,
}

/// What the opener of a stream says first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) community: CommunityId,
    pub(crate) mark: Mark,
    pub(crate) pass: Option<Vec<u8>>,
}

/// What the acceptor says to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The link is there.
    Welcome(Mark),
    /// No, and why.
    Refused(String),
    /// We are calling you about the same: that call counts, this one does not.
    Crossed,
}

/// The bytes broke the rules.
#[derive(Debug, thiserror::Error)]
#[error("the other side does not speak our language: {0}")]
pub(crate) struct Garbled(&'static str);

impl Hello {
    /// The bytes to write. A pass over the limit is left out; the host is told so by [`MAX_PASS_BYTES`].
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(50);
        bytes.extend_from_slice(self.community.as_bytes());
        self.mark.encode(&mut bytes);
        match &self.pass {
            Some(pass) if pass.len() <= MAX_PASS_BYTES => {
                bytes.extend_from_slice(&(pass.len() as u16).to_be_bytes());
                bytes.extend_from_slice(pass);
            }
            _ => bytes.extend_from_slice(&NO_PASS.to_be_bytes()),
        }
        bytes
    }

    /// Reads one hello and not a byte more.
    pub(crate) async fn read(from: &mut (impl AsyncRead + Unpin)) -> Result<Self, Garbled> {
        let community = CommunityId::from_bytes(array(from).await?);
        let mark = Mark::read(from).await?;
        let pass = match u16::from_be_bytes(array(from).await?) {
            NO_PASS => None,
            length if usize::from(length) <= MAX_PASS_BYTES => Some(exactly(from, usize::from(length)).await?),
            _ => return Err(Garbled("the pass is too long")),
        };
        Ok(Self { community, mark, pass })
    }
}

impl Answer {
    /// The bytes to write.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let nothing = Mark { instance: 0, stamp: 0 };
        let (code, mark, reason) = match self {
            Self::Welcome(mark) => (0, *mark, ""),
            Self::Refused(reason) => (1, nothing, shortened(reason)),
            Self::Crossed => (2, nothing, ""),
        };
        let mut bytes = vec![code];
        mark.encode(&mut bytes);
        bytes.extend_from_slice(&(reason.len() as u16).to_be_bytes());
        bytes.extend_from_slice(reason.as_bytes());
        bytes
    }

    /// Reads one answer and not a byte more.
    pub(crate) async fn read(from: &mut (impl AsyncRead + Unpin)) -> Result<Self, Garbled> {
        let [code] = array(from).await?;
        let mark = Mark::read(from).await?;
        let length = usize::from(u16::from_be_bytes(array(from).await?));
        if length > MAX_REASON_BYTES {
            return Err(Garbled("the reason is too long"));
        }
        let reason = exactly(from, length).await?;
        match code {
            0 => Ok(Self::Welcome(mark)),
            1 => Ok(Self::Refused(plain(&reason))),
            2 => Ok(Self::Crossed),
            _ => Err(Garbled("an unknown answer")),
        }
    }
}

impl Mark {
    fn encode(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.instance.to_be_bytes());
        bytes.extend_from_slice(&self.stamp.to_be_bytes());
    }

    async fn read(from: &mut (impl AsyncRead + Unpin)) -> Result<Self, Garbled> {
        let instance = u64::from_be_bytes(array(from).await?);
        Ok(Self { instance, stamp: u64::from_be_bytes(array(from).await?) })
    }
}

/// Text from the other side, made safe to show: no control characters, bounded.
pub(crate) fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    shortened(&text).chars().filter(|c| !c.is_control()).collect()
}

/// The text, cut at a character's edge so that it fits a reason.
pub(crate) fn shortened(text: &str) -> &str {
    let mut end = text.len().min(MAX_REASON_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

async fn array<const N: usize>(from: &mut (impl AsyncRead + Unpin)) -> Result<[u8; N], Garbled> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes).await.map_err(|_| Garbled("it ended early"))?;
    Ok(bytes)
}

async fn exactly(from: &mut (impl AsyncRead + Unpin), length: usize) -> Result<Vec<u8>, Garbled> {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).await.map_err(|_| Garbled("it ended early"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark = Mark { instance: 7, stamp: 9 };

    #[tokio::test]
    async fn a_hello_reads_back() {
        for pass in [None, Some(vec![]), Some(vec![5; MAX_PASS_BYTES])] {
            let hello = Hello { community: CommunityId::from_bytes([3; 32]), mark: MARK, pass };
            let bytes = hello.encode();
            assert_eq!(Hello::read(&mut bytes.as_slice()).await.expect("it is whole"), hello);
            for end in [0, 31, 40, bytes.len() - 1] {
                assert!(Hello::read(&mut &bytes[..end]).await.is_err(), "cut at {end}");
            }
        }
    }

    #[tokio::test]
    async fn a_pass_over_the_limit_is_refused() {
        let hello = Hello { community: CommunityId::ZERO, mark: MARK, pass: None };
        let mut bytes = hello.encode();
        bytes.truncate(48);
        bytes.extend_from_slice(&(MAX_PASS_BYTES as u16 + 1).to_be_bytes());
        bytes.extend_from_slice(&vec![0; MAX_PASS_BYTES + 1]);
        assert!(Hello::read(&mut bytes.as_slice()).await.is_err());
    }

    #[tokio::test]
    async fn answers_read_back_and_garbage_does_not() {
        for answer in [Answer::Welcome(MARK), Answer::Refused("no".into()), Answer::Crossed] {
            let bytes = answer.encode();
            assert_eq!(Answer::read(&mut bytes.as_slice()).await.expect("it is whole"), answer);
        }
        let mut unknown = Answer::Crossed.encode();
        unknown[0] = 9;
        assert!(Answer::read(&mut unknown.as_slice()).await.is_err());
        let mut endless = Answer::Crossed.encode();
        endless[17] = 0xff;
        assert!(Answer::read(&mut endless.as_slice()).await.is_err());
    }

    #[test]
    fn reasons_are_bounded_and_carry_no_control_characters() {
        assert_eq!(plain(b"a\x1b[31mb\n"), "a[31mb");
        let long = "é".repeat(MAX_REASON_BYTES);
        assert_eq!(shortened(&long).len(), MAX_REASON_BYTES);
        assert_eq!(shortened(&long[..2]).len(), 2);
    }
}
