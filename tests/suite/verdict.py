"""Read what a unit of the Tcl suite printed, and judge it against the listed deviations. Pure: no files, no processes."""
import re
from dataclasses import dataclass, field

ANSI = re.compile(r"\x1b\[[0-9;]*m")
ENDS_EARLY = "(the unit ends early)"


@dataclass
class Result:
    """One unit's run: names of the tests that passed, and of those that failed with what they said."""
    unit: str
    passed: list = field(default_factory=list)
    failed: dict = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Deviation:
    """One row of deviations.toml: which tests of a unit fail, and why that is so."""
    unit: str
    tests: list
    reason: str
    flaky: bool = False
    skip: bool = False


def read_output(unit, text, timed_out, seconds=0.0):
    """The result in a unit's output. A unit that does not reach its end has failed as a whole."""
    text = ANSI.sub("", text)
    result = Result(unit, seconds=seconds)
    result.passed = re.findall(r"^\[ok\]: (.*?)(?: \(\d+ ms\))?$", text, re.M)
    for match in re.finditer(r"^\[(err|exception|timeout)\]: (.*?)$((?:\n(?!\[|!!!|Killing).*){0,12})", text, re.M):
        kind, head, more = match.groups()
        name = re.sub(r" in tests/.*$", "", head)
        if kind != "err":
            name = ENDS_EARLY
            more = head + more
        result.failed.setdefault(name, whole_error(more.strip().splitlines()) or head)
    finished = "All tests passed without errors" in text or "tests failed" in text
    if timed_out:
        result.failed[ENDS_EARLY] = "no end in time; last line: " + last_line(text)
    elif not finished and not result.failed:
        result.failed[ENDS_EARLY] = "last line: " + last_line(text)
    return result


def whole_error(lines):
    """The suite repeats an error that is no assertion: first without its first ten letters, then whole."""
    if len(lines) > 1 and lines[1].endswith(lines[0]):
        lines = lines[1:]
    return "\n".join(lines)


def last_line(text):
    return (text.strip().splitlines() or ["nothing printed"])[-1][:200]


def matches(pattern, name):
    """Like a shell's glob with * alone: names of tests are full of brackets and question marks."""
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.fullmatch(".*".join(parts), name, re.S) is not None


def judge(result, deviations):
    """What is wrong: (unexpected failures, rows that should go), each as lines to print."""
    rows = [d for d in deviations if d.unit == result.unit]
    listed = [(row, pattern) for row in rows for pattern in row.tests]
    unexpected = [
        "%s: %s\n    %s" % (result.unit, name, "\n    ".join(text.splitlines()[:6]))
        for name, text in result.failed.items()
        if not any(matches(pattern, name) for _, pattern in listed)
    ]
    ended_early = ENDS_EARLY in result.failed
    stale = []
    for row, pattern in listed:
        if row.flaky or row.skip or any(matches(pattern, name) for name in result.failed):
            continue
        if any(matches(pattern, name) for name in result.passed):
            stale.append("%s: %s passes now: remove it from the list" % (result.unit, pattern))
        elif not ended_early:
            stale.append("%s: %s is no test that ran: remove it from the list" % (result.unit, pattern))
    return unexpected, stale


@dataclass
class Omission:
    """A line that stands outside of any test, so that the unit would end with it: it is left out, and why."""
    unit: str
    line: str
    reason: str


def read_omissions(table):
    """The lines to leave out."""
    rows = [Omission(**row) for row in table.get("omission", [])]
    for row in rows:
        if not row.unit or not row.line.strip() or len(row.reason) < 10:
            raise ValueError("an omission needs unit, line and a reason in words: %r" % row)
    return rows


def without_line(text, line):
    """The text of a unit without a line, indentation included; ValueError when it has no such line."""
    lines = text.split("\n")
    kept = [one for one in lines if one != line]
    if len(kept) == len(lines):
        raise ValueError("no such line: %r" % line)
    return "\n".join(kept)


def read_deviations(table):
    """Rows of the parsed deviations.toml; a row without a reason is an error."""
    rows = []
    for row in table.get("deviation", []):
        unknown = set(row) - {"unit", "tests", "reason", "flaky", "skip"}
        if unknown or not row.get("unit") or not row.get("tests") or len(row.get("reason", "")) < 10:
            raise ValueError("a deviation needs unit, tests and a reason in words: %r" % row)
        rows.append(Deviation(**row))
    return rows
