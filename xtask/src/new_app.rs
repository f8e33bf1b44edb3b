//! `cargo xtask new-app NAME`: the folder and the two lines.
//!
//! The template is a whole app called `sample`; `tests/template.rs` compiles it and runs its tests.

use std::fs;

use crate::house::{self, Done};

const TEMPLATE: &[(&str, &str)] = &[
    ("mod.rs", include_str!("../template/mod.rs")),
    ("event.rs", include_str!("../template/event.rs")),
    ("rules.rs", include_str!("../template/rules.rs")),
    ("desk.rs", include_str!("../template/desk.rs")),
    ("view.sql", include_str!("../template/view.sql")),
    ("README.md", include_str!("../template/README.md")),
    ("tests.rs", include_str!("../template/tests.rs")),
];

/// Makes the folder and the two lines.
///
/// # Errors
/// If the name is not a proper one or is taken, or if a file cannot be written.
pub fn run(name: &str) -> Done {
    if !is_name(name) {
        return Err(format!("`{name}` cannot name an app: 1 to 15 of a-z and 0-9, beginning with a letter"));
    }
    let apps = house::root().join("crates/apps/src");
    let (folder, list) = (apps.join(name), apps.join("lib.rs"));
    let failed = |e: std::io::Error| e.to_string();
    let text = fs::read_to_string(&list).map_err(failed)?;
    let text = with_app(&text, name).ok_or("crates/apps/src/lib.rs has no list APPS")?;
    fs::create_dir(&folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))?;
    for (file, template) in TEMPLATE {
        fs::write(folder.join(file), filled(template, name)).map_err(failed)?;
    }
    fs::write(&list, text).map_err(failed)?;
    // Names have lengths, and lists a width: both change where lines break.
    house::run(&mut house::cargo(&["fmt", "--package", "skein-apps"]))?;
    println!("crates/apps/src/{name}/ is an app. Begin with what can happen: event.rs");
    Ok(())
}

fn is_name(name: &str) -> bool {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=15).contains(&name.len()) && name.bytes().all(good) && name.as_bytes()[0].is_ascii_lowercase()
}

/// `Recipes` for `recipes`.
fn type_name(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_ascii_uppercase() + rest
}

fn filled(template: &str, name: &str) -> String {
    template.replace("sample", name).replace("Sample", &type_name(name))
}

/// The text of `lib.rs` with the two lines for this app.
fn with_app(list: &str, name: &str) -> Option<String> {
    let (head, rest) = list.split_once("APPS:")?;
    let (apps, tail) = rest.split_once("];")?;
    let comma = if apps.trim_end().ends_with([',', '[']) { "" } else { "," };
    let entry = format!("{comma}    &Erased::<{name}::{}>::NEW,\n", type_name(name));
    let (before, modules) = head.split_at(head.find("pub mod ")?);
    let new = format!("pub mod {name};");
    let place = modules.lines().take_while(|line| line.starts_with("pub mod ") && **line < *new).count();
    let mut lines: Vec<_> = modules.lines().collect();
    lines.insert(place, &new);
    // What follows the modules up to `APPS:` is kept, its last line without an end.
    Some(format!("{before}{}APPS:{apps}{entry}];{tail}", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "//! List.\n\npub mod chat;\npub mod people;\n\nuse x;\n\npub static APPS: &[&dyn DynApp] = &[\n    \
                        &Erased::<people::People>::NEW,\n];\npub static X: u8 = 1;\n";

    #[test]
    fn the_two_lines_are_put_in_and_nothing_else_changes() {
        let with = with_app(LIST, "files").expect("it has a list");
        let expected = LIST
            .replace("pub mod people;\n", "pub mod files;\npub mod people;\n")
            .replace("People>::NEW,\n", "People>::NEW,\n    &Erased::<files::Files>::NEW,\n");
        assert_eq!(with, expected);
        let short = LIST.replace("[\n    &", "[&").replace("NEW,\n]", "NEW]");
        let with = with_app(&short, "zoo").expect("it has a list");
        assert!(with.contains("NEW,    &Erased::<zoo::Zoo>::NEW,\n];"), "{with}");
        assert!(with.contains("pub mod people;\npub mod zoo;\n\nuse x;"), "{with}");
        assert_eq!(with_app("pub mod a;", "zoo"), None);
    }

    #[test]
    fn only_proper_names_are_taken() {
        for (name, good) in [
            ("recipes", true),
            ("a1", true),
            ("", false),
            ("1a", false),
            ("Ab", false),
            ("a-b", false),
            ("abcdefghijklmnop", false),
        ] {
            assert_eq!(is_name(name), good, "{name}");
        }
    }

    #[test]
    fn no_word_of_the_template_is_left() {
        for (file, template) in TEMPLATE {
            let text = filled(template, "recipes");
            assert!(
                !text.to_lowercase().contains("sample") && text.contains("ecipes") | (*file == "event.rs"),
                "{file}"
            );
        }
    }
}
