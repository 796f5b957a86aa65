# Goes behind the suite's own test.tcl. Some units look at the encoding of a value outside of any test, where a
# mismatch would end the unit. Here it is a failed test of its own, which deviations.toml can list, and the unit goes on.
rename assert_encoding assert_encoding_in_test
proc assert_encoding {enc key} {
    if {$::cur_test ne ""} {
        return [assert_encoding_in_test $enc $key]
    }
    if {[catch {assert_encoding_in_test $enc $key} error]} {
        test "($key is a $enc)" {error $error}
    }
}
