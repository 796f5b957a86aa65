//! The command line as clap definitions: plain data, no environment, cannot fail late.
