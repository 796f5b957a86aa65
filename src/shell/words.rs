//! A command line as words, and the few commands the shell itself must know: those that change the
//! session, start a stream, or answer with text that is not to be quoted.

/// The subscribe family: which space of names, and whether names are added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PubSub {
    /// Channels, patterns and shard channels are three spaces: `c`, `p`, `s`.
    pub space: u8,
    /// Subscribes (or unsubscribes).
    pub adds: bool,
}

impl PubSub {
    /// The meaning of a command word, in any case.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        let (space, adds) = match word.to_ascii_lowercase().as_slice() {
            b"subscribe" => (b'c', true),
            b"psubscribe" => (b'p', true),
            b"ssubscribe" => (b's', true),
            b"unsubscribe" => (b'c', false),
            b"punsubscribe" => (b'p', false),
            b"sunsubscribe" => (b's', false),
            _ => return None,
        };
        Some(Self { space, adds })
    }
}

/// Commands whose reply is text for people, shown as it is in every format: words, and how many
/// arguments the command may have in all (0: any number).
const TEXT_REPLIES: &[(&[&str], usize)] = &[
    (&["info"], 0),
    (&["lolwut"], 0),
    (&["debug", "htstats"], 0),
    (&["debug", "htstats-key"], 0),
    (&["debug", "client-eviction"], 0),
    (&["memory", "malloc-stats"], 0),
    (&["memory", "doctor"], 0),
    (&["cluster", "nodes"], 2),
    (&["cluster", "info"], 2),
    (&["client", "list"], 0),
    (&["client", "info"], 0),
    (&["latency", "graph"], 3),
    (&["latency", "doctor"], 2),
    (&["proxy", "info"], 0),
];

/// A command line: its words, the first being the command. Never empty.
#[derive(Debug, Clone, Copy)]
pub struct Command<'a> {
    args: &'a [Vec<u8>],
}

impl<'a> Command<'a> {
    /// A command of these words; none if there are no words.
    pub fn new(args: &'a [Vec<u8>]) -> Option<Self> {
        (!args.is_empty()).then_some(Self { args })
    }

    /// All words.
    pub fn args(&self) -> &'a [Vec<u8>] {
        self.args
    }

    /// The words from the `n`th on.
    pub fn tail(&self, n: usize) -> &'a [Vec<u8>] {
        self.args.get(n..).unwrap_or_default()
    }

    /// The first word in lower case.
    pub fn name(&self) -> String {
        self.args.first().map(|word| String::from_utf8_lossy(word).to_ascii_lowercase()).unwrap_or_default()
    }

    /// Whether the first word is `name`, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.starts_with(&[name])
    }

    /// Whether the command starts with these words, in any case.
    pub fn starts_with(&self, words: &[&str]) -> bool {
        let same = |(arg, word): (&Vec<u8>, &&str)| arg.eq_ignore_ascii_case(word.as_bytes());
        self.args.len() >= words.len() && self.args.iter().zip(words).all(same)
    }

    /// The `n`th word as a number.
    pub fn number(&self, n: usize) -> Option<u32> {
        std::str::from_utf8(self.args.get(n)?).ok()?.parse().ok()
    }

    /// What the command does to subscriptions, if anything.
    pub fn pub_sub(&self) -> Option<PubSub> {
        self.args.first().and_then(|word| PubSub::from_word(word))
    }

    /// Whether the reply is text for people.
    pub fn answers_text(&self) -> bool {
        let fits = |max: usize| max == 0 || self.args.len() == max;
        TEXT_REPLIES.iter().any(|row| self.starts_with(row.0) && fits(row.1))
    }

    /// Whether the answer is a replication stream, which is not made of replies.
    pub fn starts_replication(&self) -> bool {
        self.is("sync") || self.is("psync")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Vec<u8>> {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn text_replies() {
        let table = [
            ("INFO", true),
            ("info server", true),
            ("CLIENT LIST ID 1", true),
            ("CLIENT ID", false),
            ("CLUSTER NODES", true),
            ("CLUSTER NODES x", false),
            ("LATENCY GRAPH e", true),
            ("LATENCY GRAPH", false),
        ];
        for (line, expected) in table {
            let args = words(line);
            assert_eq!(Command::new(&args).unwrap().answers_text(), expected, "{line}");
        }
    }

    #[test]
    fn names_are_compared_in_any_case() {
        let args = words("SubScribe a b");
        let command = Command::new(&args).unwrap();
        assert!(command.is("subscribe") && !command.is("sub"));
        assert_eq!(command.pub_sub(), Some(PubSub { space: b'c', adds: true }));
        assert_eq!(command.tail(1).len(), 2);
        assert!(Command::new(&[]).is_none());
    }
}
