//! The TypeScript types of everything that passes the door, for the web page: `web/src/gen`, kept in the repository.
//!
//! The test fails where they are stale; `SKEIN_TYPES=write` makes them anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use skein_host as host;
use ts_rs::{Config, ExportError, TS};

use crate::{problem, routes, upload, ws};

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
        host::MemberRow,
        host::Entered,
        host::Invitation,
        host::Left,
        host::Said,
        host::Fetched,
        host::Hit,
        host::WhoHasIt,
        host::FindingRow,
        host::DeviceInvitation,
        host::DeviceLinked,
        host::Renewed,
        host::Exported,
        host::BackedUp,
        host::Restored,
        host::Checkup,
        problem::ErrorBody<'static>,
        routes::Login,
        routes::LoggedIn,
        routes::OpeningLink,
        routes::TicketWanted,
        routes::Ticket,
        upload::Uploaded,
        upload::UploadDone,
        ws::Hello,
        ws::Told,
    );
    Ok(())
}

fn read_all(folder: &Path) -> BTreeMap<PathBuf, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "ts"));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        (path.file_name().map(PathBuf::from).unwrap_or_default(), text)
    };
    paths.map(read).collect()
}

#[test]
fn the_types_for_the_page_are_fresh() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/gen");
    if std::env::var_os("SKEIN_TYPES").is_some_and(|value| value == "write") {
        for name in read_all(&kept).into_keys() {
            std::fs::remove_file(kept.join(name)).expect("it can be removed");
        }
        write_all(&kept).expect("they can be written");
    }
    let fresh = tempfile::tempdir().expect("a folder");
    write_all(fresh.path()).expect("they can be written");
    let (kept, fresh) = (read_all(&kept), read_all(fresh.path()));
    assert!(!fresh.is_empty());
    let stale: Vec<_> =
        fresh.iter().filter(|(name, text)| kept.get(*name) != Some(text)).map(|(name, _)| name).collect();
    let gone: Vec<_> = kept.keys().filter(|name| !fresh.contains_key(*name)).collect();
    assert!(
        stale.is_empty() && gone.is_empty(),
        "run this test with SKEIN_TYPES=write: {stale:?} stale, {gone:?} gone"
    );
}
