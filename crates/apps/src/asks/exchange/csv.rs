//! CSV (RFC 4180), as spreadsheets write and read it.
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe before it, and the import takes that off again.

use super::record::{COLUMNS, NUMBERS, Record, Rows};

/// Writes a table: names first, then a row for each.
pub fn write(records: &[Record]) -> String {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for record in records {
        let cell = |column: &&str| match NUMBERS.contains(column) {
            true => record.get(column).to_string(),
            false => guarded(record.get(column)),
        };
        let _ = writer.write_record(COLUMNS.iter().map(cell));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Reads a table whose first row names its columns: each row with its line, or what is wrong with it. At most `most` rows.
///
/// # Errors
/// If it is no table at all.
pub fn read(text: &str, most: usize) -> Result<Rows, String> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    // Spreadsheets of half the world write semicolons, and call it the same.
    let delimiter =
        [b'\t', b';', b','].into_iter().max_by_key(|mark| first.bytes().filter(|byte| byte == mark).count());
    let mut builder = ::csv::ReaderBuilder::new();
    let mut reader = builder.flexible(true).delimiter(delimiter.unwrap_or(b',')).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| format!("this is no table: {error}"))?.clone();
    let mut probe = Record::default();
    names.iter().for_each(|name| probe.put(name, "x"));
    if probe.get("title").is_empty() {
        return Err("its first row names no column \"title\"".into());
    }
    let mut rows = Vec::new();
    for row in reader.records().take(most) {
        let Ok(row) = row else {
            rows.push((0, Err("this row cannot be read".into())));
            continue;
        };
        let line = row.position().map_or(0, |position| position.line() as usize);
        let mut record = Record::default();
        names.iter().zip(row.iter()).for_each(|(name, cell)| record.put(name, bare(cell)));
        if row.len() > names.len() {
            rows.push((line, Err("this row has more cells than the first row has names".into())));
        } else if !record.is_empty() {
            rows.push((line, Ok(record)));
        }
    }
    Ok(rows)
}

fn is_risky(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r')
}

/// With an apostrophe, if a spreadsheet would take it for a formula; or if it looks as if it had one already.
fn guarded(cell: &str) -> String {
    let mut chars = cell.chars();
    let risky = match (chars.next(), chars.next()) {
        (Some('\''), Some(second)) => second == '\'' || is_risky(second),
        (Some(first), _) => is_risky(first),
        _ => false,
    };
    if risky { format!("'{cell}") } else { cell.into() }
}

fn bare(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(|c| c == '\'' || is_risky(c)) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(pairs: &[(&str, &str)]) -> Record {
        let mut record = Record::default();
        pairs.iter().for_each(|(name, text)| record.put(name, text));
        record
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        for title in [
            "plain",
            "=1+1",
            "-5 degrees",
            "@all",
            "+49 30",
            "'tis",
            "'=x",
            "''=x",
            "a,b;c\"d\"",
            "two\nlines",
            "雪 é 🙂",
        ] {
            let written = [record(&[("title", title), ("kind", "need"), ("north", "-1.500")])];
            let text = write(&written);
            let read = read(&text, 10).expect("is a table");
            assert_eq!(read.into_iter().map(|(_, row)| row.expect("is read")).collect::<Vec<_>>(), written, "{text}");
        }
    }

    #[test]
    fn no_cell_is_a_formula_and_no_number_is_spoiled() {
        let text = write(&[record(&[("title", "=HYPERLINK(\"http://x\")"), ("place", "@home"), ("north", "-1.5")])]);
        assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\")\"") && text.contains(",'@home,-1.5,"), "{text}");
        assert!(text.starts_with("id,kind,title,") && text.ends_with("\r\n"));
    }

    #[test]
    fn tables_of_others_are_read() {
        let semicolons = "\u{feff}Name;Latitude;Longitude;Type\nBlankets;52.5;13.4;need\n;;;\n";
        let rows = read(semicolons, 10).expect("is a table");
        assert_eq!(rows.len(), 1, "a blank row is no row");
        assert_eq!(
            rows[0],
            (2, Ok(record(&[("title", "Blankets"), ("lat", "52.5"), ("lon", "13.4"), ("kind", "need")])))
        );
        assert!(read("", 10).is_err() && read("a,b\n1,2\n", 10).is_err());
        let rows = read("title\na,b\nc\n", 10).expect("is a table");
        assert!(rows[0].1.is_err() && rows[1].1.is_ok());
        assert_eq!(read(&format!("title\n{}", "x\n".repeat(100)), 7).expect("is a table").len(), 7);
    }
}
