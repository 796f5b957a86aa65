//! CLUSTER, ASKING, READONLY, READWRITE: there is no cluster, and that is what clients are told that look
//! for one. `INFO cluster` and HELLO say the same.

use std::sync::atomic::Ordering;

use crate::resp::Args;
use crate::server::commands::Table;
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;

/// This family's handlers.
pub const TABLE: Table = &[
    ("asking", disabled),
    ("cluster|addslots", disabled),
    ("cluster|addslotsrange", disabled),
    ("cluster|bumpepoch", disabled),
    ("cluster|count-failure-reports", disabled),
    ("cluster|countkeysinslot", disabled),
    ("cluster|delslots", disabled),
    ("cluster|delslotsrange", disabled),
    ("cluster|failover", disabled),
    ("cluster|flushslots", disabled),
    ("cluster|forget", disabled),
    ("cluster|getkeysinslot", disabled),
    ("cluster|help", disabled),
    ("cluster|info", disabled),
    ("cluster|keyslot", disabled),
    ("cluster|links", disabled),
    ("cluster|meet", disabled),
    ("cluster|myid", disabled),
    ("cluster|myshardid", disabled),
    ("cluster|nodes", disabled),
    ("cluster|replicas", disabled),
    ("cluster|replicate", disabled),
    ("cluster|reset", disabled),
    ("cluster|saveconfig", disabled),
    ("cluster|set-config-epoch", disabled),
    ("cluster|setslot", disabled),
    ("cluster|shards", disabled),
    ("cluster|slaves", disabled),
    ("cluster|slots", disabled),
    ("readonly", readonly),
    ("readwrite", readwrite),
];

const DISABLED: Fault = Fault::new("ERR This instance has cluster support disabled");

fn disabled(_: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    Err(DISABLED)
}

/// READONLY: a client that can be sent to the master (CLIENT CAPA REDIRECT) wants its reads answered here. To others
/// it means nothing without a cluster.
fn readonly(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    reads_replica(ctx, true)
}

fn readwrite(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    reads_replica(ctx, false)
}

fn reads_replica(ctx: &mut Ctx<'_>, reads: bool) -> Result<(), Fault> {
    if !ctx.session.shared.redirects.load(Ordering::Relaxed) {
        return Err(DISABLED);
    }
    ctx.session.reads_replica = reads;
    ctx.reply.ok();
    Ok(())
}
