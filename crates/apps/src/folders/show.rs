//! How answers look in a terminal, and how the versions of one file are told apart.

use std::collections::BTreeMap;

use skein_app::{Attached, Fault, Pages, View, moment, plain as plain_markdown};
use skein_event::MemberId;
use skein_mirror::{Head, What, place};

use super::desk::{Answer, FolderRow};
use super::rows;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// How much of a name stands in a file's name, in characters.
const MAX_NAME: usize = 40;

/// Gives every head the words by which it is told from others: whose, and when by their clock, in UTC.
pub(super) fn label(heads: &mut [Head], view: &View<'_>) -> Result<(), Fault> {
    let mut names: BTreeMap<MemberId, String> = BTreeMap::new();
    for head in heads {
        let name = match names.get(&head.member) {
            Some(name) => name.clone(),
            None => {
                let sql = "SELECT name FROM people_member WHERE member = ?1 LIMIT 1";
                let name = view.first(sql, [head.member.as_bytes()], |row| row.get::<_, String>(0))?;
                let name = plain(&name.unwrap_or_else(|| head.member.short()));
                names.insert(head.member, name.clone());
                name
            }
        };
        head.label = words(&name, head.tick.ms());
    }
    Ok(())
}

/// "Ana's version, 22 Nov 14.03".
pub(super) fn words(name: &str, ms: u64) -> String {
    let text = moment(ms);
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<usize>().ok()).unwrap_or(1);
    // From the end, for a claimed time may have a year of five digits.
    let end = text.len();
    let (month, day) = (part(end - 11..end - 9), part(end - 8..end - 6));
    let month = MONTHS.get(month.saturating_sub(1)).unwrap_or(&"Jan");
    format!("{name}'s version, {day} {month} {}", text[end - 5..].replace(':', "."))
}

/// A name as it may stand in a file's name.
fn plain(name: &str) -> String {
    let plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let name: String = name.chars().filter(|c| plain(*c)).take(MAX_NAME).collect();
    // What cannot be shown in a path cannot be shown in a name either.
    if skein_mirror::fit(name.trim()).is_ok() { name.trim().into() } else { "somebody".into() }
}

pub(super) fn text(answer: &Answer) -> String {
    match answer {
        Answer::Folders(folders) if folders.is_empty() => {
            "There are no folders yet. Make one of a folder of yours:  skein files sync DIR\n".into()
        }
        Answer::Folders(folders) => folders.iter().map(|folder| line(folder) + "\n").collect(),
        Answer::Folder { folder, entries } => {
            let mut text = line(folder) + "\n";
            for entry in entries {
                let other = if entry.other_of.is_empty() { "" } else { "   (another version)" };
                let size = if entry.kind == "file" { size(entry.bytes) } else { entry.kind.clone() };
                text.push_str(&format!("  {size:>9}  {}{other}\n", entry.path));
            }
            if folder.conflicts > 0 {
                text.push_str("To keep one version only, for everybody:  skein folders keep FOLDER PATH\n");
            }
            text
        }
    }
}

fn line(folder: &FolderRow) -> String {
    let files = if folder.files == 1 { "1 file".to_owned() } else { format!("{} files", folder.files) };
    let conflicts = match folder.conflicts {
        0 => String::new(),
        1 => ", 1 with another version".into(),
        n => format!(", {n} with other versions"),
    };
    format!("{}  {}  {files}, {}{conflicts}", folder.id.short(), folder.name, size(folder.bytes))
}

fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if value < 1_000.0 {
            return if unit == "bytes" { format!("{bytes} {unit}") } else { format!("{value:.1} {unit}") };
        }
        value /= 1_000.0;
    }
    format!("{value:.1} TB")
}

/// A page for each folder, with its files.
pub(super) fn export(view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
    for (object, folder) in rows::folders(view)? {
        let page = format!("folder {}", folder.name);
        pages.write(&page, &format!("# {}\n\n", plain_markdown(&folder.name)));
        let mut heads = rows::heads(object, view)?;
        label(&mut heads, view)?;
        for (path, placed) in place(&heads, false).at {
            let line = match &placed.what {
                What::File { root, bytes, .. } => {
                    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
                    let there = pages.attach(&page, &Attached { root: *root, folder: false, name, bytes: *bytes });
                    format!("- {}: {}\n", plain_markdown(&path), there.trim_end())
                }
                What::Link { target } => {
                    format!("- {} leads to {}\n", plain_markdown(&path), plain_markdown(target))
                }
                _ => format!("- {}/\n", plain_markdown(&path)),
            };
            pages.write(&page, &line);
        }
    }
    Ok(())
}
