//! The only printer: tables, progress, colour, prompts, JSON, and the error type of the edge.
