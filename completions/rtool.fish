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
complete -c rtool -n "__fish_rtool_needs_command" -f -a "status" -d 'Show a replication group, found from any member, and whether it is healthy'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "replicate" -d 'Make servers replicas of a master, persist it, and prove that it works'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "promote" -d 'Make a replica the master, persist it, and repoint the others'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "tutorial" -d 'Play the replication tutorial on this machine, each step checked'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c rtool -n "__fish_rtool_needs_command" -f -a "man" -d 'Write the manual pages into a folder'
complete -c rtool -n "__fish_rtool_using_subcommand cli" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand status" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l from -d 'The master' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -l to -d 'The servers that become its replicas' -r
complete -c rtool -n "__fish_rtool_using_subcommand replicate" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand promote" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand tutorial" -s h -l help -d 'Print help'
complete -c rtool -n "__fish_rtool_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rtool -n "__fish_rtool_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
