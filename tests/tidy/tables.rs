//! What the rules allow: the module edges, the banned calls, and every exception with its reason.

/// Which module of the crate may name which. Everything may name `limits`; `clock` stands in the row
/// of who may ask for the time. Tests inside a file may name anything.
pub const EDGES: &[(&str, &[&str])] = &[
    ("main", &["args", "server", "shell", "ops", "ui"]),
    ("args", &[]),
    ("limits", &[]),
    ("clock", &[]),
    ("resp", &[]),
    ("catalog", &[]),
    // A packed sorted set holds scores in the text form of the wire.
    ("store", &["resp"]),
    ("replication", &["store", "resp"]),
    ("persist", &["store", "resp"]),
    ("server", &["replication", "persist", "store", "resp", "catalog", "clock"]),
    ("client", &["resp", "clock"]),
    ("ui", &["clock"]),
    // What operators call their servers, and where the passwords are.
    ("names", &["args", "client", "ui"]),
    // The two faces take their own options: plain data defined in `args`.
    ("shell", &["args", "names", "client", "ui", "resp", "catalog", "clock"]),
    ("ops", &["args", "names", "client", "ui", "resp", "catalog", "clock"]),
];

/// A call that only some files may make.
pub struct Ban {
    /// What is searched in the code.
    pub word: &'static str,
    /// Path prefixes where it is fine; `tests` of any file are named by `in_tests`.
    pub allowed: &'static [&'static str],
    /// Whether tests may make it.
    pub in_tests: bool,
    /// What to call instead.
    pub instead: &'static str,
}

/// The banned calls.
pub const BANS: &[Ban] = &[
    Ban { word: "println!", allowed: &[], in_tests: true, instead: "ui::Console" },
    Ban { word: "eprintln!", allowed: &[], in_tests: true, instead: "ui::Console" },
    Ban { word: "print!", allowed: &[], in_tests: true, instead: "ui::Console" },
    Ban { word: "eprint!", allowed: &[], in_tests: true, instead: "ui::Console" },
    Ban {
        word: "io::stdout",
        allowed: &["src/ui/", "src/server/log.rs"],
        in_tests: true,
        instead: "ui::Out",
    },
    Ban {
        word: "io::stderr",
        allowed: &["src/ui/", "src/server/log.rs"],
        in_tests: true,
        instead: "ui::Out",
    },
    Ban { word: "dbg!", allowed: &[], in_tests: false, instead: "an assertion with a message" },
    Ban { word: "process::exit", allowed: &["src/main.rs"], in_tests: false, instead: "a returned ExitCode" },
    Ban { word: "process::abort", allowed: &[], in_tests: false, instead: "a returned ExitCode" },
    Ban { word: "SystemTime::now", allowed: &["src/clock.rs"], in_tests: true, instead: "clock::wall_ms" },
    Ban { word: "Instant::now", allowed: &["src/clock.rs"], in_tests: true, instead: "clock::mono_us" },
    Ban {
        word: "thread::sleep",
        // The append-only file's writer can be slowed down on demand, which is for tests of slow disks.
        allowed: &["tests/it/harness.rs", "src/persist/aof/writer/worker.rs", "src/clock.rs"],
        in_tests: false,
        instead: "wait_until in tests, clock::pause on a thread of one's own, tokio::time::sleep elsewhere",
    },
    Ban { word: "todo!", allowed: &[], in_tests: false, instead: "the code" },
    Ban { word: "unimplemented!", allowed: &[], in_tests: false, instead: "the code" },
];

/// Files that may say `unsafe`, and so may their own `tests.rs`: each with its invariants at the top, behind a safe interface.
pub const UNSAFE: &[&str] = &[
    "src/store/table.rs",
    "src/store/entry.rs",
    "src/store/entries.rs",
    "src/store/slab.rs",
    "src/store/memory.rs",
    // Installs the handler of crashes: there is no safe way to take a signal whose thread cannot go on.
    "src/server/crash.rs",
];

/// A function may have this many lines.
pub const FUNCTION_LINES: usize = 70;

/// Functions above the limit: file, name, lines now, why. The number may only go down.
pub const LONG_FUNCTIONS: &[(&str, &str, usize, &str)] =
    &[("src/store/tests.rs", "apply", 83, "one short arm per operation of the model")];

/// A file may have this many lines beside its tests.
pub const FILE_LINES: usize = 900;

/// Files above the limit, which are data and not logic: path and what the data is.
pub const LONG_FILES: &[(&str, &str)] = &[];
