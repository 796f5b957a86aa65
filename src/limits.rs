//! Every named maximum of the program in one place: what it bounds, in which unit, and why that much.
//! Limits that users can set live in the configuration table; their hard bounds live here.

/// Largest bulk string, in bytes, that a value or an argument may ever have (Redis: 512 MB).
pub const BULK_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Longest inline command, and longest length line of a multibulk request, in bytes (Redis: 64 KB).
pub const INLINE_BYTES_MAX: usize = 64 * 1024;

/// Most arguments one request may announce (Redis: 1024 * 1024, or INT_MAX for authenticated clients).
pub const REQUEST_ARGS_MAX: usize = i32::MAX as usize;

/// Largest query buffer of one client, in bytes: argument positions are kept as 32-bit offsets.
pub const QUERY_BUFFER_BYTES_MAX: usize = 3 * 1024 * 1024 * 1024;

/// Deepest nesting of a reply the client reads: COMMAND DOCS, the deepest there is, stays below 20.
pub const REPLY_DEPTH_MAX: usize = 128;

/// Number of shards of the keyspace: a power of two; more than any worker count, so that two workers
/// rarely want the same one.
pub const SHARDS: usize = 64;

/// Most databases a server can be configured with.
pub const DATABASES_MAX: usize = 16_384;

/// Most worker threads (`io-threads`), as in Redis.
pub const WORKERS_MAX: usize = 128;

/// Smallest replication backlog, in bytes (Redis: 16 KB).
pub const BACKLOG_BYTES_MIN: usize = 16 * 1024;

/// Bounds of one journal block, in bytes: a sixteenth of the backlog between them, so that trimming
/// follows the backlog's size closely and blocks stay few.
pub const JOURNAL_BLOCK_BYTES_MIN: usize = 1024;
/// See [`JOURNAL_BLOCK_BYTES_MIN`].
pub const JOURNAL_BLOCK_BYTES_MAX: usize = 64 * 1024;

/// Bytes that short replies share in one buffer while their client does not take them, and from which on a reply keeps
/// the buffer it was made in.
pub const PIECE_BYTES: usize = 64 * 1024;

/// Replies of this many bytes are sent, as far as the socket takes them, before more requests of their client run.
pub const REPLY_BYTES_AT_ONCE: usize = 64 * 1024;

/// Keys that a sketch of hot keys remembers: a shard has three, so all of them stay below a megabyte.
pub const SKETCH_KEYS: usize = 16;

/// Bytes of a key's name that HOTKEYS remembers.
pub const HOTKEY_BYTES_MAX: usize = 512;

/// Keys that INFO keysizes counts while it keeps a shard: some tens of microseconds.
pub const KEYS_COUNTED_AT_ONCE: usize = 512;

/// Most keys in each list of HOTKEYS GET.
pub const HOTKEYS_COUNT_MAX: usize = 64;

/// Longest line of a reply, in bytes: MONITOR sends whole commands, values included, as one line.
pub const REPLY_LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes the client asks the socket for at once.
pub const CLIENT_READ_BYTES: usize = 16 * 1024;

/// Most lines the shell's history keeps.
pub const HISTORY_LINES_MAX: usize = 10_000;

/// Most RESP3 pushes the client keeps for a caller that does not take them; the oldest go first.
pub const CLIENT_PUSHES_MAX: usize = 1024;

/// Longest line a master may send during the handshake and in front of a transfer, in bytes.
pub const HANDSHAKE_LINE_BYTES_MAX: usize = 8 * 1024;

const _: () = assert!(SHARDS.is_power_of_two());
const _: () = assert!(QUERY_BUFFER_BYTES_MAX <= u32::MAX as usize);
const _: () = assert!(BULK_BYTES_MAX < QUERY_BUFFER_BYTES_MAX);

/// How deep configuration files may include each other: deeper is a circle.
pub const CONFIG_INCLUDE_DEPTH_MAX: usize = 16;

/// Largest configuration, in bytes, all files together.
pub const CONFIG_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most nodes the operator commands follow in one group: far more than any group has, so that servers
/// which name each other in error cannot lead a search on for ever.
pub const GROUP_NODES_MAX: usize = 256;

/// Records of past operations that are listed: the latest.
pub const HISTORY_RECORDS_MAX: usize = 1000;

/// Longest password read from a file or a command, in bytes.
pub const SECRET_BYTES_MAX: usize = 4096;

/// Most different error codes counted in INFO errorstats (Redis: 128), so that no client can grow it.
pub const ERROR_CODES_MAX: usize = 128;

/// Most requests of one client executed in one turn of its task: the prefetch window, and the bound on
/// how long other clients of the worker wait.
pub const BATCH_REQUESTS_MAX: usize = 64;

