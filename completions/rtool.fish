# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_rtool_global_optspecs
    string join \n h/help V/version
end

function __fish_rtool_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_rtool_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_rtool_using_subcommand
    set -l cmd (__fish_rtool_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c rtool -n "__fish_rtool_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_needs_command" -s V -l version -d 'Print version'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "serve" -d 'Run the server: takes redis-server\'s own arguments'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "cli" -d 'Talk to a server: one command, a script, or the interactive shell'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "redis-cli" -d 'Be redis-cli: its options, output and exit codes, for scripts written for it'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "profile" -d 'List, show and test the names of servers that the shell knows'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "keys" -d 'Delete, expire or copy every key that matches a pattern, and undo it'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "status" -d 'Show a replication group, found from any member, and whether it is healthy'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "check" -d 'Find out what would go wrong in the next incident'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "topology" -d 'Show who follows whom, as a tree'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "configure" -d 'Edit the configuration file of a master or a replica, as the replication tutorial does'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "replicate" -d 'Make servers replicas of a master, persist it, and prove that it works'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "promote" -d 'The master is dead: make a replica the master, persist it, and repoint the others'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "switchover" -d 'The master lives: let a replica take over without losing a write'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "repoint" -d 'Move replicas to another master'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "rejoin" -d 'Bring an old master back as a replica; what only it holds is shown and saved first'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "failback" -d 'Make the original master the master again, without losing a write'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "fence" -d 'Stop a server taking writes, and prove it'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "unfence" -d 'Let a fenced server take writes again'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "verify" -d 'Compare the data of two servers, key by key'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "history" -d 'List what was done to groups, by whom, and how it ended'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "resume" -d 'Finish an operation that broke off half way'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "apply" -d 'Carry out a plan that --plan-out saved, if nothing has changed since'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "tutorial" -d 'Play the replication tutorial on this machine, each step checked'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "man" -d 'Write the manual pages into a folder'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s h -d 'Server host' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s p -d 'Server port' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s s -d 'Unix socket of the server, instead of host and port' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s a -l pass -d 'Password; other users of this machine can read it in the process list' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l pass-file -d 'Read the password from the first line of a file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l pass-fd -d 'Read the password from the first line of an open file descriptor' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l pass-command -d 'Run a command and take the first line it prints as the password' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l user -d 'User to authenticate as; needs a password' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s u -d 'Server as redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] or unix://PATH' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s n -d 'Database number' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s t -d 'Longest wait for the connection; 0 waits as long as the system does' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l name -d 'Name of the connection in CLIENT LIST' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l show-pushes -d 'Print RESP3 pushes: yes or no (default: yes on a terminal)' -r -f -a "yes\t''
