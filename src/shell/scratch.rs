//! A server of one's own for the time of a session: empty (`--scratch`), or with the data of a snapshot
//! (`--open FILE`). It listens on a socket in a folder that only this user can enter, never writes to disk, and
//! ends with the shell. The snapshot itself is only read.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::client::{Client, Endpoint, Target};
use crate::clock::{self, Stopwatch};
use crate::resp::value::Value;
use crate::ui::{Error, Result};

/// How long an empty server may take to answer.
const START: Duration = Duration::from_secs(10);
/// How long a snapshot may take to load before we give up.
const LOAD: Duration = Duration::from_secs(3600);
/// The pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The running server; it ends when dropped.
pub struct Scratch {
    child: Child,
    folder: PathBuf,
}

impl Scratch {
    /// Starts one, with the data of a snapshot if one is named.
    ///
    /// # Errors
    /// It cannot be started, or the snapshot not be read.
    pub fn start(snapshot: Option<&Path>) -> Result<Self> {
        let folder = private_folder()?;
        let failed = |error| Error::failed("cannot start the scratch server").source(&error);
        if let Some(path) = snapshot {
            let whole = fs::canonicalize(path);
            let whole = whole
                .map_err(|error| Error::usage(format!("cannot open {}", path.display())).source(&error))?;
            symlink(whole, folder.join("dump.rdb")).map_err(failed)?;
        }
        let program = std::env::current_exe().map_err(failed)?;
        let log = fs::File::create(folder.join("log")).map_err(failed)?;
        let socket = folder.join("socket");
        let child = Command::new(program)
            .arg("serve")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no"])
            .arg("--unixsocket")
            .arg(&socket)
            .args(["--unixsocketperm", "700", "--dir"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        Ok(Self { child, folder })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::Unix(self.folder.join("socket"))
    }

    /// Waits until it answers, its data loaded.
    ///
    /// # Errors
    /// It ended, or takes too long; its last words are the cause.
    pub async fn ready(&mut self) -> Result<()> {
        let watch = Stopwatch::start();
        let limit = if self.folder.join("dump.rdb").exists() { LOAD } else { START };
        while watch.elapsed() < limit {
            if self.child.try_wait().ok().flatten().is_some() {
                return Err(Error::failed("the scratch server ended").cause(self.last_words()));
            }
            if let Ok(mut client) = Client::connect(&Target::new(self.endpoint())).await
                && matches!(client.command(&["PING"]).await, Ok(Value::Simple(_)))
            {
                return Ok(());
            }
            clock::pause(LOOK_EVERY);
        }
        Err(Error::failed("the scratch server does not answer").cause(self.last_words()))
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        log.lines().last().unwrap_or("it said nothing").to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It has nothing to save; what cannot be removed lies in a folder for temporary files.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A new folder that nobody else can enter.
fn private_folder() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_dir());
    let base = base.unwrap_or_else(std::env::temp_dir);
    let failed = |error| Error::failed("cannot make a folder for the scratch server").source(&error);
    for attempt in 0..u8::MAX {
        let folder = base.join(format!("rtool-scratch-{}-{attempt}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Err(Error::failed("cannot make a folder for the scratch server"))
}
