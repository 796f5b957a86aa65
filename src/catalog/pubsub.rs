//! Publish and subscribe: channels, patterns, shard channels.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{Command, acl, command, index, pattern, range, string};

/// The rows of this group.
pub const TABLE: &[Command] =
    &[
        command("psubscribe", -2, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
            .docs("2.0.0", "", "")
            .args(&[pattern("pattern").many()]),
        command("publish", 3, PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE, acl::NONE)
            .docs("2.0.0", "", "")
            .args(&[string("channel"), string("message")]),
        command("pubsub", -2, 0, acl::NONE).docs("2.8.0", "", ""),
        command("pubsub|channels", -2, PUBSUB | LOADING | STALE, acl::NONE)
            .docs("2.8.0", "", "")
            .args(&[pattern("pattern").opt()]),
        command("pubsub|help", 2, LOADING | STALE, acl::NONE).docs("6.2.0", "", ""),
        command("pubsub|numpat", 2, PUBSUB | LOADING | STALE, acl::NONE).docs("2.8.0", "", ""),
        command("pubsub|numsub", -2, PUBSUB | LOADING | STALE, acl::NONE)
            .docs("2.8.0", "", "")
            .args(&[string("channel").many().opt()]),
        command("pubsub|shardchannels", -2, PUBSUB | LOADING | STALE, acl::NONE)
            .docs("7.0.0", "", "")
            .args(&[pattern("pattern").opt()]),
        command("pubsub|shardnumsub", -2, PUBSUB | LOADING | STALE, acl::NONE)
            .docs("7.0.0", "", "")
            .args(&[string("shardchannel").many().opt()]),
        command("punsubscribe", -1, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
            .docs("2.0.0", "", "")
            .args(&[pattern("pattern").many().opt()]),
        command("spublish", 3, PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE, acl::NONE)
            .docs("7.0.0", "", "")
            .keys(&[index(1, NOT_KEY)])
            .args(&[string("shardchannel"), string("message")]),
        command("ssubscribe", -2, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
            .docs("7.0.0", "", "")
            .keys(&[range(1, -1, 1, NOT_KEY)])
            .args(&[string("shardchannel").many()]),
        command("subscribe", -2, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
            .docs("2.0.0", "", "")
            .args(&[string("channel").many()]),
        command("sunsubscribe", -1, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
            .docs("7.0.0", "", "")
            .keys(&[range(1, -1, 1, NOT_KEY)])
            .args(&[string("shardchannel").many().opt()]),
        command("unsubscribe", -1, PUBSUB | NOSCRIPT | LOADING | STALE, acl::NONE)
            .docs("2.0.0", "", "")
            .args(&[string("channel").many().opt()]),
    ];
