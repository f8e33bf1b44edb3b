//! The list of apps: every folder is in it, and no app reaches into another.

use std::collections::BTreeSet;

use super::sql::{app_of, tables};
use super::{Fault, File};

const LIST: &str = "crates/apps/src/lib.rs";
const WRITES: &[&str] = &["INTO", "UPDATE", "FROM", "REPLACE", "IGNORE", "TABLE"];

/// Checks the list and every app.
pub fn check(files: &[File]) -> Vec<Fault> {
    let list = files.iter().find(|file| file.path == LIST).map_or("", |file| &file.text);
    let mut folders: BTreeSet<_> = files.iter().filter_map(|file| app_of(&file.path)).collect();
    // What the apps' tests share is no app.
    folders.retain(|folder| !list.contains(&format!("#[cfg(test)]\nmod {folder};")));
    let mut faults = check_list(&folders, list);
    let tables = tables(files);
    for file in files {
        let Some(app) = app_of(&file.path).filter(|app| folders.contains(app)) else { continue };
        // Tests may use the whole house to set a scene.
        if !file.path.ends_with(".rs") || file.path.ends_with("/tests.rs") || file.path.contains("/tests/") {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            let mut fault = |what| faults.push(Fault::new(&file.path, number + 1, what));
            for other in folders.iter().filter(|other| **other != app && names_module(line, other)) {
                fault(format!("names the app `{other}`; an app knows no other app"));
            }
            for table in tables.iter().filter(|table| table.app != app) {
                if writes(&file.text, number, &table.name) {
                    fault(format!("writes `{}`, a table of the app `{}`", table.name, table.app));
                } else if file.path.ends_with("/rules.rs") && has_word(line, &table.name) {
                    fault(format!("reads `{}` in a rule; rules know this object's rows only", table.name));
                }
            }
        }
    }
    faults
}

fn check_list(folders: &BTreeSet<&str>, list: &str) -> Vec<Fault> {
    let apps = list.split_once("APPS").and_then(|(_, rest)| rest.split_once("];")).map_or("", |(apps, _)| apps);
    let modules: BTreeSet<_> =
        list.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let listed: BTreeSet<_> = apps.split("Erased::<").skip(1).filter_map(|rest| rest.split("::").next()).collect();
    let mut faults = Vec::new();
    for folder in folders {
        if !listed.contains(folder) || !modules.contains(folder) {
            faults.push(Fault::new(LIST, 0, format!("`{folder}` is a folder but not in the list")));
        }
    }
    for name in listed.difference(folders) {
        faults.push(Fault::new(LIST, 0, format!("`{name}` is in the list but has no folder")));
    }
    faults
}

fn names_module(line: &str, app: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    ["crate::", "super::super::", "skein_apps::"].iter().any(|start| {
        code.match_indices(start).any(|(at, _)| {
            let named = &code[at + start.len()..];
            let whole = named.strip_prefix(app).is_some_and(|rest| !rest.starts_with(word_character));
            whole || named.strip_prefix('{').is_some_and(|group| has_word(group, app))
        })
    })
}

fn word_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c| !word_character(c)).any(|found| found == word)
}

/// Whether the statement that names `table` in this line writes to it. The verb may stand at the end of the line before.
fn writes(text: &str, line: usize, table: &str) -> bool {
    let lines: Vec<_> = text.lines().skip(line.saturating_sub(1)).take(if line == 0 { 1 } else { 2 }).collect();
    let joined = lines.join(" ");
    let words: Vec<_> = joined.split(|c| !word_character(c)).filter(|word| !word.is_empty()).collect();
    let before = lines.len().saturating_sub(1);
    let skip =
        lines[..before].iter().flat_map(|line| line.split(|c| !word_character(c))).filter(|w| !w.is_empty()).count();
    words.iter().enumerate().skip(skip).any(|(at, word)| {
        let verb = at.checked_sub(1).map(|at| words[at].to_uppercase()).unwrap_or_default();
        let reads = verb == "FROM" && at.checked_sub(2).is_none_or(|at| !words[at].eq_ignore_ascii_case("DELETE"));
        *word == table && WRITES.contains(&verb.as_str()) && !reads
    })
}

