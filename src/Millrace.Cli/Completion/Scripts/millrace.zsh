#compdef millrace
# Completes millrace in zsh. Load it with: source <(millrace completion zsh)
_millrace() {
  local -a candidates folders others
  candidates=("${(@f)$(${words[1]} "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
  folders=(${(M)candidates:#*/})
  others=(${candidates:#*/})
  (( ${#others} )) && compadd -- "${others[@]}"
  (( ${#folders} )) && compadd -S '' -- "${folders[@]}"
  (( ${#others} + ${#folders} )) || _files
}
(( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
compdef _millrace millrace
