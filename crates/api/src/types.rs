//! The TypeScript types of everything that passes the door, for the web page: `web/src/gen`, kept in the repository.
//!
//! The test fails where they are stale; `SKEIN_TYPES=write` makes them anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use skein_apps::APPS;
use skein_host as host;
use ts_rs::{Config, ExportError, TS};

use crate::{demo, pair, problem, routes, span, upload, ws};

fn write_all(folder: &Path) -> Result<(), ExportError> {
    // Numbers are JavaScript's own: sizes, times and counts stay below 2^53; ids are text.
    let config = Config::new().with_out_dir(folder).with_large_int("number");
    macro_rules! write {
        ($($name:ty),* $(,)?) => { $(<$name as TS>::export_all(&config)?;)* };
    }
    write!(
        host::Request,
        host::Item,
        host::Change,
        host::Status,
        host::Knock,
        host::MemberRow,
        host::Entered,
        host::Invitation,
        host::LinkRead,
        host::Left,
        host::Said,
        host::Drilled,
        host::Fetched,
        host::Hit,
        host::WhoHasIt,
        host::FindingRow,
        host::DeviceInvitation,
        host::DeviceLinked,
        host::Renewed,
        host::Checkup,
        problem::ErrorBody<'static>,
        routes::Login,
        routes::LoggedIn,
        routes::OpeningLink,
        routes::TicketWanted,
        routes::Ticket,
        demo::DemoOpened,
        pair::Me,
        pair::PhoneWanted,
        pair::PhoneLink,
        pair::PhoneList,
        pair::PhoneEnding,
        span::BridgeWanted,
        span::BridgeOpen,
        span::BridgeList,
        span::BridgeNamed,
        upload::Uploaded,
        upload::UploadDone,
        ws::Hello,
        ws::Told,
    );
    write_kept(&config)?;
    for app in APPS {
        // Apart, since two apps may give one name to two things.
        let own = folder.join("apps").join(app.name());
        std::fs::create_dir_all(&own)?;
        for (name, text) in app.types()? {
            std::fs::write(own.join(name), text)?;
        }
    }
    Ok(())
}

/// What is answered about what is kept: exports, backups, folders that stay the same.
fn write_kept(config: &Config) -> Result<(), ExportError> {
    host::Exported::export_all(config)?;
    host::BackedUp::export_all(config)?;
    host::Restored::export_all(config)?;
    host::GiftRow::export_all(config)?;
    host::Coming::export_all(config)?;
    host::LimitsNow::export_all(config)?;
    host::TakenFile::export_all(config)?;
    host::TorrentRow::export_all(config)?;
    host::TorrentFile::export_all(config)?;
    host::TakenTorrent::export_all(config)?;
    host::TieRow::export_all(config)?;
    host::OldVersion::export_all(config)?;
    host::BroughtBack::export_all(config)
}

/// All types in a folder and in the folders in it, by their paths from `base`.
fn read_all(base: &Path, folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(read_all(base, &path));
        } else if path.extension().is_some_and(|end| end == "ts") {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            found.insert(path.strip_prefix(base).expect("it is in it").to_owned(), text);
        }
    }
    found
}

#[test]
fn the_types_for_the_page_are_fresh() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/gen");
    if std::env::var_os("SKEIN_TYPES").is_some_and(|value| value == "write") {
        for name in read_all(&kept, &kept).into_keys() {
            std::fs::remove_file(kept.join(name)).expect("it can be removed");
        }
        write_all(&kept).expect("they can be written");
    }
    let fresh = tempfile::tempdir().expect("a folder");
    write_all(fresh.path()).expect("they can be written");
    let (kept, fresh) = (read_all(&kept, &kept), read_all(fresh.path(), fresh.path()));
    for app in APPS {
        let own = Path::new("apps").join(app.name());
        for name in ["Command.ts", "Query.ts", "Answer.ts"] {
            assert!(fresh.contains_key(&own.join(name)), "{} has no {name}", app.name());
        }
    }
    let stale: Vec<_> =
        fresh.iter().filter(|(name, text)| kept.get(*name) != Some(text)).map(|(name, _)| name).collect();
    let gone: Vec<_> = kept.keys().filter(|name| !fresh.contains_key(*name)).collect();
    assert!(
        stale.is_empty() && gone.is_empty(),
        "run this test with SKEIN_TYPES=write: {stale:?} stale, {gone:?} gone"
    );
}
