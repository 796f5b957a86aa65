//! TLS of the shell against the distribution's redis-server, with certificates that openssl makes for the test.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::cli_vs_redis::{redis, redis_cli, run};
use crate::harness::{Program, Server, leave_out, rtool};

/// A root, a certificate for `localhost` alone, and one of a client.
fn certificates() -> Option<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let make = "set -e
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=root
        for name in server client; do
            openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=$name
            printf 'subjectAltName=DNS:localhost' > $name.ext
            openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $name.ext \\
                -out $name.pem
        done
        openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 2 -subj /CN=other";
    match Command::new("sh").args(["-c", make]).current_dir(folder.path()).output() {
        Ok(done) if done.status.success() => Some(folder),
        _ => {
            leave_out("openssl is not installed (tests/run installs it)");
            None
        }
    }
}

/// A free port; somebody else could take it, which is unlikely in the moment until the server does.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

fn secured(folder: &Path, port: &str, auth_clients: &str) -> Option<Server> {
    redis(&[])?;
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    Server::peer(
        Program::Redis,
        &[
            "--tls-port",
            port,
            "--tls-cert-file",
            &file("server.pem"),
            "--tls-key-file",
            &file("server.key"),
            "--tls-ca-cert-file",
            &file("ca.pem"),
            "--tls-auth-clients",
            auth_clients,
        ],
    )
}

fn ours(face: &str, folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = rtool(&[&[face], args].concat());
    command.current_dir(folder);
    let output = run(command, b"");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_secured_connection() {
    let Some(folder) = certificates() else { return };
    let (folder, port) = (folder.path(), free_port());
    let Some(_server) = secured(folder, &port, "no") else { return };
    let uri = format!("rediss://localhost:{port}");
    let good: &[(&str, &[&str])] = &[
        ("cli", &["-h", "localhost", "-p", &port, "--tls", "--cacert", "ca.pem", "PING"]),
        ("cli", &["-u", &uri, "--cacert", "ca.pem", "PING"]),
        ("cli", &["-p", &port, "--tls", "--cacert", "ca.pem", "--sni", "localhost", "PING"]),
        ("cli", &["-p", &port, "--tls", "--insecure", "PING"]),
        // redis-cli does not ask whom the certificate is for.
        ("redis-cli", &["-p", &port, "--tls", "--cacert", "ca.pem", "PING"]),
    ];
    for (face, args) in good {
        let (code, stdout, stderr) = ours(face, folder, args);
        assert_eq!((code, stdout.as_str()), (0, "PONG\n"), "{face} {args:?}: {stderr}");
    }
    let mut theirs = redis_cli(&["-p", &port, "--tls", "--cacert", "ca.pem", "PING"]);
    theirs.current_dir(folder);
    assert_eq!(run(theirs, b"").stdout, b"PONG\n");
}

#[test]
fn what_is_wrong_is_said() {
    let Some(folder) = certificates() else { return };
    let (folder, port) = (folder.path(), free_port());
    let Some(server) = secured(folder, &port, "yes") else { return };
    let plain = server.port().to_string();
    let table: &[(&[&str], &str)] = &[
        (&["-p", &port, "--tls", "--cacert", "ca.pem", "PING"], "another name (--sni"),
        (
            &["-h", "localhost", "-p", &port, "--tls", "--cacert", "other.pem", "PING"],
            "signed by nobody who is trusted",
        ),
        (&["-h", "localhost", "-p", &port, "--tls", "PING"], ""),
        (
            &["-h", "localhost", "-p", &port, "--tls", "--cacert", "nosuch.pem", "PING"],
            "nosuch.pem cannot be used",
        ),
        (
            &["-h", "localhost", "-p", &port, "--tls", "--insecure", "--cert", "client.pem", "PING"],
            "together",
        ),
        (&["-p", &plain, "--tls", "--insecure", "PING"], "TLS"),
    ];
    for (args, words) in table {
        let (code, stdout, stderr) = ours("cli", folder, args);
        assert_eq!((code, stdout.as_str()), (3, ""), "{args:?}: {stderr}");
        assert!(
            stderr.starts_with("Could not connect to Redis at") && stderr.contains(words),
            "{args:?}: {stderr}"
        );
    }
    let (code, _, stderr) = ours("cli", folder, &["-p", &port, "PING"]);
    assert!(code == 3 && stderr.contains("--tls"), "no TLS on a port that wants it: {stderr}");
    let known = ["-h", "localhost", "-p", &port, "--tls", "--cacert", "ca.pem", "--cert", "client.pem"];
    let known = [&known[..], &["--key", "client.key", "PING"]].concat();
    assert_eq!(ours("cli", folder, &known).1, "PONG\n", "a client with a certificate");
    let stranger = ["-h", "localhost", "-p", &port, "--tls", "--cacert", "ca.pem", "PING"];
    assert_eq!(ours("cli", folder, &stranger).0, 3, "a client without one");
}
