//! An event as it is held in memory, and as it travels.
//!
//! [`Event::open`] checks everything that can be checked of one event alone. Its place in the author's log, its deps and
//! the right of the author to write are the node's to check.

use serde::{Deserialize, Serialize};

use crate::{Body, EventId, MAX_BODY_BYTES, MAX_PAYLOAD_BYTES, PayloadHash, SecretKey, Signature};

/// Why bytes are not a proper event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// Longer than anything that this format allows.
    #[error("the event is longer than allowed")]
    TooLong,
    /// Not the bytes of an event.
    #[error("the event cannot be read")]
    Unreadable,
    /// Written in another version of the format.
    #[error("the event is of format version {0}, which this program does not know")]
    Version(u8),
    /// The payload is not the one that was signed.
    #[error("the content is not what was signed")]
    Payload,
    /// The signature is missing or is not the author's.
    #[error("the signature is not the author's")]
    Signature,
}

/// The payload of an event: it may be gone, and the chain still verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// The bytes.
    Here(Vec<u8>),
    /// Erased: its author deleted it, a community redacted it, a law asked for it.
    Erased,
}

impl Payload {
    /// The bytes, unless they were erased.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Here(bytes) => Some(bytes),
            Self::Erased => None,
        }
    }
}

/// An event on the wire: the signed bytes, the payload beside them, and perhaps a signature.
///
/// Within one frame only the last event of each author needs a signature: it proves the chain below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The bytes of the [`Body`].
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
    /// The payload; `None` when it was erased.
    #[serde(with = "serde_bytes")]
    pub payload: Option<Vec<u8>>,
    /// The author's signature over the id.
    pub signature: Option<Signature>,
}

impl Sealed {
    /// About how many bytes it takes in a frame.
    pub fn wire_len(&self) -> usize {
        self.body.len() + self.payload.as_ref().map_or(0, Vec::len) + 72
    }
}

/// An event whose bytes, limits and payload hash have been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// blake3 of `bytes`.
    pub id: EventId,
    /// What `bytes` say.
    pub body: Body,
    /// The signed bytes, as received.
    pub bytes: Vec<u8>,
    /// The payload, or that it was erased.
    pub payload: Payload,
}

impl Event {
    /// Makes and signs a new event. The caller gives a body whose payload fields are not yet filled in.
    ///
    /// # Errors
    /// [`Forged::TooLong`] if the payload or the deps exceed their limits.
    pub fn sign(mut body: Body, payload: Vec<u8>, key: &SecretKey) -> Result<(Self, Signature), Forged> {
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(Forged::TooLong);
        }
        body.payload = PayloadHash::of(&payload);
        body.payload_len = payload.len() as u32;
        let bytes = body.encode();
        if bytes.len() > MAX_BODY_BYTES || body.deps.len() > crate::MAX_DEPS {
            return Err(Forged::TooLong);
        }
        let id = EventId::of_body(&bytes);
        let signature = key.sign(&id);
        Ok((Self { id, body, bytes, payload: Payload::Here(payload) }, signature))
    }

    /// Reads bytes that came from somewhere: checks version, limits, and that the payload is the signed one.
    ///
    /// # Errors
    /// [`Forged`] says which of these failed. The signature is not looked at.
    pub fn open(bytes: Vec<u8>, payload: Option<Vec<u8>>) -> Result<Self, Forged> {
        let body = Body::decode(&bytes)?;
        let payload = match payload {
            None => Payload::Erased,
            Some(payload) => {
                let same = payload.len() == body.payload_len as usize && PayloadHash::of(&payload) == body.payload;
                if !same {
                    return Err(Forged::Payload);
                }
                Payload::Here(payload)
            }
        };
        Ok(Self { id: EventId::of_body(&bytes), body, bytes, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppName, CommunityId, ObjectId, Tick, VERSION};

    fn body(key: &SecretKey) -> Body {
        Body {
            community: CommunityId::from_bytes([7; 32]),
            author: key.device(),
            seq: 3,
            prev: EventId::from_bytes([8; 32]),
            deps: vec![EventId::from_bytes([9; 32])],
            tick: Tick::at_ms(1_700_000_000_000),
            app: AppName::new("chat").expect("a proper name"),
            object: ObjectId::from_bytes([5; 32]),
            payload: PayloadHash::ZERO,
            payload_len: 0,
        }
    }

    #[test]
    fn what_is_signed_opens_again() {
        let key = SecretKey::from_bytes([1; 32]);
        let (event, signature) = Event::sign(body(&key), b"hello".to_vec(), &key).expect("fits");
        assert!(signature.signs(&key.device(), &event.id));
        let opened = Event::open(event.bytes.clone(), Some(b"hello".to_vec())).expect("opens");
        assert_eq!(opened, event);
        let erased = Event::open(event.bytes.clone(), None).expect("opens without payload");
        assert_eq!((erased.id, erased.payload), (event.id, Payload::Erased));
    }

    #[test]
    fn the_bytes_are_pinned() {
        let key = SecretKey::from_bytes([1; 32]);
        let (event, _) = Event::sign(body(&key), b"hello".to_vec(), &key).expect("fits");
        assert_eq!(event.id.to_string(), "73qlh3n2ji42dssze5xcltnflare46yajwolsnl2qf35kf26yoya");
        assert_eq!(event.bytes.len(), 210);
        assert_eq!(event.bytes[0], VERSION);
    }

    #[test]
    fn each_wrong_thing_is_refused_by_its_name() {
        let key = SecretKey::from_bytes([1; 32]);
        let (event, _) = Event::sign(body(&key), b"hello".to_vec(), &key).expect("fits");
        let open = |bytes: &[u8], payload: &[u8]| Event::open(bytes.to_vec(), Some(payload.to_vec())).map(|e| e.id);
        assert_eq!(open(&event.bytes, b"hellO"), Err(Forged::Payload));
        assert_eq!(open(&[], b""), Err(Forged::Unreadable));
        assert_eq!(open(&event.bytes[..100], b"hello"), Err(Forged::Unreadable));
        assert_eq!(open(&[event.bytes.as_slice(), &[0]].concat(), b"hello"), Err(Forged::Unreadable));
        assert_eq!(open(&[9; 30], b""), Err(Forged::Version(9)));
        assert_eq!(open(&[1; 2000], b""), Err(Forged::TooLong));
        let long = Event::sign(body(&key), vec![0; MAX_PAYLOAD_BYTES + 1], &key).map(|e| e.0.id);
        assert_eq!(long, Err(Forged::TooLong));
        let mut many = body(&key);
        many.deps = vec![EventId::ZERO; crate::MAX_DEPS + 1];
        assert_eq!(Event::open(many.encode(), None).map(|e| e.id), Err(Forged::TooLong));
    }
}
