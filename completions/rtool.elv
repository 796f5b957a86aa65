
use builtin;
use str;

set edit:completion:arg-completer[rtool] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'rtool'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'rtool'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand serve 'Run the server: takes redis-server''s own arguments'
            cand cli 'Talk to a server: one command, a script, or the interactive shell'
            cand status 'Show a replication group, found from any member, and whether it is healthy'
            cand replicate 'Make servers replicas of a master, persist it, and prove that it works'
            cand promote 'Make a replica the master, persist it, and repoint the others'
            cand tutorial 'Play the replication tutorial on this machine, each step checked'
            cand completions 'Print the completion script for a shell'
            cand man 'Write the manual pages into a folder'
        }
        &'rtool;serve'= {
        }
        &'rtool;cli'= {
            cand -h 'Server host'
            cand -p 'Server port'
            cand -s 'Unix socket of the server, instead of host and port'
            cand -a 'Password; other users of this machine can read it in the process list'
            cand --pass 'Password; other users of this machine can read it in the process list'
            cand --pass-file 'Read the password from the first line of a file'
            cand --user 'User to authenticate as; needs a password'
            cand -u 'Server as redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] or unix://PATH'
            cand -n 'Database number'
            cand -t 'Longest wait for the connection; 0 waits as long as the system does'
            cand --name 'Name of the connection in CLIENT LIST'
            cand --show-pushes 'Print RESP3 pushes: yes or no (default: yes on a terminal)'
            cand -X 'Read the argument that reads TAG from standard input'
            cand -r 'Run the command this many times; a negative number never stops'
            cand -i 'Wait between repetitions, in seconds'
            cand -d 'What stands between the elements of a raw reply'
            cand -D 'What stands between raw replies'
            cand --askpass 'Ask for the password, showing stars; -a and REDISCLI_AUTH are ignored'
            cand --no-auth-warning 'Do not warn about a password on the command line'
            cand -2 'Speak RESP2'
            cand -3 'Speak RESP3'
            cand --raw 'Replies as they are, without quotes and types (default when the output is not a terminal)'
            cand --no-raw 'Replies with quotes and types even when the output is not a terminal'
            cand --csv 'Replies as comma-separated values'
            cand --json 'Replies as JSON; asks the server for RESP3 unless -2 is given'
            cand --quoted-json 'As --json, with strings in ASCII and escapes'
            cand -e 'An error reply goes to standard error and makes the exit code 1'
            cand -x 'Read the last argument from standard input'
            cand --quoted-input 'Arguments are quoted as at the prompt: "\x00" is one byte'
            cand --verbose 'Changes nothing here; taken because scripts written for redis-cli give it'
            cand --help 'Print this help'
            cand -v 'Print the version'
            cand --version 'Print the version'
        }
        &'rtool;status'= {
            cand --max-lag 'How many bytes a replica may be behind before it counts as a problem'
            cand --user 'User to log in as [default: the default user]'
            cand --password-env 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]'
            cand --password-file 'Take the password from the first line of this file'
            cand --topology 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]'
            cand --color 'When to use colour'
            cand --node-timeout 'Longest wait for any one server to answer'
            cand --askpass 'Ask for the password, showing stars only'
            cand --json 'Print one JSON document on standard output, errors included'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rtool;replicate'= {
            cand --from 'The master: an address that the replicas can reach, or a name from the topology file'
            cand --to 'The servers that become its replicas'
            cand --master-user 'User that the replicas log in to the master as (masteruser) [default: the one of --user]'
            cand --user 'User to log in as [default: the default user]'
            cand --password-env 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]'
            cand --password-file 'Take the password from the first line of this file'
            cand --topology 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]'
            cand --color 'When to use colour'
            cand --node-timeout 'Longest wait for any one server to answer'
            cand --timeout 'Longest wait for any one step, such as the synchronisation of a replica'
            cand --discard 'Throw away the keys that a server of --to holds now'
            cand --askpass 'Ask for the password, showing stars only'
            cand --json 'Print one JSON document on standard output, errors included'
            cand --dry-run 'Print the plan and stop; nothing is written anywhere'
            cand --yes 'Do not ask before carrying out the plan; accepts no danger by itself'
            cand --no-persist 'Do not write the change into the servers'' configuration files'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rtool;promote'= {
            cand --repoint 'Replicas to move to the new master [default: every other replica that is known]'
            cand --accept-data-loss 'Accept the loss of up to this many bytes of the replication stream'
            cand --set 'A setting of the master''s role to apply to the new master, such as appendonly=yes'
            cand --user 'User to log in as [default: the default user]'
            cand --password-env 'Take the password from this environment variable [default: RTOOL_PASSWORD, then REDISCLI_AUTH]'
            cand --password-file 'Take the password from the first line of this file'
            cand --topology 'Groups, names and passwords [default: $RTOOL_TOPOLOGY, ./rtool.toml, the user''s config folder]'
            cand --color 'When to use colour'
            cand --node-timeout 'Longest wait for any one server to answer'
            cand --timeout 'Longest wait for any one step, such as the synchronisation of a replica'
            cand --no-repoint 'Move no replica'
            cand --even-if-master-alive 'Promote although the master still answers; both will accept writes until one is stopped'
            cand --discard 'Throw away what a replica named by --repoint holds, when it comes from another history'
            cand --askpass 'Ask for the password, showing stars only'
            cand --json 'Print one JSON document on standard output, errors included'
            cand --dry-run 'Print the plan and stop; nothing is written anywhere'
            cand --yes 'Do not ask before carrying out the plan; accepts no danger by itself'
            cand --no-persist 'Do not write the change into the servers'' configuration files'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rtool;tutorial'= {
            cand --server 'Server program to play with instead of this one; it is started as PROGRAM CONFIG-FILE'
            cand --color 'When to use colour'
            cand --node-timeout 'Longest wait for any one server to answer'
            cand --json 'Print one JSON document on standard output, errors included'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rtool;completions'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'rtool;man'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
