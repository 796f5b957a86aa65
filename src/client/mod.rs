//! Async RESP client: connect, AUTH, pipeline, subscribe. Used by the shell and the operator commands.
