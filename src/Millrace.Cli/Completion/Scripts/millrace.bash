# Completes millrace in bash. Load it with: source <(millrace completion bash)
_millrace() {
  local line=${COMP_LINE:0:COMP_POINT} candidate typed start
  COMPREPLY=()
  # The word up to the cursor, as the shell sees it: bash also breaks words at ':' and '=', millrace does not.
  typed=${line##*[[:space:]]}
  start=${typed%"${COMP_WORDS[COMP_CWORD]}"}
  while IFS= read -r candidate; do
    [[ $candidate == "$typed"* ]] && COMPREPLY+=("${candidate#"$start"}")
  done < <("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | tr -d '\r')
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then
    compopt -o nospace
  fi
}
complete -o default -F _millrace millrace
