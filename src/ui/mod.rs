//! The only printer. Nothing outside this module writes to the terminal.
//!
//! - [`out`]: the two handles. Standard output is data and nothing else; standard error is everything
//!   a person reads on the side (notes, plans, prompts, progress, errors).
//! - [`error`]: the one error type of the edge, whose kind decides the exit code; [`exit`]: the codes.
//! - [`table`], [`json`], [`progress`], [`prompt`]: the shapes that output takes.
//!
//! ```text
//!   server, shell, ops --typed errors--> ui::error::Error --Kind--> exit::Exit --> main
//! ```
//!
//! A closed pipe (`rtool status ... | head -1`) is a clean end, not a failure: writing reports
//! [`error::Kind::PipeClosed`], which prints nothing and exits 0.

pub mod error;
pub mod exit;
pub mod format;
pub mod json;
pub mod out;
pub mod progress;
pub mod prompt;
pub mod table;

pub use error::{Error, Kind, Result};
pub use exit::Exit;
pub use out::{ColorChoice, Console, Out, Style};
