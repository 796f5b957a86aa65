//! Rounds: what a worker's connections do between two waits of its thread. All that have input run first,
//! then all send. The first reply wakes the client's process, and the others find it awake; a reply sent as
//! soon as it is there would wake the client again and again, which costs more than most commands.
//!
//! ```text
//!   wait | run A  run B  run C | send A  send B  send C | wait
//! ```
//!
//! A connection that is alone in its round sends at once. The first of a round cannot know what comes, and
//! goes by the round before. Long replies do not wait: they cost more than a wake-up, and hold memory.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

/// Bytes of replies that a connection may keep until the others have run.
pub const KEPT_BYTES_MAX: usize = 16 * 1024;

thread_local! {
    /// Connections that ran in this round, and in the one before.
    static RAN: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// The thread is about to wait: the round is over.
pub fn over() {
    RAN.with(|ran| ran.set((0, ran.get().0)));
}

/// A connection runs; says whether others of this round are to run before it sends.
pub fn joined() -> bool {
    RAN.with(|ran| {
        let (now, before) = ran.get();
        ran.set((now.saturating_add(1), before));
        now > 0 || before > 1
    })
}

/// Ends when the connections that were ready with this one have run: its task goes to the end of the queue.
pub async fn behind_the_others() {
    let mut queued = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut queued, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn the_first_goes_by_the_round_before() {
        over();
        over();
        assert_eq!([joined(), joined(), joined()], [false, true, true]);
        over();
        assert!(joined(), "there were three");
        over();
        assert!(!joined(), "there was one");
    }

    #[test]
    fn all_run_before_any_sends() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let local = tokio::task::LocalSet::new();
        let steps = Rc::new(Cell::new(Vec::new()));
        let note = |steps: &Cell<Vec<_>>, step| {
            let mut all = steps.take();
            all.push(step);
            steps.set(all);
        };
        for task in 0..3 {
            let steps = Rc::clone(&steps);
            local.spawn_local(async move {
                note(&steps, ("run", task));
                behind_the_others().await;
                note(&steps, ("send", task));
            });
        }
        runtime.block_on(local);
        let wanted: Vec<_> =
            ["run", "send"].into_iter().flat_map(|step| (0..3).map(move |n| (step, n))).collect();
        assert_eq!(steps.take(), wanted);
    }
}
