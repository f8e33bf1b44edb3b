//! What another device says before it is known: hello and answer; a folder's list; an address; words about files.

use skein_net::fuzzing;

use crate::Decoder;

pub const HELLO: Decoder =
    Decoder { name: "hello", decode: fuzzing::hello, seeds: fuzzing::hellos, max_len: 4200, heavy: false };
pub const ANSWER: Decoder =
    Decoder { name: "answer", decode: fuzzing::answer, seeds: fuzzing::answers, max_len: 600, heavy: false };
pub const LIST: Decoder =
    Decoder { name: "list", decode: fuzzing::list, seeds: fuzzing::lists, max_len: 2048, heavy: false };
pub const ADDRESS: Decoder =
    Decoder { name: "address", decode: fuzzing::address, seeds: fuzzing::addresses, max_len: 200, heavy: false };
pub const ABOUT_FILE: Decoder = Decoder {
    name: "about_file",
    decode: fuzzing::about_file,
    seeds: fuzzing::about_files,
    max_len: 2048,
    heavy: false,
};