#[cfg(test)]
mod tests {
    use super::super::{file, lines};
    use super::*;

    const GOOD: &str = "pub mod chat;\npub mod files;\npub const APPS: &[&dyn DynApp] = \
                        &[&Erased::<chat::Chat>::NEW, &Erased::<files::Files>::NEW];\n";

    fn faults(list: &str, desk: &str, rules: &str) -> Vec<String> {
        let view = |app| format!("CREATE TABLE {app}_rows (object INTEGER) STRICT;");
        lines(&check(&[
            file(LIST, list),
            file("crates/apps/src/chat/desk.rs", desk),
            file("crates/apps/src/chat/rules.rs", rules),
            file("crates/apps/src/chat/tests.rs", "use crate::files::Files;"),
            file("crates/apps/src/chat/view.sql", &view("chat")),
            file("crates/apps/src/files/view.sql", &view("files")),
        ]))
    }

    #[test]
    fn a_good_house_has_no_fault() {
        let desk = "use super::event; // unlike crate::files\n\"SELECT a FROM files_rows\"; \"DELETE FROM chat_rows\"";
        assert_eq!(faults(GOOD, desk, "\"INSERT INTO chat_rows VALUES (1)\""), [""; 0]);
    }

    #[test]
    fn folders_and_list_must_agree() {
        let less = GOOD.replace(", &Erased::<files::Files>::NEW", "");
        assert_eq!(faults(&less, "", ""), [format!("{LIST}: `files` is a folder but not in the list")]);
        let undeclared = GOOD.replace("pub mod files;\n", "");
        assert_eq!(faults(&undeclared, "", ""), [format!("{LIST}: `files` is a folder but not in the list")]);
        let more = GOOD.replace("];", ", &Erased::<ghost::Ghost>::NEW];");
        assert_eq!(faults(&more, "", ""), [format!("{LIST}: `ghost` is in the list but has no folder")]);
        let tests_only = less.replace("pub mod files;", "#[cfg(test)]\nmod files;");
        assert_eq!(faults(&tests_only, "", ""), [""; 0], "a folder for tests is no app");
    }

    #[test]
    fn an_app_that_names_another_is_found() {
        let expected = ["crates/apps/src/chat/desk.rs:1: names the app `files`; an app knows no other app"];
        for line in ["use crate::files::Event;", "use crate::{chat, files};", "crate::files", "super::super::files::x"]
        {
            assert_eq!(faults(GOOD, line, ""), expected, "{line}");
        }
        assert_eq!(faults(GOOD, "use crate::files_of_old;", ""), [""; 0]);
    }

    #[test]
    fn writing_into_another_apps_table_is_found() {
        for sql in [
            "INSERT INTO files_rows",
            "insert or replace into files_rows",
            "UPDATE files_rows SET",
            "UPDATE OR IGNORE files_rows",
            "DELETE FROM files_rows",
            "DROP TABLE files_rows",
        ] {
            let expected = ["crates/apps/src/chat/desk.rs:1: writes `files_rows`, a table of the app `files`"];
            assert_eq!(faults(GOOD, &format!("\"{sql}\""), ""), expected, "{sql}");
        }
        assert_eq!(faults(GOOD, "\"DELETE FROM\n files_rows\"", "").len(), 1);
    }

    #[test]
    fn a_rule_that_reads_another_apps_table_is_found() {
        let expected =
            ["crates/apps/src/chat/rules.rs:1: reads `files_rows` in a rule; rules know this object's rows only"];
        assert_eq!(faults(GOOD, "", "\"SELECT a FROM files_rows\""), expected);
    }
}
