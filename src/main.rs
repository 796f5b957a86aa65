//! The `rtool` binary: parse the command line, dispatch, and turn the result into the exit code.
//! Nothing else in the crate ends the process.

use std::process::ExitCode;

use rtool::args::{self, Command, Unrunnable, generate, serve};
use rtool::ui::{ColorChoice, Console, Error, Exit};
use rtool::{ops, server, shell};

fn main() -> ExitCode {
    match args::parse(std::env::args_os()) {
        Ok(args) => finish(run(args.command)),
        Err(answer) => explain(answer),
    }
}

/// One row per subcommand.
fn run(command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Serve(args) => serve(args),
        Command::Cli(args) => shell::run(args, shell::Face::Own).map(ExitCode::from),
        Command::RedisCli(args) => shell::run(args, shell::Face::RedisCli).map(ExitCode::from),
        Command::Profile(args) => shell::profile::run(args).map(ExitCode::from),
        Command::Keys(args) => shell::keys::run(args).map(ExitCode::from),
        Command::Completions(args) => print(&generate::completions(args.shell)),
        Command::Man(args) => write_man_pages(&args.dir),
        operator => ops::dispatch(operator).map(ExitCode::from),
    }
}

fn serve(args: serve::ServeArgs) -> Result<ExitCode, Error> {
    match args.request() {
        serve::Request::Version => print(format!("{}\n", serve::version_line()).as_bytes()),
        serve::Request::Help => {
            let directives = server::config::help::all();
            print(format!("{}\nDirectives:\n\n{directives}", generate::help("serve")).as_bytes())
        }
        serve::Request::Run(words) => {
            server::run(words).map_err(|cause| Error::failed("cannot serve").source(&cause))
        }
    }
}

fn write_man_pages(dir: &std::path::Path) -> Result<ExitCode, Error> {
    let write = || {
        std::fs::create_dir_all(dir)?;
        generate::man_pages()?.iter().try_for_each(|(name, text)| std::fs::write(dir.join(name), text))
    };
    let failed = |cause| Error::failed(format!("cannot write pages to {}", dir.display())).source(&cause);
    write().map_err(failed).map(|()| ExitCode::SUCCESS)
}

fn print(bytes: &[u8]) -> Result<ExitCode, Error> {
    Console::new(ColorChoice::Auto).data.bytes(bytes)?;
    Ok(ExitCode::SUCCESS)
}

fn finish(result: Result<ExitCode, Error>) -> ExitCode {
    result.unwrap_or_else(|error| error.report(&mut Console::new(ColorChoice::Auto)).into())
}

/// Help and version go to standard output with code 0, a usage error to standard error with code 2, or
/// redis-cli's own 1. A reader that went away changes neither.
fn explain(answer: Unrunnable) -> ExitCode {
    match answer {
        Unrunnable::Clap(usage) => {
            let _ = usage.print();
            ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
        }
        Unrunnable::Text(text) => finish(print(text.as_bytes())),
        Unrunnable::Refused(line) => {
            Console::new(ColorChoice::Auto).notes.note(&line);
            Exit::FAILED.into()
        }
    }
}
