//! The rules. Each is a pure function from a file (or what it concerns) to the findings in it, and
//! each has an example below that it must find.

use crate::source::{Function, Source};
use crate::tables::{BANS, Ban, EDGES, FILE_LINES, FUNCTION_LINES, LONG_FILES, LONG_FUNCTIONS, UNSAFE};

/// One thing to mend: `path:line: what, and what to do`.
pub type Finding = String;

fn finding(source: &Source, at: usize, what: impl std::fmt::Display) -> Finding {
    format!("{}:{}: {what}", source.path, source.line_of(at))
}

/// Every file says at its top what it is.
pub fn header(source: &Source) -> Vec<Finding> {
    let first = source.text.lines().next().unwrap_or_default();
    let says = first.strip_prefix("//!").is_some_and(|text| text.trim().len() > 10);
    if says { vec![] } else { vec![format!("{}:1: begin with `//!` and what this file is", source.path)] }
}

/// The module a file of `src/` belongs to: the first folder, or the file itself.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    Some(inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(folder, _)| folder))
}

/// A module names only the modules its row allows.
pub fn edges(source: &Source) -> Vec<Finding> {
    let Some(module) = module_of(&source.path).filter(|&module| module != "lib") else { return vec![] };
    let Some((_, allowed)) = EDGES.iter().find(|(from, _)| *from == module) else {
        return vec![format!("{}:1: module {module} has no row in the table of edges", source.path)];
    };
    let root = if module == "main" { "rtool::" } else { "crate::" };
    let mut findings = vec![];
    for at in source.find(root) {
        if source.is_test(at) {
            continue;
        }
        for target in heads(&source.code[at + root.len()..]) {
            let known = EDGES.iter().any(|(name, _)| *name == target);
            let fine = !known || target == module || target == "limits" || allowed.contains(&target.as_str());
            if !fine {
                findings.push(finding(source, at, format_args!("{module} may not use {target}")));
            }
        }
    }
    findings
}

/// The first names behind `crate::`: one, or those of a group `{a::b, c::{d, e}}`.
fn heads(path: &str) -> Vec<String> {
    let name =
        |text: &str| text.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut start, mut found) = (1, 0, vec![]);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            found.push(name(&group[start..at]));
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    found.retain(|name: &String| !name.is_empty());
    found
}

/// Calls that have one home are made nowhere else.
pub fn bans(source: &Source) -> Vec<Finding> {
    BANS.iter().flat_map(|ban| ban_findings(source, ban)).collect()
}

fn ban_findings(source: &Source, ban: &Ban) -> Vec<Finding> {
    if ban.allowed.iter().any(|prefix| source.path.starts_with(prefix)) {
        return vec![];
    }
    let places = source.find(ban.word).into_iter().filter(|&at| !(ban.in_tests && source.is_test(at)));
    let report = |at| finding(source, at, format_args!("{} is not for here: use {}", ban.word, ban.instead));
    // Sleeping and timeouts of tokio take tokio's own instants, which tests can stop.
    places.filter(|&at| !source.code[..at].ends_with("tokio::time::")).map(report).collect()
}

/// `unsafe` stands only in the files made for it.
pub fn unsafe_code(source: &Source) -> Vec<Finding> {
    let file = source.path.replace("/tests.rs", ".rs");
    if UNSAFE.contains(&file.as_str()) {
        return vec![];
    }
    let say = |at| finding(source, at, "unsafe belongs into the files that tests/tidy/tables.rs lists");
    source.find("unsafe").into_iter().map(say).collect()
}

/// A function fits on a screen, unless a row says how long it is.
pub fn function_length(source: &Source) -> Vec<Finding> {
    let limit = |name: &str| {
        let row = LONG_FUNCTIONS.iter().find(|row| row.0 == source.path && row.1 == name);
        row.map_or(FUNCTION_LINES, |row| row.2)
    };
    let functions = source.functions();
    let long = functions.iter().filter(|function| function.lines > limit(&function.name));
    let say = |function: &Function| {
        let (name, lines, limit) = (&function.name, function.lines, limit(&function.name));
        format!("{}:{}: {name} has {lines} lines, at most {limit}", source.path, function.line)
    };
    long.map(say).collect()
}

/// The rows only go down: a function that shrank, or is gone, takes its row along.
pub fn stale_rows(sources: &[Source], rows: &[(&str, &str, usize, &str)]) -> Vec<Finding> {
    let longest = |path: &str, name: &str| {
        let file = sources.iter().find(|source| source.path == path)?;
        file.functions().iter().filter(|function| function.name == name).map(|function| function.lines).max()
    };
    let say = |&(path, name, lines, _): &(&str, &str, usize, &str)| match longest(path, name) {
        Some(now) if now == lines || now > FUNCTION_LINES && now > lines => None,
        Some(now) => Some(format!("{path}: {name} shrank to {now} lines: lower or remove its row")),
        None => Some(format!("{path}: {name} is gone: remove its row")),
    };
    rows.iter().filter_map(say).collect()
}

