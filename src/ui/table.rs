//! Tables for people: a bold header, aligned columns, no lines to clutter a copy and paste. Cells never
//! wrap, so that `grep` finds whole rows and a copied address is whole. Columns stand in the order of
//! their importance: on a terminal that is too narrow the last ones are left out.

use comfy_table::{Attribute, Cell as TableCell, Color, ContentArrangement, presets};

use super::error::Result;
use super::out::{Out, Style};

/// Columns that are shown however narrow the terminal is.
const COLUMNS_MIN: usize = 2;

/// A table being filled.
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// One cell: its text and what it means.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Option<Style>,
}

impl Cell {
    /// A cell in the colour of `style`.
    pub fn styled(text: impl Into<String>, style: Style) -> Cell {
        Cell { text: text.into(), style: Some(style) }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell { text: text.into(), style: None }
    }
}

impl Table {
    /// An empty table with these column headings.
    pub fn new<T: AsRef<str>>(header: &[T]) -> Table {
        let header = header.iter().map(|name| name.as_ref().to_owned()).collect();
        Table { header, rows: Vec::new() }
    }

    /// Adds a row; it has as many cells as the header.
    pub fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.header.len(), "a row as wide as the header");
        self.rows.push(cells);
    }

    /// Prints the table.
    ///
    /// # Errors
    /// As [`Out::bytes`].
    pub fn print(&self, out: &mut Out) -> Result<()> {
        let width = if out.is_terminal() { terminal_width() } else { None };
        out.line(&self.render(self.fitting(width), out.has_color()))
    }

    /// How many columns fit, at least the first two.
    fn fitting(&self, width: Option<usize>) -> usize {
        let all = self.header.len();
        let Some(width) = width else { return all };
        let fits =
            |columns: &usize| self.render(*columns, false).lines().all(|line| line.chars().count() <= width);
        (COLUMNS_MIN..=all).rev().find(fits).unwrap_or(COLUMNS_MIN.min(all))
    }

    fn render(&self, columns: usize, color: bool) -> String {
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        if color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let heading = |name| TableCell::new(name).add_attribute(Attribute::Bold);
        table.set_header(self.header.iter().take(columns).map(heading));
        for row in &self.rows {
            table.add_row(row.iter().take(columns).map(render_cell));
        }
        // The header sits where the data does: no blank in front of the first column or behind the last.
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 2));
        });
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

/// Columns of the terminal; a terminal that does not know counts as endless.
fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().filter(|width| *width > 0).map(usize::from)
}

fn render_cell(cell: &Cell) -> TableCell {
    let rendered = TableCell::new(&cell.text);
    match cell.style {
        Some(Style::Good) => rendered.fg(Color::DarkGreen),
        Some(Style::Warn) => rendered.fg(Color::DarkYellow),
        Some(Style::Bad) => rendered.fg(Color::DarkRed),
        Some(Style::Strong) => rendered.add_attribute(Attribute::Bold),
        Some(Style::Faint) => rendered.add_attribute(Attribute::Dim),
        None => rendered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_pipes_get_plain_text() {
        let mut table = Table::new(&["node", "role"]);
        table.row(vec!["127.0.0.1:6379".into(), Cell::styled("master", Style::Good)]);
        let (mut out, text) = Out::captured();
        table.print(&mut out).unwrap();
        assert_eq!(text.text(), "node            role\n127.0.0.1:6379  master\n");
    }
    #[test]
    fn a_narrow_terminal_loses_the_last_columns() {
        let mut table = Table::new(&["node", "role", "offset"]);
        table.row(vec!["a".into(), "master".into(), "123".into()]);
        assert_eq!(table.fitting(None), 3);
        assert_eq!(table.fitting(Some(20)), 3);
        assert_eq!(table.fitting(Some(15)), 2);
        assert_eq!(table.fitting(Some(1)), 2);
    }
}
