//! THE table of directives. One row is all there is to know about one; the typed [`Settings`], CONFIG
//! GET, SET and REWRITE, the reader of configuration files, `--help` and the documentation derive
//! from it. A new directive is a new row.
//!
//! ```text
//! field: type = default, "name" ["alias"], kind, when it may change, standing, "what it does";
//! ```
//!
//! Names, bounds and defaults are those of Redis 7.2 (with the names that 7.4 added), apart from
//! `io-threads` and what rtool has of its own. A primary name is always one that Redis 7.2 knows, so
//! that a rewritten file can go back to it; newer spellings are aliases.

use std::path::PathBuf;

use crate::limits::{DATABASES_MAX, WORKERS_MAX};

use super::check;
use super::special::{Events, FileLines, OutputLimits, SavePoint, UserLines};
use super::value::Kind::{
    AnyOf, Folder, Int, Line, Memory, MemoryOrPercent as MemoryOrShare, Octal, OneOf, OptionalText,
    Secret as Password, Text, Word, Words, YesNo,
};
use super::value::Unit::{Bytes, Count, Hertz, Micros, Millis, Minutes, Percent, Port, Seconds};
use super::value::{
    AclPubsubDefault, AppendFsync, EndpointType, Field, Kind, Lines, LogLevel, MaxmemoryPolicy,
    MemoryOrPercent, OomScoreAdj, Origin, PropagationError, ProtectedAction, Refusal, ReplDisklessLoad,
    SanitizeDumpPayload, Secret, ShutdownFlags, Supervised, SyslogFacility, TlsAuthClients, any,
};

/// When and by whom a directive may be changed, and how it is treated. Bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// CONFIG SET may change it.
    pub const LIVE: Self = Self(0);
    /// Only the file and the command line can set it.
    pub const FIXED: Self = Self(1);
    /// CONFIG GET answers it only under its exact name.
    pub const HIDDEN: Self = Self(1 << 1);
    /// Its value must not appear in logs, SLOWLOG or MONITOR.
    pub const SENSITIVE: Self = Self(1 << 2);
    /// CONFIG SET needs `enable-protected-configs`.
    pub const PROTECTED: Self = Self(1 << 3);
    /// CONFIG SET is refused while a dataset is being loaded.
    pub const NOT_LOADING: Self = Self(1 << 4);
    /// Setting it to what it is already is a change too (the file behind the name may be new).
    pub const VOLATILE: Self = Self(1 << 5);
    /// Part of a diagnostic report.
    pub const DEBUG: Self = Self(1 << 6);
    /// Only in files and on the command line: CONFIG does not know it.
    pub const FILE_ONLY: Self = Self(1 << 7);

    /// Both together.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all bits of `other` are on.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What rtool does with a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It works.
    Used,
    /// Accepted and kept, without effect so far.
    Later,
    /// Accepted and kept; it steers a mechanism that this engine does not have.
    Moot,
}

/// The way to the typed field behind a row.
struct Access {
    take: Take,
    show: fn(&Settings, &Kind) -> Vec<u8>,
    lines: fn(&Settings, &Kind, &str, &Settings) -> Lines,
    same: fn(&Settings, &Settings) -> bool,
}

type Take = fn(&mut Settings, &Kind, &[&[u8]], Origin) -> Result<(), Refusal>;

/// One row of the table.
pub struct Directive {
    /// The name that CONFIG REWRITE writes.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// Shape and bounds of its value.
    pub kind: Kind,
    /// When it may change.
    pub flags: Flags,
    /// Whether it has an effect.
    pub standing: Standing,
    /// One sentence for people.
    pub about: &'static str,
    access: Access,
}

impl Directive {
    /// Whether its value may be several words.
    pub fn is_multi(&self) -> bool {
        matches!(self.kind, AnyOf(_) | Words(_) | Line(..))
    }

    /// Its value in `settings`, as CONFIG GET prints it.
    pub fn value(&self, settings: &Settings) -> Vec<u8> {
        (self.access.show)(settings, &self.kind)
    }

    /// Takes a value from the words after the name; on refusal nothing has changed.
    pub(super) fn take(&self, to: &mut Settings, words: &[&[u8]], origin: Origin) -> Result<(), Refusal> {
        (self.access.take)(to, &self.kind, words, origin)
    }

    /// The lines that CONFIG REWRITE writes for it.
    pub(super) fn lines(&self, settings: &Settings, defaults: &Settings) -> Lines {
        (self.access.lines)(settings, &self.kind, self.name, defaults)
    }

    /// Whether it has the same value in both.
    pub fn same(&self, a: &Settings, b: &Settings) -> bool {
        (self.access.same)(a, b)
    }
}

/// Finds a directive by its name or an alias, in any case.
pub fn find(name: &[u8]) -> Option<&'static Directive> {
    let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
    TABLE.iter().find(|row| is(&row.name) || row.aliases.iter().any(is))
}

macro_rules! directives {
    ($($field:ident: $ty:ty = $default:expr, $name:literal [$($alias:literal),*], $kind:expr,
       $flags:expr, $standing:ident, $about:literal;)*) => {
        /// The settings of a server, one typed field per directive, in the units their kinds name.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $(
                #[doc = concat!("`", $name, "`: ", $about, " Kind: ", stringify!($kind), ".")]
                pub $field: $ty,
            )*
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        /// Every directive there is.
        pub static TABLE: &[Directive] = &[
            $(Directive {
                name: $name,
                aliases: &[$($alias),*],
                kind: $kind,
                flags: $flags,
                standing: Standing::$standing,
                about: $about,
                access: Access {
                    take: |to, kind, words, origin| Field::take(&mut to.$field, kind, words, origin),
                    show: |from, kind| Field::show(&from.$field, kind),
                    lines: |from, kind, name, default| Field::lines(&from.$field, kind, name, &default.$field),
                    same: |a, b| a.$field == b.$field,
                },
            },)*
        ];
    };
}

