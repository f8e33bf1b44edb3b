//! Links, what one device of a person gives to the next, backup files, and requests at the local door.

use skein_host::fuzzing;

use crate::Decoder;

pub const LINK: Decoder =
    Decoder { name: "link", decode: fuzzing::link, seeds: fuzzing::links, max_len: 1024, heavy: false };
pub const GIFT: Decoder =
    Decoder { name: "gift", decode: fuzzing::gift, seeds: fuzzing::gifts, max_len: 1024, heavy: false };
pub const BACKUP: Decoder =
    Decoder { name: "backup", decode: fuzzing::backup, seeds: fuzzing::backups, max_len: 1024, heavy: false };
pub const MANIFEST: Decoder =
    Decoder { name: "manifest", decode: fuzzing::manifest, seeds: fuzzing::manifests, max_len: 1024, heavy: false };
pub const REQUEST: Decoder =
    Decoder { name: "request", decode: fuzzing::request, seeds: fuzzing::requests, max_len: 1024, heavy: false };
