//! Where the tutorial is played: a temporary folder of our own, free ports of the loopback interface,
//! and the server processes. Dropping the stage kills the processes and removes the folder.

use std::fs::{DirBuilder, File};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::client::Secret;
use crate::names::address::Address;
use crate::names::topology::Node;
use crate::ops::random;
use crate::ui::Error;
use crate::ui::error::Result;

/// How much of a server's log is shown when it does not start, in lines.
const LOG_LINES_SHOWN: usize = 10;

/// Which of the three servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The tutorial's first machine.
    Master,
    /// Its second.
    Replica,
    /// One more replica, as the tutorial says any number can be added.
    Another,
}

impl Who {
    /// All of them.
    pub const ALL: [Who; 3] = [Who::Master, Who::Replica, Who::Another];

    /// The name in prompts and file names: of the machine, whatever role it plays later.
    pub const fn name(self) -> &'static str {
        match self {
            Who::Master => "first",
            Who::Replica => "second",
            Who::Another => "third",
        }
    }
}

/// One server of the play.
pub struct Actor {
    /// Where it listens and its password.
    pub node: Node,
    /// Its configuration file.
    pub config: PathBuf,
    dir: PathBuf,
    process: Option<Child>,
}

/// Folder, ports and processes.
pub struct Stage {
    folder: PathBuf,
    program: Vec<PathBuf>,
    actors: [Actor; 3],
}

impl Stage {
    /// Makes the folder and chooses ports and passwords; starts nothing.
    ///
    /// # Errors
    /// When the folder cannot be made or there is no free port.
    pub fn build(program: Option<PathBuf>) -> Result<Stage> {
        let failed = |error: io::Error| Error::failed("cannot prepare the tutorial").source(&error);
        let program = match program {
            Some(program) => vec![program],
            None => vec![std::env::current_exe().map_err(failed)?, PathBuf::from("serve")],
        };
        let folder = std::env::temp_dir().join(format!("rtool-tutorial-{}", random_word()?));
        let private = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        private(&folder).map_err(failed)?;
        // From here on the folder is removed by Drop, whatever fails next.
        let ports = free_ports().map_err(failed)?;
        let stage = Stage {
            actors: [
                Actor::new(&folder, Who::Master, ports[0])?,
                Actor::new(&folder, Who::Replica, ports[1])?,
                Actor::new(&folder, Who::Another, ports[2])?,
            ],
            folder,
            program,
        };
        stage.actors.iter().try_for_each(|actor| private(&actor.dir)).map_err(failed)?;
        Ok(stage)
    }

    /// The folder everything is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// One of the servers.
    pub fn actor(&self, who: Who) -> &Actor {
        &self.actors[who as usize]
    }

    /// Starts a server on its configuration file.
    ///
    /// # Errors
    /// When the program cannot be run.
    pub fn start(&mut self, who: Who) -> Result<()> {
        let program = self.program.clone();
        let actor = &mut self.actors[who as usize];
        let failed = |error: io::Error| Error::failed("cannot start a server").source(&error);
        let log = File::options().create(true).append(true).open(actor.log()).map_err(failed)?;
        let errors = log.try_clone().map_err(failed)?;
        let (name, words) = program.split_first().ok_or_else(|| Error::failed("no server program"))?;
        let mut command = Command::new(name);
        command.args(words).arg(&actor.config).current_dir(&actor.dir);
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        actor.process = Some(command.spawn().map_err(failed)?);
        Ok(())
    }

    /// Kills a server as a power cut would.
    pub fn kill(&mut self, who: Who) {
        self.actors[who as usize].kill();
    }

    /// Why a server is not there: it ended, and these are its last words.
    pub fn ended(&mut self, who: Who) -> Option<String> {
        let actor = &mut self.actors[who as usize];
        let status = actor.process.as_mut()?.try_wait().ok()??;
        let log = std::fs::read(actor.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LOG_LINES_SHOWN)..).unwrap_or_default();
        Some(format!("{status}\n{}", last.join("\n")))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.actors.iter_mut().for_each(Actor::kill);
        // A file that a dying process still held open is no reason to leave the folder: nothing runs now.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Actor {
    fn new(folder: &Path, who: Who, port: u16) -> Result<Actor> {
        let password = Some(Secret::from(random_word()?));
        let addr = Address::new("127.0.0.1", port);
        Ok(Actor {
            node: Node { addr, name: None, user: None, password, priority: None, tls: None },
            config: folder.join(format!("{}.conf", who.name())),
            dir: folder.join(who.name()),
            process: None,
        })
    }

    /// Its password; every actor has one.
    pub fn password(&self) -> String {
        let bytes = self.node.password.as_ref().map(|secret| secret.expose().to_vec()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Its data folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Three different ports that nobody listens on now.
fn free_ports() -> io::Result<[u16; 3]> {
    let listeners = [
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    ];
    let port = |listener: &TcpListener| listener.local_addr().map(|addr| addr.port());
    Ok([port(&listeners[0])?, port(&listeners[1])?, port(&listeners[2])?])
}

fn random_word() -> Result<String> {
    random::word().map_err(Error::failed)
}
