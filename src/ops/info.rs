//! INFO as a map. Field names are looked up as they are printed; a field that a version does not have
//! is simply absent, and whoever asks decides what that means.

use std::collections::HashMap;
use std::str::FromStr;

use crate::names::address::Address;

/// The fields of an INFO reply.
#[derive(Debug, Clone, Default)]
pub struct Info {
    fields: HashMap<String, String>,
}

/// One `slaveN:` line of a master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaLine {
    /// Where the master believes the replica listens.
    pub addr: Address,
    /// `online`, `wait_bgsave`, `send_bulk`.
    pub state: String,
    /// What the replica acknowledged, in bytes of the stream.
    pub offset: u64,
    /// Seconds since it did; `None` before it ever did.
    pub lag_seconds: Option<u64>,
}

impl Info {
    /// Reads the text of a reply; lines that are no field are skipped.
    pub fn parse(text: &[u8]) -> Info {
        let text = String::from_utf8_lossy(text);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let fields = lines.filter_map(|line| line.trim_end().split_once(':'));
        Info { fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    /// A field's text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// A field as a number (or anything that parses).
    pub fn num<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// A field that is not there, or empty, as an empty string.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// A field that says 1.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("1")
    }

    /// The replicas that a master lists. Versions before 2.8 had another form, which is skipped.
    pub fn replicas(&self) -> Vec<ReplicaLine> {
        let count: usize = self.num("connected_slaves").unwrap_or(0);
        let lines = (0..count).filter_map(|index| self.get(&format!("slave{index}")));
        lines.filter_map(replica_line).collect()
    }

    /// Keys in all databases together.
    pub fn keys(&self) -> u64 {
        self.databases().map(|database| database.1).sum()
    }

    /// The databases that hold keys, and how many.
    pub fn databases(&self) -> impl Iterator<Item = (u32, u64)> {
        self.fields.iter().filter_map(|(name, value)| {
            let number =
                name.strip_prefix("db").filter(|number| number.bytes().all(|b| b.is_ascii_digit()))?;
            Some((number.parse().ok()?, pair(value, "keys")?.parse().ok()?))
        })
    }
}

/// The value of `name` in `name=value,name=value`.
fn pair<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(',')
        .find_map(|part| part.split_once('=').filter(|(key, _)| *key == name))
        .map(|(_, value)| value)
}

fn replica_line(line: &str) -> Option<ReplicaLine> {
    Some(ReplicaLine {
        addr: Address::new(pair(line, "ip")?, pair(line, "port")?.parse().ok()?),
        state: pair(line, "state")?.to_owned(),
        offset: pair(line, "offset")?.parse().unwrap_or(0),
        lag_seconds: pair(line, "lag").and_then(|lag| lag.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER_70: &str = "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n\
        slave0:ip=10.8.0.2,port=6379,state=online,offset=1064,lag=1\r\n\
        slave1:ip=fe80::1,port=7000,state=wait_bgsave,offset=0,lag=0,type=main-channel\r\n\
        master_repl_offset:1064\r\n\r\n# Keyspace\r\ndb0:keys=10,expires=2,avg_ttl=5\r\ndb9:keys=3,expires=0,avg_ttl=0,subexpiry=0\r\n";

    #[test]
    fn a_masters_replicas() {
        let replicas = Info::parse(MASTER_70.as_bytes()).replicas();
        assert_eq!(replicas.len(), 2);
        assert_eq!(replicas[0].addr, Address::new("10.8.0.2", 6379));
        assert_eq!((replicas[0].offset, replicas[0].lag_seconds), (1064, Some(1)));
        assert_eq!((replicas[1].addr.host.as_str(), replicas[1].state.as_str()), ("fe80::1", "wait_bgsave"));
    }

    #[test]
    fn keys_are_summed_over_databases() {
        assert_eq!(Info::parse(MASTER_70.as_bytes()).keys(), 13);
        assert_eq!(Info::parse(b"dbsize:keys=9\r\n").keys(), 0);
    }

    #[test]
    fn values_may_hold_colons_and_may_be_missing() {
        let info = Info::parse(b"config_file:/a:b\r\nx\r\nempty:\r\nloading:1\r\n");
        assert_eq!(info.text("config_file"), "/a:b");
        assert_eq!(info.get("empty"), Some(""));
        assert_eq!(info.get("x"), None);
        assert!(info.flag("loading"));
        assert_eq!(info.num::<u64>("loading"), Some(1));
    }

    #[test]
    fn an_old_replica_line_without_lag() {
        let info = Info::parse(b"connected_slaves:1\r\nslave0:ip=1.2.3.4,port=1,state=online,offset=7\r\n");
        assert_eq!(info.replicas()[0].lag_seconds, None);
    }
}
