//! The embedded store: one SQLite file, one thread that writes, a few that read.
mod file;
mod writer;

pub use file::{FileError, open_file};
pub use writer::Writer;
