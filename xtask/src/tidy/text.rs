//! One Rust file alone: its header, its length, the length of its functions, words that must not stay.

use super::{Fault, File};

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;

/// Written in two parts, so that this file does not hold what it forbids.
const LEFTOVERS: &[&str] = &[
    concat!("to", "do!"),
    concat!("unimpl", "emented!"),
    concat!("db", "g!("),
    concat!("#[ig", "nore"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
];

/// Checks one file; only Rust files have these rules.
pub fn check(file: &File) -> Vec<Fault> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let mut faults = Vec::new();
    if !file.text.starts_with("//! ") {
        faults.push(Fault::new(&file.path, 1, "must open with `//! ` and say what the file is"));
    }
    let lines = file.text.lines().count();
    if lines > MAX_FILE_LINES {
        faults.push(Fault::new(&file.path, 0, format!("has {lines} lines; split it (at most {MAX_FILE_LINES})")));
    }
    for function in functions(&file.text).iter().filter(|function| function.lines > MAX_FUNCTION_LINES) {
        let Function { name, lines, .. } = function;
        let what = format!("`{name}` has {lines} lines; split it (at most {MAX_FUNCTION_LINES})");
        faults.push(Fault::new(&file.path, function.line, what));
    }
    for (number, line) in file.text.lines().enumerate() {
        for word in LEFTOVERS.iter().filter(|word| line.contains(*word)) {
            faults.push(Fault::new(&file.path, number + 1, format!("`{word}` must not stay")));
        }
    }
    faults
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// Finds functions by their indentation: rustfmt, which is checked too, puts a function's closing brace under its start.
fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some(name) = function_name(code) else { continue };
        let indent = &line[..line.len() - code.len()];
        let length = function_length(&lines[start..], indent);
        found.push(Function { name, line: start + 1, lines: length });
    }
    found
}

fn function_name(mut code: &str) -> Option<String> {
    loop {
        if let Some(rest) = code.strip_prefix("fn ") {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            return Some(name).filter(|name| !name.is_empty());
        }
        let (word, rest) = code.split_once(' ')?;
        let qualifier = matches!(word, "pub" | "const" | "async" | "unsafe" | "extern" | "default" | "\"C\"")
            || (word.starts_with("pub(") && word.ends_with(')'));
        if !qualifier {
            return None;
        }
        code = rest;
    }
}

/// `lines` begins with the function's first line.
fn function_length(lines: &[&str], indent: &str) -> usize {
    let mut open = false;
    for (count, line) in lines.iter().enumerate() {
        let ends = if open {
            line.strip_prefix(indent).is_some_and(|rest| rest.starts_with('}'))
        } else {
            open = line.contains('{');
            let one_line = open && line.trim_end().ends_with('}');
            one_line || (!open && line.trim_end().ends_with(';'))
        };
        if ends {
            return count + 1;
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::super::{file, lines};
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        lines(&check(&file("a.rs", text)))
    }

    #[test]
    fn a_good_file_has_no_fault_and_other_files_are_left_alone() {
        assert!(faults("//! What it is.\n\nfn a() {}\n").is_empty());
        assert!(check(&file("a.md", "no header")).is_empty());
    }

    #[test]
    fn a_missing_header_is_found() {
        assert_eq!(faults("fn a() {}\n"), ["a.rs:1: must open with `//! ` and say what the file is"]);
        assert_eq!(faults("/// Not this one.\nfn a() {}\n").len(), 1);
    }

    #[test]
    fn a_long_file_is_found() {
        let text = |lines: usize| format!("//! x\n{}", "\n".repeat(lines - 1));
        assert!(faults(&text(400)).is_empty());
        assert_eq!(faults(&text(401)), ["a.rs: has 401 lines; split it (at most 400)"]);
    }

    #[test]
    fn a_long_function_is_found_wherever_it_stands() {
        let body = |lines: usize| "        x();\n".repeat(lines);
        let method =
            |lines: usize| format!("//! x\nimpl A {{\n    pub(crate) async fn run() {{\n{}    }}\n}}\n", body(lines));
        assert!(faults(&method(58)).is_empty());
        assert_eq!(faults(&method(59)), ["a.rs:3: `run` has 61 lines; split it (at most 60)"]);
    }

    #[test]
    fn functions_are_measured_from_signature_to_brace() {
        let text = "fn a(\n    x: u8,\n) -> u8 {\n    x\n}\ntrait T {\n    fn b(&self) -> u8;\n    fn c() {}\n}\nconst fn d() {\n}\n";
        let found: Vec<_> = functions(text).into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, [("a".into(), 1, 5), ("b".into(), 7, 1), ("c".into(), 8, 1), ("d".into(), 10, 2)]);
    }

    #[test]
    fn every_leftover_is_found() {
        for word in LEFTOVERS {
            let text = format!("//! x\nfn a() {{\n    {word}();\n}}\n");
            assert_eq!(faults(&text), [format!("a.rs:3: `{word}` must not stay")]);
        }
    }
}
