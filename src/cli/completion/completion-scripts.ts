/** What a shell runs to complete `git-lineage`. None evaluates what it is told: candidates are data from the ledger. */

import { COMPLETE } from './complete-word.js';

const BASH = `# bash completion for git-lineage, and for "git lineage" beside git's own completion, which calls _git_lineage.
#   source <(git-lineage completion bash)
_git_lineage() {
  local offer reply
  COMPREPLY=()
  while IFS= read -r reply; do
    if [[ -z \${offer-} ]]; then offer=$reply; else COMPREPLY+=("$reply"); fi
  done < <(git-lineage ${COMPLETE} bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  # git's own completion leaves spaces out and falls back to files; here the answer says which.
  {
    compopt +o nospace +o default +o bashdefault
    case \${offer-} in
      *\\ nospace) compopt -o nospace ;;
    esac
    case \${offer-} in
      files*) compopt -o default ;;
      folders*) compopt -o dirnames ;;
    esac
  } 2>/dev/null
  return 0
}
complete -F _git_lineage git-lineage
`;

const ZSH = `#compdef git-lineage
# zsh completion for git-lineage, and for "git lineage". As the file _git-lineage in a folder of $fpath, or behind compinit:
#   source <(git-lineage completion zsh)
_git-lineage() {
  local offer line
  local -a answer candidates shown add
  answer=("\${(@f)$(git-lineage ${COMPLETE} zsh "\${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX" 2>/dev/null)}")
  offer=$answer[1]
  for line in "\${(@)answer[2,-1]}"; do
    [[ -n $line ]] || continue
    candidates+=("\${line%%$'\\t'*}")
    shown+=("\${line%%$'\\t'*}\${\${line#*$'\\t'}:+  -- \${line#*$'\\t'}}")
  done
  [[ $offer == *' nospace' ]] && add=(-S '')
  local ret=1
  (( $#candidates )) && compadd "$add[@]" -V git-lineage -l -d shown -a candidates && ret=0
  case $offer in
    files*) _files && ret=0 ;;
    folders*) _files -/ && ret=0 ;;
  esac
  return ret
}
zstyle -g _git_lineage_known ':completion:*:*:git:*' user-commands
if (( ! \${_git_lineage_known[(I)lineage:*]} )); then
  zstyle ':completion:*:*:git:*' user-commands $_git_lineage_known 'lineage:the version ledger of modules'
fi
unset _git_lineage_known
if [[ $funcstack[1] == _git-lineage ]]; then
  _git-lineage "$@"
else
  compdef _git-lineage git-lineage
fi
`;

const FISH = `# fish completion for git-lineage, and for "git lineage", which fish's completion of git looks for here.
#   git-lineage completion fish > ~/.config/fish/completions/git-lineage.fish
function __git_lineage_complete
    set -l answer (git-lineage ${COMPLETE} fish (commandline -cp | string collect) 2>/dev/null)
    test (count $answer) -gt 1; and printf '%s\\n' $answer[2..]
    switch "$answer[1]"
        case 'files*'
            __fish_complete_path (commandline -ct)
        case 'folders*'
            __fish_complete_directories (commandline -ct) ''
    end
end
complete -c git-lineage -f -k -a '(__git_lineage_complete)'
`;

export const COMPLETION_SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;
