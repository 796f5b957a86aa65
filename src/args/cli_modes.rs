//! The modes of `rtool cli` and `rtool redis-cli`: what runs instead of a command, and the options of each.
//! Names, defaults and meanings are redis-cli's.

use std::ffi::OsString;
use std::path::PathBuf;

/// Keys that a SCAN may look at in one call, unless `--count` says so (redis-cli: 10).
pub const SCAN_COUNT: u32 = 10;

/// Seconds without a reply after which `--pipe` gives up (redis-cli: 30).
pub const PIPE_TIMEOUT: u64 = 30;

/// Which mode, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Modes")]
pub struct ModeArgs {
    /// Print a line of figures each second (or each -i)
    #[arg(long)]
    pub stat: bool,
    /// Measure the time of a PING again and again
    #[arg(long)]
    pub latency: bool,
    /// As --latency, a line for each 15 seconds (or each -i)
    #[arg(long)]
    pub latency_history: bool,
    /// Show latencies as a spectrum, a line each second (or each -i)
    #[arg(long)]
    pub latency_dist: bool,
    /// The spectrum in shades of grey
    #[arg(long)]
    pub mono: bool,
    /// Measure for SECONDS how long this machine keeps a process waiting; no server is asked
    #[arg(long, value_name = "SECONDS")]
    pub intrinsic_latency: Option<u64>,
    /// Simulate a cache of KEYS keys of which some are asked for more often
    #[arg(long, value_name = "KEYS")]
    pub lru_test: Option<u64>,
    /// Become a replica and print what the master sends
    #[arg(long, visible_alias = "slave")]
    pub replica: bool,
    /// Save a snapshot of the server's data to FILE; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "functions_rdb")]
    pub rdb: Option<PathBuf>,
    /// As --rdb, but of the functions alone
    #[arg(long, value_name = "FILE")]
    pub functions_rdb: Option<PathBuf>,
    /// Send standard input to the server as it is: commands in RESP, or lines
    #[arg(long)]
    pub pipe: bool,
    /// Give up after this long without a reply, once all is sent; 0 never does
    #[arg(long, value_name = "SECONDS", default_value_t = PIPE_TIMEOUT)]
    pub pipe_timeout: u64,
    /// Leave out the first COMMANDS of standard input: they were sent before
    #[arg(long, value_name = "COMMANDS", default_value_t = 0)]
    pub pipe_skip: u64,
    /// Find the keys with the most elements
    #[arg(long)]
    pub bigkeys: bool,
    /// Find the keys that take the most memory
    #[arg(long)]
    pub memkeys: bool,
    /// As --memkeys, looking at SAMPLES elements of each key; 0 looks at all
    #[arg(long, value_name = "SAMPLES")]
    pub memkeys_samples: Option<u64>,
    /// Find the biggest keys by memory and by elements, with distributions
    #[arg(long)]
    pub keystats: bool,
    /// As --keystats, looking at SAMPLES elements of each key; 0 looks at all
    #[arg(long, value_name = "SAMPLES")]
    pub keystats_samples: Option<u64>,
    /// Where --keystats goes on: the cursor it ended with
    #[arg(long, value_name = "CURSOR", default_value_t = 0)]
    pub cursor: u64,
    /// How many keys --keystats lists
    #[arg(long, value_name = "KEYS", default_value_t = 10)]
    pub top: usize,
    /// Find the keys used most; the server needs an LFU policy
    #[arg(long)]
    pub hotkeys: bool,
    /// Print the names of keys
    #[arg(long)]
    pub scan: bool,
    /// Keys that match this pattern (--scan, --bigkeys, --memkeys, --keystats, --hotkeys)
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    pub pattern: Option<OsString>,
    /// As --pattern, quoted as at the prompt
    #[arg(long, value_name = "PATTERN", overrides_with = "pattern")]
    pub quoted_pattern: Option<OsString>,
    /// Keys of this type (--scan)
    #[arg(long, value_name = "TYPE")]
    pub r#type: Option<String>,
    /// Keys that one SCAN looks at
    #[arg(long, value_name = "KEYS", default_value_t = SCAN_COUNT)]
    pub count: u32,
    /// Run the Lua script in FILE; words up to a lone comma are its keys, those after it its arguments
    #[arg(long, value_name = "FILE")]
    pub eval: Option<PathBuf>,
    /// Debug the script of --eval
    #[arg(long, requires = "eval")]
    pub ldb: bool,
    /// As --ldb, the server standing still
    #[arg(long, requires = "eval")]
    pub ldb_sync_mode: bool,
    /// Print the hint that a line of the prompt would show
    #[arg(long = "test_hint", value_name = "LINE", hide = true)]
    pub test_hint: Option<String>,
    /// Compare hints with those that FILE expects
    #[arg(long = "test_hint_file", value_name = "FILE", hide = true)]
    pub test_hint_file: Option<PathBuf>,
}
