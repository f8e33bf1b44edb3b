//! The readers of what other programs write, opened for the fuzzer in `fuzz/`. Nothing else may use them.

use skein_app::Reply;

use super::open311::items;
use super::plan::MAX_ROWS;
use super::record::{Record, Rows};
use super::{csv, geojson};

/// A table as others write them.
const TABLE: &str = "kind;name;lat;lon;due;parts\nneed;Blankets;52.52;13.405;2026-12-01;\"3 things blankets\n2-4 people x @ \
                     2026-12-05T10:00:00Z/2026-12-05T14:00:00Z\"\n";
/// A map as others write them.
const MAP: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point",
    "coordinates":[13.405,52.52]},"properties":{"title":"Dark","kind":"report","urgent":"yes"}}]}"#;
/// A city's answer, as the specification has it.
const CITY_XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><service_requests><request><service_request_id>293944\
    </service_request_id><service_notice>Within &lt;3&gt; days</service_notice></request></service_requests>";
/// The same in JSON.
const CITY_JSON: &str = r#"[{"service_request_id":638344,"status":"open","status_notes":null}]"#;

fn tried(rows: &Rows) {
    for (_, row) in rows {
        let _ = row.as_ref().map(|row| row.command(None));
    }
}

fn records(rows: Rows) -> Vec<Record> {
    rows.into_iter().filter_map(|(_, row)| row.ok()).collect()
}

/// Reads a table; gives whether it is one.
///
/// # Panics
/// If what it says is another thing once it is written and read again.
pub fn table(bytes: &[u8]) -> bool {
    let Some(rows) = std::str::from_utf8(bytes).ok().and_then(|text| csv::read(text, MAX_ROWS).ok()) else {
        return false;
    };
    tried(&rows);
    let first = records(rows);
    let written = csv::write(&first);
    let again = records(csv::read(&written, MAX_ROWS).expect("our own tables are read"));
    assert_eq!(csv::write(&again), written);
    true
}

/// Reads a map; gives whether it is one.
pub fn map(bytes: &[u8]) -> bool {
    let rows = std::str::from_utf8(bytes).ok().and_then(|text| geojson::read(text, MAX_ROWS).ok());
    rows.is_some_and(|rows| {
        tried(&rows);
        serde_json::from_str::<serde_json::Value>(&geojson::write(&records(rows))).is_ok()
    })
}

/// Reads a city's answer; gives whether it is one.
pub fn city(bytes: &[u8]) -> bool {
    let Ok(body) = std::str::from_utf8(bytes) else { return false };
    items(&Reply { status: 200, kind: String::new(), body: body.into() }).is_ok()
}

/// Real tables.
pub fn tables() -> Vec<Vec<u8>> {
    vec![TABLE.into(), TABLE.replace(';', ",").replace("Blankets", "=1+1").into()]
}

/// Real maps.
pub fn maps() -> Vec<Vec<u8>> {
    vec![MAP.into()]
}

/// Real answers of cities.
pub fn cities() -> Vec<Vec<u8>> {
    vec![CITY_XML.into(), CITY_JSON.into()]
}
