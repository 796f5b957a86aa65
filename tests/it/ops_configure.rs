//! `rtool configure`: the file of the distribution's Redis and small ones, edited, and servers started with them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tempfile::TempDir;

use crate::harness::{Program, Server, bulk, ok, rtool, wait_until};
use crate::ops_group::{Outcome, PASSWORD, both, call, info};

/// Without a password in the environment.
fn configure(words: &[&str]) -> Outcome {
    Outcome::of(rtool(&[&["configure"], words].concat()).output().unwrap())
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_pair_is_configured_and_replicates() {
    both(|program| {
        let folders =
            [TempDir::with_prefix("rtool-ops-").unwrap(), TempDir::with_prefix("rtool-ops-").unwrap()];
        let files = folders.each_ref().map(|folder| folder.path().join("redis.conf"));
        let names = files.each_ref().map(|file| file.display().to_string());
        let secret = folders[0].path().join("secret");
        fs::write(&secret, PASSWORD).unwrap();
        let secret = secret.display().to_string();
        fs::write(&files[0], "# my server\nloglevel notice\n# requirepass foobared\nappendonly no\n")
            .unwrap();
        configure(&["master", &names[0], "--password-file", &secret, "--yes"])
            .exits(0)
            .says("requirepass ***");
        let edited = text(&files[0]);
        assert!(
            edited.starts_with("# my server\nloglevel notice\n# requirepass foobared\nrequirepass "),
            "{edited}"
        );
        let [first, second] = folders;
        let start = |folder: TempDir, name: &str| Server::start_in(program, folder, &[name]);
        let master = start(first, &names[0]);
        let of = master.addr();
        configure(&["replica", &names[1], "--of", &of, "--password-file", &secret, "--yes"]).exits(0);
        let replica = start(second, &names[1]);
        wait_until("the link is up", || info(&replica, "master_link_status") == "up");
        assert_eq!(call(&master, &["SET", "k", "v"]), ok());
        wait_until("the key arrives", || call(&replica, &["GET", "k"]) == bulk("v"));
        for (name, value) in
            [("appendonly", "yes"), ("maxmemory-policy", "noeviction"), ("tcp-keepalive", "60")]
        {
            assert_eq!(call(&master, &["CONFIG", "GET", name]).as_list().unwrap()[1], bulk(value));
        }
    });
}

#[test]
fn a_password_is_made_shown_once_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.conf"), folder.path().join("link.conf"));
    fs::write(&real, "port 7000\nreplicaof 10.0.0.1 6379\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    let name = link.display().to_string();
    let before = text(&real);
    configure(&["master", &name, "--dry-run"]).exits(0).says("- replicaof 10.0.0.1 6379").says("dry run");
    configure(&["master", &name]).exits(3).says("--yes");
    assert_eq!(text(&real), before);
    let outcome = configure(&["master", &name, "--yes", "--port", "7001"]).exits(0).says("shown this once");
    let password = outcome.out.lines().last().unwrap().to_owned();
    assert_eq!(password.len(), 64, "{}", outcome.out);
    assert!(
        link.is_symlink() && text(&real).contains(&format!("requirepass {password}\nmasterauth {password}"))
    );
    assert!(text(&real).starts_with("port 7001\n") && !text(&real).contains("replicaof"));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    let backups = fs::read_dir(folder.path()).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|extension| extension == "bak").then_some(path)
    });
    assert_eq!(backups.map(|path| text(&path)).collect::<Vec<_>>(), [before]);
    let outcome = configure(&["master", &name, "--yes", "--port", "7001"]).exits(0).says("nothing to change");
    assert!(!outcome.all().contains(&password));
    let fresh = folder.path().join("fresh.conf").display().to_string();
    configure(&["master", &fresh, "--yes"]).exits(0);
    assert_eq!(fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_configure_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("redis.conf");
    let name = file.display().to_string();
    let weak = folder.path().join("weak");
    fs::write(&weak, "secret").unwrap();
    let weak = weak.display().to_string();
    configure(&["replica", &name, "--of", "10.0.0.1:6379", "--yes"]).exits(2).says("master's password");
    configure(&["replica", &name, "--yes"]).exits(2).says("--of");
    configure(&["master", &name, "--password-file", &weak, "--yes"]).exits(3).says("can be guessed");
    let inner = folder.path().join("inner.conf");
    fs::write(&inner, "slaveof 10.0.0.9 6379\n").unwrap();
    fs::write(&file, format!("include {}\n", inner.display())).unwrap();
    configure(&["master", &name, "--yes"]).exits(3).says("10.0.0.9 6379");
    fs::write(&file, format!("dir {}\n", folder.path().display())).unwrap();
    fs::write(folder.path().join("dump.rdb"), "REDIS0009").unwrap();
    configure(&["master", &name, "--yes"]).exits(4).says("CONFIG SET appendonly yes");
    assert_eq!(text(&file), format!("dir {}\n", folder.path().display()));
    configure(&["master", &name, "--yes", "--accept-empty-start", "--no-password"])
        .exits(0)
        .says("no password");
}

#[test]
fn the_distributions_file_keeps_its_remarks() {
    let Ok(original) = fs::read_to_string("/etc/redis/redis.conf") else {
        crate::harness::leave_out("the distribution's redis.conf is not readable");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("redis.conf");
    fs::write(&file, &original).unwrap();
    let name = file.display().to_string();
    configure(&["master", &name, "--yes", "--accept-empty-start", "--bind", "10.8.0.1", "127.0.0.1"])
        .exits(0);
    let edited = text(&file);
    let remarks =
        |text: &str| text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(remarks(&edited), remarks(&original));
    assert!(edited.contains("\nbind 10.8.0.1 127.0.0.1\n") && edited.contains("\nappendonly yes\n"));
    assert!(Program::Redis.is_installed());
}
