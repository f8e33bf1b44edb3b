//! Columns that line up, whatever script the words are in.

use unicode_width::UnicodeWidthStr;

use super::{Paint, one_line};

/// Rows of cells. The last column is not padded.
#[derive(Debug, Default)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings.
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|cell| (*cell).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row; cells are put on one line each and freed of control characters.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        self.rows.push(cells.into_iter().map(|cell| one_line(cell.as_ref())).collect());
    }

    /// The table as lines, the headings dim, two spaces between columns.
    pub fn text(&self, paint: Paint) -> String {
        let columns = self.rows.iter().map(Vec::len).chain([self.head.len()]).max().unwrap_or(0);
        let every = || self.rows.iter().chain([&self.head]);
        let widths: Vec<usize> = (0..columns)
            .map(|at| every().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        if self.head.iter().any(|cell| !cell.is_empty()) {
            text.push_str(&paint.dim(&line(&self.head, &widths)));
            text.push('\n');
        }
        for row in &self.rows {
            text.push_str(&line(row, &widths));
            text.push('\n');
        }
        text
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        line.push_str(cell);
        if at + 1 < cells.len() {
            line.push_str(&" ".repeat(widths[at].saturating_sub(cell.width()) + 2));
        }
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_for_wide_letters_too() {
        let mut table = Table::new(&["name", "state"]);
        table.row(["Ana", "here"]);
        table.row(["美咲\n", "away"]);
        assert_eq!(table.text(Paint::OFF), "name   state\nAna    here\n美咲   away\n");
    }

    #[test]
    fn a_table_without_headings_has_no_empty_first_line() {
        let mut table = Table::new(&[]);
        table.row(["a", "", "c"]);
        assert_eq!(table.text(Paint::OFF), "a    c\n");
    }
}
