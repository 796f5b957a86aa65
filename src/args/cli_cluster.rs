//! `--cluster` of `rtool cli` and `rtool redis-cli`: the cluster manager's subcommand, its words and its options.

/// Milliseconds that MIGRATE may take (redis-cli: 60000).
const TIMEOUT_MS: u64 = 60_000;
/// Keys that one MIGRATE moves (redis-cli: 10).
const PIPELINE: u64 = 10;
/// Percent by which a node may differ before a rebalance moves slots (redis-cli: 2).
const THRESHOLD: f64 = 2.0;

/// What the cluster manager is to do.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Cluster manager")]
pub struct ClusterArgs {
    /// Manage a cluster: create, check, info, fix, reshard, rebalance, add-node, del-node, call, set-timeout, import,
    /// backup, help; with the words each needs
    #[arg(long, value_name = "WORDS", num_args = 1..)]
    pub cluster: Vec<String>,
    /// Do not ask (also by REDISCLI_CLUSTER_YES=1)
    #[arg(long)]
    pub cluster_yes: bool,
    /// create: replicas for each master
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub cluster_replicas: usize,
    /// check, fix: look for slots with more than one owner
    #[arg(long)]
    pub cluster_search_multiple_owners: bool,
    /// fix: even when masters cannot be reached; their slots are given away
    #[arg(long, visible_alias = "cluster-fix-with-unreachable-primaries")]
    pub cluster_fix_with_unreachable_masters: bool,
    /// reshard: ids of the nodes to take slots from, or all; import: the server to take keys from
    #[arg(long, value_name = "FROM")]
    pub cluster_from: Option<String>,
    /// reshard: id of the node to give slots to
    #[arg(long, value_name = "ID")]
    pub cluster_to: Option<String>,
    /// reshard: how many slots
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub cluster_slots: usize,
    /// Milliseconds that moving keys may take
    #[arg(long, value_name = "MS", default_value_t = TIMEOUT_MS)]
    pub cluster_timeout: u64,
    /// Keys that are moved at once
    #[arg(long, value_name = "KEYS", default_value_t = PIPELINE)]
    pub cluster_pipeline: u64,
    /// Replace keys that are at the target already
    #[arg(long)]
    pub cluster_replace: bool,
    /// import: leave the keys where they are, too
    #[arg(long)]
    pub cluster_copy: bool,
    /// rebalance: id=weight of a node; more words for more nodes
    #[arg(long, value_name = "ID=WEIGHT", num_args = 1..)]
    pub cluster_weight: Vec<String>,
    /// rebalance: masters without slots get some, too
    #[arg(long, visible_alias = "cluster-use-empty-primaries")]
    pub cluster_use_empty_masters: bool,
    /// rebalance: say what would be moved
    #[arg(long)]
    pub cluster_simulate: bool,
    /// rebalance: leave everything as it is when all nodes are within this many percent
    #[arg(long, value_name = "PERCENT", default_value_t = THRESHOLD)]
    pub cluster_threshold: f64,
    /// add-node: as a replica
    #[arg(long, visible_alias = "cluster-replica")]
    pub cluster_slave: bool,
    /// add-node: of this master, by its id
    #[arg(long, value_name = "ID", visible_alias = "cluster-primary-id")]
    pub cluster_master_id: Option<String>,
    /// call: on masters only
    #[arg(long, visible_alias = "cluster-only-primaries")]
    pub cluster_only_masters: bool,
    /// call: on replicas only
    #[arg(long)]
    pub cluster_only_replicas: bool,
    /// import: user on the other server
    #[arg(long, value_name = "USER")]
    pub cluster_from_user: Option<String>,
    /// import: password on the other server; other users of this machine can read it in the process list
    #[arg(long, value_name = "PASSWORD")]
    pub cluster_from_pass: Option<super::cli::Hidden>,
    /// import: ask for the password on the other server
    #[arg(long)]
    pub cluster_from_askpass: bool,
}
