//! `rtool keys`: work on every key that matches a pattern.

use std::path::PathBuf;

use super::operator::Login;

const EXAMPLES: &str = "\
Examples:
  rtool keys delete 'session:*' --on prod --dry-run
  rtool keys delete 'session:*' --on prod --rate 2000
  rtool keys restore rtool-undo.resp --on prod
  rtool keys expire 'cache:*' --seconds 3600
  rtool keys copy 'user:*' --on prod --to 127.0.0.1:6380

Before anything is changed the keys are counted and some are shown; then it asks, unless --yes is given. What is \
deleted or given another time to live goes to the undo file first: commands in RESP, which `rtool keys restore`, or \
`rtool cli --pipe`, send back.

Exit codes: 0 done, 1 the server refused, 3 no connection, 4 refused credentials, 5 some keys failed, 6 declined, \
130 stopped by Ctrl-C.";

/// The operands of `rtool keys`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// Which server, which keys, how fast.
#[derive(Debug, Clone, clap::Args)]
pub struct Choice {
    /// The server: a profile, a name of rtool.toml, or an address
    #[arg(long, value_name = "SERVER", default_value = "127.0.0.1:6379")]
    pub on: String,
    /// The database [default: the profile's, or 0]
    #[arg(long, short = 'n', value_name = "DB")]
    pub db: Option<u32>,
    /// Keys of this type only
    #[arg(long, value_name = "TYPE")]
    pub r#type: Option<String>,
    /// Keys in a second at most; 0 goes as fast as the server
    #[arg(long, value_name = "KEYS", default_value_t = 10_000)]
    pub rate: u64,
    /// Count and show the keys, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// Who logs in, and where the password is.
    #[command(flatten)]
    pub login: Login,
}

/// Where what is taken away is kept.
#[derive(Debug, Clone, clap::Args)]
pub struct Undo {
    /// Where what is lost is kept first; must not exist yet
    #[arg(long, value_name = "FILE", default_value = "rtool-undo.resp")]
    pub undo: PathBuf,
    /// Keep nothing
    #[arg(long, conflicts_with = "undo")]
    pub no_undo: bool,
}

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Delete keys (UNLINK)
    Delete {
        /// Which keys, as for SCAN MATCH
        pattern: String,
        /// The server and the pace.
        #[command(flatten)]
        choice: Choice,
        /// The undo file.
        #[command(flatten)]
        undo: Undo,
    },
    /// Give keys a time to live
    Expire {
        /// Which keys, as for SCAN MATCH
        pattern: String,
        /// Seconds from now
        #[arg(long, value_name = "SECONDS")]
        seconds: u64,
        /// The server and the pace.
        #[command(flatten)]
        choice: Choice,
        /// The undo file.
        #[command(flatten)]
        undo: Undo,
    },
    /// Copy keys to another server, with their times to live
    Copy {
        /// Which keys, as for SCAN MATCH
        pattern: String,
        /// The other server
        #[arg(long, value_name = "SERVER")]
        to: String,
        /// Replace keys that are there
        #[arg(long)]
        replace: bool,
        /// The server and the pace.
        #[command(flatten)]
        choice: Choice,
    },
    /// Send back what an undo file holds
    Restore {
        /// The undo file
        file: PathBuf,
        /// The server: a profile, a name of rtool.toml, or an address
        #[arg(long, value_name = "SERVER", default_value = "127.0.0.1:6379")]
        on: String,
        /// Who logs in, and where the password is.
        #[command(flatten)]
        login: Login,
    },
}
