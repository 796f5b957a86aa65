//! Names for completion: keys by one bounded SCAN, directives by CONFIG GET, over a connection of their own that is
//! made for each question. Whatever takes longer than a person notices is no answer; production is not asked for keys.

use std::time::Duration;

use super::complete::Wanted;
use crate::client::{Client, ClientError, Target};
use crate::resp::value::Value;

/// How long a question may take.
const PATIENCE: Duration = Duration::from_millis(50);
/// Keys that the SCAN looks at.
const SCAN_COUNT: &str = "1000";
/// Names that are offered.
const OFFERED: usize = 50;

/// Whom to ask.
pub struct Names {
    target: Target,
    keys: bool,
}

impl Names {
    /// The server of the session; for its keys only if that is no burden.
    pub fn new(target: &Target, keys: bool) -> Self {
        let mut target = target.clone();
        target.name = None;
        Self { target, keys }
    }

    /// Names that begin so; none when the server is too slow, or refuses.
    pub fn find(&self, wanted: &Wanted, typed: &str) -> Vec<String> {
        if *wanted == Wanted::Key && !self.keys || typed.starts_with(['"', '\'']) {
            return Vec::new();
        }
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return Vec::new();
        };
        let answer =
            runtime.block_on(async { tokio::time::timeout(PATIENCE, self.ask(wanted, typed)).await });
        let mut names = answer.ok().and_then(Result::ok).unwrap_or_default();
        names.sort();
        names.truncate(OFFERED);
        names
    }

    async fn ask(&self, wanted: &Wanted, typed: &str) -> Result<Vec<String>, ClientError> {
        let mut client = Client::connect(&self.target).await?;
        let pattern = format!("{}*", literally(typed));
        if *wanted == Wanted::Directive {
            let reply = client.command(&["CONFIG", "GET", &pattern]).await?;
            let names = match &reply {
                Value::Map(pairs) => pairs.iter().filter_map(|pair| pair.0.as_str()).collect::<Vec<_>>(),
                other => {
                    other.as_list().unwrap_or_default().iter().step_by(2).filter_map(Value::as_str).collect()
                }
            };
            return Ok(names.into_iter().map(str::to_owned).collect());
        }
        let reply = client.command(&["SCAN", "0", "MATCH", &pattern, "COUNT", SCAN_COUNT]).await?;
        let keys = reply.as_list().and_then(|parts| parts.get(1)?.as_list()).unwrap_or_default();
        Ok(keys.iter().filter_map(Value::as_str).filter(|key| is_bare(key)).map(str::to_owned).collect())
    }
}

/// Whether a name can stand in a line without quotes.
fn is_bare(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'\\".contains(c))
}

/// What is typed, as a pattern that matches itself.
fn literally(typed: &str) -> String {
    typed.chars().flat_map(|c| if "*?[]\\^".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_no_quotes() {
        assert!(is_bare("user:1") && is_bare("é"));
        assert!(!is_bare("a b") && !is_bare("") && !is_bare("a\"b"));
        assert_eq!(literally("a[1]*"), "a\\[1\\]\\*");
    }
}