const LIVE: Flags = Flags::LIVE;
const FIXED: Flags = Flags::FIXED;
const HIDDEN: Flags = Flags::HIDDEN;
const DEBUG: Flags = Flags::DEBUG;
const SECRET: Flags = Flags::SENSITIVE;
const FILE: Flags = Flags::VOLATILE;
const LINE: Flags = Flags::FILE_ONLY.and(FIXED);

const I32: i64 = i32::MAX as i64;
const I64: i64 = i64::MAX;
const U32: i64 = u32::MAX as i64;
const MOST: u64 = i64::MAX as u64;
const KB: u64 = 1 << 10;
const MB: u64 = 1 << 20;

/// Most worker threads that `io-threads` defaults to: more than four rarely pay on one network card.
const DEFAULT_WORKERS_MAX: usize = 4;

fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(DEFAULT_WORKERS_MAX)
}

fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}

fn default_save() -> Vec<SavePoint> {
    let point = |seconds, changes| SavePoint { seconds, changes };
    vec![point(3600, 1), point(300, 100), point(60, 10_000)]
}

impl Settings {
    /// Where a file that the configuration names lies: relative names are relative to `dir`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Brings values that Redis takes as hints into their working range (`hz`: 1 to 500).
    pub(super) fn normalize(&mut self) {
        self.hz = self.hz.clamp(1, 500);
    }
}

