//! Commands on lists, blocking ones included.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, acl, command, double, index, integer, key, numkeys, one_of, range, string, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("blmove", 6, WRITE | DENYOOM | BLOCKING, acl::LIST)
        .docs("6.2.0", "O(1)", "Moves an element between lists, waiting for one if the first is empty.")
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, RW | INSERT)])
        .args(&[
            key("source", 0),
            key("destination", 1),
            one_of("wherefrom", &[word("left", "LEFT"), word("right", "RIGHT")]),
            one_of("whereto", &[word("left", "LEFT"), word("right", "RIGHT")]),
            double("timeout"),
        ]),
    command("blmpop", -5, WRITE | BLOCKING, acl::LIST)
        .docs(
            "7.0.0",
            "O(N+M) for N keys and M elements returned",
            "Takes elements from the first list that has any, waiting if none has.",
        )
        .keys(&[numkeys(2, RW | ACCESS | DELETE)])
        .args(&[
            double("timeout"),
            integer("numkeys"),
            key("key", 0).many(),
            one_of("where", &[word("left", "LEFT"), word("right", "RIGHT")]),
            integer("count").token("COUNT").opt(),
        ]),
    command("blpop", -3, WRITE | BLOCKING, acl::LIST)
        .docs(
            "2.0.0",
            "O(N) for N keys",
            "Takes the first element of the first list that has any, waiting if none has.",
        )
        .history(&[("6.0.0", "the timeout may be fractional")])
        .keys(&[range(1, -2, 1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0).many(), double("timeout")]),
    command("brpop", -3, WRITE | BLOCKING, acl::LIST)
        .docs(
            "2.0.0",
            "O(N) for N keys",
            "Takes the last element of the first list that has any, waiting if none has.",
        )
        .history(&[("6.0.0", "the timeout may be fractional")])
        .keys(&[range(1, -2, 1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0).many(), double("timeout")]),
    command("brpoplpush", 4, WRITE | DENYOOM | BLOCKING, acl::LIST)
        .docs("2.2.0", "O(1)", "Moves the last element of a list to the head of another, waiting for one.")
        .deprecated("6.2.0", "BLMOVE with RIGHT and LEFT")
        .history(&[("6.0.0", "the timeout may be fractional")])
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, RW | INSERT)])
        .args(&[key("source", 0), key("destination", 1), double("timeout")]),
    command("lindex", 3, READONLY, acl::LIST)
        .docs(
            "1.0.0",
            "O(N) for N elements passed on the way; O(1) at either end",
            "Gives the element at an index.",
        )
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("index")]),
    command("linsert", 5, WRITE | DENYOOM, acl::LIST)
        .docs(
            "2.2.0",
            "O(N) for N elements passed before the pivot",
            "Inserts an element before or after another.",
        )
        .keys(&[index(1, RW | INSERT)])
        .args(&[
            key("key", 0),
            one_of("where", &[word("before", "BEFORE"), word("after", "AFTER")]),
            string("pivot"),
            string("element"),
        ]),
    command("llen", 2, READONLY | FAST, acl::LIST)
        .docs("1.0.0", "O(1)", "Gives the length of a list.")
        .keys(&[index(1, RO)])
        .args(&[key("key", 0)]),
    command("lmove", 5, WRITE | DENYOOM, acl::LIST)
        .docs("6.2.0", "O(1)", "Moves an element from one end of a list to an end of another.")
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, RW | INSERT)])
        .args(&[
            key("source", 0),
            key("destination", 1),
            one_of("wherefrom", &[word("left", "LEFT"), word("right", "RIGHT")]),
            one_of("whereto", &[word("left", "LEFT"), word("right", "RIGHT")]),
        ]),
    command("lmpop", -4, WRITE, acl::LIST)
        .docs(
            "7.0.0",
            "O(N+M) for N keys and M elements returned",
            "Takes elements from the first list that has any.",
        )
        .keys(&[numkeys(1, RW | ACCESS | DELETE)])
        .args(&[
            integer("numkeys"),
            key("key", 0).many(),
            one_of("where", &[word("left", "LEFT"), word("right", "RIGHT")]),
            integer("count").token("COUNT").opt(),
        ]),
    command("lpop", -2, WRITE | FAST, acl::LIST)
        .docs("1.0.0", "O(N) for N elements returned", "Takes elements from the head.")
        .history(&[("6.2.0", "the count")])
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0), integer("count").opt().since("6.2.0")]),
    command("lpos", -3, READONLY, acl::LIST)
        .docs(
            "6.0.6",
            "O(N) for a list of N elements; less near the ends or with MAXLEN",
            "Finds the index of matching elements.",
        )
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("element"),
            integer("rank").token("RANK").opt(),
            integer("num-matches").token("COUNT").opt(),
            integer("len").token("MAXLEN").opt(),
        ]),
    command("lpush", -3, WRITE | DENYOOM | FAST, acl::LIST)
        .docs("1.0.0", "O(1) per element", "Puts elements at the head, creating the list when needed.")
        .history(&[("2.4.0", "several elements")])
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("element").many()]),
    command("lpushx", -3, WRITE | DENYOOM | FAST, acl::LIST)
        .docs("2.2.0", "O(1) per element", "Puts elements at the head of a list that exists.")
        .history(&[("4.0.0", "several elements")])
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("element").many()]),
    command("lrange", 4, READONLY, acl::LIST)
        .docs("1.0.0", "O(S+N) for N elements, S away from the nearest end", "Gives a range of elements.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), integer("start"), integer("stop")]),
    command("lrem", 4, WRITE, acl::LIST)
        .docs("1.0.0", "O(N+M) for a list of N elements, M removed", "Removes elements that equal a value.")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), integer("count"), string("element")]),
    command("lset", 4, WRITE | DENYOOM, acl::LIST)
        .docs(
            "1.0.0",
            "O(N) for a list of N elements; O(1) at either end",
            "Replaces the element at an index.",
        )
        .keys(&[index(1, RW | UPDATE)])
        .args(&[key("key", 0), integer("index"), string("element")]),
    command("ltrim", 4, WRITE, acl::LIST)
        .docs("1.0.0", "O(N) for N elements removed", "Keeps a range of elements and removes the others.")
        .keys(&[index(1, RW | DELETE)])
        .args(&[key("key", 0), integer("start"), integer("stop")]),
    command("rpop", -2, WRITE | FAST, acl::LIST)
        .docs("1.0.0", "O(N) for N elements returned", "Takes elements from the tail.")
        .history(&[("6.2.0", "the count")])
        .keys(&[index(1, RW | ACCESS | DELETE)])
        .args(&[key("key", 0), integer("count").opt().since("6.2.0")]),
    command("rpoplpush", 3, WRITE | DENYOOM, acl::LIST)
        .docs("1.2.0", "O(1)", "Moves the last element of a list to the head of another.")
        .deprecated("6.2.0", "LMOVE with RIGHT and LEFT")
        .keys(&[index(1, RW | ACCESS | DELETE), index(2, RW | INSERT)])
        .args(&[key("source", 0), key("destination", 1)]),
    command("rpush", -3, WRITE | DENYOOM | FAST, acl::LIST)
        .docs("1.0.0", "O(1) per element", "Puts elements at the tail, creating the list when needed.")
        .history(&[("2.4.0", "several elements")])
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("element").many()]),
    command("rpushx", -3, WRITE | DENYOOM | FAST, acl::LIST)
        .docs("2.2.0", "O(1) per element", "Puts elements at the tail of a list that exists.")
        .history(&[("4.0.0", "several elements")])
        .keys(&[index(1, RW | INSERT)])
        .args(&[key("key", 0), string("element").many()]),
];
