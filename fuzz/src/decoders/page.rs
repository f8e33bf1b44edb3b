//! What a browser's bytes reach before it is known whose they are.

use skein_api::fuzzing;

use crate::Decoder;

pub const FIRST_FRAME: Decoder = Decoder {
    name: "first-frame",
    decode: fuzzing::first_frame,
    seeds: fuzzing::first_frames,
    max_len: 256,
    heavy: false,
};
pub const TICKET: Decoder =
    Decoder { name: "ticket", decode: fuzzing::ticket, seeds: fuzzing::tickets, max_len: 128, heavy: false };
pub const RANGE: Decoder =
    Decoder { name: "range", decode: fuzzing::range, seeds: fuzzing::ranges, max_len: 64, heavy: false };
pub const HOST: Decoder =
    Decoder { name: "host", decode: fuzzing::host, seeds: fuzzing::hosts, max_len: 64, heavy: false };
