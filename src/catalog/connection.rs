//! Commands about the connection itself: AUTH, HELLO, CLIENT, SELECT and so on.

use super::model::flags::*;
use super::model::{Arg, Command, acl, block, command, integer, one_of, string, word};

/// What a client is, in the filters of CLIENT LIST and CLIENT KILL.
const TYPES: [Arg; 5] = [
    word("normal", "NORMAL"),
    word("master", "MASTER").since("3.2.0"),
    word("slave", "SLAVE"),
    word("replica", "REPLICA").since("5.0.0"),
    word("pubsub", "PUBSUB"),
];

/// The filters of CLIENT KILL and CLIENT LIST; those of 8.1.0 and later are Valkey's.
const FILTERS: [Arg; 27] = [
    integer("client-id").token("ID").many().opt().since("2.8.12"),
    one_of("client-type", &TYPES).token("TYPE").opt().since("2.8.12"),
    string("username").token("USER").opt(),
    string("addr").token("ADDR").display("ip:port").opt(),
    string("laddr").token("LADDR").display("ip:port").opt().since("6.2.0"),
    one_of("skipme", &[word("yes", "YES"), word("no", "NO")]).token("SKIPME").opt(),
    integer("maxage").token("MAXAGE").opt().since("7.4.0"),
    string("name").token("NAME").opt().since("9.0.0"),
    integer("idle").token("IDLE").opt().since("9.0.0"),
    string("flags").token("FLAGS").opt().since("9.0.0"),
    string("lib-name").token("LIB-NAME").opt().since("9.0.0"),
    string("lib-ver").token("LIB-VER").opt().since("9.0.0"),
    integer("db").token("DB").opt().since("9.0.0"),
    string("capa").token("CAPA").opt().since("9.0.0"),
    string("ip").token("IP").opt().since("9.0.0"),
    integer("not-client-id").token("NOT-ID").many().opt().since("9.0.0"),
    one_of("not-client-type", &TYPES).token("NOT-TYPE").opt().since("9.0.0"),
    string("not-username").token("NOT-USER").opt().since("9.0.0"),
    string("not-addr").token("NOT-ADDR").display("ip:port").opt().since("9.0.0"),
    string("not-laddr").token("NOT-LADDR").display("ip:port").opt().since("9.0.0"),
    string("not-name").token("NOT-NAME").opt().since("9.0.0"),
    string("not-flags").token("NOT-FLAGS").opt().since("9.0.0"),
    string("not-lib-name").token("NOT-LIB-NAME").opt().since("9.0.0"),
    string("not-lib-ver").token("NOT-LIB-VER").opt().since("9.0.0"),
    integer("not-db").token("NOT-DB").opt().since("9.0.0"),
    string("not-capa").token("NOT-CAPA").opt().since("9.0.0"),
    string("not-ip").token("NOT-IP").opt().since("9.0.0"),
];

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("auth", -2, NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, acl::CONNECTION)
        .docs("1.0.0", "O(N) for a user with N passwords", "Authenticates the connection.")
        .history(&[("6.0.0", "user name and password")])
        .args(&[string("username").opt().since("6.0.0"), string("password")]),
    command("client", -2, 0, acl::NONE).docs(
        "2.4.0",
        "by subcommand",
        "Container of the commands about connections.",
    ),
    command("client|caching", 3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("6.0.0", "O(1)", "Says whether the keys of the next command are tracked.")
        .args(&[one_of("mode", &[word("yes", "YES"), word("no", "NO")])]),
    command("client|capa", -3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("8.0.0", "O(1)", "Says what this client can do (Valkey).")
        .args(&[string("capability").many()]),
    command("client|getname", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs(
        "2.6.9",
        "O(1)",
        "Gives the name of this connection.",
    ),
    command("client|getredir", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs(
        "6.0.0",
        "O(1)",
        "Gives the connection that receives the invalidation messages of this one.",
    ),
    command("client|help", 2, LOADING | STALE, acl::CONNECTION).docs(
        "5.0.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("client|id", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs(
        "5.0.0",
        "O(1)",
        "Gives the unique id of this connection.",
    ),
    command("client|info", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("6.2.0", "O(1)", "Describes this connection.")
        .tips(&["nondeterministic_output"]),
    command("client|kill", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("2.4.0", "O(N) for N connections", "Closes connections that match.")
        .history(&[
            ("2.8.12", "filters, ID among them"),
            ("3.2.0", "TYPE master"),
            ("5.0.0", "TYPE replica, of which slave is the old name"),
            ("6.2.0", "LADDR"),
            ("7.4.0", "MAXAGE"),
            ("9.0.0", "more filters, and their opposites (Valkey)"),
        ])
        .args(&[one_of(
            "filter",
            &[
                string("old-format").display("ip:port").deprecated("2.8.12"),
                one_of("new-format", &FILTERS).many(),
            ],
        )]),
    command("client|list", -2, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("2.4.0", "O(N) for N connections", "Describes the open connections.")
        .history(&[
            ("2.8.12", "field id"),
            ("5.0.0", "TYPE"),
            ("6.0.0", "field user"),
            ("6.2.0", "fields argv-mem, tot-mem, laddr and redir, and the ID filter"),
            ("7.0.0", "fields resp, multi-mem, rbs and rbp"),
            ("7.0.3", "field ssub"),
            ("7.2.0", "fields lib-name and lib-ver"),
            ("8.1.0", "the filters of CLIENT KILL (Valkey)"),
            ("9.0.0", "more filters, and their opposites (Valkey)"),
        ])
        .tips(&["nondeterministic_output"])
        .args(&FILTERS),
    command("client|no-evict", 3, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("7.0.0", "O(1)", "Protects this connection from client eviction, or stops protecting it.")
        .args(&[one_of("enabled", &[word("on", "ON"), word("off", "OFF")])]),
    command("client|no-touch", 3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs(
            "7.2.0",
            "O(1)",
            "Says whether commands of this connection leave the keys' LRU and LFU data alone.",
        )
        .args(&[one_of("enabled", &[word("on", "ON"), word("off", "OFF")])]),
    command("client|pause", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("3.0.0", "O(1)", "Holds back the commands of clients for a while.")
        .history(&[("6.2.0", "the mode, WRITE or ALL")])
        .args(&[
            integer("timeout"),
            one_of("mode", &[word("write", "WRITE"), word("all", "ALL")]).opt().since("6.2.0"),
        ]),
    command("client|reply", 3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("3.2.0", "O(1)", "Says whether the server answers the commands of this connection.")
        .args(&[one_of("action", &[word("on", "ON"), word("off", "OFF"), word("skip", "SKIP")])]),
    command("client|setinfo", 4, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("7.2.0", "O(1)", "Records the name or version of the client library.")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[one_of("attr", &[string("libname").token("LIB-NAME"), string("libver").token("LIB-VER")])]),
    command("client|setname", 3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("2.6.9", "O(1)", "Names this connection.")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("connection-name")]),
    command("client|tracking", -3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs(
            "6.0.0",
            "O(1); some options cost more",
            "Switches the tracking of keys for client-side caching on or off.",
        )
        .args(&[
            one_of("status", &[word("on", "ON"), word("off", "OFF")]),
            integer("client-id").token("REDIRECT").opt(),
            string("prefix").token("PREFIX").many_with_token().opt(),
            word("bcast", "BCAST").opt(),
            word("optin", "OPTIN").opt(),
            word("optout", "OPTOUT").opt(),
            word("noloop", "NOLOOP").opt(),
        ]),
    command("client|trackinginfo", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs(
        "6.2.0",
        "O(1)",
        "Shows how this connection tracks keys.",
    ),
    command("client|unblock", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("5.0.0", "O(log N) for N connections", "Wakes a client that waits in a blocking command.")
        .args(&[
            integer("client-id"),
            one_of("unblock-type", &[word("timeout", "TIMEOUT"), word("error", "ERROR")]).opt(),
        ]),
    command("client|unpause", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs(
        "6.2.0",
        "O(N) for N paused clients",
        "Lets paused clients go on.",
    ),
    command("echo", 2, LOADING | STALE | FAST, acl::CONNECTION)
        .docs("1.0.0", "O(1)", "Gives back its argument.")
        .args(&[string("message")]),
    command("hello", -1, NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, acl::CONNECTION)
        .docs("6.0.0", "O(1)", "Chooses the protocol version; may authenticate and name the connection too.")
        .history(&[("6.2.0", "the version may be left out")])
        .args(&[block(
            "arguments",
            &[
                integer("protover"),
                block("auth", &[string("username"), string("password")]).token("AUTH").opt(),
                string("clientname").token("SETNAME").opt(),
            ],
        )
        .opt()]),
    command("ping", -1, FAST, acl::CONNECTION)
        .docs("1.0.0", "O(1)", "Answers that the server is there.")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[string("message").opt()]),
    command("quit", -1, NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, acl::CONNECTION)
        .docs("1.0.0", "O(1)", "Closes the connection.")
        .deprecated("7.2.0", "closing the connection"),
    command("reset", 1, NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, acl::CONNECTION).docs(
        "6.2.0",
        "O(1)",
        "Brings the connection back to the state it began in.",
    ),
    command("select", 2, LOADING | STALE | FAST, acl::CONNECTION)
        .docs("1.0.0", "O(1)", "Chooses the database of this connection.")
        .args(&[integer("index")]),
];
