//! `rtool serve`: configuration, listeners, connections, the engine and its commands.
