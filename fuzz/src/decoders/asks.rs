//! Files and answers of other programs.

use skein_apps::asks::fuzzing;

use crate::Decoder;

pub const TABLE: Decoder =
    Decoder { name: "table", decode: fuzzing::table, seeds: fuzzing::tables, max_len: 2_048, heavy: false };
pub const MAP: Decoder =
    Decoder { name: "map", decode: fuzzing::map, seeds: fuzzing::maps, max_len: 2_048, heavy: false };
pub const CITY: Decoder =
    Decoder { name: "city", decode: fuzzing::city, seeds: fuzzing::cities, max_len: 2_048, heavy: false };
