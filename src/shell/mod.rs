//! `rtool cli`: the interactive and scripted RESP shell.
