//! The tables of each app: named after it, strict, bound to an object, and all of them known to the house.

use super::{Fault, File};

/// A table as a `view.sql` makes it.
pub struct Table<'a> {
    /// The app whose file makes it.
    pub app: &'a str,
    /// Its name.
    pub name: String,
    line: usize,
    text: &'a str,
}

/// The folder name of the app that a file is part of.
pub fn app_of(path: &str) -> Option<&str> {
    path.strip_prefix("crates/apps/src/")?.split_once('/').map(|(app, _)| app)
}

/// The tables that all `view.sql` make.
pub fn tables(files: &[File]) -> Vec<Table<'_>> {
    let views = files.iter().filter(|file| file.path.ends_with("/view.sql"));
    let mut found = Vec::new();
    for file in views {
        let Some(app) = app_of(&file.path) else { continue };
        let mut at = 0;
        for statement in file.text.split_inclusive(';') {
            let line = file.text[..at].lines().count() + 1;
            at += statement.len();
            let words: Vec<_> = without_comments(statement);
            let made = words.iter().position(|word| word.eq_ignore_ascii_case("table"));
            let creates = words.first().is_some_and(|word| word.eq_ignore_ascii_case("create"));
            let (true, Some(made)) = (creates, made) else { continue };
            let name =
                words[made + 1..].iter().find(|word| !["IF", "NOT", "EXISTS"].contains(&word.to_uppercase().as_str()));
            let name = name.map(|name| name.split('(').next().unwrap_or_default().to_owned()).unwrap_or_default();
            found.push(Table { app, name, line, text: statement });
        }
    }
    found
}

fn without_comments(sql: &str) -> Vec<&str> {
    sql.lines().flat_map(|line| line.split("--").next().unwrap_or_default().split_whitespace()).collect()
}

/// Checks every app's tables.
pub fn check(files: &[File]) -> Vec<Fault> {
    tables(files).iter().flat_map(|table| check_table(table, files)).collect()
}

fn check_table(table: &Table<'_>, files: &[File]) -> Vec<Fault> {
    let folder = format!("crates/apps/src/{}", table.app);
    let words = without_comments(table.text);
    let text = words.join(" ");
    let mut faults = Vec::new();
    let mut rule = |good: bool, what: String| {
        if !good {
            faults.push(Fault::new(&format!("{folder}/view.sql"), table.line, what));
        }
    };
    let name = &table.name;
    rule(name.starts_with(&format!("{}_", table.app)), format!("table `{name}` must begin with `{}_`", table.app));
    let after = text.rsplit(')').next().unwrap_or_default();
    rule(after.contains("STRICT"), format!("table `{name}` must be STRICT"));
    rule(text.contains("object INTEGER"), format!("table `{name}` must have a column `object INTEGER`"));
    let module = files.iter().find(|file| file.path == format!("{folder}/mod.rs")).map_or("", |file| &file.text);
    let declared = module.split_once("TABLES").and_then(|(_, rest)| rest.split_once(';')).map_or("", |(list, _)| list);
    rule(declared.contains(&format!("\"{name}\"")), format!("table `{name}` must be in the app's TABLES"));
    faults
}

#[cfg(test)]
mod tests {
    use super::super::{file, lines};
    use super::*;

    fn faults(sql: &str) -> Vec<String> {
        let module = "const TABLES: &'static [&'static str] = &[\"chat_said\", \"other\"];";
        let files = [file("crates/apps/src/chat/view.sql", sql), file("crates/apps/src/chat/mod.rs", module)];
        lines(&check(&files))
    }

    #[test]
    fn a_proper_table_has_no_fault() {
        let sql = "-- said; once\nCREATE TABLE chat_said (\n  object INTEGER NOT NULL,\n  a TEXT\n) STRICT, WITHOUT ROWID;\n\
                   CREATE INDEX chat_by_a ON chat_said (a);\n";
        assert_eq!(faults(sql), [""; 0]);
    }

    #[test]
    fn each_wrong_table_is_found() {
        let at = "crates/apps/src/chat/view.sql:1: table";
        assert_eq!(
            faults("CREATE TABLE other (object INTEGER) STRICT;"),
            [format!("{at} `other` must begin with `chat_`")]
        );
        assert_eq!(faults("CREATE TABLE chat_said (object INTEGER);"), [format!("{at} `chat_said` must be STRICT")]);
        assert_eq!(
            faults("CREATE TABLE chat_said (a TEXT) STRICT;"),
            [format!("{at} `chat_said` must have a column `object INTEGER`")]
        );
        assert_eq!(
            faults("CREATE TABLE IF NOT EXISTS chat_new(object INTEGER) STRICT;"),
            [format!("{at} `chat_new` must be in the app's TABLES")]
        );
        let two = "CREATE TABLE chat_said (object INTEGER) STRICT;\n\nCREATE TABLE chat_said (object INTEGER);";
        assert_eq!(faults(two).len(), 1);
    }
}
