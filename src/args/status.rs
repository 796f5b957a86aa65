//! `rtool status`: which group to look at.

/// The options and operands of `rtool status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// A member of the group; the others are found from it
    #[arg(value_name = "ADDR", required = true)]
    pub targets: Vec<String>,
}
