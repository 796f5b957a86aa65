//! Error replies of the server: the words Redis uses, in one place for those that several commands
//! share. A `Fault` is the whole error line without the leading `-`; its first word is the code that
//! INFO errorstats counts.

use std::borrow::Cow;

/// An error reply: what the client reads after `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(Cow<'static, str>);

impl Fault {
    /// A fault with fixed words, code included ("ERR ...", "WRONGTYPE ...").
    pub const fn new(line: &'static str) -> Fault {
        Fault(Cow::Borrowed(line))
    }

    /// A generic `ERR` fault with composed words.
    pub fn err(words: impl AsRef<str>) -> Fault {
        Fault(Cow::Owned(format!("ERR {}", words.as_ref())))
    }

    /// A fault with composed words that start with their own code.
    pub fn line(line: impl Into<String>) -> Fault {
        Fault(Cow::Owned(line.into()))
    }

    /// The whole line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code: the first word.
    pub fn code(&self) -> &str {
        self.0.split(' ').next().unwrap_or("ERR")
    }
}

/// The key holds another type than the command works on.
pub const WRONG_TYPE: Fault = Fault::new("WRONGTYPE Operation against a key holding the wrong kind of value");
/// Options of a command are wrong.
pub const SYNTAX: Fault = Fault::new("ERR syntax error");
/// An argument or a value is not a 64-bit integer.
pub const NOT_INTEGER: Fault = Fault::new("ERR value is not an integer or out of range");
/// An argument or a value is not a finite float.
pub const NOT_FLOAT: Fault = Fault::new("ERR value is not a valid float");
/// The key does not exist.
pub const NO_SUCH_KEY: Fault = Fault::new("ERR no such key");
/// A database number is out of range.
pub const DB_RANGE: Fault = Fault::new("ERR DB index is out of range");
/// A command needs authentication first.
pub const NO_AUTH: Fault = Fault::new("NOAUTH Authentication required.");
/// A write on a read-only replica.
pub const READ_ONLY: Fault = Fault::new("READONLY You can't write against a read only replica.");
/// The data set is being loaded.
pub const LOADING: Fault = Fault::new("LOADING Redis is loading the dataset in memory");
/// A replica without its master that must not serve stale data.
pub const MASTER_DOWN: Fault =
    Fault::new("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
/// Fewer good replicas than `min-replicas-to-write`.
pub const NO_REPLICAS: Fault = Fault::new("NOREPLICAS Not enough good replicas to write.");
/// The last background save failed and writes are stopped.
pub const MISCONF_RDB: Fault = Fault::new(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
);
/// Memory limit reached and nothing may be evicted.
pub const OUT_OF_MEMORY: Fault = Fault::new("OOM command not allowed when used memory > 'maxmemory'.");
/// A string would exceed the largest size.
pub const STRING_TOO_LONG: Fault = Fault::new("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
/// EXEC after a command failed to queue.
pub const EXEC_ABORT: Fault = Fault::new("EXECABORT Transaction discarded because of previous errors.");
