# Goes behind the suite's own util.tcl. The suite's writer of random data uses every type; as long as the values here
# are strings, this one stands in for it: random keys and values in the same way, with expiry when asked for, in a race
# with whatever else the test does. It goes when the types have come.
proc createComplexDataset {r ops {opt {}}} {
    set useexpire [expr {"useexpire" in $opt}]
    set tag [expr {"usetag" in $opt ? "{t}" : ""}]
    for {set j 0} {$j < $ops} {incr j} {
        set k [randomKey]$tag
        set k2 [randomKey]$tag
        set v [randomValue]
        if {$useexpire && rand() < 0.1} {
            {*}$r expire [randomKey] [randomInt 2]
        }
        randpath {
            {*}$r set $k $v
        } {
            {*}$r append $k $v
        } {
            {*}$r setrange $k [randomInt 100] $v
        } {
            {*}$r mset $k $v $k2 $v
        } {
            {*}$r incrby "counter:[randomInt 10]$tag" [randomInt 1000]
        } {
            {*}$r copy $k $k2 replace
        } {
            {*}$r getdel $k
        } {
            {*}$r del $k $k2
        }
    }
}
