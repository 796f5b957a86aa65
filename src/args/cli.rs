//! `rtool cli`: the options of the shell. Names and meanings are redis-cli's, down to `-h`, which is
//! the host here: the help is `--help`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::cli_cluster::ClusterArgs;
use super::cli_modes::ModeArgs;

const EXAMPLES: &str = "\
Examples:
  rtool cli                              the interactive shell on 127.0.0.1:6379
  rtool cli -h 10.8.0.1 GET key          one command
  rtool cli -u redis://10.8.0.1/2 --askpass
  rtool cli -x SET key < file            the last argument from standard input
  rtool cli -r -1 -i 1 INFO replication  again and again
  rtool cli < commands.txt               one command per line
  rtool cli prod INFO replication        a profile, or a name of rtool.toml, says which server

Environment:
  REDISCLI_AUTH      the password, if no option gives one (or VALKEYCLI_AUTH)
  RTOOL_CONFIG       the file with the profiles (default: config.toml in the user's rtool folder)
  REDISCLI_HISTFILE  where the history is kept; /dev/null keeps none

Differences from redis-cli:
  When the server refuses AUTH, SELECT or HELLO, nothing else is sent and the exit code is not 0.
  An error reply goes to standard error and makes the exit code 1, or 4 if it refuses credentials or rights.
  A script on standard input stops at the first error and names its line; --keep-going goes on.
  With --json everything is JSON: errors are objects, texts such as INFO are taken apart, and bytes that \
are no text are {\"$b64\":\"...\"}.
  Ctrl-C drops the line, or the wait for a reply, and never the shell.
  A new connection has the user, database and protocol of the old one.
  Big numbers and replies with attributes are shown.

`rtool redis-cli`, or a link named redis-cli, does none of this: it is redis-cli to the byte.

Exit codes: 0 done, 1 the server answered with an error, 2 wrong options, 3 no connection, 4 refused \
credentials, 5 some of many failed, 6 declined, 130 stopped by Ctrl-C.";

/// What the strict face says of itself.
pub const REDIS_CLI_NOTES: &str = "\
The options, output and exit codes of redis-cli 7.2, for scripts written for it. A link named redis-cli or \
valkey-cli to this program is the same. What `rtool cli` does better is left out here on purpose.

Exit codes: 0 done, also when the server answered with an error; 1 no connection, wrong options, or an \
error reply with -e.";

/// The options and operands of `rtool cli`.
#[derive(Debug, clap::Args)]
#[command(version, args_override_self = true, disable_help_flag = true, disable_version_flag = true, after_help = EXAMPLES)]
pub struct CliArgs {
    /// Server host
    #[arg(short = 'h', value_name = "HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Server port
    #[arg(short, value_name = "PORT", default_value_t = 6379)]
    pub port: u16,
    /// Unix socket of the server, instead of host and port
    #[arg(short, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Password; other users of this machine can read it in the process list
    #[arg(short = 'a', long = "pass", value_name = "PASSWORD", allow_hyphen_values = true)]
    pub password: Option<Hidden>,
    /// Read the password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub pass_file: Option<PathBuf>,
    /// Read the password from the first line of an open file descriptor
    #[arg(long, value_name = "FD")]
    pub pass_fd: Option<u32>,
    /// Run a command and take the first line it prints as the password
    #[arg(long, value_name = "COMMAND")]
    pub pass_command: Option<String>,
    /// Ask for the password, showing stars; -a and REDISCLI_AUTH are ignored
    #[arg(long)]
    pub askpass: bool,
    /// User to authenticate as; needs a password
    #[arg(long, value_name = "USER", allow_hyphen_values = true)]
    pub user: Option<String>,
    /// Do not warn about a password on the command line
    #[arg(long)]
    pub no_auth_warning: bool,
    /// Server as redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] or unix://PATH
    #[arg(short = 'u', value_name = "URI")]
    pub uri: Option<Hidden>,
    /// Database number
    #[arg(short = 'n', value_name = "DB", default_value_t = 0)]
    pub db: u32,
    /// Longest wait for the connection; 0 waits as long as the system does
    #[arg(short = 't', value_name = "SECONDS", default_value_t = 0.0)]
    pub connect_timeout: f64,
    /// Name of the connection in CLIENT LIST
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Speak RESP2
    #[arg(short = '2', conflicts_with = "resp3")]
    pub resp2: bool,
    /// Speak RESP3
    #[arg(short = '3')]
    pub resp3: bool,
    /// Replies as they are, without quotes and types (default when the output is not a terminal)
    #[arg(long, overrides_with_all = ["no_raw", "csv", "json", "quoted_json"])]
    pub raw: bool,
    /// Replies with quotes and types even when the output is not a terminal
    #[arg(long, overrides_with_all = ["raw", "csv", "json", "quoted_json"])]
    pub no_raw: bool,
    /// Replies as comma-separated values
    #[arg(long, overrides_with_all = ["raw", "no_raw", "json", "quoted_json"])]
    pub csv: bool,
    /// Replies as JSON; asks the server for RESP3 unless -2 is given
    #[arg(long, overrides_with_all = ["raw", "no_raw", "csv", "quoted_json"])]
    pub json: bool,
    /// As --json, with strings in ASCII and escapes
    #[arg(long, overrides_with_all = ["raw", "no_raw", "csv", "json"])]
    pub quoted_json: bool,
    /// Print RESP3 pushes: yes or no (default: yes on a terminal)
    #[arg(long, value_name = "YES|NO", value_parser = ["yes", "no", "y", "n"])]
    pub show_pushes: Option<String>,
    /// An error reply goes to standard error and makes the exit code 1
    #[arg(short = 'e')]
    pub fail_on_error: bool,
    /// Read the last argument from standard input
    #[arg(short = 'x', conflicts_with = "stdin_tag")]
    pub stdin_last: bool,
    /// Read the argument that reads TAG from standard input
    #[arg(short = 'X', value_name = "TAG")]
    pub stdin_tag: Option<OsString>,
    /// Run the command this many times; a negative number never stops
    #[arg(short = 'r', value_name = "TIMES", default_value_t = 1, allow_negative_numbers = true)]
    pub repeat: i64,
    /// Wait between repetitions, in seconds
    #[arg(short = 'i', value_name = "SECONDS", default_value_t = 0.0)]
    pub interval: f64,
    /// What stands between the elements of a raw reply
    #[arg(
        short = 'd',
        value_name = "TEXT",
        default_value = "\n",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub element_delimiter: OsString,
    /// What stands between raw replies
    #[arg(
        short = 'D',
        value_name = "TEXT",
        default_value = "\n",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub reply_delimiter: OsString,
    /// Arguments are quoted as at the prompt: "\x00" is one byte
    #[arg(long)]
    pub quoted_input: bool,
    /// Follow MOVED and ASK to the cluster node that has the key
    #[arg(short = 'c', conflicts_with = "socket")]
    pub cluster_mode: bool,
    /// Look for IPv4 addresses only
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub ipv4: bool,
    /// Look for IPv6 addresses only
    #[arg(short = '6')]
    pub ipv6: bool,
    /// Speak TLS
    #[arg(long, help_heading = "TLS")]
    pub tls: bool,
    /// The name to ask the server for
    #[arg(long, value_name = "HOST", help_heading = "TLS")]
    pub sni: Option<String>,
    /// Trust the certificates in FILE [default: the system's]
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub cacert: Option<PathBuf>,
    /// Trust the certificates of the files in DIR
    #[arg(long, value_name = "DIR", help_heading = "TLS")]
    pub cacertdir: Option<PathBuf>,
    /// Do not check the server's certificate
    #[arg(long, help_heading = "TLS")]
    pub insecure: bool,
    /// Our own certificate
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub cert: Option<PathBuf>,
    /// The key of our own certificate
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub key: Option<PathBuf>,
    /// Taken and not used: the ciphers of TLS 1.2 are those of rustls, all of them good
    #[arg(long, value_name = "LIST", help_heading = "TLS")]
    pub tls_ciphers: Option<String>,
    /// Taken and not used: the cipher suites of TLS 1.3 are those of rustls
    #[arg(long, value_name = "LIST", help_heading = "TLS")]
    pub tls_ciphersuites: Option<String>,
    /// Use a private, empty server that ends with the shell
    #[arg(long, conflicts_with_all = ["socket", "uri"])]
    pub scratch: bool,
    /// Look into a snapshot (dump.rdb): a private server loads it and ends with the shell
    #[arg(long, value_name = "FILE", conflicts_with_all = ["socket", "uri", "scratch"])]
    pub open: Option<PathBuf>,
    /// Refuse commands that write
    #[arg(long)]
    pub read_only: bool,
    /// Do not ask before dangerous commands; scripts need it where a profile says env = "prod"
    #[arg(long)]
    pub yes: bool,
    /// Replies as tables (hashes, sorted sets, streams, lists of clients ...) or with one field a line
    #[arg(short = 'o', long = "output", value_name = "FORM", value_enum, overrides_with_all = ["raw", "no_raw", "csv", "json", "quoted_json"])]
    pub output: Option<Output>,
    /// Go on with the script after an error
    #[arg(long)]
    pub keep_going: bool,
    /// What runs instead of a command.
    #[command(flatten)]
    pub modes: ModeArgs,
    /// What the cluster manager does.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Say more (--cluster rebalance)
    #[arg(long)]
    pub verbose: bool,
    /// Print this help
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Print the version
    #[arg(short = 'v', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
    /// The command to run; without one, the interactive shell
    #[arg(value_name = "COMMAND", trailing_var_arg = true, num_args = 0..)]
    pub command: Vec<OsString>,
}

/// Forms of replies for people, beside redis-cli's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// As redis-cli prints them
    Plain,
    /// As tables, where the reply has rows and columns
    Table,
    /// As tables turned on their side: one field a line
    Vertical,
}

/// A word that may hold a password: not printed with the other options.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(OsString);

impl Hidden {
    /// The word's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_encoded_bytes()
    }
}

impl From<OsString> for Hidden {
    fn from(word: OsString) -> Self {
        Self(word)
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::CliArgs;
    use crate::args::{Command, parse};

    fn cli(line: &str) -> CliArgs {
        let words = ["rtool", "cli"].into_iter().chain(line.split_whitespace()).map(Into::into);
        match parse(words).unwrap().command {
            Command::Cli(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_end_at_the_command() {
        let args = cli("-h db -p 7 -r -1 SET -h -x --raw");
        assert_eq!((args.host.as_str(), args.port, args.repeat), ("db", 7, -1));
        assert_eq!(args.command, ["SET", "-h", "-x", "--raw"]);
        assert!(!args.stdin_last && !args.raw);
    }

    #[test]
    fn the_last_one_counts() {
        let args = cli("-p 1 -p 2 --raw --json");
        assert_eq!((args.port, args.raw, args.json), (2, false, true));
    }

    #[test]
    fn passwords_are_not_printed() {
        let args = cli("-a geheim -u redis://:geheim@h");
        assert!(!format!("{args:?}").contains("geheim"));
        assert_eq!(args.password.unwrap().bytes(), b"geheim");
    }
}
