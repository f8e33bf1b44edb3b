//! GeoJSON (RFC 7946): each ask is a feature with the same names and texts as a row of the table. Degrees east come first.

use serde_json::{Map, Value, json};

use super::record::{COLUMNS, NUMBERS, Record, Rows};

/// Writes a collection of features.
pub fn write(records: &[Record]) -> String {
    let features: Vec<Value> = records.iter().map(feature).collect();
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

fn feature(record: &Record) -> Value {
    let degrees = |column| record.get(column).parse::<f64>().ok();
    let geometry = match degrees("east").zip(degrees("north")) {
        Some((east, north)) => json!({ "type": "Point", "coordinates": [east, north] }),
        None => Value::Null,
    };
    let texts = COLUMNS.iter().filter(|column| !NUMBERS.contains(column) && !record.get(column).is_empty());
    let properties: Map<String, Value> = texts.map(|column| ((*column).into(), record.get(column).into())).collect();
    json!({ "type": "Feature", "id": record.get("id"), "geometry": geometry, "properties": properties })
}

/// Reads a collection of features: each with its number, or what is wrong with it. At most `most`.
///
/// # Errors
/// If it is no such collection.
pub fn read(text: &str, most: usize) -> Result<Rows, String> {
    let whole: Value = serde_json::from_str(text).map_err(|error| format!("this is no GeoJSON: {error}"))?;
    let none = || "this is no GeoJSON collection of features".to_string();
    if whole["type"] != "FeatureCollection" {
        return Err(none());
    }
    let features = whole["features"].as_array().ok_or_else(none)?;
    Ok(features.iter().take(most).enumerate().map(|(at, feature)| (at + 1, one(feature))).collect())
}

fn one(feature: &Value) -> Result<Record, String> {
    let properties = feature["properties"].as_object();
    if feature["type"] != "Feature" || !(properties.is_some() || feature["properties"].is_null()) {
        return Err("this is no feature".into());
    }
    let mut record = Record::default();
    let geometry = &feature["geometry"];
    match geometry["type"].as_str() {
        None if geometry.is_null() => {}
        Some("Point") => {
            let degrees = |at: usize| geometry["coordinates"][at].as_f64();
            let (Some(east), Some(north)) = (degrees(0), degrees(1)) else {
                return Err("its point has no two numbers".into());
            };
            record.put("east", &east.to_string());
            record.put("north", &north.to_string());
        }
        _ => return Err("only points are taken in, no lines and no areas".into()),
    }
    for (name, value) in properties.into_iter().flatten() {
        match value {
            Value::String(text) => record.put(name, text),
            Value::Number(number) => record.put(name, &number.to_string()),
            Value::Bool(holds) => record.put(name, if *holds { "yes" } else { "no" }),
            _ => {}
        }
    }
    if let Some(id) = feature["id"].as_str() {
        record.put("id", id);
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_the_same() {
        let mut record = Record::default();
        for (name, text) in
            [("id", "abc"), ("title", "=x \"y\""), ("north", "-52.5"), ("east", "13.405"), ("urgent", "yes")]
        {
            record.put(name, text);
        }
        let text = write(&[record.clone(), Record::default()]);
        assert!(text.contains("[13.405,-52.5]"), "east comes first: {text}");
        let read = read(&text, 10).expect("is GeoJSON");
        assert_eq!(read[0], (1, Ok(record)));
        assert_eq!(read[1].1, Ok(Record::default()), "without a place");
    }

    #[test]
    fn what_is_no_point_is_refused_and_the_rest_is_not() {
        let text = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","geometry":{"type":"Polygon","coordinates":[]},"properties":{"title":"a"}},
            {"type":"Feature","geometry":{"type":"Point","coordinates":["x"]},"properties":{}},
            {"type":"Feature","geometry":null,"properties":{"title":"b","urgent":true,"lat":1.5,"deep":{"x":[1]}}},
            7]}"#;
        let read = read(text, 10).expect("is GeoJSON");
        assert_eq!(read.iter().map(|(_, row)| row.is_ok()).collect::<Vec<_>>(), [false, false, true, false]);
        let third = read[2].1.as_ref().expect("is read");
        assert_eq!((third.get("urgent"), third.get("north")), ("yes", "1.5"));
    }

    #[test]
    fn what_is_not_geojson_is_refused() {
        for bad in ["", "[]", "{}", "{\"type\":\"FeatureCollection\"}", &"[".repeat(100_000)] {
            assert!(read(bad, 10).is_err());
        }
    }
}
