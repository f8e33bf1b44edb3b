//! Export: all of a community in open formats. Pages for people, one line of JSON for each event, and the files themselves.
//!
//! Nothing here knows an app by name: each writes its own pages. The same state gives the same bytes.

mod events;
mod files;
mod folder;
mod names;
mod pages;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skein_app::{Refusal, plain};
use ts_rs::TS;

use crate::core::Core;
use crate::desk::{Items, count};
use crate::hall::Hall;
use folder::Folder;
use pages::Book;

/// All of a community was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Exported {
    /// Where it is.
    pub path: String,
    /// How many pages there are.
    #[ts(type = "number")]
    pub pages: u64,
    /// How many events there are.
    #[ts(type = "number")]
    pub events: u64,
    /// How many files and folders were written out.
    #[ts(type = "number")]
    pub files: u64,
    /// The names of those that are not on this device: the pages say so too.
    pub not_here: Vec<String>,
}

/// Writes all of a community into a folder that is empty or not there yet.
///
/// # Errors
/// If the folder holds something already, or cannot be written.
pub(crate) async fn export(core: &Arc<Core>, hall: &Arc<Hall>, to: &Path, items: &Items) -> Result<Exported, Refusal> {
    let folder = Folder::make(to)?;
    items.words("pages", "Writing pages for people to read…");
    let (rules, me, runtime) = (core.rules, core.me(hall.id), core.runtime.clone());
    let (blobs, name, id) = (core.wire.blobs()?, hall.known().name.clone(), hall.id);
    let (place, said) = (folder.path().to_owned(), items.clone());
    // One look at one point in the community's history, for pages and events alike.
    let (book, events) = core
        .read(hall, move |view, _| {
            let here = |file: &skein_app::Attached| {
                runtime.block_on(blobs.has(file.root, file.folder)).is_ok_and(|has| has.complete)
            };
            let mut book = Book::new(&place, &here);
            for app in rules.apps {
                app.export(&me, view, &mut book)?;
            }
            let book = book.finish()?;
            let events = events::write(rules, view, &place.join("events.jsonl"), &said)?;
            Ok((book, events))
        })
        .await?;
    let files = files::write(core, &book.attached, folder.path(), items).await?;
    write_beginning(&folder, &name, &id.to_string(), &book.pages)?;
    let total = count(events, "event", "events");
    items.words("done", format!("{} and {total} written", count(book.pages.len() as u64, "page", "pages")));
    let path = folder.keep().display().to_string();
    Ok(Exported { path, pages: book.pages.len() as u64, events, files, not_here: book.not_here })
}

/// The page to begin with. It is written last: where it is, all is.
fn write_beginning(folder: &Folder, name: &str, id: &str, pages: &[PathBuf]) -> Result<(), Refusal> {
    let mut text = format!(
        "# {}\n\nAll of the community `{id}`, in formats that any program can read:\n\n\
         - the pages below, for people; times are UTC\n\
         - [events.jsonl](events.jsonl): everything that was said and done, one JSON object a line, device by device, \
         in the order in which it was written. `payload` is what the app wrote; `null`: it was erased.\n\
         - `files`: the shared files and folders that were on this device\n\n",
        plain(name)
    );
    for page in pages {
        let shown = page.display().to_string();
        text.push_str(&format!("- [{}]({})\n", plain(shown.trim_end_matches(".md")), names::link(page)));
    }
    folder.write(Path::new("README.md"), text.as_bytes())
}
