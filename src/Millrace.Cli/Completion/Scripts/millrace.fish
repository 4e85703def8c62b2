# Completes millrace in fish. Load it with: millrace completion fish | source
function __millrace_complete
    set -l line (commandline -cp)
    set -l command (commandline -op)[1]
    $command "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c millrace -f -a '(__millrace_complete)'
