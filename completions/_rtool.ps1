
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'rtool' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'rtool'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'rtool' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the server: takes redis-server''s own arguments')
            [CompletionResult]::new('cli', 'cli', [CompletionResultType]::ParameterValue, 'Talk to a server: one command, a script, or the interactive shell')
            [CompletionResult]::new('redis-cli', 'redis-cli', [CompletionResultType]::ParameterValue, 'Be redis-cli: its options, output and exit codes, for scripts written for it')
            [CompletionResult]::new('profile', 'profile', [CompletionResultType]::ParameterValue, 'List, show and test the names of servers that the shell knows')
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'Delete, expire or copy every key that matches a pattern, and undo it')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show a replication group, found from any member, and whether it is healthy')
            [CompletionResult]::new('replicate', 'replicate', [CompletionResultType]::ParameterValue, 'Make servers replicas of a master, persist it, and prove that it works')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Make a replica the master, persist it, and repoint the others')
            [CompletionResult]::new('tutorial', 'tutorial', [CompletionResultType]::ParameterValue, 'Play the replication tutorial on this machine, each step checked')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a folder')
            break
        }
        'rtool;serve' {
            break
        }
        'rtool;cli' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Server host')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Server port')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Unix socket of the server, instead of host and port')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Password; other users of this machine can read it in the process list')
            [CompletionResult]::new('--pass', '--pass', [CompletionResultType]::ParameterName, 'Password; other users of this machine can read it in the process list')
            [CompletionResult]::new('--pass-file', '--pass-file', [CompletionResultType]::ParameterName, 'Read the password from the first line of a file')
            [CompletionResult]::new('--pass-fd', '--pass-fd', [CompletionResultType]::ParameterName, 'Read the password from the first line of an open file descriptor')
            [CompletionResult]::new('--pass-command', '--pass-command', [CompletionResultType]::ParameterName, 'Run a command and take the first line it prints as the password')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to authenticate as; needs a password')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Server as redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] or unix://PATH')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Database number')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Longest wait for the connection; 0 waits as long as the system does')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the connection in CLIENT LIST')
            [CompletionResult]::new('--show-pushes', '--show-pushes', [CompletionResultType]::ParameterName, 'Print RESP3 pushes: yes or no (default: yes on a terminal)')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'Read the argument that reads TAG from standard input')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Run the command this many times; a negative number never stops')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Wait between repetitions, in seconds')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'What stands between the elements of a raw reply')
            [CompletionResult]::new('-D', '-D ', [CompletionResultType]::ParameterName, 'What stands between raw replies')
            [CompletionResult]::new('--sni', '--sni', [CompletionResultType]::ParameterName, 'The name to ask the server for')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the certificates in FILE [default: the system''s]')
            [CompletionResult]::new('--cacertdir', '--cacertdir', [CompletionResultType]::ParameterName, 'Trust the certificates of the files in DIR')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'Our own certificate')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The key of our own certificate')
            [CompletionResult]::new('--tls-ciphers', '--tls-ciphers', [CompletionResultType]::ParameterName, 'Taken and not used: the ciphers of TLS 1.2 are those of rustls, all of them good')
            [CompletionResult]::new('--tls-ciphersuites', '--tls-ciphersuites', [CompletionResultType]::ParameterName, 'Taken and not used: the cipher suites of TLS 1.3 are those of rustls')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'Look into a snapshot (dump.rdb): a private server loads it and ends with the shell')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Replies as tables (hashes, sorted sets, streams, lists of clients ...) or with one field a line')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Replies as tables (hashes, sorted sets, streams, lists of clients ...) or with one field a line')
            [CompletionResult]::new('--intrinsic-latency', '--intrinsic-latency', [CompletionResultType]::ParameterName, 'Measure for SECONDS how long this machine keeps a process waiting; no server is asked')
            [CompletionResult]::new('--lru-test', '--lru-test', [CompletionResultType]::ParameterName, 'Simulate a cache of KEYS keys of which some are asked for more often')
            [CompletionResult]::new('--rdb', '--rdb', [CompletionResultType]::ParameterName, 'Save a snapshot of the server''s data to FILE; - is standard output')
            [CompletionResult]::new('--functions-rdb', '--functions-rdb', [CompletionResultType]::ParameterName, 'As --rdb, but of the functions alone')
            [CompletionResult]::new('--pipe-timeout', '--pipe-timeout', [CompletionResultType]::ParameterName, 'Give up after this long without a reply, once all is sent; 0 never does')
            [CompletionResult]::new('--pipe-skip', '--pipe-skip', [CompletionResultType]::ParameterName, 'Leave out the first COMMANDS of standard input: they were sent before')
            [CompletionResult]::new('--memkeys-samples', '--memkeys-samples', [CompletionResultType]::ParameterName, 'As --memkeys, looking at SAMPLES elements of each key; 0 looks at all')
            [CompletionResult]::new('--keystats-samples', '--keystats-samples', [CompletionResultType]::ParameterName, 'As --keystats, looking at SAMPLES elements of each key; 0 looks at all')
            [CompletionResult]::new('--cursor', '--cursor', [CompletionResultType]::ParameterName, 'Where --keystats goes on: the cursor it ended with')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'How many keys --keystats lists')
            [CompletionResult]::new('--pattern', '--pattern', [CompletionResultType]::ParameterName, 'Keys that match this pattern (--scan, --bigkeys, --memkeys, --keystats, --hotkeys)')
            [CompletionResult]::new('--quoted-pattern', '--quoted-pattern', [CompletionResultType]::ParameterName, 'As --pattern, quoted as at the prompt')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Keys of this type (--scan)')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Keys that one SCAN looks at')
            [CompletionResult]::new('--eval', '--eval', [CompletionResultType]::ParameterName, 'Run the Lua script in FILE; words up to a lone comma are its keys, those after it its arguments')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars; -a and REDISCLI_AUTH are ignored')
            [CompletionResult]::new('--no-auth-warning', '--no-auth-warning', [CompletionResultType]::ParameterName, 'Do not warn about a password on the command line')
            [CompletionResult]::new('-2', '-2', [CompletionResultType]::ParameterName, 'Speak RESP2')
            [CompletionResult]::new('-3', '-3', [CompletionResultType]::ParameterName, 'Speak RESP3')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Replies as they are, without quotes and types (default when the output is not a terminal)')
            [CompletionResult]::new('--no-raw', '--no-raw', [CompletionResultType]::ParameterName, 'Replies with quotes and types even when the output is not a terminal')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Replies as comma-separated values')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Replies as JSON; asks the server for RESP3 unless -2 is given')
            [CompletionResult]::new('--quoted-json', '--quoted-json', [CompletionResultType]::ParameterName, 'As --json, with strings in ASCII and escapes')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'An error reply goes to standard error and makes the exit code 1')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Read the last argument from standard input')
            [CompletionResult]::new('--quoted-input', '--quoted-input', [CompletionResultType]::ParameterName, 'Arguments are quoted as at the prompt: "\x00" is one byte')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Follow MOVED and ASK to the cluster node that has the key')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Look for IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Look for IPv6 addresses only')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not check the server''s certificate')
            [CompletionResult]::new('--scratch', '--scratch', [CompletionResultType]::ParameterName, 'Use a private, empty server that ends with the shell')
            [CompletionResult]::new('--read-only', '--read-only', [CompletionResultType]::ParameterName, 'Refuse commands that write')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before dangerous commands; scripts need it where a profile says env = "prod"')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Go on with the script after an error')
            [CompletionResult]::new('--stat', '--stat', [CompletionResultType]::ParameterName, 'Print a line of figures each second (or each -i)')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'Measure the time of a PING again and again')
            [CompletionResult]::new('--latency-history', '--latency-history', [CompletionResultType]::ParameterName, 'As --latency, a line for each 15 seconds (or each -i)')
            [CompletionResult]::new('--latency-dist', '--latency-dist', [CompletionResultType]::ParameterName, 'Show latencies as a spectrum, a line each second (or each -i)')
            [CompletionResult]::new('--mono', '--mono', [CompletionResultType]::ParameterName, 'The spectrum in shades of grey')
            [CompletionResult]::new('--replica', '--replica', [CompletionResultType]::ParameterName, 'Become a replica and print what the master sends')
            [CompletionResult]::new('--slave', '--slave', [CompletionResultType]::ParameterName, 'Become a replica and print what the master sends')
            [CompletionResult]::new('--pipe', '--pipe', [CompletionResultType]::ParameterName, 'Send standard input to the server as it is: commands in RESP, or lines')
            [CompletionResult]::new('--bigkeys', '--bigkeys', [CompletionResultType]::ParameterName, 'Find the keys with the most elements')
            [CompletionResult]::new('--memkeys', '--memkeys', [CompletionResultType]::ParameterName, 'Find the keys that take the most memory')
            [CompletionResult]::new('--keystats', '--keystats', [CompletionResultType]::ParameterName, 'Find the biggest keys by memory and by elements, with distributions')
            [CompletionResult]::new('--hotkeys', '--hotkeys', [CompletionResultType]::ParameterName, 'Find the keys used most; the server needs an LFU policy')
            [CompletionResult]::new('--scan', '--scan', [CompletionResultType]::ParameterName, 'Print the names of keys')
            [CompletionResult]::new('--ldb', '--ldb', [CompletionResultType]::ParameterName, 'Debug the script of --eval')
            [CompletionResult]::new('--ldb-sync-mode', '--ldb-sync-mode', [CompletionResultType]::ParameterName, 'As --ldb, the server standing still')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Changes nothing here; taken because scripts written for redis-cli give it')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'rtool;redis-cli' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Server host')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Server port')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Unix socket of the server, instead of host and port')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Password; other users of this machine can read it in the process list')
            [CompletionResult]::new('--pass', '--pass', [CompletionResultType]::ParameterName, 'Password; other users of this machine can read it in the process list')
            [CompletionResult]::new('--pass-file', '--pass-file', [CompletionResultType]::ParameterName, 'Read the password from the first line of a file')
            [CompletionResult]::new('--pass-fd', '--pass-fd', [CompletionResultType]::ParameterName, 'Read the password from the first line of an open file descriptor')
            [CompletionResult]::new('--pass-command', '--pass-command', [CompletionResultType]::ParameterName, 'Run a command and take the first line it prints as the password')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to authenticate as; needs a password')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Server as redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] or unix://PATH')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Database number')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Longest wait for the connection; 0 waits as long as the system does')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the connection in CLIENT LIST')
            [CompletionResult]::new('--show-pushes', '--show-pushes', [CompletionResultType]::ParameterName, 'Print RESP3 pushes: yes or no (default: yes on a terminal)')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'Read the argument that reads TAG from standard input')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Run the command this many times; a negative number never stops')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Wait between repetitions, in seconds')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'What stands between the elements of a raw reply')
            [CompletionResult]::new('-D', '-D ', [CompletionResultType]::ParameterName, 'What stands between raw replies')
            [CompletionResult]::new('--sni', '--sni', [CompletionResultType]::ParameterName, 'The name to ask the server for')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the certificates in FILE [default: the system''s]')
            [CompletionResult]::new('--cacertdir', '--cacertdir', [CompletionResultType]::ParameterName, 'Trust the certificates of the files in DIR')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'Our own certificate')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The key of our own certificate')
            [CompletionResult]::new('--tls-ciphers', '--tls-ciphers', [CompletionResultType]::ParameterName, 'Taken and not used: the ciphers of TLS 1.2 are those of rustls, all of them good')
            [CompletionResult]::new('--tls-ciphersuites', '--tls-ciphersuites', [CompletionResultType]::ParameterName, 'Taken and not used: the cipher suites of TLS 1.3 are those of rustls')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'Look into a snapshot (dump.rdb): a private server loads it and ends with the shell')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Replies as tables (hashes, sorted sets, streams, lists of clients ...) or with one field a line')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Replies as tables (hashes, sorted sets, streams, lists of clients ...) or with one field a line')
            [CompletionResult]::new('--intrinsic-latency', '--intrinsic-latency', [CompletionResultType]::ParameterName, 'Measure for SECONDS how long this machine keeps a process waiting; no server is asked')
            [CompletionResult]::new('--lru-test', '--lru-test', [CompletionResultType]::ParameterName, 'Simulate a cache of KEYS keys of which some are asked for more often')
            [CompletionResult]::new('--rdb', '--rdb', [CompletionResultType]::ParameterName, 'Save a snapshot of the server''s data to FILE; - is standard output')
            [CompletionResult]::new('--functions-rdb', '--functions-rdb', [CompletionResultType]::ParameterName, 'As --rdb, but of the functions alone')
            [CompletionResult]::new('--pipe-timeout', '--pipe-timeout', [CompletionResultType]::ParameterName, 'Give up after this long without a reply, once all is sent; 0 never does')
            [CompletionResult]::new('--pipe-skip', '--pipe-skip', [CompletionResultType]::ParameterName, 'Leave out the first COMMANDS of standard input: they were sent before')
            [CompletionResult]::new('--memkeys-samples', '--memkeys-samples', [CompletionResultType]::ParameterName, 'As --memkeys, looking at SAMPLES elements of each key; 0 looks at all')
            [CompletionResult]::new('--keystats-samples', '--keystats-samples', [CompletionResultType]::ParameterName, 'As --keystats, looking at SAMPLES elements of each key; 0 looks at all')
            [CompletionResult]::new('--cursor', '--cursor', [CompletionResultType]::ParameterName, 'Where --keystats goes on: the cursor it ended with')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'How many keys --keystats lists')
            [CompletionResult]::new('--pattern', '--pattern', [CompletionResultType]::ParameterName, 'Keys that match this pattern (--scan, --bigkeys, --memkeys, --keystats, --hotkeys)')
            [CompletionResult]::new('--quoted-pattern', '--quoted-pattern', [CompletionResultType]::ParameterName, 'As --pattern, quoted as at the prompt')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Keys of this type (--scan)')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Keys that one SCAN looks at')
            [CompletionResult]::new('--eval', '--eval', [CompletionResultType]::ParameterName, 'Run the Lua script in FILE; words up to a lone comma are its keys, those after it its arguments')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars; -a and REDISCLI_AUTH are ignored')
            [CompletionResult]::new('--no-auth-warning', '--no-auth-warning', [CompletionResultType]::ParameterName, 'Do not warn about a password on the command line')
            [CompletionResult]::new('-2', '-2', [CompletionResultType]::ParameterName, 'Speak RESP2')
            [CompletionResult]::new('-3', '-3', [CompletionResultType]::ParameterName, 'Speak RESP3')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Replies as they are, without quotes and types (default when the output is not a terminal)')
            [CompletionResult]::new('--no-raw', '--no-raw', [CompletionResultType]::ParameterName, 'Replies with quotes and types even when the output is not a terminal')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Replies as comma-separated values')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Replies as JSON; asks the server for RESP3 unless -2 is given')
            [CompletionResult]::new('--quoted-json', '--quoted-json', [CompletionResultType]::ParameterName, 'As --json, with strings in ASCII and escapes')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'An error reply goes to standard error and makes the exit code 1')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Read the last argument from standard input')
            [CompletionResult]::new('--quoted-input', '--quoted-input', [CompletionResultType]::ParameterName, 'Arguments are quoted as at the prompt: "\x00" is one byte')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Follow MOVED and ASK to the cluster node that has the key')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Look for IPv4 addresses only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Look for IPv6 addresses only')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Speak TLS')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not check the server''s certificate')
            [CompletionResult]::new('--scratch', '--scratch', [CompletionResultType]::ParameterName, 'Use a private, empty server that ends with the shell')
            [CompletionResult]::new('--read-only', '--read-only', [CompletionResultType]::ParameterName, 'Refuse commands that write')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before dangerous commands; scripts need it where a profile says env = "prod"')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Go on with the script after an error')
            [CompletionResult]::new('--stat', '--stat', [CompletionResultType]::ParameterName, 'Print a line of figures each second (or each -i)')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'Measure the time of a PING again and again')
            [CompletionResult]::new('--latency-history', '--latency-history', [CompletionResultType]::ParameterName, 'As --latency, a line for each 15 seconds (or each -i)')
            [CompletionResult]::new('--latency-dist', '--latency-dist', [CompletionResultType]::ParameterName, 'Show latencies as a spectrum, a line each second (or each -i)')
            [CompletionResult]::new('--mono', '--mono', [CompletionResultType]::ParameterName, 'The spectrum in shades of grey')
            [CompletionResult]::new('--replica', '--replica', [CompletionResultType]::ParameterName, 'Become a replica and print what the master sends')
            [CompletionResult]::new('--slave', '--slave', [CompletionResultType]::ParameterName, 'Become a replica and print what the master sends')
            [CompletionResult]::new('--pipe', '--pipe', [CompletionResultType]::ParameterName, 'Send standard input to the server as it is: commands in RESP, or lines')
            [CompletionResult]::new('--bigkeys', '--bigkeys', [CompletionResultType]::ParameterName, 'Find the keys with the most elements')
            [CompletionResult]::new('--memkeys', '--memkeys', [CompletionResultType]::ParameterName, 'Find the keys that take the most memory')
            [CompletionResult]::new('--keystats', '--keystats', [CompletionResultType]::ParameterName, 'Find the biggest keys by memory and by elements, with distributions')
            [CompletionResult]::new('--hotkeys', '--hotkeys', [CompletionResultType]::ParameterName, 'Find the keys used most; the server needs an LFU policy')
            [CompletionResult]::new('--scan', '--scan', [CompletionResultType]::ParameterName, 'Print the names of keys')
            [CompletionResult]::new('--ldb', '--ldb', [CompletionResultType]::ParameterName, 'Debug the script of --eval')
            [CompletionResult]::new('--ldb-sync-mode', '--ldb-sync-mode', [CompletionResultType]::ParameterName, 'As --ldb, the server standing still')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Changes nothing here; taken because scripts written for redis-cli give it')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print this help')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
        'rtool;profile' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the profiles, and the groups and nodes of rtool.toml')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one profile; a password only by where it is')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Connect with a profile and say what is there')
            break
        }
        'rtool;profile;list' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'rtool;profile;show' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'rtool;profile;test' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'rtool;keys' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete keys (UNLINK)')
            [CompletionResult]::new('expire', 'expire', [CompletionResultType]::ParameterValue, 'Give keys a time to live')
            [CompletionResult]::new('copy', 'copy', [CompletionResultType]::ParameterValue, 'Copy keys to another server, with their times to live')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Send back what an undo file holds')
            break
        }
        'rtool;keys;delete' {
            [CompletionResult]::new('--on', '--on', [CompletionResultType]::ParameterName, 'The server: a profile, a name of rtool.toml, or an address')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The database [default: the profile''s, or 0]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [default: the profile''s, or 0]')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Keys of this type only')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Keys in a second at most; 0 goes as fast as the server')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to log in as [default: the default user]')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Take the password from the first line of this file')
            [CompletionResult]::new('--topology', '--topology', [CompletionResultType]::ParameterName, 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]')
            [CompletionResult]::new('--undo', '--undo', [CompletionResultType]::ParameterName, 'Where what is lost is kept first; must not exist yet')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Count and show the keys, and stop')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on standard output')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars only')
            [CompletionResult]::new('--no-undo', '--no-undo', [CompletionResultType]::ParameterName, 'Keep nothing')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'rtool;keys;expire' {
            [CompletionResult]::new('--seconds', '--seconds', [CompletionResultType]::ParameterName, 'Seconds from now')
            [CompletionResult]::new('--on', '--on', [CompletionResultType]::ParameterName, 'The server: a profile, a name of rtool.toml, or an address')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The database [default: the profile''s, or 0]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [default: the profile''s, or 0]')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Keys of this type only')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Keys in a second at most; 0 goes as fast as the server')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to log in as [default: the default user]')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Take the password from the first line of this file')
            [CompletionResult]::new('--topology', '--topology', [CompletionResultType]::ParameterName, 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]')
            [CompletionResult]::new('--undo', '--undo', [CompletionResultType]::ParameterName, 'Where what is lost is kept first; must not exist yet')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Count and show the keys, and stop')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on standard output')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars only')
            [CompletionResult]::new('--no-undo', '--no-undo', [CompletionResultType]::ParameterName, 'Keep nothing')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'rtool;keys;copy' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The other server')
            [CompletionResult]::new('--on', '--on', [CompletionResultType]::ParameterName, 'The server: a profile, a name of rtool.toml, or an address')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The database [default: the profile''s, or 0]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [default: the profile''s, or 0]')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Keys of this type only')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Keys in a second at most; 0 goes as fast as the server')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to log in as [default: the default user]')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Take the password from the first line of this file')
            [CompletionResult]::new('--topology', '--topology', [CompletionResultType]::ParameterName, 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Replace keys that are there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Count and show the keys, and stop')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on standard output')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'rtool;keys;restore' {
            [CompletionResult]::new('--on', '--on', [CompletionResultType]::ParameterName, 'The server: a profile, a name of rtool.toml, or an address')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to log in as [default: the default user]')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Take the password from the first line of this file')
            [CompletionResult]::new('--topology', '--topology', [CompletionResultType]::ParameterName, 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'rtool;status' {
            [CompletionResult]::new('--max-lag', '--max-lag', [CompletionResultType]::ParameterName, 'How many bytes a replica may be behind before it counts as a problem')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to log in as [default: the default user]')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Take the password from the first line of this file')
            [CompletionResult]::new('--topology', '--topology', [CompletionResultType]::ParameterName, 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--node-timeout', '--node-timeout', [CompletionResultType]::ParameterName, 'Longest wait for any one server to answer')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on standard output, errors included')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rtool;replicate' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The master: an address that the replicas can reach, or a name from the topology file')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The servers that become its replicas')
            [CompletionResult]::new('--master-user', '--master-user', [CompletionResultType]::ParameterName, 'User that the replicas log in to the master as (masteruser) [default: the one of --user]')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to log in as [default: the default user]')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Take the password from the first line of this file')
            [CompletionResult]::new('--topology', '--topology', [CompletionResultType]::ParameterName, 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--node-timeout', '--node-timeout', [CompletionResultType]::ParameterName, 'Longest wait for any one server to answer')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest wait for any one step, such as the synchronisation of a replica')
            [CompletionResult]::new('--discard', '--discard', [CompletionResultType]::ParameterName, 'Throw away the keys that a server of --to holds now')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on standard output, errors included')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and stop; nothing is written anywhere')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before carrying out the plan; accepts no danger by itself')
            [CompletionResult]::new('--no-persist', '--no-persist', [CompletionResultType]::ParameterName, 'Do not write the change into the servers'' configuration files')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rtool;promote' {
            [CompletionResult]::new('--repoint', '--repoint', [CompletionResultType]::ParameterName, 'Replicas to move to the new master [default: every other replica that is known]')
            [CompletionResult]::new('--accept-data-loss', '--accept-data-loss', [CompletionResultType]::ParameterName, 'Accept the loss of up to this many bytes of the replication stream')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A setting of the master''s role to apply to the new master, such as appendonly=yes')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'User to log in as [default: the default user]')
            [CompletionResult]::new('--password-env', '--password-env', [CompletionResultType]::ParameterName, 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Take the password from the first line of this file')
            [CompletionResult]::new('--topology', '--topology', [CompletionResultType]::ParameterName, 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--node-timeout', '--node-timeout', [CompletionResultType]::ParameterName, 'Longest wait for any one server to answer')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest wait for any one step, such as the synchronisation of a replica')
            [CompletionResult]::new('--no-repoint', '--no-repoint', [CompletionResultType]::ParameterName, 'Move no replica')
            [CompletionResult]::new('--even-if-master-alive', '--even-if-master-alive', [CompletionResultType]::ParameterName, 'Promote although the master still answers; both will accept writes until one is stopped')
            [CompletionResult]::new('--discard', '--discard', [CompletionResultType]::ParameterName, 'Throw away what a replica named by --repoint holds, when it comes from another history')
            [CompletionResult]::new('--askpass', '--askpass', [CompletionResultType]::ParameterName, 'Ask for the password, showing stars only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on standard output, errors included')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and stop; nothing is written anywhere')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before carrying out the plan; accepts no danger by itself')
            [CompletionResult]::new('--no-persist', '--no-persist', [CompletionResultType]::ParameterName, 'Do not write the change into the servers'' configuration files')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rtool;tutorial' {
            [CompletionResult]::new('--server', '--server', [CompletionResultType]::ParameterName, 'Server program to play with instead of this one; it is started as PROGRAM CONFIG-FILE')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--node-timeout', '--node-timeout', [CompletionResultType]::ParameterName, 'Longest wait for any one server to answer')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document on standard output, errors included')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rtool;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'rtool;man' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
