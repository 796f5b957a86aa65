//! Journal and backlog, replication ids, PSYNC and the handshake as state machines. Pure of I/O.
