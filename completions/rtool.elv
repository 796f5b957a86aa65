
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
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'rtool;status'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'rtool;replicate'= {
            cand --from 'The master'
            cand --to 'The servers that become its replicas'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'rtool;promote'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'rtool;tutorial'= {
            cand -h 'Print help'
            cand --help 'Print help'
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
