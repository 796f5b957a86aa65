//! `--test_hint LINE` and `--test_hint_file FILE`: the hints of the prompt, for tests. A file holds a line and its
//! hint in each row, both quoted; `#` begins a remark. The words on both streams are redis-cli's.

use std::path::Path;

use super::{Context, Step, Stop};
use crate::resp::quote;
use crate::shell::hints::Source;
use crate::ui::{Error, Exit};

/// Prints one hint, or compares those of a file; no server is asked.
pub fn run(context: &mut Context<'_>) -> Step<Exit> {
    let source = Source { names: None, face: context.engine.face };
    if let Some(line) = context.modes().test_hint.clone() {
        let hint = source.hint(&line).unwrap_or_else(|| "(null)".to_owned());
        context.print(&format!("{hint}\n"))?;
        return Ok(Exit::DONE);
    }
    let path = context.modes().test_hint_file.clone().unwrap_or_default();
    compare(context, &path)
}

fn compare(context: &mut Context<'_>, path: &Path) -> Step<Exit> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            return Err(Error::failed(format!("cannot read '{}'", path.display())).source(&error).into());
        }
    };
    let source = Source { names: None, face: context.engine.face };
    let (mut passed, mut failed) = (0, 0);
    for row in text.lines().filter(|row| !row.starts_with('#')) {
        // A row whose quotes do not pair is left out, as redis-cli does.
        let Some((line, expected)) = pair(row) else { continue };
        let hint = source.hint(&line);
        if hint.as_deref() == Some(expected.as_str()) {
            passed += 1;
            continue;
        }
        failed += 1;
        let got = hint.as_deref().unwrap_or("(null)");
        context
            .engine
            .console
            .notes
            .line(&format!("Test case '{line}' FAILED: expected '{expected}', got '{got}'"))?;
    }
    if failed > 0 {
        context.print(&format!("FAILURE: {failed}/{} passed\n", passed + failed))?;
        return Err(Stop::Exit(Exit::FAILED));
    }
    context.print(&format!("SUCCESS: {passed}/{passed} passed\n"))?;
    Ok(Exit::DONE)
}

/// The two quoted words a row begins with.
fn pair(row: &str) -> Option<(String, String)> {
    let words = quote::split(row.as_bytes()).ok()?;
    let text = |at: usize| words.get(at).map(|word| String::from_utf8_lossy(word).into_owned());
    Some((text(0)?, text(1)?))
}
