//! What the engine does for client-side caching: it remembers what clients read, tells a client of its own
//! changes behind the reply, and those with a prefix at the end of the batch.

use crate::catalog::{Command, Group};
use crate::resp::{Args, Reply};
use crate::server::ctx::Next;
use crate::server::engine::Engine;
use crate::server::session::{ClientShared, MAIL, ReplyMode, Session};

impl Engine {
    /// Before a command of a client: what it was told until now comes before the reply, so that it does not
    /// take a key for changed that it reads now.
    #[cold]
    pub(super) fn before_tracked(&mut self, session: &Session, reply: &mut Reply) {
        self.server.tracking.keep_to(self.server, self.view.get().tracking_table_max_keys);
        if session.reply_mode == ReplyMode::On {
            deliver_mail(session, reply);
        }
    }

    /// Behind a command of a client, its reply included.
    #[cold]
    pub(super) fn after_tracked(
        &mut self,
        session: &Session,
        command: Option<&Command>,
        next: &Next,
        reply: &mut Reply,
    ) {
        self.told.tell_own(self.server, &session.shared);
        deliver_mail(session, reply);
        let goes_on = matches!(next, Next::Block(_) | Next::Paused(_)) || session.tx.is_some();
        if !goes_on && command.is_none_or(|command| command.name != "client") {
            session.shared.tracking.end_command();
        }
    }

    /// A command has read keys, whose shards are held.
    #[cold]
    pub(super) fn remember(&mut self, client: &ClientShared, command: &'static Command, args: Args<'_>) {
        if !client.tracking.remembers() || command.group == Group::Scripting {
            return;
        }
        self.find_keys(command, args);
        let keyspace = &self.server.keyspace;
        for key in self.keys.iter().map(|key| args.at(key.at)) {
            self.server.tracking.remember(keyspace.shard_of(keyspace.hash(key)), key, client.id);
        }
    }

    /// Tells those with a prefix what has changed.
    pub fn broadcast(&mut self) {
        self.told.broadcast(self.server);
    }
}

/// Puts messages among the replies. They would come behind them otherwise.
fn deliver_mail(session: &Session, reply: &mut Reply) {
    if session.shared.flags() & MAIL != 0 {
        session.shared.take_mail().iter().for_each(|message| reply.raw(message));
    }
}
