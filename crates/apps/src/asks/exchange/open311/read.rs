//! What a city's server answers, read: XML or JSON, either of them hostile.
//!
//! Only the shape that the specification has: a list of things with fields of text. No declarations, no entities but the five
//! that XML has by itself.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use serde_json::Value;
use skein_app::Reply;

/// The most things in a list.
const MAX_ITEMS: usize = 1_000;
/// The longest text of a field, in bytes; the rest is cut off.
const MAX_FIELD_BYTES: usize = 4_000;

/// One thing: its fields that hold something.
pub type Item = BTreeMap<String, String>;

/// The list in an answer, or why it was refused, in the server's words.
///
/// # Errors
/// What went wrong, in people's words.
pub fn items(reply: &Reply) -> Result<Vec<Item>, String> {
    let text = reply.body.trim_start_matches('\u{feff}').trim();
    let (mut items, failed) = match text.starts_with(['[', '{']) {
        true => json(text)?,
        false => xml(text)?,
    };
    let refused = failed || !(200..300).contains(&reply.status);
    if !refused {
        return Ok(items);
    }
    let first = if items.is_empty() { Item::new() } else { items.swap_remove(0) };
    let code = first.get("code").cloned().unwrap_or_else(|| reply.status.to_string());
    let why = first.get("description").map_or("it did not say why", |why| why.as_str());
    Err(format!("the server refused it ({code}): {why}"))
}

/// The list, and whether it is one of errors.
fn json(text: &str) -> Result<(Vec<Item>, bool), String> {
    let whole: Value = serde_json::from_str(text).map_err(|_| "the server's answer is no proper JSON".to_string())?;
    let rows = match &whole {
        Value::Array(rows) => rows.as_slice(),
        one => std::slice::from_ref(one),
    };
    let items: Vec<Item> = rows
        .iter()
        .take(MAX_ITEMS)
        .filter_map(Value::as_object)
        .map(|row| {
            let text = |value: &Value| match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(holds) => holds.to_string(),
                _ => String::new(),
            };
            let fields = row.iter().map(|(name, value)| (name.clone(), tidy(&text(value))));
            fields.filter(|(_, text)| !text.is_empty()).collect()
        })
        .collect();
    let failed = items.iter().any(|item: &Item| item.contains_key("code") && item.contains_key("description"));
    Ok((items, failed))
}

fn xml(text: &str) -> Result<(Vec<Item>, bool), String> {
    let wrong = || "the server's answer is neither proper XML nor JSON".to_string();
    let mut reader = Reader::from_str(text);
    // The names of what is open: the list, the thing, its field.
    let mut open: Vec<String> = Vec::new();
    let (mut items, mut field, mut root) = (Vec::new(), String::new(), None);
    loop {
        let event = reader.read_event().map_err(|_| wrong())?;
        match event {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_string();
                match open.len() {
                    0 if root.is_some() => return Err(wrong()),
                    0 => root = Some(name.clone()),
                    1 if items.len() >= MAX_ITEMS => return Ok((items, false)),
                    1 => items.push(Item::new()),
                    2 => field.clear(),
                    // What lies deeper is of no extension that we know.
                    3..=16 => {}
                    _ => return Err(wrong()),
                }
                open.push(name);
            }
            Event::End(_) => {
                let Some(name) = open.pop() else { return Err(wrong()) };
                let text = tidy(&field);
                if open.len() == 2
                    && !text.is_empty()
                    && let Some(item) = items.last_mut()
                {
                    item.insert(name, text);
                }
            }
            Event::Text(text) if open.len() == 3 => push(&mut field, &text.xml10_content()),
            Event::CData(text) if open.len() == 3 => push(&mut field, &text.xml10_content()),
            Event::GeneralRef(entity) => push(&mut field, &resolved(&entity).ok_or_else(wrong)?),
            Event::DocType(_) => return Err("the server's answer holds declarations, which no answer needs".into()),
            Event::Eof if open.is_empty() => break,
            Event::Eof => return Err(wrong()),
            _ => {}
        }
    }
    let root = root.ok_or_else(wrong)?;
    Ok((items, root == "errors"))
}

fn push(field: &mut String, text: &str) {
    if field.len() < MAX_FIELD_BYTES {
        field.push_str(text);
    }
}

fn resolved(entity: &BytesRef<'_>) -> Option<String> {
    match entity.resolve_char_ref() {
        Ok(Some(c)) => Some(c.into()),
        Ok(None) => resolve_predefined_entity(entity).map(String::from),
        Err(_) => None,
    }
}

/// On one line, without what cannot be seen, and not too long.
fn tidy(text: &str) -> String {
    let text = super::server::line(text);
    super::server::cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), MAX_FIELD_BYTES)
}
