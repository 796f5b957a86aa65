//! The `rtool` binary: parse the command line, dispatch, and turn the result into the exit code.
//! Nothing else in the crate ends the process.

use std::process::ExitCode;

use rtool::args::{self, Command, generate, serve};
use rtool::ui::{self, Error, Kind};
use rtool::{ops, server, shell};

fn main() -> ExitCode {
    match args::parse(std::env::args_os()) {
        Ok(args) => finish(run(args.command)),
        Err(usage) => explain(&usage),
    }
}

/// One row per subcommand.
fn run(command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Serve(args) => serve(args),
        Command::Cli(args) => shell::run(args),
        Command::Status(args) => ops::status::run(args),
        Command::Replicate(args) => ops::replicate::run(args),
        Command::Promote(args) => ops::promote::run(args),
        Command::Tutorial(args) => ops::tutorial::run(args),
        Command::Completions(args) => print(&generate::completions(args.shell)),
        Command::Man(args) => write_man_pages(&args.dir),
    }
}

fn serve(args: serve::ServeArgs) -> Result<ExitCode, Error> {
    match args.request() {
        serve::Request::Version => print(format!("{}\n", serve::version_line()).as_bytes()),
        serve::Request::Help => print(generate::help("serve").as_bytes()),
        serve::Request::Run(words) => {
            server::run(words).map_err(|cause| Error::new(Kind::Failed, "cannot serve").because(cause))
        }
    }
}

fn write_man_pages(dir: &std::path::Path) -> Result<ExitCode, Error> {
    let write = || {
        std::fs::create_dir_all(dir)?;
        generate::man_pages()?.iter().try_for_each(|(name, text)| std::fs::write(dir.join(name), text))
    };
    match write() {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(cause) => {
            Err(Error::new(Kind::Failed, format!("cannot write pages to {}", dir.display())).because(cause))
        }
    }
}

fn print(bytes: &[u8]) -> Result<ExitCode, Error> {
    ui::data(bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// A broken pipe is how `rtool ... | head` ends: quietly, and well.
fn finish(result: Result<ExitCode, Error>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            ui::complain(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// Help and version go to standard output with code 0, a usage error to standard error with code 2:
/// clap knows which. A reader that went away changes neither.
fn explain(usage: &clap::Error) -> ExitCode {
    let _ = usage.print();
    ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
}
