//! One file for each place where bytes come in.

mod asks;
mod door;
mod event;
mod host;
mod net;
mod node;
mod page;
mod torrent;

use crate::Decoder;

pub const ALL: &[Decoder] = &[
    event::BODY,
    event::SEALED,
    net::HELLO,
    net::ANSWER,
    net::LIST,
    net::ADDRESS,
    net::ABOUT_FILE,
    node::FRAME,
    node::HEAR,
    node::PAYLOAD,
    node::PRESENCE,
    door::PASS,
    door::COMMAND,
    host::LINK,
    host::GIFT,
    host::BACKUP,
    host::MANIFEST,
    host::REQUEST,
    page::FIRST_FRAME,
    page::TICKET,
    page::RANGE,
    page::HOST,
    torrent::TORRENT,
    torrent::MAGNET,
    asks::TABLE,
    asks::MAP,
    asks::CITY,
];
