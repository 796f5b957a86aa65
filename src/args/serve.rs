//! `rtool serve`: redis-server's own arguments, handed to the configuration untouched.
//!
//! redis-server's grammar is not clap's (`--save 900 1 60 10`, `--port=0` is an error, a directive's
//! values go on until the next `--word`, `-` is standard input), so clap only collects the words here.
//! The single exceptions are the ones redis-server itself takes as its first and only word: version
//! and help.

use std::ffi::OsString;

/// The words after `serve`.
#[derive(Debug, clap::Args)]
#[command(
    disable_help_flag = true,
    override_usage = "rtool serve [FILE | -] [--config FILE] [--DIRECTIVE VALUE...]...",
    long_about = LONG_ABOUT,
    after_long_help = EXAMPLES
)]
pub struct ServeArgs {
    /// A configuration file in redis.conf's format, `-` for standard input, and `--DIRECTIVE VALUE...`
    /// pairs that go over it
    #[arg(
        value_name = "FILE | --DIRECTIVE VALUE",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        num_args = 0..,
        value_hint = clap::ValueHint::FilePath
    )]
    pub words: Vec<OsString>,
}

const LONG_ABOUT: &str = "\
Run the server. It takes redis-server's own arguments and reads its redis.conf: a file, `-` for \
standard input, and any directive as an option with its values, which goes over the file.";

const EXAMPLES: &str = "\
Examples:
  rtool serve
        the defaults: 127.0.0.1:6379, an RDB file in the current folder
  rtool serve /etc/redis/redis.conf
        a configuration file of Redis
  rtool serve --config site.conf --port 7777 --replicaof 10.8.0.1 6379
        a file, and what goes over it
  echo 'appendonly yes' | rtool serve - --port 7777
        the configuration from standard input
  rtool serve --save 900 1 60 1000 --io-threads 4
        several values, up to the next option
  rtool serve --version

Once it runs, CONFIG GET * shows every directive, CONFIG SET changes it, CONFIG REWRITE keeps it.";

/// What the words ask for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Print the version line and end.
    Version,
    /// Print the help and end.
    Help,
    /// Start the server with these words.
    Run(Vec<OsString>),
}

impl ServeArgs {
    /// Tell the version and help requests from a start, by redis-server's rule: a single word only.
    pub fn request(self) -> Request {
        let only = match self.words.as_slice() {
            [word] => word.to_str().unwrap_or_default(),
            _ => "",
        };
        match only {
            "-v" | "--version" => Request::Version,
            "-h" | "--help" => Request::Help,
            _ => Request::Run(self.words),
        }
    }
}

/// The line of `rtool serve --version`: ours first, then what tools that start a redis-server look for.
pub fn version_line() -> String {
    format!(
        "rtool {} Redis server v={} sha=00000000:0 malloc=mimalloc bits={} build=0",
        env!("CARGO_PKG_VERSION"),
        crate::REDIS_VERSION,
        usize::BITS
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Request {
        let words = format!("rtool serve {line}");
        match crate::args::parse(words.split_whitespace().map(OsString::from)).unwrap().command {
            crate::args::Command::Serve(serve) => serve.request(),
            other => panic!("{line:?} became {other:?}"),
        }
    }

    #[test]
    fn words_pass_untouched() {
        let lines = [
            "",
            "-",
            "redis.conf",
            "redis.conf --port 0 --save 900 1",
            "--config redis.conf --help yes",
            "--port 0 - --version",
            "--save --port 0",
            "-x -- y",
        ];
        for line in lines {
            let want: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(request(line), Request::Run(want), "{line:?}");
        }
    }

    #[test]
    fn version_and_help_stand_alone() {
        for (line, want) in [
            ("-v", Request::Version),
            ("--version", Request::Version),
            ("-h", Request::Help),
            ("--help", Request::Help),
        ] {
            assert_eq!(request(line), want, "{line}");
        }
    }

    #[test]
    fn the_version_line_is_found_by_tools() {
        let line = version_line();
        assert!(line.starts_with("rtool "), "{line}");
        assert!(line.contains("Redis server v=7."), "{line}");
    }
}
