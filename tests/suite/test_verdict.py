"""Examples of what the verdict must find. Run by tests/run: python3 -m unittest discover tests/suite."""
import unittest

from verdict import (
    ENDS_EARLY,
    Deviation,
    Result,
    judge,
    matches,
    read_deviations,
    read_omissions,
    read_output,
    without_line,
)

OUTPUT = """[ready]: 12
[testing unit/x]:
[ok]: SET and GET (3 ms)
[\x1b[31merr\x1b[0m]: LPUSH in tests/unit/x.tcl
Expected 'a' to be equal to 'b' (context: proc)
[ok]: a test [with] brackets?
[1/1 done]: unit/x (1 seconds)
!!! WARNING The following tests failed:
*** [err]: LPUSH in tests/unit/x.tcl
1 tests failed
"""


class LeavingOut(unittest.TestCase):
    def test_a_line_goes_with_its_indentation(self):
        self.assertEqual(without_line("a\n    b\nc", "    b"), "a\nc")

    def test_a_line_that_is_not_there_is_an_error(self):
        with self.assertRaises(ValueError):
            without_line("a\n    b", "b")

    def test_a_reason_is_needed(self):
        row = {"unit": "unit/x", "line": "r debug", "reason": "the debugger is refused"}
        self.assertEqual(read_omissions({"omission": [row]})[0].line, "r debug")
        with self.assertRaises(ValueError):
            read_omissions({"omission": [row | {"reason": "no"}]})


class Reading(unittest.TestCase):
    def test_names_and_reasons(self):
        result = read_output("unit/x", OUTPUT, False)
        self.assertEqual(result.passed, ["SET and GET", "a test [with] brackets?"])
        self.assertEqual(list(result.failed), ["LPUSH"])
        self.assertIn("Expected 'a'", result.failed["LPUSH"])

    def test_an_error_is_told_whole_and_once(self):
        text = "[err]: a in tests/unit/x.tcl\nn command 'x'\nERR unknown command 'x'\n    while executing\n"
        said = read_output("unit/x", text, False).failed["a"]
        self.assertTrue(said.startswith("ERR unknown command 'x'\n"), said)

    def test_an_early_end_is_a_failure(self):
        self.assertIn(ENDS_EARLY, read_output("unit/x", "[ok]: one (1 ms)\n", False).failed)
        self.assertIn(ENDS_EARLY, read_output("unit/x", OUTPUT, True).failed)
        text = "[exception]: Executing test client: ERR unknown command.\nwhile executing\n"
        self.assertIn("unknown command", read_output("unit/x", text, False).failed[ENDS_EARLY])
        self.assertEqual(read_output("unit/x", "All tests passed without errors!", False).failed, {})


class Judging(unittest.TestCase):
    RESULT = Result("unit/x", passed=["good [1]"], failed={"bad one": "why", "bad two": "why"})

    def row(self, *tests, **more):
        return Deviation("unit/x", list(tests), "a reason in words", **more)

    def test_an_unlisted_failure(self):
        unexpected, stale = judge(self.RESULT, [self.row("bad one")])
        self.assertEqual(len(unexpected), 1)
        self.assertIn("bad two", unexpected[0])
        self.assertEqual(stale, [])

    def test_rows_of_other_units_do_not_help(self):
        other = Deviation("unit/y", ["bad*"], "a reason in words")
        self.assertEqual(len(judge(self.RESULT, [other])[0]), 2)

    def test_a_listed_test_that_passes(self):
        self.assertEqual(len(judge(self.RESULT, [self.row("bad *"), self.row("good [1]")])[1]), 1)

    def test_a_listed_test_that_does_not_exist(self):
        self.assertEqual(len(judge(self.RESULT, [self.row("bad *", "gone")])[1]), 1)

    def test_a_flaky_one_may_do_either(self):
        self.assertEqual(judge(self.RESULT, [self.row("bad *"), self.row("good*", flaky=True)]), ([], []))

    def test_patterns(self):
        self.assertTrue(matches("a [b]*", "a [b] c"))
        self.assertFalse(matches("a", "ab"))
        self.assertFalse(matches("a?", "ab"))

    def test_a_row_without_a_reason(self):
        for row in ({"unit": "u", "tests": ["t"]}, {"unit": "u", "tests": ["t"], "reason": "x" * 20, "why": 1}):
            with self.assertRaises(ValueError):
                read_deviations({"deviation": [row]})


if __name__ == "__main__":
    unittest.main()