no\t''
y\t''
n\t''"
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s X -d 'Read the argument that reads TAG from standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s r -d 'Run the command this many times; a negative number never stops' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s i -d 'Wait between repetitions, in seconds' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s d -d 'What stands between the elements of a raw reply' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s D -d 'What stands between raw replies' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l sni -d 'The name to ask the server for' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cacert -d 'Trust the certificates in FILE [default: the system\'s]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cacertdir -d 'Trust the certificates of the files in DIR' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cert -d 'Our own certificate' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l key -d 'The key of our own certificate' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l tls-ciphers -d 'Taken and not used: the ciphers of TLS 1.2 are those of rustls, all of them good' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l tls-ciphersuites -d 'Taken and not used: the cipher suites of TLS 1.3 are those of rustls' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l open -d 'Look into a snapshot (dump.rdb): a private server loads it and ends with the shell' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s o -l output -d 'Replies as tables (hashes, sorted sets, streams, lists of clients ...) or with one field a line' -r -f -a "plain\t'As redis-cli prints them'
table\t'As tables, where the reply has rows and columns'
vertical\t'As tables turned on their side: one field a line'"
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l intrinsic-latency -d 'Measure for SECONDS how long this machine keeps a process waiting; no server is asked' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l lru-test -d 'Simulate a cache of KEYS keys of which some are asked for more often' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l rdb -d 'Save a snapshot of the server\'s data to FILE; - is standard output' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l functions-rdb -d 'As --rdb, but of the functions alone' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l pipe-timeout -d 'Give up after this long without a reply, once all is sent; 0 never does' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l pipe-skip -d 'Leave out the first COMMANDS of standard input: they were sent before' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l memkeys-samples -d 'As --memkeys, looking at SAMPLES elements of each key; 0 looks at all' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l keystats-samples -d 'As --keystats, looking at SAMPLES elements of each key; 0 looks at all' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cursor -d 'Where --keystats goes on: the cursor it ended with' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l top -d 'How many keys --keystats lists' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l pattern -d 'Keys that match this pattern (--scan, --bigkeys, --memkeys, --keystats, --hotkeys)' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l quoted-pattern -d 'As --pattern, quoted as at the prompt' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l type -d 'Keys of this type (--scan)' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l count -d 'Keys that one SCAN looks at' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l eval -d 'Run the Lua script in FILE; words up to a lone comma are its keys, those after it its arguments' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l test_hint -d 'Print the hint that a line of the prompt would show' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l test_hint_file -d 'Compare hints with those that FILE expects' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster -d 'Manage a cluster: create, check, info, fix, reshard, rebalance, add-node, del-node, call, set-timeout, import, backup, help; with the words each needs' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-replicas -d 'create: replicas for each master' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-from -d 'reshard: ids of the nodes to take slots from, or all; import: the server to take keys from' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-to -d 'reshard: id of the node to give slots to' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-slots -d 'reshard: how many slots' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-timeout -d 'Milliseconds that moving keys may take' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-pipeline -d 'Keys that are moved at once' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-weight -d 'rebalance: id=weight of a node; more words for more nodes' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-threshold -d 'rebalance: leave everything as it is when all nodes are within this many percent' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-master-id -l cluster-primary-id -d 'add-node: of this master, by its id' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-from-user -d 'import: user on the other server' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-from-pass -d 'import: password on the other server; other users of this machine can read it in the process list' -r
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l askpass -d 'Ask for the password, showing stars; -a and REDISCLI_AUTH are ignored'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l no-auth-warning -d 'Do not warn about a password on the command line'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s 2 -d 'Speak RESP2'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s 3 -d 'Speak RESP3'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l raw -d 'Replies as they are, without quotes and types (default when the output is not a terminal)'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l no-raw -d 'Replies with quotes and types even when the output is not a terminal'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l csv -d 'Replies as comma-separated values'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l json -d 'Replies as JSON; asks the server for RESP3 unless -2 is given'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l quoted-json -d 'As --json, with strings in ASCII and escapes'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s e -d 'An error reply goes to standard error and makes the exit code 1'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s x -d 'Read the last argument from standard input'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l quoted-input -d 'Arguments are quoted as at the prompt: "\\x00" is one byte'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s c -d 'Follow MOVED and ASK to the cluster node that has the key'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s 4 -d 'Look for IPv4 addresses only'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s 6 -d 'Look for IPv6 addresses only'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l tls -d 'Speak TLS'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l insecure -d 'Do not check the server\'s certificate'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l scratch -d 'Use a private, empty server that ends with the shell'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l read-only -d 'Refuse commands that write'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l yes -d 'Do not ask before dangerous commands; scripts need it where a profile says env = "prod"'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l keep-going -d 'Go on with the script after an error'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l stat -d 'Print a line of figures each second (or each -i)'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l latency -d 'Measure the time of a PING again and again'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l latency-history -d 'As --latency, a line for each 15 seconds (or each -i)'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l latency-dist -d 'Show latencies as a spectrum, a line each second (or each -i)'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l mono -d 'The spectrum in shades of grey'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l replica -l slave -d 'Become a replica and print what the master sends'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l pipe -d 'Send standard input to the server as it is: commands in RESP, or lines'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l bigkeys -d 'Find the keys with the most elements'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l memkeys -d 'Find the keys that take the most memory'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l keystats -d 'Find the biggest keys by memory and by elements, with distributions'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l hotkeys -d 'Find the keys used most; the server needs an LFU policy'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l scan -d 'Print the names of keys'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l ldb -d 'Debug the script of --eval'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l ldb-sync-mode -d 'As --ldb, the server standing still'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-yes -d 'Do not ask (also by REDISCLI_CLUSTER_YES=1)'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-search-multiple-owners -d 'check, fix: look for slots with more than one owner'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-fix-with-unreachable-masters -l cluster-fix-with-unreachable-primaries -d 'fix: even when masters cannot be reached; their slots are given away'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-replace -d 'Replace keys that are at the target already'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-copy -d 'import: leave the keys where they are, too'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-use-empty-masters -l cluster-use-empty-primaries -d 'rebalance: masters without slots get some, too'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-simulate -d 'rebalance: say what would be moved'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-slave -l cluster-replica -d 'add-node: as a replica'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-only-masters -l cluster-only-primaries -d 'call: on masters only'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-only-replicas -d 'call: on replicas only'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l cluster-from-askpass -d 'import: ask for the password on the other server'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l verbose -d 'Say more (--cluster rebalance)'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -l help -d 'Print this help'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s v -l version -d 'Print the version'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s h -d 'Server host' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s p -d 'Server port' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s s -d 'Unix socket of the server, instead of host and port' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s a -l pass -d 'Password; other users of this machine can read it in the process list' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l pass-file -d 'Read the password from the first line of a file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l pass-fd -d 'Read the password from the first line of an open file descriptor' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l pass-command -d 'Run a command and take the first line it prints as the password' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l user -d 'User to authenticate as; needs a password' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s u -d 'Server as redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] or unix://PATH' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s n -d 'Database number' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s t -d 'Longest wait for the connection; 0 waits as long as the system does' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l name -d 'Name of the connection in CLIENT LIST' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l show-pushes -d 'Print RESP3 pushes: yes or no (default: yes on a terminal)' -r -f -a "yes\t''
no\t''
y\t''
n\t''"
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s X -d 'Read the argument that reads TAG from standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s r -d 'Run the command this many times; a negative number never stops' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s i -d 'Wait between repetitions, in seconds' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s d -d 'What stands between the elements of a raw reply' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s D -d 'What stands between raw replies' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l sni -d 'The name to ask the server for' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cacert -d 'Trust the certificates in FILE [default: the system\'s]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cacertdir -d 'Trust the certificates of the files in DIR' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cert -d 'Our own certificate' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l key -d 'The key of our own certificate' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l tls-ciphers -d 'Taken and not used: the ciphers of TLS 1.2 are those of rustls, all of them good' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l tls-ciphersuites -d 'Taken and not used: the cipher suites of TLS 1.3 are those of rustls' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l open -d 'Look into a snapshot (dump.rdb): a private server loads it and ends with the shell' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s o -l output -d 'Replies as tables (hashes, sorted sets, streams, lists of clients ...) or with one field a line' -r -f -a "plain\t'As redis-cli prints them'
table\t'As tables, where the reply has rows and columns'
vertical\t'As tables turned on their side: one field a line'"
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l intrinsic-latency -d 'Measure for SECONDS how long this machine keeps a process waiting; no server is asked' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l lru-test -d 'Simulate a cache of KEYS keys of which some are asked for more often' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l rdb -d 'Save a snapshot of the server\'s data to FILE; - is standard output' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l functions-rdb -d 'As --rdb, but of the functions alone' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l pipe-timeout -d 'Give up after this long without a reply, once all is sent; 0 never does' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l pipe-skip -d 'Leave out the first COMMANDS of standard input: they were sent before' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l memkeys-samples -d 'As --memkeys, looking at SAMPLES elements of each key; 0 looks at all' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l keystats-samples -d 'As --keystats, looking at SAMPLES elements of each key; 0 looks at all' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cursor -d 'Where --keystats goes on: the cursor it ended with' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l top -d 'How many keys --keystats lists' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l pattern -d 'Keys that match this pattern (--scan, --bigkeys, --memkeys, --keystats, --hotkeys)' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l quoted-pattern -d 'As --pattern, quoted as at the prompt' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l type -d 'Keys of this type (--scan)' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l count -d 'Keys that one SCAN looks at' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l eval -d 'Run the Lua script in FILE; words up to a lone comma are its keys, those after it its arguments' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l test_hint -d 'Print the hint that a line of the prompt would show' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l test_hint_file -d 'Compare hints with those that FILE expects' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster -d 'Manage a cluster: create, check, info, fix, reshard, rebalance, add-node, del-node, call, set-timeout, import, backup, help; with the words each needs' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-replicas -d 'create: replicas for each master' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-from -d 'reshard: ids of the nodes to take slots from, or all; import: the server to take keys from' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-to -d 'reshard: id of the node to give slots to' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-slots -d 'reshard: how many slots' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-timeout -d 'Milliseconds that moving keys may take' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-pipeline -d 'Keys that are moved at once' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-weight -d 'rebalance: id=weight of a node; more words for more nodes' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-threshold -d 'rebalance: leave everything as it is when all nodes are within this many percent' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-master-id -l cluster-primary-id -d 'add-node: of this master, by its id' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-from-user -d 'import: user on the other server' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-from-pass -d 'import: password on the other server; other users of this machine can read it in the process list' -r
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l askpass -d 'Ask for the password, showing stars; -a and REDISCLI_AUTH are ignored'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l no-auth-warning -d 'Do not warn about a password on the command line'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s 2 -d 'Speak RESP2'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s 3 -d 'Speak RESP3'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l raw -d 'Replies as they are, without quotes and types (default when the output is not a terminal)'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l no-raw -d 'Replies with quotes and types even when the output is not a terminal'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l csv -d 'Replies as comma-separated values'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l json -d 'Replies as JSON; asks the server for RESP3 unless -2 is given'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l quoted-json -d 'As --json, with strings in ASCII and escapes'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s e -d 'An error reply goes to standard error and makes the exit code 1'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s x -d 'Read the last argument from standard input'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l quoted-input -d 'Arguments are quoted as at the prompt: "\\x00" is one byte'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s c -d 'Follow MOVED and ASK to the cluster node that has the key'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s 4 -d 'Look for IPv4 addresses only'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s 6 -d 'Look for IPv6 addresses only'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l tls -d 'Speak TLS'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l insecure -d 'Do not check the server\'s certificate'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l scratch -d 'Use a private, empty server that ends with the shell'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l read-only -d 'Refuse commands that write'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l yes -d 'Do not ask before dangerous commands; scripts need it where a profile says env = "prod"'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l keep-going -d 'Go on with the script after an error'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l stat -d 'Print a line of figures each second (or each -i)'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l latency -d 'Measure the time of a PING again and again'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l latency-history -d 'As --latency, a line for each 15 seconds (or each -i)'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l latency-dist -d 'Show latencies as a spectrum, a line each second (or each -i)'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l mono -d 'The spectrum in shades of grey'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l replica -l slave -d 'Become a replica and print what the master sends'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l pipe -d 'Send standard input to the server as it is: commands in RESP, or lines'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l bigkeys -d 'Find the keys with the most elements'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l memkeys -d 'Find the keys that take the most memory'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l keystats -d 'Find the biggest keys by memory and by elements, with distributions'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l hotkeys -d 'Find the keys used most; the server needs an LFU policy'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l scan -d 'Print the names of keys'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l ldb -d 'Debug the script of --eval'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l ldb-sync-mode -d 'As --ldb, the server standing still'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-yes -d 'Do not ask (also by REDISCLI_CLUSTER_YES=1)'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-search-multiple-owners -d 'check, fix: look for slots with more than one owner'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-fix-with-unreachable-masters -l cluster-fix-with-unreachable-primaries -d 'fix: even when masters cannot be reached; their slots are given away'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-replace -d 'Replace keys that are at the target already'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-copy -d 'import: leave the keys where they are, too'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-use-empty-masters -l cluster-use-empty-primaries -d 'rebalance: masters without slots get some, too'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-simulate -d 'rebalance: say what would be moved'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-slave -l cluster-replica -d 'add-node: as a replica'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-only-masters -l cluster-only-primaries -d 'call: on masters only'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-only-replicas -d 'call: on replicas only'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l cluster-from-askpass -d 'import: ask for the password on the other server'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l verbose -d 'Say more (--cluster rebalance)'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -l help -d 'Print this help'
complete -c rtool -n "__fish_rtool_using_subcommand redis-cli" -s v -l version -d 'Print the version'
complete -c rtool -n "__fish_rtool_using_subcommand profile; and not __fish_seen_subcommand_from list show test" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand profile; and not __fish_seen_subcommand_from list show test" -f -a "list" -d 'List the profiles, and the groups and nodes of rtool.toml'
complete -c rtool -n "__fish_rtool_using_subcommand profile; and not __fish_seen_subcommand_from list show test" -f -a "show" -d 'Show one profile; a password only by where it is'
complete -c rtool -n "__fish_rtool_using_subcommand profile; and not __fish_seen_subcommand_from list show test" -f -a "test" -d 'Connect with a profile and say what is there'
complete -c rtool -n "__fish_rtool_using_subcommand profile; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand profile; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand profile; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and not __fish_seen_subcommand_from delete expire copy restore" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and not __fish_seen_subcommand_from delete expire copy restore" -f -a "delete" -d 'Delete keys (UNLINK)'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and not __fish_seen_subcommand_from delete expire copy restore" -f -a "expire" -d 'Give keys a time to live'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and not __fish_seen_subcommand_from delete expire copy restore" -f -a "copy" -d 'Copy keys to another server, with their times to live'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and not __fish_seen_subcommand_from delete expire copy restore" -f -a "restore" -d 'Send back what an undo file holds'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l on -d 'The server: a profile, a name of rtool.toml, or an address' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -s n -l db -d 'The database [default: the profile\'s, or 0]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l type -d 'Keys of this type only' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l rate -d 'Keys in a second at most; 0 goes as fast as the server' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l undo -d 'Where what is lost is kept first; must not exist yet' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l dry-run -d 'Count and show the keys, and stop'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l yes -d 'Do not ask'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l json -d 'Print one JSON document on standard output'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -l no-undo -d 'Keep nothing'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l seconds -d 'Seconds from now' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l on -d 'The server: a profile, a name of rtool.toml, or an address' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -s n -l db -d 'The database [default: the profile\'s, or 0]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l type -d 'Keys of this type only' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l rate -d 'Keys in a second at most; 0 goes as fast as the server' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l undo -d 'Where what is lost is kept first; must not exist yet' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l dry-run -d 'Count and show the keys, and stop'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l yes -d 'Do not ask'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l json -d 'Print one JSON document on standard output'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -l no-undo -d 'Keep nothing'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from expire" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l to -d 'The other server' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l on -d 'The server: a profile, a name of rtool.toml, or an address' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -s n -l db -d 'The database [default: the profile\'s, or 0]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l type -d 'Keys of this type only' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l rate -d 'Keys in a second at most; 0 goes as fast as the server' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l replace -d 'Replace keys that are there'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l dry-run -d 'Count and show the keys, and stop'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l yes -d 'Do not ask'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l json -d 'Print one JSON document on standard output'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from copy" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l on -d 'The server: a profile, a name of rtool.toml, or an address' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand keys; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand status" -l max-lag -d 'How many bytes a replica may be behind before it counts as a problem' -r
complete -c rtool -n "__fish_rtool_using_subcommand status" -l watch -d 'Look again and again, with so much time between, until Ctrl-C' -r
complete -c rtool -n "__fish_rtool_using_subcommand status" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand status" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand status" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand status" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand status" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand status" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand status" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand status" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand status" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand status" -l nagios -d 'One line and the exit codes 0, 1, 2 and 3, as Nagios and its kin want them'
complete -c rtool -n "__fish_rtool_using_subcommand status" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand status" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand status" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand status" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand check" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand check" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand check" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand check" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand check" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand check" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand check" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand check" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand check" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand check" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand check" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand check" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand check" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand topology" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand topology" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l of -d 'The master that a replica follows' -r
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l bind -d 'Addresses to listen on [default: what the file says]' -r
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l port -d 'The port to listen on [default: what the file says]' -r
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l set -d 'A further directive, such as maxmemory=2gb' -r
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l generate-password -d 'Make a new password although the file has one'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l no-password -d 'Use no password; then whoever reaches the server owns it'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l accept-weak-password -d 'Accept a password that can be guessed'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l accept-empty-start -d 'Turn the append-only file on although the data of the server is in a snapshot, which is not loaded then'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l dry-run -d 'Print the diff and stop'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l yes -d 'Do not ask before writing the file'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand configure" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l from -d 'The master: an address that the replicas can reach, or a name from the topology file' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l to -d 'The servers that become its replicas' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l master-user -d 'User that the replicas log in to the master as (masteruser) [default: the one of --user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l timeout -d 'Longest wait for any one step, such as the synchronisation of a replica' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l history -d 'Keep the record of what is done in this folder [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l hook-before -d 'Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l hook-after -d 'Tell this shell command how it ended, as JSON on its standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l hook-timeout -d 'Longest wait for a hook' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l plan-out -d 'Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l expect -d 'Refuse any plan but the one saved in FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l fail-after -d 'Kill this process behind a step: for tests' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l discard -d 'Throw away the keys that a server of --to holds now'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l dry-run -d 'Print the plan and stop; nothing is written anywhere'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l yes -d 'Do not ask before carrying out the plan; accepts no danger by itself'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l no-persist -d 'Do not write the change into the servers\' configuration files'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l repoint -d 'Replicas to move to the new master [default: every other replica that is known]' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l accept-data-loss -d 'Accept the loss of up to this many bytes of the replication stream' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l set -d 'A setting of the master\'s role to apply to the new master, such as appendonly=yes' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l timeout -d 'Longest wait for any one step, such as the synchronisation of a replica' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l history -d 'Keep the record of what is done in this folder [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l hook-before -d 'Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l hook-after -d 'Tell this shell command how it ended, as JSON on its standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l hook-timeout -d 'Longest wait for a hook' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l plan-out -d 'Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l expect -d 'Refuse any plan but the one saved in FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l fail-after -d 'Kill this process behind a step: for tests' -r
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l no-repoint -d 'Move no replica'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l even-if-master-alive -d 'Promote although the master still answers; both will accept writes until one is stopped'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l accept-unfenced -d 'With --even-if-master-alive: do not make the old master refuse writes first'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l discard -d 'Throw away what a replica named by --repoint holds, when it comes from another history'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l dry-run -d 'Print the plan and stop; nothing is written anywhere'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l yes -d 'Do not ask before carrying out the plan; accepts no danger by itself'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -l no-persist -d 'Do not write the change into the servers\' configuration files'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l to -d 'The replica that takes over [default: the one that holds the most]' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l max-pause -d 'Longest time in which no server takes writes' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l set -d 'A setting of the master\'s role to apply to the new master, such as appendonly=yes' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l max-lag -d 'How many bytes the replica may be behind when it begins' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l timeout -d 'Longest wait for any one step, such as the synchronisation of a replica' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l history -d 'Keep the record of what is done in this folder [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l hook-before -d 'Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l hook-after -d 'Tell this shell command how it ended, as JSON on its standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l hook-timeout -d 'Longest wait for a hook' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l plan-out -d 'Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l expect -d 'Refuse any plan but the one saved in FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l fail-after -d 'Kill this process behind a step: for tests' -r
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l keep-clients -d 'Leave the clients of the old master connected'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l dry-run -d 'Print the plan and stop; nothing is written anywhere'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l yes -d 'Do not ask before carrying out the plan; accepts no danger by itself'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -l no-persist -d 'Do not write the change into the servers\' configuration files'
complete -c rtool -n "__fish_rtool_using_subcommand switchover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l to -d 'The master to follow [default: the only master of the group]' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l timeout -d 'Longest wait for any one step, such as the synchronisation of a replica' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l history -d 'Keep the record of what is done in this folder [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l hook-before -d 'Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l hook-after -d 'Tell this shell command how it ended, as JSON on its standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l hook-timeout -d 'Longest wait for a hook' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l plan-out -d 'Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l expect -d 'Refuse any plan but the one saved in FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l fail-after -d 'Kill this process behind a step: for tests' -r
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l discard -d 'Throw away what a replica holds that comes from another history'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l dry-run -d 'Print the plan and stop; nothing is written anywhere'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l yes -d 'Do not ask before carrying out the plan; accepts no danger by itself'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -l no-persist -d 'Do not write the change into the servers\' configuration files'
complete -c rtool -n "__fish_rtool_using_subcommand repoint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l to -d 'The master to follow [default: the only other master of the group]' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l copy -d 'Save the copy in this file [default: a file in the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l timeout -d 'Longest wait for any one step, such as the synchronisation of a replica' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l history -d 'Keep the record of what is done in this folder [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l hook-before -d 'Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l hook-after -d 'Tell this shell command how it ended, as JSON on its standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l hook-timeout -d 'Longest wait for a hook' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l plan-out -d 'Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l expect -d 'Refuse any plan but the one saved in FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l fail-after -d 'Kill this process behind a step: for tests' -r
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l no-copy -d 'Save no copy: what only this server holds is gone'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l dry-run -d 'Print the plan and stop; nothing is written anywhere'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l yes -d 'Do not ask before carrying out the plan; accepts no danger by itself'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -l no-persist -d 'Do not write the change into the servers\' configuration files'
complete -c rtool -n "__fish_rtool_using_subcommand rejoin" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l from -d 'The master of now [default: the one that NODE follows, or the only other master of the group]' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l max-pause -d 'Longest time in which no server takes writes' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l copy -d 'Save the copy in this file [default: a file in the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l timeout -d 'Longest wait for any one step, such as the synchronisation of a replica' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l history -d 'Keep the record of what is done in this folder [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l hook-before -d 'Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l hook-after -d 'Tell this shell command how it ended, as JSON on its standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l hook-timeout -d 'Longest wait for a hook' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l plan-out -d 'Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l expect -d 'Refuse any plan but the one saved in FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l fail-after -d 'Kill this process behind a step: for tests' -r
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l keep-clients -d 'Leave the clients of the master of now connected'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l no-copy -d 'Save no copy: what only this server holds is gone'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l dry-run -d 'Print the plan and stop; nothing is written anywhere'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l yes -d 'Do not ask before carrying out the plan; accepts no danger by itself'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -l no-persist -d 'Do not write the change into the servers\' configuration files'
complete -c rtool -n "__fish_rtool_using_subcommand failback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l timeout -d 'Longest wait for any one step, such as the synchronisation of a replica' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l history -d 'Keep the record of what is done in this folder [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l hook-before -d 'Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l hook-after -d 'Tell this shell command how it ended, as JSON on its standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l hook-timeout -d 'Longest wait for a hook' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l plan-out -d 'Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l expect -d 'Refuse any plan but the one saved in FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l fail-after -d 'Kill this process behind a step: for tests' -r
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l dry-run -d 'Print the plan and stop; nothing is written anywhere'
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l yes -d 'Do not ask before carrying out the plan; accepts no danger by itself'
complete -c rtool -n "__fish_rtool_using_subcommand fence" -l no-persist -d 'Do not write the change into the servers\' configuration files'
complete -c rtool -n "__fish_rtool_using_subcommand fence" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l timeout -d 'Longest wait for any one step, such as the synchronisation of a replica' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l history -d 'Keep the record of what is done in this folder [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l hook-before -d 'Ask this shell command before the first change: it reads the plan as JSON and vetoes by its exit code' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l hook-after -d 'Tell this shell command how it ended, as JSON on its standard input' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l hook-timeout -d 'Longest wait for a hook' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l plan-out -d 'Save the plan in FILE and stop; rtool apply FILE carries it out if nothing has changed' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l expect -d 'Refuse any plan but the one saved in FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l fail-after -d 'Kill this process behind a step: for tests' -r
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l dry-run -d 'Print the plan and stop; nothing is written anywhere'
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l yes -d 'Do not ask before carrying out the plan; accepts no danger by itself'
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -l no-persist -d 'Do not write the change into the servers\' configuration files'
complete -c rtool -n "__fish_rtool_using_subcommand unfence" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l pattern -d 'Compare keys that match this pattern only' -r
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l sample -d 'Compare so many keys of A, chosen at random, instead of all' -r
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l ttl-tolerance -d 'How far times to live may be apart' -r
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l max -d 'How many differences are listed; all are counted' -r
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l user -d 'User to log in as [default: the default user]' -r
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l password-env -d 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]' -r
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l password-file -d 'Take the password from the first line of this file' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l cacert -d 'Trust these roots alone, in PEM form; implies --tls' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l cert -d 'Our own certificate chain in PEM form, for servers that ask for one' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l key -d 'The private key of --cert' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l sni -d 'The name to ask for and to check, instead of the host' -r
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l topology -d 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user\'s config folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l askpass -d 'Ask for the password, showing stars only'
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l tls -d 'Secure the connections; the system\'s trusted roots count unless --cacert names others'
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l insecure -d 'Secure the connection and check no certificate; implies --tls'
complete -c rtool -n "__fish_rtool_using_subcommand verify" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand history" -l history -d 'Where the records are [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand history" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand history" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand history" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand resume" -l history -d 'Where the records are [default: the user\'s state folder]' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand resume" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand resume" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand resume" -l yes -d 'Do not ask before carrying out the plan'
complete -c rtool -n "__fish_rtool_using_subcommand resume" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand apply" -l yes -d 'Do not ask before carrying out the plan'
complete -c rtool -n "__fish_rtool_using_subcommand apply" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand tutorial" -l server -d 'Server program to play with instead of this one; it is started as PROGRAM CONFIG-FILE' -r -F
complete -c rtool -n "__fish_rtool_using_subcommand tutorial" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c rtool -n "__fish_rtool_using_subcommand tutorial" -l node-timeout -d 'Longest wait for any one server to answer' -r
complete -c rtool -n "__fish_rtool_using_subcommand tutorial" -l json -d 'Print one JSON document on standard output, errors included'
complete -c rtool -n "__fish_rtool_using_subcommand tutorial" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
