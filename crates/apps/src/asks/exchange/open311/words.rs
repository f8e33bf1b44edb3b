//! How Open311 is written: lists of things with named fields, as XML or as JSON.

use serde_json::{Map, Value};
use skein_app::Reply;

/// In which of the two it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Xml,
    Json,
}

impl Format {
    /// Takes the ending off an address: "requests.xml".
    pub fn of(path: &str) -> Option<(&str, Self)> {
        match path.rsplit_once('.')? {
            (path, "xml") => Some((path, Self::Xml)),
            (path, "json") => Some((path, Self::Json)),
            _ => None,
        }
    }
}

/// An answer whose body is its own.
pub fn own(format: Format, body: String) -> Reply {
    Reply { body, ..reply(format, 200, "", "", &[]) }
}

/// One thing: its fields in order. `null` is an empty element.
pub type Row = Vec<(&'static str, Value)>;

/// A list: what it and each thing in it are called.
pub fn list(format: Format, root: &str, item: &str, rows: &[Row]) -> Reply {
    reply(format, 200, root, item, rows)
}

/// What went wrong.
pub fn error(format: Format, code: u16, why: &str) -> Reply {
    reply(format, code, "errors", "error", &[vec![("code", code.into()), ("description", why.into())]])
}

fn reply(format: Format, status: u16, root: &str, item: &str, rows: &[Row]) -> Reply {
    let (kind, body) = match format {
        Format::Xml => ("text/xml; charset=utf-8", xml(root, item, rows)),
        Format::Json => ("application/json; charset=utf-8", json(rows)),
    };
    Reply { status, kind: kind.into(), body }
}

fn json(rows: &[Row]) -> String {
    let object = |row: &Row| row.iter().map(|(name, value)| ((*name).into(), value.clone())).collect::<Map<_, _>>();
    Value::Array(rows.iter().map(|row| Value::Object(object(row))).collect()).to_string()
}

fn xml(root: &str, item: &str, rows: &[Row]) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{root}>");
    for row in rows {
        out.push_str(&format!("<{item}>"));
        for (name, value) in row {
            match value {
                Value::Null => out.push_str(&format!("<{name}/>")),
                Value::String(text) => out.push_str(&format!("<{name}>{}</{name}>", escaped(text))),
                other => out.push_str(&format!("<{name}>{other}</{name}>")),
            }
        }
        out.push_str(&format!("</{item}>"));
    }
    out + &format!("</{root}>\n")
}

/// A text in which nothing means anything, and nothing that XML cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push('\n'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
