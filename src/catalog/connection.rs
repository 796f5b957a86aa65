//! Commands about the connection itself: AUTH, HELLO, CLIENT, SELECT and so on.

use super::model::flags::*;
use super::model::{Command, acl, block, command, integer, one_of, string, word};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("auth", -2, NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, acl::CONNECTION)
        .docs("1.0.0", "", "")
        .args(&[string("username").opt().since("6.0.0"), string("password")]),
    command("client", -2, 0, acl::NONE).docs("2.4.0", "", ""),
    command("client|caching", 3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("6.0.0", "", "")
        .args(&[one_of("mode", &[word("yes", "YES"), word("no", "NO")])]),
    command("client|getname", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs("2.6.9", "", ""),
    command("client|getredir", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs("6.0.0", "", ""),
    command("client|help", 2, LOADING | STALE, acl::CONNECTION).docs("5.0.0", "", ""),
    command("client|id", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs("5.0.0", "", ""),
    command("client|info", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("6.2.0", "", "")
        .tips(&["nondeterministic_output"]),
    command("client|kill", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("2.4.0", "", "")
        .args(&[one_of(
            "filter",
            &[
                string("old-format").display("ip:port").deprecated("2.8.12"),
                one_of(
                    "new-format",
                    &[
                        integer("client-id").token("ID").opt().since("2.8.12"),
                        one_of(
                            "client-type",
                            &[
                                word("normal", "NORMAL"),
                                word("master", "MASTER").since("3.2.0"),
                                word("slave", "SLAVE"),
                                word("replica", "REPLICA").since("5.0.0"),
                                word("pubsub", "PUBSUB"),
                            ],
                        )
                        .token("TYPE")
                        .opt()
                        .since("2.8.12"),
                        string("username").token("USER").opt(),
                        string("addr").token("ADDR").display("ip:port").opt(),
                        string("laddr").token("LADDR").display("ip:port").opt().since("6.2.0"),
                        one_of("skipme", &[word("yes", "YES"), word("no", "NO")]).token("SKIPME").opt(),
                        integer("maxage").token("MAXAGE").opt().since("7.4.0"),
                    ],
                )
                .many(),
            ],
        )]),
    command("client|list", -2, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("2.4.0", "", "")
        .tips(&["nondeterministic_output"])
        .args(&[
            one_of(
                "client-type",
                &[
                    word("normal", "normal"),
                    word("master", "master"),
                    word("replica", "replica"),
                    word("pubsub", "pubsub"),
                ],
            )
            .token("TYPE")
            .opt()
            .since("5.0.0"),
            integer("client-id").token("ID").many().opt().since("6.2.0"),
        ]),
    command("client|no-evict", 3, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("7.0.0", "", "")
        .args(&[one_of("enabled", &[word("on", "ON"), word("off", "OFF")])]),
    command("client|no-touch", 3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("7.2.0", "", "")
        .args(&[one_of("enabled", &[word("on", "ON"), word("off", "OFF")])]),
    command("client|pause", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("3.0.0", "", "")
        .args(&[
            integer("timeout"),
            one_of("mode", &[word("write", "WRITE"), word("all", "ALL")]).opt().since("6.2.0"),
        ]),
    command("client|reply", 3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("3.2.0", "", "")
        .args(&[one_of("action", &[word("on", "ON"), word("off", "OFF"), word("skip", "SKIP")])]),
    command("client|setinfo", 4, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("7.2.0", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[one_of("attr", &[string("libname").token("lib-name"), string("libver").token("lib-ver")])]),
    command("client|setname", 3, NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("2.6.9", "", "")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .args(&[string("connection-name")]),
    command("client|tracking", -3, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs("6.0.0", "", "").args(
        &[
            one_of("status", &[word("on", "ON"), word("off", "OFF")]),
            integer("client-id").token("REDIRECT").opt(),
            string("prefix").token("PREFIX").many_with_token().opt(),
            word("bcast", "BCAST").opt(),
            word("optin", "OPTIN").opt(),
            word("optout", "OPTOUT").opt(),
            word("noloop", "NOLOOP").opt(),
        ],
    ),
    command("client|trackinginfo", 2, NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs("6.2.0", "", ""),
    command("client|unblock", -3, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION)
        .docs("5.0.0", "", "")
        .args(&[
            integer("client-id"),
            one_of("unblock-type", &[word("timeout", "TIMEOUT"), word("error", "ERROR")]).opt(),
        ]),
    command("client|unpause", 2, ADMIN | NOSCRIPT | LOADING | STALE, acl::CONNECTION).docs("6.2.0", "", ""),
    command("echo", 2, LOADING | STALE | FAST, acl::CONNECTION)
        .docs("1.0.0", "", "")
        .args(&[string("message")]),
    command("hello", -1, NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, acl::CONNECTION)
        .docs("6.0.0", "", "")
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
        .docs("1.0.0", "", "")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .args(&[string("message").opt()]),
    command("quit", -1, NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, acl::CONNECTION)
        .docs("1.0.0", "", "")
        .deprecated("7.2.0", "just closing the connection"),
    command("reset", 1, NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, acl::CONNECTION)
        .docs("6.2.0", "", ""),
    command("select", 2, LOADING | STALE | FAST, acl::CONNECTION)
        .docs("1.0.0", "", "")
        .args(&[integer("index")]),
];
