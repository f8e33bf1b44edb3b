//! Finding a folder by what a person types: its name, or the beginning of its id.

use skein_app::{Kind, Refusal, View};
use skein_mirror::Folder;

use super::rows;

/// The fewest characters of an id that may stand for it.
const MIN_PREFIX: usize = 4;
/// How many candidates a refusal lists.
const LISTED: usize = 8;

/// The one folder that `typed` means: names first, then beginnings of ids.
///
/// # Errors
/// `NotFound` or `Ambiguous`, with what it could have been.
pub(super) fn folder(typed: &str, view: &View<'_>) -> Result<Folder, Refusal> {
    let typed = typed.strip_suffix('/').unwrap_or(typed);
    let all: Vec<Folder> = rows::folders(view)?.into_iter().map(|(_, folder)| folder).collect();
    let mut found: Vec<&Folder> = all.iter().filter(|folder| folder.name == typed).collect();
    if found.is_empty() && typed.len() >= MIN_PREFIX {
        let id = typed.to_ascii_lowercase();
        found = all.iter().filter(|folder| folder.id.to_string().starts_with(&id)).collect();
    }
    match found[..] {
        [one] => Ok(one.clone()),
        [] => {
            let shown: String = typed.chars().filter(|c| !c.is_control()).take(60).collect();
            let hint = if all.is_empty() {
                "Nobody has made one yet: `skein files sync DIR` makes one of a folder of yours.".into()
            } else {
                format!("There are: {}.", names(&all.iter().collect::<Vec<_>>()))
            };
            Err(Refusal::new(Kind::NotFound, format!("there is no folder called \"{shown}\"")).hint(hint))
        }
        ref several => Err(Refusal::new(Kind::Ambiguous, "several folders are called that")
            .hint(format!("Give the beginning of the id: {}.", names(several)))),
    }
}

fn names(folders: &[&Folder]) -> String {
    let names = folders.iter().take(LISTED).map(|folder| format!("{} ({})", folder.name, folder.id.short()));
    names.collect::<Vec<_>>().join(", ")
}
