//! One file for each decoder.

mod event;

use crate::Decoder;

pub const ALL: &[Decoder] = &[event::BODY, event::SEALED];
