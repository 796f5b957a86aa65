//! Publish and subscribe: channels, patterns, shard channels.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, index, pattern, range, string};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("psubscribe", -2, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "O(N) for N patterns", "Listens to the channels that match patterns.")
        .args(&[pattern("pattern").many()]),
    command("publish", 3, PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE, acl::NONE)
        .docs(
            "2.0.0",
            "O(N+M) for N subscribers of the channel and M patterns of all clients",
            "Sends a message to a channel.",
        )
        .args(&[string("channel"), string("message")]),
    command("pubsub", -2, 0, acl::NONE).docs(
        "2.8.0",
        "by subcommand",
        "Container of the commands that look at channels.",
    ),
    command("pubsub|channels", -2, PUBSUB | LOADING | STALE, acl::NONE)
        .docs("2.8.0", "O(N) for N active channels", "Lists the channels somebody listens to.")
        .args(&[pattern("pattern").opt()]),
    command("pubsub|help", 2, LOADING | STALE, acl::NONE).docs(
        "6.2.0",
        "O(1)",
        "Lists the subcommands with a line on each.",
    ),
    command("pubsub|numpat", 2, PUBSUB | LOADING | STALE, acl::NONE).docs(
        "2.8.0",
        "O(1)",
        "Counts the patterns clients listen to.",
    ),
    command("pubsub|numsub", -2, PUBSUB | LOADING | STALE, acl::NONE)
        .docs("2.8.0", "O(N) for N channels asked about", "Counts the listeners of channels.")
        .args(&[string("channel").many().opt()]),
    command("pubsub|shardchannels", -2, PUBSUB | LOADING | STALE, acl::NONE)
        .docs("7.0.0", "O(N) for N active shard channels", "Lists the shard channels somebody listens to.")
        .args(&[pattern("pattern").opt()]),
    command("pubsub|shardnumsub", -2, PUBSUB | LOADING | STALE, acl::NONE)
        .docs("7.0.0", "O(N) for N shard channels asked about", "Counts the listeners of shard channels.")
        .args(&[string("shardchannel").many().opt()]),
    command("punsubscribe", -1, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "O(N) for N patterns", "Stops listening to patterns.")
        .args(&[pattern("pattern").many().opt()]),
    command("spublish", 3, PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE, acl::NONE)
        .docs("7.0.0", "O(N) for N subscribers of the shard channel", "Sends a message to a shard channel.")
        .keys(&[index(1, NOT_KEY)])
        .args(&[string("shardchannel"), string("message")]),
    command("ssubscribe", -2, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("7.0.0", "O(N) for N shard channels", "Listens to shard channels.")
        .keys(&[range(1, -1, 1, NOT_KEY)])
        .args(&[string("shardchannel").many()]),
    command("subscribe", -2, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "O(N) for N channels", "Listens to channels.")
        .args(&[string("channel").many()]),
    command("sunsubscribe", -1, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("7.0.0", "O(N) for N shard channels", "Stops listening to shard channels.")
        .keys(&[range(1, -1, 1, NOT_KEY)])
        .args(&[string("shardchannel").many().opt()]),
    command("unsubscribe", -1, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
        .docs("2.0.0", "O(N) for N channels", "Stops listening to channels.")
        .args(&[string("channel").many().opt()]),
];
