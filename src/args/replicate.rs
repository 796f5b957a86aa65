//! `rtool replicate`: who follows whom.

/// The options of `rtool replicate`.
#[derive(Debug, clap::Args)]
pub struct ReplicateArgs {
    /// The master
    #[arg(long, value_name = "ADDR")]
    pub from: String,
    /// The servers that become its replicas
    #[arg(long, value_name = "ADDR", required = true, num_args = 1..)]
    pub to: Vec<String>,
}
