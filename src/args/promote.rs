//! `rtool promote`: the replica that becomes the master.

/// The options and operands of `rtool promote`.
#[derive(Debug, clap::Args)]
pub struct PromoteArgs {
    /// The replica to promote
    #[arg(value_name = "ADDR")]
    pub replica: String,
}
