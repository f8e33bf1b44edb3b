//! How things look in a terminal: pure functions from values to text. Nothing here reads a clock or a file, or prints.

pub mod amount;
pub mod checkup;
pub mod drill;
pub mod first;
pub mod line;
pub mod paint;
pub mod qr;
pub mod show;
pub mod table;
pub mod time;

pub use line::one_line;
pub use paint::Paint;
pub use table::Table;