/// Arguments of a batch for which a worker keeps the room; what a larger one took is given back.
pub const SPANS_KEPT: usize = 16 * 1024;

/// Most keys of a batch that are hashed and prefetched ahead of its execution: what a core's cache holds.
pub const PREFETCH_KEYS_MAX: usize = 2048;

/// Bytes read from a socket at once.
pub const READ_CHUNK_BYTES: usize = 64 * 1024;

/// Most arguments of a command the slow log keeps (Redis: 32), and most bytes of each (Redis: 128).
pub const SLOWLOG_ARGS_MAX: usize = 32;
/// See `SLOWLOG_ARGS_MAX`.
pub const SLOWLOG_ARG_BYTES_MAX: usize = 128;

/// Most sockets kept for the next MIGRATE (Redis: 64).
pub const MIGRATE_SOCKETS_MAX: usize = 64;

/// Longest answer to a command of MIGRATE, in bytes (Redis: 1024).
pub const TARGET_LINE_BYTES_MAX: usize = 8 * 1024;

/// Samples kept per latency event (Redis: 160).
pub const LATENCY_SAMPLES_MAX: usize = 160;

/// Most room made at once for input that is known to be coming, in bytes.
pub const READ_AHEAD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a worker's reply buffer begins with, in bytes: most replies, INFO's too, fit without growth.
pub const SCRATCH_BYTES_MIN: usize = 16 * 1024;

/// Reply buffers of a worker above this size are given back after use, in bytes.
pub const SCRATCH_BYTES_KEPT: usize = 256 * 1024;

/// Most addresses and users whose failed AUTHs are remembered; beyond it the memory starts anew.
pub const AUTH_FAILURE_ADDRESSES_MAX: usize = 16 * 1024;

/// Longest DEBUG SLEEP, in seconds: a mistyped one must not stop a server for ever.
pub const DEBUG_SLEEP_SECONDS_MAX: f64 = 3600.0;

/// Largest table LCS may make, in bytes (Redis: proto-max-bulk-len).
pub const LCS_TABLE_BYTES_MAX: usize = BULK_BYTES_MAX;

/// Bytes of a diskless copy that wait for the slowest replica before the snapshot walk waits too.
pub const SPOOL_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Chunks of a copy on its way from the master's socket to the thread that reads it, about 64 KiB each.
pub const COPY_CHUNKS_MAX: usize = 16;

/// Bytes fetched at once for a replica: from a copy or from the journal.
pub const COPY_CHUNK_BYTES: usize = 128 * 1024;

/// Bytes written to one replica before the other connections of its worker have their turn.
pub const LINK_TURN_BYTES_MAX: usize = 1024 * 1024;

/// Encoded blocks of a big value that wait for a snapshot's output, 128 KiB each.
pub const ENCODED_BLOCKS_MAX: usize = 4;

/// Scripts in the cache that only EVAL brought (Redis 7.4: 500).
pub const EVAL_SCRIPTS_MAX: usize = 500;

/// Compiled scripts that one interpreter keeps; beyond that it compiles them again.
pub const COMPILED_SCRIPTS_MAX: usize = 4096;

/// Memory of one interpreter while a script runs, in bytes.
pub const SCRIPT_MEMORY_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Tables within tables in what a script returns.
pub const SCRIPT_REPLY_DEPTH_MAX: usize = 2000;

/// Stack of a thread that may run scripts, in bytes: Lua's C functions and values nest there.
pub const SCRIPT_STACK_BYTES: usize = 16 * 1024 * 1024;

/// Commands and subcommands that ACL rules can tell apart: a bit each in every selector.
pub const ACL_COMMANDS_MAX: usize = 512;

/// What ACL LOG keeps of a key, a channel or a name, in bytes.
pub const ACL_LOG_OBJECT_BYTES_MAX: usize = 16 * 1024;

/// Longest password of ACL GENPASS, in bits (Redis: 4096).
pub const GENPASS_BITS_MAX: i64 = 4096;

const _: () = assert!(ACL_COMMANDS_MAX.is_multiple_of(64));

/// Most redirections (MOVED, ASK) the shell follows for one command: more means the cluster is not of one mind.
pub const CLUSTER_REDIRECTS_MAX: usize = 16;

/// Most keys, and most bytes, that `:fork` copies into the private server of a shell.
pub const FORK_KEYS_MAX: usize = 100_000;
/// See [`FORK_KEYS_MAX`].
pub const FORK_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Deepest nesting of `:source` in sourced files.
pub const SOURCE_DEPTH_MAX: usize = 16;
