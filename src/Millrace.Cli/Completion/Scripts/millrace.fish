# Completes millrace in fish. Load it with: millrace completion fish | source
function __millrace_complete
    set -l line (commandline -cp)
    set -l command (commandline -op)[1]
    $command "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c millrace -f -a '(__millrace_complete)'
# Options whose values are files of any kind.
complete -c millrace -n '__fish_seen_subcommand_from run start' -l input -r -F
complete -c millrace -n '__fish_seen_subcommand_from run start' -l inputs -r -F
