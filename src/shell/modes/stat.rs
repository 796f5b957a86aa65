//! `--stat`: a line of figures from INFO each second, or each `-i`.

use std::time::Duration;

use serde_json::json;

use super::{Context, Step, Stop};
use crate::resp::value::Value;
use crate::shell::face;
use crate::ui::Exit;

const EVERY: Duration = Duration::from_secs(1);
/// Lines between two headings.
const LINES_PER_HEADING: u64 = 20;
/// Databases whose keys are counted, as in redis-cli.
const DATABASES: usize = 20;

const HEADING: &str = "\
------- data ------ --------------------- load -------------------- - child -
keys       mem      clients blocked requests            connections          \n";

/// Prints figures until the process is stopped.
pub async fn run(context: &mut Context<'_>) -> Step<Exit> {
    let pause = context.interval_or(EVERY);
    let mut requests_before = 0;
    for line in 0.. {
        let reply = context.ask_for_ever(&["INFO"]).await?;
        if let Some(error) = reply.error() {
            return Err(context.refused(&error, &format!("ERROR: {error}")));
        }
        let figures = Figures::read(&reply);
        if context.wants_json() {
            context.json(&figures.json())?;
        } else {
            let heading = if line % LINES_PER_HEADING == 0 { HEADING } else { "" };
            context.print(&format!("{heading}{}\n", figures.line(requests_before)))?;
        }
        requests_before = figures.requests;
        tokio::time::sleep(pause).await;
    }
    Err(Stop::Exit(context.engine.face.exit(face::refusal(""))))
}

/// What a line shows.
struct Figures {
    keys: i64,
    memory: i64,
    clients: i64,
    blocked: i64,
    requests: i64,
    connections: i64,
    /// Bits: saving, rewriting, loading.
    child: i64,
}

impl Figures {
    fn read(info: &Value) -> Self {
        let text = info.as_bytes().map(String::from_utf8_lossy).unwrap_or_default();
        let field = |name: &str| field(&text, name);
        let keys = (0..DATABASES).filter_map(|db| field(&format!("db{db}:keys"))).sum();
        let number = |name: &str| field(name).unwrap_or(0);
        let child =
            number("bgsave_in_progress") | number("aof_rewrite_in_progress") << 1 | number("loading") << 2;
        Self {
            keys,
            memory: number("used_memory"),
            clients: number("connected_clients"),
            blocked: number("blocked_clients"),
            requests: number("total_commands_processed"),
            connections: number("total_connections_received"),
            child,
        }
    }

    fn child_text(&self) -> &'static str {
        match self.child {
            1 => "SAVE",
            2 => "AOF",
            3 => "SAVE+AOF",
            4 => "LOAD",
            _ => "",
        }
    }

    fn line(&self, before: i64) -> String {
        let more = if before == 0 { 0 } else { self.requests - before };
        let requests = format!("{} (+{more})", self.requests);
        format!(
            "{:<11}{:<8} {:<8}{:<8}{requests:<19} {:<12}{}",
            self.keys,
            human(self.memory),
            self.clients,
            self.blocked,
            self.connections,
            self.child_text()
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "keys": self.keys, "used_memory": self.memory, "clients": self.clients, "blocked": self.blocked,
            "requests": self.requests, "connections": self.connections, "child": self.child_text(),
        })
    }
}

/// The number behind `name:`, or behind `db0:keys=`.
fn field(info: &str, name: &str) -> Option<i64> {
    let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix([':', '=']))?;
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    value[..digits].parse().ok()
}

/// Bytes as redis-cli abbreviates them.
pub fn human(bytes: i64) -> String {
    const STEP: f64 = 1024.0;
    let number = bytes as f64;
    match bytes {
        ..1024 => format!("{bytes}B"),
        1024..1_048_576 => format!("{:.2}K", number / STEP),
        1_048_576..1_073_741_824 => format!("{:.2}M", number / STEP / STEP),
        _ => format!("{:.2}G", number / STEP / STEP / STEP),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line() {
        let info = "used_memory:1048576\r\nconnected_clients:3\r\nblocked_clients:0\r\n\
                    total_commands_processed:100\r\ntotal_connections_received:7\r\n\
                    aof_rewrite_in_progress:1\r\ndb0:keys=5,expires=0\r\ndb3:keys=2,expires=0\r\n";
        let figures = Figures::read(&Value::Bulk(info.into()));
        let line = "7          1.00M    3       0       100 (+40)           7           AOF";
        assert_eq!(figures.line(60), line);
        assert!(figures.line(0).contains("100 (+0)"));
    }

    #[test]
    fn abbreviations() {
        for (bytes, text) in
            [(1023, "1023B"), (1024, "1.00K"), (1_600_000, "1.53M"), (5_368_709_120, "5.00G")]
        {
            assert_eq!(human(bytes), text);
        }
    }
}