/// A file has one purpose, and so a length.
pub fn file_length(source: &Source) -> Vec<Finding> {
    let lines = source.production_lines();
    let listed = LONG_FILES.iter().any(|(path, _)| *path == source.path);
    if listed || lines <= FILE_LINES {
        return vec![];
    }
    vec![format!("{}:1: {lines} lines beside the tests, at most {FILE_LINES}: split it", source.path)]
}

/// Unfinished work is an issue, not a comment. (The words are put together here so as not to be found.)
pub fn unfinished(source: &Source) -> Vec<Finding> {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("HA", "CK:")];
    let found = marks.iter().flat_map(|mark| source.text.match_indices(mark));
    found
        .map(|(at, mark)| format!("{}:{}: {mark}: do it, or open an issue", source.path, line(source, at)))
        .collect()
}

fn line(source: &Source, at: usize) -> usize {
    source.text[..at].matches('\n').count() + 1
}

/// A lint is switched off only with the reason beside it.
pub fn reasons(source: &Source) -> Vec<Finding> {
    let mut findings = vec![];
    for word in ["#[allow(", "#![allow(", "#[expect("] {
        for (at, _) in source.code.match_indices(word) {
            let here = line(source, at);
            let beside = source.text.lines().nth(here - 1).unwrap_or_default();
            let above = source.text.lines().nth(here.wrapping_sub(2)).unwrap_or_default();
            let said =
                beside.contains("//") || beside.contains("reason") || above.trim_start().starts_with("//");
            if !said && !source.is_test(at) {
                findings.push(finding(source, at, "say beside it why the lint does not apply"));
            }
        }
    }
    findings
}

/// Every dependency has its reason, beside it or above it.
pub fn dependency_reasons(manifest: &str) -> Vec<Finding> {
    let (mut inside, mut above, mut findings) = (false, false, vec![]);
    for (number, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if inside && line.contains('=') && !line.starts_with('#') {
            let said = above || line.contains(" # ");
            if !said {
                findings.push(format!("Cargo.toml:{}: say why this dependency earns its place", number + 1));
            }
        }
        // A reason above covers the lines up to the next comment or empty line.
        above = line.starts_with('#') || (above && !line.is_empty() && !line.starts_with('['));
    }
    findings
}

/// Every file of a test crate is a module of it: `files` are stems, `root` its main.rs.
pub fn forgotten(root: &Source, files: &[String]) -> Vec<Finding> {
    let declared = |stem: &str| !root.find(&format!("mod {stem}")).is_empty();
    let missing = files.iter().filter(|stem| !declared(stem));
    missing.map(|stem| format!("{}: {stem}.rs is not among its modules", root.path)).collect()
}

/// A generated file is what the definitions generate now.
pub fn stale(path: &str, committed: Option<&[u8]>, generated: &[u8], regenerate: &str) -> Vec<Finding> {
    match committed {
        Some(bytes) if bytes == generated => vec![],
        Some(_) => vec![format!("{path} is stale: run `{regenerate}`")],
        None => vec![format!("{path} is missing: run `{regenerate}`")],
    }
}

#[cfg(test)]
mod examples {
    use super::*;

    /// The rule finds something in `bad`, in the file `path`, and nothing in `good`.
    #[track_caller]
    fn check(rule: fn(&Source) -> Vec<Finding>, path: &str, bad: &str, good: &str) {
        assert!(!rule(&Source::new(path, bad)).is_empty(), "nothing found in: {bad}");
        let clean = rule(&Source::new(path, good));
        assert!(clean.is_empty(), "{clean:?} in: {good}");
    }

    #[test]
    fn a_file_without_a_header() {
        check(header, "src/x.rs", "use std::io;\n", "//! What this file is.\n");
        check(header, "src/x.rs", "//!\n", "//! What this file is.\n");
    }

    #[test]
    fn an_edge_upward() {
        check(edges, "src/store/db.rs", "use crate::server::Ctx;", "use crate::limits::X;");
        check(edges, "src/store/db.rs", "let now = crate::clock::wall_ms();", "use crate::store::entry;");
        check(
            edges,
            "src/server/ctx.rs",
            "use crate::{store, ui::Error};",
            "use crate::{clock, store::{Db}};",
        );
        check(
            edges,
            "src/resp/mod.rs",
            "use crate::{\n  limits,\n  catalog::{a, b},\n};",
            "use crate::{limits};",
        );
        check(edges, "src/main.rs", "use rtool::store::Db;", "use rtool::{args, ops, server, shell, ui};");
        check(
            edges,
            "src/client/mod.rs",
            "fn f(x: crate::store::Db) {}",
            "// crate::store is not for here\n",
        );
        assert_eq!(edges(&Source::new("src/brandnew/mod.rs", "fn f() {}")).len(), 1);
    }