directives! {
    // --- network ---------------------------------------------------------------------------------
    bind: Vec<String> = vec!["*".into(), "-::*".into()], "bind" [], Words("ADDRESS ..."), LIVE, Used,
        "The addresses to listen on; a leading '-' makes one optional, none at all means no TCP.";
    bind_source_addr: Option<String> = None, "bind-source-addr" [], OptionalText(any), LIVE, Used,
        "The local address that connections to a master or to other nodes start from.";
    protected_mode: bool = true, "protected-mode" [], YesNo, LIVE, Used,
        "Without a password, clients of other machines are turned away.";
    port: u16 = 6379, "port" [], Int(0, 65535, Port), LIVE, Used,
        "The TCP port for clients; 0 listens on none.";
    tcp_backlog: u32 = 511, "tcp-backlog" [], Int(0, I32, Count), FIXED, Used,
        "How many connections the kernel may hold before they are accepted.";
    unixsocket: Option<String> = None, "unixsocket" [], OptionalText(any), FIXED, Used,
        "The path of a unix socket to listen on as well.";
    unixsocketperm: u32 = 0, "unixsocketperm" [], Octal(0o777), FIXED, Used,
        "The mode of the unix socket's file; 0 leaves what the umask gives.";
    timeout: u64 = 0, "timeout" [], Int(0, I32, Seconds), LIVE, Used,
        "Idle clients are closed after this time; 0 never closes them.";
    tcp_keepalive: u64 = 300, "tcp-keepalive" [], Int(0, I32, Seconds), LIVE, Used,
        "How often silent connections are probed by TCP; 0 turns probes off.";
    socket_mark_id: u32 = 0, "socket-mark-id" [], Int(0, U32, Count), FIXED, Later,
        "A mark for the sockets that the system's packet filter can see; 0 sets none.";
    maxclients: usize = 10_000, "maxclients" [], Int(1, U32, Count), LIVE, Used,
        "How many clients may be connected at the same time.";
    max_new_connections_per_cycle: u32 = 10, "max-new-connections-per-cycle" [], Int(1, 1000, Count), LIVE, Later,
        "How many connections are accepted before other work has its turn.";
    max_new_tls_connections_per_cycle: u32 = 1, "max-new-tls-connections-per-cycle" [], Int(1, 1000, Count), LIVE, Later,
        "How many TLS connections are accepted before other work has its turn.";
    client_query_buffer_limit: u64 = 1 << 30, "client-query-buffer-limit" [], Memory(MB, MOST), DEBUG, Used,
        "The most unread request bytes that one client may pile up.";
    client_output_buffer_limit: OutputLimits = OutputLimits::default(), "client-output-buffer-limit" [],
        Words("CLASS HARD SOFT SOFT-SECONDS ..."), LIVE, Used,
        "How much may wait to be sent to a client of a class (normal, replica, pubsub) before it is cut off.";
    proto_max_bulk_len: u64 = 512 * MB, "proto-max-bulk-len" [], Memory(MB, MOST), DEBUG, Used,
        "The longest single argument or value.";
    maxmemory_clients: MemoryOrPercent = MemoryOrPercent::Bytes(0), "maxmemory-clients" [], MemoryOrShare, LIVE, Used,
        "What all clients' buffers together may take before the largest client is cut off; 0 sets no limit.";
    io_threads: usize = default_workers(), "io-threads" [], Int(1, WORKERS_MAX as i64, Count), FIXED.and(DEBUG), Used,
        "How many threads read, execute and answer requests; the default is one per core, at most four.";
    io_threads_do_reads: bool = true, "io-threads-do-reads" [], YesNo, FIXED.and(DEBUG), Moot,
        "Whether those threads read too; here they always do.";

    // --- TLS -------------------------------------------------------------------------------------
    tls_port: u16 = 0, "tls-port" [], Int(0, 65535, Port), LIVE, Later, "The port for TLS clients; 0 listens on none.";
    tls_cert_file: Option<String> = None, "tls-cert-file" [], OptionalText(any), FILE, Later,
        "The server's certificate (PEM).";
    tls_key_file: Option<String> = None, "tls-key-file" [], OptionalText(any), FILE, Later,
        "The key of the server's certificate (PEM).";
    tls_key_file_pass: Secret = Secret::default(), "tls-key-file-pass" [], Password, SECRET, Later,
        "The password of that key.";
    tls_client_cert_file: Option<String> = None, "tls-client-cert-file" [], OptionalText(any), FILE, Later,
        "The certificate to show when this server is the client, if it is another one.";
    tls_client_key_file: Option<String> = None, "tls-client-key-file" [], OptionalText(any), FILE, Later,
        "The key of that certificate.";
    tls_client_key_file_pass: Secret = Secret::default(), "tls-client-key-file-pass" [], Password, SECRET, Later,
        "The password of that key.";
    tls_dh_params_file: Option<String> = None, "tls-dh-params-file" [], OptionalText(any), FILE, Moot,
        "Diffie-Hellman parameters for old OpenSSL versions.";
    tls_ca_cert_file: Option<String> = None, "tls-ca-cert-file" [], OptionalText(any), FILE, Later,
        "The authorities whose certificates are trusted (PEM).";
    tls_ca_cert_dir: Option<String> = None, "tls-ca-cert-dir" [], OptionalText(any), FILE, Later,
        "A folder of such authorities.";
    tls_auth_clients: TlsAuthClients = TlsAuthClients::Yes, "tls-auth-clients" [], OneOf(TlsAuthClients::NAMES), LIVE, Later,
        "Whether TLS clients must show a certificate.";
    tls_replication: bool = false, "tls-replication" [], YesNo, LIVE, Later, "Whether links to a master use TLS.";
    tls_cluster: bool = false, "tls-cluster" [], YesNo, LIVE, Later, "Whether links between cluster nodes use TLS.";
    tls_protocols: Option<String> = None, "tls-protocols" [], OptionalText(any), LIVE, Later,
        "The TLS versions to offer, by name.";
    tls_ciphers: Option<String> = None, "tls-ciphers" [], OptionalText(any), LIVE, Later,
        "The ciphers of TLS up to 1.2.";
    tls_ciphersuites: Option<String> = None, "tls-ciphersuites" [], OptionalText(any), LIVE, Later,
        "The cipher suites of TLS 1.3.";
    tls_prefer_server_ciphers: bool = false, "tls-prefer-server-ciphers" [], YesNo, LIVE, Later,
        "Whether the server's order of ciphers wins over the client's.";
    tls_session_caching: bool = true, "tls-session-caching" [], YesNo, LIVE, Later,
        "Whether TLS sessions can be resumed.";
    tls_session_cache_size: u64 = 20 * 1024, "tls-session-cache-size" [], Int(0, I32, Count), LIVE, Later,
        "How many TLS sessions are remembered; 0 sets no limit.";
    tls_session_cache_timeout: u64 = 300, "tls-session-cache-timeout" [], Int(0, I32, Seconds), LIVE, Later,
        "How long a TLS session is remembered.";

    // --- the process -----------------------------------------------------------------------------
    daemonize: bool = false, "daemonize" [], YesNo, FIXED, Used, "Whether to run in the background.";
    supervised: Supervised = Supervised::No, "supervised" [], OneOf(Supervised::NAMES), FIXED, Used,
        "Which supervisor to tell that the server is ready.";
    pidfile: Option<String> = None, "pidfile" [], OptionalText(any), FIXED, Used,
        "The file that holds the process id while the server runs.";
    loglevel: LogLevel = LogLevel::Notice, "loglevel" [], OneOf(LogLevel::NAMES), LIVE, Used,
        "The least important lines that are logged.";
    logfile: String = String::new(), "logfile" [], Text(any), FIXED, Used,
        "The file to log to; empty logs to standard output.";
    hide_user_data_from_log: bool = false, "hide-user-data-from-log" [], YesNo, LIVE, Later,
        "Whether keys and values are left out of the log.";
    syslog_enabled: bool = false, "syslog-enabled" [], YesNo, FIXED, Later, "Whether to log to syslog too.";
    syslog_ident: String = "redis".into(), "syslog-ident" [], Text(any), FIXED, Later, "The name used in syslog.";
    syslog_facility: SyslogFacility = SyslogFacility::Local0, "syslog-facility" [], OneOf(SyslogFacility::NAMES), FIXED, Later,
        "The syslog facility.";
    crash_log_enabled: bool = true, "crash-log-enabled" [], YesNo, LIVE, Used,
        "Whether a crash writes a report to the log.";
    crash_memcheck_enabled: bool = true, "crash-memcheck-enabled" [], YesNo, LIVE, Moot,
        "Whether a crash report tests the memory as well.";
    databases: usize = 16, "databases" [], Int(1, DATABASES_MAX as i64, Count), FIXED, Used,
        "How many numbered databases there are.";
    always_show_logo: bool = false, "always-show-logo" [], YesNo, FIXED, Moot,
        "Whether a logo is drawn in the log at the start.";
    set_proc_title: bool = true, "set-proc-title" [], YesNo, FIXED, Later,
        "Whether the process shows its addresses in its title.";
    proc_title_template: String = "{title} {listen-addr} {server-mode}".into(), "proc-title-template" [],
        Text(check::title_template), LIVE, Later, "How that title is built.";
    ignore_warnings: String = String::new(), "ignore-warnings" [], Text(any), LIVE, Later,
        "Warnings at the start that shall not stop it.";
    dir: PathBuf = here(), "dir" [], Folder, Flags::PROTECTED.and(Flags::NOT_LOADING), Used,
        "The working folder: data files live here, and relative names start here.";
    locale_collate: String = String::new(), "locale-collate" [], Text(any), LIVE, Later,
        "The locale for comparing texts in SORT ALPHA.";
    disable_thp: bool = true, "disable-thp" [], YesNo, FIXED, Moot,
        "Whether transparent huge pages are turned off for the process.";
    oom_score_adj: OomScoreAdj = OomScoreAdj::No, "oom-score-adj" [], OneOf(OomScoreAdj::NAMES), LIVE, Used,
        "Whether the kernel's out-of-memory score is adjusted by role.";
    oom_score_adj_values: [i32; 3] = [0, 200, 800], "oom-score-adj-values" [], Words("MASTER REPLICA CHILD"), LIVE, Used,
        "The scores, or what is added to them, by role.";
    server_cpulist: Option<String> = None, "server_cpulist" ["server-cpulist"], OptionalText(any), FIXED, Later,
        "The cores for the worker threads.";
    bio_cpulist: Option<String> = None, "bio_cpulist" ["bio-cpulist"], OptionalText(any), FIXED, Later,
        "The cores for background threads.";
    aof_rewrite_cpulist: Option<String> = None, "aof_rewrite_cpulist" ["aof-rewrite-cpulist"], OptionalText(any), FIXED, Moot,
        "The cores for a process that rewrites the AOF; rewriting here needs no process.";
    bgsave_cpulist: Option<String> = None, "bgsave_cpulist" ["bgsave-cpulist"], OptionalText(any), FIXED, Moot,
        "The cores for a process that saves; saving here needs no process.";
    shutdown_timeout: u64 = 10, "shutdown-timeout" [], Int(0, I32, Seconds), LIVE, Used,
        "How long a shutdown waits for replicas that lag behind.";
    shutdown_on_sigint: ShutdownFlags = ShutdownFlags::default(), "shutdown-on-sigint" [], AnyOf(ShutdownFlags::NAMES), LIVE, Used,
        "How SIGINT shuts the server down.";
    shutdown_on_sigterm: ShutdownFlags = ShutdownFlags::default(), "shutdown-on-sigterm" [], AnyOf(ShutdownFlags::NAMES), LIVE, Used,
        "How SIGTERM shuts the server down.";
    use_exit_on_panic: bool = false, "use-exit-on-panic" [], YesNo, HIDDEN, Moot,
        "Whether a failed assertion exits instead of aborting.";
    hz: u32 = 10, "hz" [], Int(0, I32, Hertz), LIVE, Used,
        "How often background work runs; kept between 1 and 500.";
    dynamic_hz: bool = true, "dynamic-hz" [], YesNo, LIVE, Moot,
        "Whether that grows with the number of clients; here it needs not.";
    watchdog_period: u64 = 0, "watchdog-period" [], Int(0, I32, Millis), HIDDEN, Later,
        "Commands that block a thread for this long are reported; 0 never.";

    // --- snapshots -------------------------------------------------------------------------------
    save: Vec<SavePoint> = default_save(), "save" [], Words("SECONDS CHANGES ..."), LIVE, Used,
        "When snapshots are taken: after so many seconds if there were so many changes; \"\" takes none.";
    stop_writes_on_bgsave_error: bool = true, "stop-writes-on-bgsave-error" [], YesNo, LIVE, Used,
        "Whether writes are refused after a snapshot has failed.";
    rdbcompression: bool = true, "rdbcompression" [], YesNo, LIVE, Used,
        "Whether texts in snapshots are compressed.";
    rdbchecksum: bool = true, "rdbchecksum" [], YesNo, FIXED, Used,
        "Whether snapshots end with a checksum, which loading then checks.";
    sanitize_dump_payload: SanitizeDumpPayload = SanitizeDumpPayload::No, "sanitize-dump-payload" [],
        OneOf(SanitizeDumpPayload::NAMES), DEBUG, Later,
        "Whether serialized values that arrive are checked deeply.";
    dbfilename: String = "dump.rdb".into(), "dbfilename" [], Text(check::db_filename), Flags::PROTECTED, Used,
        "The snapshot's file name.";
    rdb_del_sync_files: bool = false, "rdb-del-sync-files" [], YesNo, LIVE, Used,
        "Whether snapshots made only for replication are deleted when nothing else persists.";
    rdb_save_incremental_fsync: bool = true, "rdb-save-incremental-fsync" [], YesNo, LIVE, Used,
        "Whether a snapshot is forced to disk bit by bit while it is written.";
    rdb_key_save_delay: i32 = 0, "rdb-key-save-delay" [], Int(i32::MIN as i64, I32, Micros), HIDDEN, Used,
        "For tests: a pause after each key saved; negative means one every so many keys.";
    key_load_delay: i32 = 0, "key-load-delay" [], Int(i32::MIN as i64, I32, Micros), HIDDEN, Used,
        "For tests: a pause after each key loaded; negative means one every so many keys.";
    loading_process_events_interval_bytes: u64 = 2 * MB, "loading-process-events-interval-bytes" [],
        Int(1024, I32, Bytes), HIDDEN, Used, "How much is loaded before clients are looked after again.";

    // --- append-only file ------------------------------------------------------------------------
    appendonly: bool = false, "appendonly" [], YesNo, Flags::NOT_LOADING, Used,
        "Whether writes are kept in the append-only file.";
    appendfilename: String = "appendonly.aof".into(), "appendfilename" [], Text(check::aof_filename), FIXED, Used,
        "What the names of the append-only files begin with.";
    appenddirname: String = "appendonlydir".into(), "appenddirname" [], Text(check::aof_dirname), FIXED, Used,
        "The folder of the append-only files, inside 'dir'.";
    appendfsync: AppendFsync = AppendFsync::Everysec, "appendfsync" [], OneOf(AppendFsync::NAMES), LIVE, Used,
        "When the append-only file is forced to disk.";
    no_appendfsync_on_rewrite: bool = false, "no-appendfsync-on-rewrite" [], YesNo, LIVE, Used,
        "Whether that is left out while a snapshot or rewrite is under way.";
    auto_aof_rewrite_percentage: u64 = 100, "auto-aof-rewrite-percentage" [], Int(0, I32, Percent), LIVE, Used,
        "How much the append-only file may grow before it is rewritten; 0 never rewrites it.";
    auto_aof_rewrite_min_size: u64 = 64 * MB, "auto-aof-rewrite-min-size" [], Memory(0, MOST), LIVE, Used,
        "Files smaller than this are not rewritten by themselves.";
    aof_load_truncated: bool = true, "aof-load-truncated" [], YesNo, LIVE, Used,
        "Whether a file cut off at its end is loaded as far as it goes.";
    aof_use_rdb_preamble: bool = true, "aof-use-rdb-preamble" [], YesNo, LIVE, Used,
        "Whether the base of the append-only file is a snapshot.";
    aof_timestamp_enabled: bool = false, "aof-timestamp-enabled" [], YesNo, LIVE, Later,
        "Whether the append-only file notes the time, for going back to a moment.";
    aof_rewrite_incremental_fsync: bool = true, "aof-rewrite-incremental-fsync" [], YesNo, LIVE, Used,
        "Whether a rewrite is forced to disk bit by bit while it is written.";
    aof_disable_auto_gc: bool = false, "aof-disable-auto-gc" [], YesNo, HIDDEN, Used,
        "For tests: whether files that a rewrite has replaced stay on disk.";

    // --- replication -----------------------------------------------------------------------------
    replicaof: Option<(String, u16)> = None, "replicaof" ["slaveof"], Words("HOST PORT"), FIXED, Used,
        "The master to copy; 'no one' makes this server a master.";
    masterauth: Secret = Secret::default(), "masterauth" [], Password, SECRET, Used,
        "The password to give to the master.";
    masteruser: Secret = Secret::default(), "masteruser" [], Password, SECRET, Used,
        "The user to log in to the master as, if not the default one.";
    replica_serve_stale_data: bool = true, "replica-serve-stale-data" ["slave-serve-stale-data"], YesNo, LIVE, Used,
        "Whether a replica answers reads while it has no link to its master.";
    replica_read_only: bool = true, "replica-read-only" ["slave-read-only"], YesNo, DEBUG, Used,
        "Whether a replica refuses writes of clients.";
    repl_diskless_sync: bool = true, "repl-diskless-sync" [], YesNo, DEBUG, Used,
        "Whether a full copy goes straight to the replicas' sockets instead of by way of a file.";
    repl_diskless_sync_delay: u64 = 0, "repl-diskless-sync-delay" [], Int(0, I32, Seconds), LIVE, Used,
        "How long a diskless copy waits for more replicas to join in. Redis waits 5 s, to fork once; a copy here needs no fork.";
    repl_diskless_sync_max_replicas: u64 = 0, "repl-diskless-sync-max-replicas" [], Int(0, I32, Count), LIVE, Used,
        "A diskless copy starts at once when this many replicas wait; 0 always waits.";
    repl_diskless_load: ReplDisklessLoad = ReplDisklessLoad::Disabled, "repl-diskless-load" [],
        OneOf(ReplDisklessLoad::NAMES), DEBUG.and(Flags::NOT_LOADING), Used,
        "Whether a replica loads a full copy straight from the socket.";
    repl_ping_replica_period: u64 = 10, "repl-ping-replica-period" ["repl-ping-slave-period"], Int(1, I32, Seconds), LIVE, Used,
        "How often a master pings its replicas.";
    repl_timeout: u64 = 60, "repl-timeout" [], Int(1, I32, Seconds), LIVE, Used,
        "How long a replication link may be silent before it is given up.";
    repl_disable_tcp_nodelay: bool = false, "repl-disable-tcp-nodelay" [], YesNo, LIVE, Used,
        "Whether links to replicas gather small packets, which saves traffic and adds delay.";
    repl_backlog_size: u64 = MB, "repl-backlog-size" [], Memory(1, MOST), LIVE, Used,
        "How much of the write stream is kept for replicas that come back.";
    repl_backlog_ttl: u64 = 3600, "repl-backlog-ttl" [], Int(0, I64, Seconds), LIVE, Used,
        "How long that is kept without any replica; 0 keeps it.";
    replica_priority: u64 = 100, "replica-priority" ["slave-priority"], Int(0, I32, Count), LIVE, Used,
        "Which replica a failover prefers: the lowest; 0 is never promoted.";
    replica_announced: bool = true, "replica-announced" [], YesNo, LIVE, Used,
        "Whether Sentinel shows this replica to clients.";
    replica_announce_ip: Option<String> = None, "replica-announce-ip" ["slave-announce-ip"], OptionalText(any), LIVE, Used,
        "The address that a replica tells its master it can be reached at.";
    replica_announce_port: u16 = 0, "replica-announce-port" ["slave-announce-port"], Int(0, 65535, Port), LIVE, Used,
        "The port that a replica tells its master; 0 tells the real one.";
    min_replicas_to_write: u64 = 0, "min-replicas-to-write" ["min-slaves-to-write"], Int(0, I32, Count), LIVE, Used,
        "Writes are refused with fewer good replicas than this; 0 asks for none.";
    min_replicas_max_lag: u64 = 10, "min-replicas-max-lag" ["min-slaves-max-lag"], Int(0, I32, Seconds), LIVE, Used,
        "How long ago a good replica has answered at most.";
    replica_lazy_flush: bool = false, "replica-lazy-flush" ["slave-lazy-flush"], YesNo, LIVE, Moot,
        "Whether a replica empties itself in the background before a full copy.";
    replica_ignore_maxmemory: bool = true, "replica-ignore-maxmemory" ["slave-ignore-maxmemory"], YesNo, LIVE, Used,
        "Whether a replica leaves eviction to its master.";
    replica_ignore_disk_write_errors: bool = false, "replica-ignore-disk-write-errors" [], YesNo, LIVE, Later,
        "Whether a replica goes on when it cannot write to disk.";
    replica_full_sync_buffer_limit: u64 = 0, "replica-full-sync-buffer-limit" [], Memory(0, MOST), LIVE, Later,
        "What a replica may hold back of the write stream during a full copy; 0 sets no limit.";
    propagation_error_behavior: PropagationError = PropagationError::Ignore, "propagation-error-behavior" [],
        OneOf(PropagationError::NAMES), LIVE, Later,
        "What happens when a command from the master or the append-only file fails.";

    // --- security --------------------------------------------------------------------------------
    requirepass: Secret = Secret::default(), "requirepass" [], Password, SECRET, Used,
        "The password of the default user.";
    aclfile: String = String::new(), "aclfile" [], Text(any), FIXED, Used, "The file with ACL users.";
    user: UserLines = UserLines::default(), "user" [], Line(1, usize::MAX, "NAME RULE ..."), LINE, Used, "An ACL user.";
    acllog_max_len: u64 = 128, "acllog-max-len" [], Int(0, I64, Count), LIVE, Used,
        "How many refusals ACL LOG keeps.";
    acl_pubsub_default: AclPubsubDefault = AclPubsubDefault::ResetChannels, "acl-pubsub-default" [],
        OneOf(AclPubsubDefault::NAMES), LIVE, Used, "The channels a new user may use.";
    rename_command: FileLines = FileLines::default(), "rename-command" [], Line(2, 2, "COMMAND NEW-NAME"), LINE, Used,
        "Gives a command another name; \"\" takes it away.";
    enable_protected_configs: ProtectedAction = ProtectedAction::No, "enable-protected-configs" [],
        OneOf(ProtectedAction::NAMES), FIXED, Used, "Who may change 'dir' and 'dbfilename' with CONFIG SET.";
    enable_debug_command: ProtectedAction = ProtectedAction::No, "enable-debug-command" [],
        OneOf(ProtectedAction::NAMES), FIXED, Used, "Who may use DEBUG.";
    enable_module_command: ProtectedAction = ProtectedAction::No, "enable-module-command" [],
        OneOf(ProtectedAction::NAMES), FIXED, Moot, "Who may use MODULE.";
    auth_failure_slow_after: u32 = 10, "auth-failure-slow-after" [], Int(0, I32, Count), LIVE, Used,
        "Failed AUTHs of one address as one user within the window after which each further one is answered late; 0 never.";
    auth_failure_delay: u64 = 200, "auth-failure-delay" [], Int(0, 60_000, Millis), LIVE, Used,
        "How late such an answer is.";
    auth_failure_block_after: u32 = 100, "auth-failure-block-after" [], Int(0, I32, Count), LIVE, Used,
        "Failed AUTHs of one address as one user within the window after which these are refused for a while; 0 never.";
    auth_failure_window: u64 = 60, "auth-failure-window" [], Int(1, I32, Seconds), LIVE, Used,
        "How long a failed AUTH counts.";
    auth_failure_block_time: u64 = 60, "auth-failure-block-time" [], Int(1, I32, Seconds), LIVE, Used,
        "How long they are refused; clients already logged in as that user are never touched.";

    // --- memory ----------------------------------------------------------------------------------
    maxmemory: u64 = 0, "maxmemory" [], Memory(0, u64::MAX), LIVE, Used,
        "What the data may take; 0 sets no limit.";
    maxmemory_policy: MaxmemoryPolicy = MaxmemoryPolicy::NoEviction, "maxmemory-policy" [],
        OneOf(MaxmemoryPolicy::NAMES), LIVE, Used, "What goes when that is reached.";
    maxmemory_samples: u32 = 5, "maxmemory-samples" [], Int(1, I32, Count), LIVE, Used,
        "How many keys are compared to find one to evict.";
    maxmemory_eviction_tenacity: u32 = 10, "maxmemory-eviction-tenacity" [], Int(0, 100, Percent), LIVE, Used,
        "How much time eviction may take at once: 0 the least, 100 as much as it needs.";
    active_expire_effort: u32 = 1, "active-expire-effort" [], Int(1, 10, Count), LIVE, Used,
        "How eagerly expired keys are looked for, 1 to 10.";
    lfu_log_factor: u32 = 10, "lfu-log-factor" [], Int(0, I32, Count), LIVE, Used,
        "How many accesses it takes to count as often used.";
    lfu_decay_time: u32 = 1, "lfu-decay-time" [], Int(0, I32, Minutes), LIVE, Used,
        "How fast that is forgotten.";
    lazyfree_lazy_eviction: bool = false, "lazyfree-lazy-eviction" [], YesNo, DEBUG, Used,
        "Whether evicted values are freed in the background.";
    lazyfree_lazy_expire: bool = false, "lazyfree-lazy-expire" [], YesNo, DEBUG, Used,
        "Whether expired values are freed in the background.";
    lazyfree_lazy_server_del: bool = false, "lazyfree-lazy-server-del" [], YesNo, DEBUG, Used,
        "Whether values that a command replaces are freed in the background.";
    lazyfree_lazy_user_del: bool = false, "lazyfree-lazy-user-del" [], YesNo, DEBUG, Used,
        "Whether DEL frees in the background like UNLINK.";
    lazyfree_lazy_user_flush: bool = false, "lazyfree-lazy-user-flush" [], YesNo, DEBUG, Used,
        "Whether FLUSHALL and FLUSHDB free in the background unless told SYNC.";
    activerehashing: bool = true, "activerehashing" [], YesNo, LIVE, Moot,
        "Whether tables that grow are moved in idle time; here they grow in small steps anyway.";
    jemalloc_bg_thread: bool = true, "jemalloc-bg-thread" [], YesNo, LIVE, Moot,
        "Whether the allocator has a cleaning thread.";
    activedefrag: bool = false, "activedefrag" [], YesNo, DEBUG, Moot,
        "Whether memory is defragmented while running.";
    active_defrag_ignore_bytes: u64 = 100 * MB, "active-defrag-ignore-bytes" [], Memory(1, MOST), LIVE, Moot,
        "Fragmentation below this is left alone.";
    active_defrag_threshold_lower: u32 = 10, "active-defrag-threshold-lower" [], Int(0, 1000, Percent), LIVE, Moot,
        "The fragmentation at which defragmentation begins.";
    active_defrag_threshold_upper: u32 = 100, "active-defrag-threshold-upper" [], Int(0, 1000, Percent), LIVE, Moot,
        "The fragmentation at which it does its most.";
    active_defrag_cycle_min: u32 = 1, "active-defrag-cycle-min" [], Int(1, 99, Percent), LIVE, Moot,
        "The least processor time for it.";
    active_defrag_cycle_max: u32 = 25, "active-defrag-cycle-max" [], Int(1, 99, Percent), LIVE, Moot,
        "The most processor time for it.";
    active_defrag_max_scan_fields: u64 = 1000, "active-defrag-max-scan-fields" [], Int(1, I64, Count), LIVE, Moot,
        "Collections larger than this are done in pieces.";

    // --- data types ------------------------------------------------------------------------------
    hash_max_listpack_entries: u64 = 512, "hash-max-listpack-entries" ["hash-max-ziplist-entries"], Int(0, I64, Count), LIVE, Used,
        "Hashes with more fields than this leave the compact form.";
    hash_max_listpack_value: u64 = 64, "hash-max-listpack-value" ["hash-max-ziplist-value"], Memory(0, MOST), LIVE, Used,
        "Hashes with a longer field or value leave the compact form.";
    list_max_listpack_size: i32 = -2, "list-max-listpack-size" ["list-max-ziplist-size"],
        Int(i32::MIN as i64, I32, Count), LIVE, Used,
        "The size of a list's nodes: entries, or -1 to -5 for 4 to 64 kB.";
    list_compress_depth: u32 = 0, "list-compress-depth" [], Int(0, I32, Count), DEBUG, Used,
        "How many nodes at both ends of a list stay uncompressed; 0 compresses none.";
    set_max_intset_entries: u64 = 512, "set-max-intset-entries" [], Int(0, I64, Count), LIVE, Used,
        "Sets of more numbers than this leave the compact form for numbers.";
    set_max_listpack_entries: u64 = 128, "set-max-listpack-entries" [], Int(0, I64, Count), LIVE, Used,
        "Sets with more members than this leave the compact form.";
    set_max_listpack_value: u64 = 64, "set-max-listpack-value" [], Int(0, I64, Bytes), LIVE, Used,
        "Sets with a longer member leave the compact form.";
    zset_max_listpack_entries: u64 = 128, "zset-max-listpack-entries" ["zset-max-ziplist-entries"], Int(0, I64, Count), LIVE, Used,
        "Sorted sets with more members than this leave the compact form.";
    zset_max_listpack_value: u64 = 64, "zset-max-listpack-value" ["zset-max-ziplist-value"], Memory(0, MOST), LIVE, Used,
        "Sorted sets with a longer member leave the compact form.";
    hll_sparse_max_bytes: u64 = 3000, "hll-sparse-max-bytes" [], Memory(0, MOST), LIVE, Used,
        "HyperLogLogs larger than this leave the sparse form.";
    stream_node_max_bytes: u64 = 4 * KB, "stream-node-max-bytes" [], Memory(0, MOST), LIVE, Used,
        "The size of a stream's nodes; 0 sets no limit.";
    stream_node_max_entries: u64 = 100, "stream-node-max-entries" [], Int(0, I64, Count), LIVE, Used,
        "The entries in a stream's nodes; 0 sets no limit.";

    // --- watching --------------------------------------------------------------------------------
    slowlog_log_slower_than: i64 = 10_000, "slowlog-log-slower-than" ["commandlog-execution-slower-than"],
        Int(-1, I64, Micros), LIVE, Used, "Commands that take longer go into SLOWLOG; -1 logs none, 0 all.";
    slowlog_max_len: u64 = 128, "slowlog-max-len" ["commandlog-slow-execution-max-len"], Int(0, I64, Count), LIVE, Used,
        "How many commands SLOWLOG keeps.";
    commandlog_request_larger_than: i64 = 1 << 20, "commandlog-request-larger-than" [], Int(-1, I64, Bytes), LIVE, Used,
        "Requests of at least this size go into COMMANDLOG large-request; -1 logs none, 0 all.";
    commandlog_large_request_max_len: u64 = 128, "commandlog-large-request-max-len" [], Int(0, I64, Count), LIVE, Used,
        "How many large requests COMMANDLOG keeps.";
    commandlog_reply_larger_than: i64 = 1 << 20, "commandlog-reply-larger-than" [], Int(-1, I64, Bytes), LIVE, Used,
        "Commands with a reply of at least this size go into COMMANDLOG large-reply; -1 logs none, 0 all.";
    commandlog_large_reply_max_len: u64 = 128, "commandlog-large-reply-max-len" [], Int(0, I64, Count), LIVE, Used,
        "How many commands with large replies COMMANDLOG keeps.";
    latency_monitor_threshold: u64 = 0, "latency-monitor-threshold" [], Int(0, I64, Millis), LIVE, Used,
        "Events that take at least this long are kept for LATENCY; 0 keeps none.";
    latency_tracking: bool = true, "latency-tracking" [], YesNo, LIVE, Used,
        "Whether the time of every command is counted for INFO latencystats.";
    latency_tracking_info_percentiles: Vec<f64> = vec![50.0, 99.0, 99.9], "latency-tracking-info-percentiles" [],
        Words("PERCENTILE ..."), LIVE, Used, "The percentiles that INFO latencystats shows.";
    notify_keyspace_events: Events = Events(0), "notify-keyspace-events" [], Word("any of Ag$lshzxeKEtmdn"), LIVE, Used,
        "Which changes of keys are published to subscribers.";
    tracking_table_max_keys: u64 = 1_000_000, "tracking-table-max-keys" [], Int(0, I64, Count), LIVE, Used,
        "How many keys are remembered for client-side caching; 0 sets no limit.";
    busy_reply_threshold: i64 = 5000, "busy-reply-threshold" ["lua-time-limit"], Int(0, I64, Millis), LIVE, Used,
        "How long a script may run before other clients are told BUSY; 0 never.";
    lua_enable_deprecated_api: bool = false, "lua-enable-deprecated-api" [], YesNo, FIXED.and(HIDDEN), Later,
        "Whether scripts may use old, unsafe functions: they may not here.";

    // --- cluster ---------------------------------------------------------------------------------
    cluster_enabled: bool = false, "cluster-enabled" [], YesNo, FIXED, Later,
        "Whether this server is a node of a cluster.";
    cluster_config_file: String = "nodes.conf".into(), "cluster-config-file" [], Text(any), FIXED, Later,
        "The file in which a node keeps what it knows of the cluster.";
    cluster_node_timeout: u64 = 15_000, "cluster-node-timeout" [], Int(0, I64, Millis), LIVE, Later,
        "How long a node may be silent before it counts as failing.";
    cluster_port: u16 = 0, "cluster-port" [], Int(0, 65535, Port), FIXED, Later,
        "The port of the cluster's own links; 0 means the client port plus 10000.";
    cluster_ping_interval: u64 = 1000, "cluster-ping-interval" [], Int(0, I64, Millis), HIDDEN, Later,
        "How often nodes ping each other.";
    cluster_replica_validity_factor: u64 = 10, "cluster-replica-validity-factor" ["cluster-slave-validity-factor"],
        Int(0, I32, Count), LIVE, Later, "How old a replica's data may be for it to be promoted.";
    cluster_migration_barrier: u64 = 1, "cluster-migration-barrier" [], Int(0, I32, Count), LIVE, Later,
        "How many replicas a master keeps when one could move to another.";
    cluster_allow_replica_migration: bool = true, "cluster-allow-replica-migration" [], YesNo, LIVE, Later,
        "Whether replicas move to masters that have none.";
    cluster_require_full_coverage: bool = true, "cluster-require-full-coverage" [], YesNo, LIVE, Later,
        "Whether the cluster stops when some slots have no node.";
    cluster_replica_no_failover: bool = false, "cluster-replica-no-failover" ["cluster-slave-no-failover"], YesNo, LIVE, Later,
        "Whether this replica never tries to become a master by itself.";
    cluster_allow_reads_when_down: bool = false, "cluster-allow-reads-when-down" [], YesNo, LIVE, Later,
        "Whether a node answers reads while the cluster is down.";
    cluster_allow_pubsubshard_when_down: bool = true, "cluster-allow-pubsubshard-when-down" [], YesNo, LIVE, Later,
        "Whether sharded pub/sub works while the cluster is down.";
    cluster_link_sendbuf_limit: u64 = 0, "cluster-link-sendbuf-limit" [], Memory(0, u64::MAX), LIVE, Later,
        "What may wait on a link between nodes; 0 sets no limit.";
    cluster_announce_ip: Option<String> = None, "cluster-announce-ip" [], OptionalText(any), LIVE, Later,
        "The address a node tells the others.";
    cluster_announce_hostname: Option<String> = None, "cluster-announce-hostname" [], OptionalText(check::hostname), LIVE, Later,
        "The host name a node tells the others.";
    cluster_announce_human_nodename: Option<String> = None, "cluster-announce-human-nodename" [],
        OptionalText(check::nodename), LIVE, Later, "The name of a node in logs.";
    cluster_announce_port: u16 = 0, "cluster-announce-port" [], Int(0, 65535, Port), LIVE, Later,
        "The client port a node tells the others; 0 tells the real one.";
    cluster_announce_tls_port: u16 = 0, "cluster-announce-tls-port" [], Int(0, 65535, Port), LIVE, Later,
        "The TLS port a node tells the others; 0 tells the real one.";
    cluster_announce_bus_port: u16 = 0, "cluster-announce-bus-port" [], Int(0, 65535, Port), LIVE, Later,
        "The port of its links a node tells the others; 0 tells the real one.";
    cluster_preferred_endpoint_type: EndpointType = EndpointType::Ip, "cluster-preferred-endpoint-type" [],
        OneOf(EndpointType::NAMES), LIVE, Later, "Which address clients are told in redirections.";
    cluster_slot_stats_enabled: bool = false, "cluster-slot-stats-enabled" [], YesNo, LIVE, Later,
        "Whether statistics are kept by slot.";

    // --- only in files ---------------------------------------------------------------------------
    include: FileLines = FileLines::default(), "include" [], Line(1, 1, "FILE"), LINE, Used,
        "Reads another file at this place; its name may be a pattern.";
    loadmodule: FileLines = FileLines::default(), "loadmodule" [], Line(1, usize::MAX, "FILE ARGUMENT ..."), LINE, Moot,
        "Loads a module written for Redis; this engine cannot run them.";
}
