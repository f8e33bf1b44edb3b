//! Every app, one folder each. This file is the list and nothing else.

pub mod asks;
pub mod chat;
pub mod files;
pub mod folders;
pub mod people;
#[cfg(test)]
mod testing;

use skein_app::{DynApp, Erased, Roster};

/// All apps, in the order in which they are shown.
pub static APPS: &[&dyn DynApp] = &[
    &Erased::<people::People>::NEW,
    &Erased::<chat::Chat>::NEW,
    &Erased::<files::Files>::NEW,
    &Erased::<folders::Folders>::NEW,
    &Erased::<asks::Asks>::NEW,
];

/// The app that says who belongs.
pub static ROSTER: &dyn Roster = &people::PeopleRoster;

/// The app whose folders the host keeps the same on disks.
pub static SHELF: &dyn skein_mirror::Shelf = &folders::FolderShelf;
