//! Commands on bitmaps: strings addressed by bit.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, Finder, acl, block, command, index, integer, key, one_of, range, string, word};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("bitcount", -2, READONLY, acl::BITMAP)
        .docs("2.6.0", "O(N)", "Counts the bits that are set in a string or in a part of it.")
        .history(&[("7.0.0", "BYTE and BIT")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block(
                "range",
                &[
                    integer("start"),
                    integer("end"),
                    one_of("unit", &[word("byte", "BYTE"), word("bit", "BIT")]).opt().since("7.0.0"),
                ],
            )
            .opt(),
        ]),
    command("bitfield", -2, WRITE | DENYOOM, acl::BITMAP)
        .docs(
            "3.2.0",
            "O(1) per operation",
            "Reads, writes and increments integers of any width inside a string.",
        )
        .keys(&[
            index(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS).notes("Reads only when all operations are GET.")
        ])
        .found_by(Finder::Bitfield)
        .args(&[
            key("key", 0),
            one_of(
                "operation",
                &[
                    block("get-block", &[string("encoding"), integer("offset")]).token("GET"),
                    block(
                        "write",
                        &[
                            one_of(
                                "overflow-block",
                                &[word("wrap", "WRAP"), word("sat", "SAT"), word("fail", "FAIL")],
                            )
                            .token("OVERFLOW")
                            .opt(),
                            one_of(
                                "write-operation",
                                &[
                                    block(
                                        "set-block",
                                        &[string("encoding"), integer("offset"), integer("value")],
                                    )
                                    .token("SET"),
                                    block(
                                        "incrby-block",
                                        &[string("encoding"), integer("offset"), integer("increment")],
                                    )
                                    .token("INCRBY"),
                                ],
                            ),
                        ],
                    ),
                ],
            )
            .many()
            .opt(),
        ]),
    command("bitfield_ro", -2, READONLY | FAST, acl::BITMAP)
        .docs("6.0.0", "O(1) per operation", "Reads integers of any width inside a string.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            block("get-block", &[string("encoding"), integer("offset")]).token("GET").many_with_token().opt(),
        ]),
    command("bitop", -4, WRITE | DENYOOM, acl::BITMAP)
        .docs("2.6.0", "O(N)", "Combines strings bit by bit and stores the result.")
        .history(&[("8.2.0", "DIFF, DIFF1, ANDOR and ONE")])
        .keys(&[index(2, OW | UPDATE), range(3, -1, 1, RO | ACCESS)])
        .args(&[
            one_of(
                "operation",
                &[
                    word("and", "AND"),
                    word("or", "OR"),
                    word("xor", "XOR"),
                    word("not", "NOT"),
                    word("diff", "DIFF"),
                    word("diff1", "DIFF1"),
                    word("andor", "ANDOR"),
                    word("one", "ONE"),
                ],
            ),
            key("destkey", 0),
            key("key", 1).many(),
        ]),
    command("bitpos", -3, READONLY, acl::BITMAP)
        .docs("2.8.7", "O(N)", "Finds the first bit that is set, or clear, in a string.")
        .history(&[("7.0.0", "BYTE and BIT")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            integer("bit"),
            block(
                "range",
                &[
                    integer("start"),
                    block(
                        "end-unit-block",
                        &[
                            integer("end"),
                            one_of("unit", &[word("byte", "BYTE"), word("bit", "BIT")]).opt().since("7.0.0"),
                        ],
                    )
                    .opt(),
                ],
            )
            .opt(),
        ]),
    command("getbit", 3, READONLY | FAST, acl::BITMAP)
        .docs("2.2.0", "O(1)", "Gives the bit at an offset of a string.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("offset")]),
    command("setbit", 4, WRITE | DENYOOM, acl::BITMAP)
        .docs("2.2.0", "O(1)", "Sets or clears the bit at an offset of a string, growing it when needed.")
        .keys(&[index(1, RW | ACCESS | UPDATE)])
        .args(&[key("key", 0), integer("offset"), integer("value")]),
];
