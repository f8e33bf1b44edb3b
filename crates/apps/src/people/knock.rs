//! Knocks: a member tells one other member something that only that one's devices can read. Nobody else learns for whom it is.
//!
//! What is in a box is never looked at here: whether it can be opened, and what is in it, is a device's own business.

use std::fmt;

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skein_app::{Fault, KNOCK_BOX_BYTES, Knocking, MAX_KNOCK_BOXES, View};
use skein_event::{MemberId, Tick};

/// How many knocks of one member are looked at, the newest.
const MAX_BY_ONE: i64 = 8;
/// How many knocks are looked at in all, the newest.
const MAX_LOOKED_AT: i64 = 200;

/// A sealed box. In JSON it is base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

/// Whether these boxes are as many and as large as they may be.
///
/// # Errors
/// Why not, in people's words.
pub(super) fn fits(boxes: &[Sealed]) -> Result<(), &'static str> {
    let few = (1..=MAX_KNOCK_BOXES).contains(&boxes.len());
    if few && boxes.iter().all(|sealed| sealed.0.len() == KNOCK_BOX_BYTES) {
        Ok(())
    } else {
        Err("a knock has 1 to 16 boxes of one size")
    }
}

/// What lies in the rows: at most eight knocks of each member, the newest first.
pub(super) fn all(view: &View<'_>) -> Result<Vec<Knocking>, Fault> {
    let sql = "SELECT event, member, boxes, tick FROM (
                   SELECT event, member, boxes, tick,
                          row_number() OVER (PARTITION BY member ORDER BY tick DESC, event DESC) AS nth
                   FROM people_knock)
               WHERE nth <= ?1 ORDER BY tick DESC, event DESC LIMIT ?2";
    let rows = view.all(sql, [MAX_BY_ONE, MAX_LOOKED_AT], |row| {
        let (event, boxes): (i64, Vec<u8>) = (row.get(0)?, row.get(2)?);
        Ok((event, MemberId::from_bytes(row.get(1)?), boxes, row.get::<_, i64>(3)? as u64))
    })?;
    let knocking = |(event, member, boxes, tick): (i64, MemberId, Vec<u8>, u64)| {
        Ok(Knocking {
            event: view.ids().event_id(event)?,
            member,
            at_ms: Tick::from_raw(tick).ms(),
            boxes: boxes.chunks_exact(KNOCK_BOX_BYTES).map(<[u8]>::to_vec).collect(),
        })
    };
    rows.into_iter().map(knocking).collect()
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            BASE64.encode(&self.0).serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Sealed {
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
mod tests {
    use super::*;
    use crate::people::event::Event;

    fn hex(event: &Event) -> String {
        let bytes = postcard::to_stdvec(event).expect("encodes");
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_bytes_are_pinned() {
        let with = MemberId::from_bytes([1; 32]);
        assert_eq!(hex(&Event::Direct { with }), format!("0a{}", "01".repeat(32)));
        assert_eq!(hex(&Event::Knocked { boxes: vec![Sealed(vec![7, 8]), Sealed(vec![9])] }), "0b020207080109");
    }

    #[test]
    fn boxes_are_few_and_of_one_size() {
        let sealed = |bytes| Sealed(vec![0; bytes]);
        assert!(fits(&[sealed(KNOCK_BOX_BYTES)]).is_ok());
        assert!(fits(&vec![sealed(KNOCK_BOX_BYTES); MAX_KNOCK_BOXES]).is_ok());
        assert!(fits(&vec![sealed(KNOCK_BOX_BYTES); MAX_KNOCK_BOXES + 1]).is_err());
        for bad in [vec![], vec![sealed(KNOCK_BOX_BYTES - 1)], vec![sealed(KNOCK_BOX_BYTES), sealed(0)]] {
            assert!(fits(&bad).is_err(), "{bad:?}");
        }
    }
}