    #[test]
    fn tests_may_cross_edges() {
        let text = "#[cfg(test)]\nmod tests {\n  use crate::server::Ctx;\n}\n";
        assert!(edges(&Source::new("src/store/db.rs", text)).is_empty());
    }

    #[test]
    fn a_call_outside_its_home() {
        check(bans, "src/ops/x.rs", "println!(\"x\");", "out.line(\"println!\");");
        check(bans, "src/ops/x.rs", "eprint!(\"x\");", "reprint!(x);");
        check(bans, "src/ops/x.rs", "std::process::exit(1);", "use std::process::ExitCode;");
        check(bans, "src/server/x.rs", "let t = Instant::now();", "tokio::time::Instant::now();");
        check(bans, "src/server/x.rs", "let t = std::time::SystemTime::now();", "crate::clock::wall_ms();");
        check(bans, "tests/it/x.rs", "std::thread::sleep(d);", "wait_until(\"x\", || true);");
        check(bans, "src/server/x.rs", "dbg!(x);", "debug!(x);");
        assert!(bans(&Source::new("src/clock.rs", "Instant::now()")).is_empty());
    }

    #[test]
    fn unsafe_in_the_wrong_file() {
        check(
            unsafe_code,
            "src/server/x.rs",
            "unsafe { f() }",
            "// unsafe\n#![deny(unsafe_op_in_unsafe_fn)]",
        );
        assert!(unsafe_code(&Source::new("src/store/entry.rs", "unsafe { f() }")).is_empty());
        assert!(unsafe_code(&Source::new("src/store/entry/tests.rs", "unsafe { f() }")).is_empty());
    }

    #[test]
    fn a_function_that_is_too_long() {
        let long = |lines: usize| format!("fn f() {{\n{}}}\n", "    x();\n".repeat(lines - 2));
        check(function_length, "src/x.rs", &long(FUNCTION_LINES + 1), &long(FUNCTION_LINES));
    }

    #[test]
    fn a_row_for_a_function_that_shrank_or_is_gone() {
        let sources = [Source::new("src/x.rs", "fn f() {\n}\n")];
        assert!(stale_rows(&sources, &[("src/x.rs", "f", 2, "why")]).is_empty());
        assert_eq!(stale_rows(&sources, &[("src/x.rs", "f", 3, "why")]).len(), 1);
        assert_eq!(stale_rows(&sources, &[("src/x.rs", "g", 3, "why")]).len(), 1);
        assert_eq!(stale_rows(&sources, &[("src/y.rs", "f", 2, "why")]).len(), 1);
    }

    #[test]
    fn a_file_that_is_too_long() {
        let long = "fn f() {}\n".repeat(FILE_LINES + 1);
        let tested = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        check(file_length, "src/x.rs", &long, &tested);
    }

    #[test]
    fn unfinished_work() {
        check(unfinished, "src/x.rs", concat!("// TO", "DO: later\n"), "// done\n");
        check(unfinished, "src/x.rs", concat!("// FIX", "ME\n"), "// fixed\n");
    }

    #[test]
    fn a_lint_switched_off_without_a_reason() {
        check(
            reasons,
            "src/x.rs",
            "#[allow(dead_code)]\nfn f() {}",
            "#[allow(dead_code)] // for the next\nfn f() {}",
        );
        check(reasons, "src/x.rs", "\n#[expect(x)]\n", "#[expect(x, reason = \"y\")]\n");
    }

    #[test]
    fn a_dependency_without_a_reason() {
        assert_eq!(dependency_reasons("[dependencies]\n\nbytes = \"1\"\n").len(), 1);
        assert_eq!(dependency_reasons("[dev-dependencies]\nbytes = \"1\" # blocks\nx = \"1\"\n").len(), 1);
        assert!(dependency_reasons("[dependencies]\n# Blocks.\nbytes = \"1\"\n[lints]\na = 1\n").is_empty());
    }

    #[test]
    fn a_test_file_nobody_runs() {
        let root = Source::new("tests/it/main.rs", "mod harness;\nmod peers_more;\n");
        assert!(forgotten(&root, &["harness".to_owned()]).is_empty());
        assert_eq!(forgotten(&root, &["peers".to_owned()]).len(), 1);
    }

    #[test]
    fn a_generated_file_that_is_stale() {
        let found = stale("man/x.1", Some(b"old"), b"new", "rtool man man");
        assert_eq!(found, ["man/x.1 is stale: run `rtool man man`"]);
        assert_eq!(stale("man/x.1", None, b"new", "y").len(), 1);
        assert!(stale("man/x.1", Some(b"new"), b"new", "y").is_empty());
    }
}
