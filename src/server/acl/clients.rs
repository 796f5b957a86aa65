//! Clients that must go: those of a user who was removed, and subscribers to channels their user may no longer
//! listen to.

use std::sync::Arc;

use crate::server::Server;
use crate::server::pubsub::Kind;
use crate::server::session::ClientShared;
use crate::server::sync::locked;

use super::rules::Rules;
use super::selector::Selector;
use super::{Replaced, User};

/// Ends every client of a user.
pub fn expel_all(server: &'static Server, user: &Arc<User>) {
    server.clients.all().iter().filter(|client| is_of(client, user)).for_each(|client| {
        server.clients.expel(client);
    });
}

fn is_of(client: &ClientShared, user: &Arc<User>) -> bool {
    locked(&client.user).as_ref().is_some_and(|of| Arc::ptr_eq(of, user))
}

/// Ends the clients of a user that listen to what it may not listen to any longer. `before`: its rules until
/// now.
pub fn expel_subscribers(server: &'static Server, user: &Arc<User>, before: &Rules) {
    let now = user.rules();
    if server.pubsub.is_idle()
        || now.selectors().any(Selector::allows_all_channels)
        || takes_none(before, &now)
    {
        return;
    }
    for kind in Kind::ALL {
        let is_pattern = kind == Kind::Pattern;
        let denied = |name: &[u8]| !now.selectors().any(|selector| selector.allows_channel(name, is_pattern));
        for client in server.pubsub.listeners_of(kind, denied).iter().filter(|client| is_of(client, user)) {
            server.clients.expel(client);
        }
    }
}

/// Has no channel been taken away?
fn takes_none(before: &Rules, now: &Rules) -> bool {
    let kept = |rule: &[u8]| now.selectors().any(|selector| selector.has_channel_rule(rule));
    before.selectors().all(|selector| !selector.allows_all_channels() && selector.channel_globs().all(kept))
}

/// The same after all users were replaced.
pub fn follow(server: &'static Server, replaced: &Replaced) {
    replaced.gone.iter().for_each(|user| expel_all(server, user));
    replaced.changed.iter().for_each(|(before, user)| expel_subscribers(server, user, before));
}
