//! The best candidates for eviction seen so far. A sample of a few keys says little; the best of many
//! samples, kept over rounds, come close to the best of all keys.
//!
//! ```text
//!  worst [ score | score | .. | score ] best        a better one pushes the worst one out
//! ```

/// Candidates kept, as in Redis.
const POOL_KEYS_MAX: usize = 16;

/// A key that may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The higher, the sooner it goes.
    pub score: u64,
    /// Its database.
    pub db: usize,
    /// Its shard.
    pub shard: usize,
    /// The key.
    pub key: Box<[u8]>,
}

/// Candidates by score.
#[derive(Debug, Default)]
pub struct Pool(Vec<Candidate>);

impl Pool {
    /// Would a candidate of this score be kept?
    pub fn wants(&self, score: u64) -> bool {
        self.0.len() < POOL_KEYS_MAX || self.0.first().is_some_and(|worst| worst.score < score)
    }

    /// Keeps a candidate, if it is better than the worst; a key is kept once, with its latest score.
    pub fn offer(&mut self, candidate: Candidate) {
        self.0.retain(|other| other.db != candidate.db || other.key != candidate.key);
        if !self.wants(candidate.score) {
            return;
        }
        if self.0.len() == POOL_KEYS_MAX {
            self.0.remove(0);
        }
        let place = self.0.partition_point(|other| other.score <= candidate.score);
        self.0.insert(place, candidate);
    }

    /// Takes the best one out.
    pub fn pop(&mut self) -> Option<Candidate> {
        self.0.pop()
    }

    /// Forgets all: their scores are of another policy.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(score: u64) -> Candidate {
        Candidate { score, db: 0, shard: 0, key: score.to_string().into_bytes().into() }
    }

    #[test]
    fn the_best_of_all_offered_come_out_in_order() {
        let mut pool = Pool::default();
        (0..1000u64).map(|n| n * 7919 % 1000).for_each(|score| pool.offer(candidate(score)));
        let out: Vec<u64> = std::iter::from_fn(|| pool.pop()).map(|c| c.score).collect();
        assert_eq!(out, (1000 - POOL_KEYS_MAX as u64..1000).rev().collect::<Vec<_>>());
    }

    #[test]
    fn a_key_is_kept_once_with_its_latest_score() {
        let mut pool = Pool::default();
        pool.offer(candidate(5));
        pool.offer(Candidate { score: 9, ..candidate(5) });
        assert_eq!(pool.pop().map(|c| c.score), Some(9));
        assert_eq!(pool.pop(), None);
    }
}
