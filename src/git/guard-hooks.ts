/**
 * The guard rails of a ledger for plain git: hooks that let only journaled changes in, whoever pushes, and that tell a
 * person who would move a ref by hand which command does it. They guide; what proves is the audit.
 */

import type { Setting } from './config.js';

const FIND_COMMAND = `command -v git-lineage >/dev/null || {
  echo "git-lineage is not on the PATH of this server: it checks every push to this ledger, so this one is refused" >&2
  exit 1
}`;

/** Sees a push before any of its objects are kept: its entries are held against the rules of the audit. */
const PRE_RECEIVE = `#!/bin/sh
# A push to this ledger: only entries that continue its journal, are signed by its keys and keep to its policy get in,
# with exactly the refs that they move.
${FIND_COMMAND}
exec git-lineage receive --check
`;

/** Moves the refs of a push as one transaction, even where the client did not ask for --atomic. */
const PROC_RECEIVE = `#!/bin/sh
# A push to this ledger that pre-receive let pass: all of its refs move, journal first, or none does
# (git config receive.procReceiveRefs).
${FIND_COMMAND}
exec git-lineage receive --apply
`;

/**
 * Refuses every transaction of git's that changes where a ref points. What `git gc` and `git pack-refs` do passes, whoever writes meanwhile:
 *
 * | transaction | passes where | because |
 * |---|---|---|
 * | `X → X`, `0 → X` | the ref has the value X | nothing changes |
 * | `0 → X`, git holds packed-refs | the ref has a loose file, and its lock is not git's | git writes to packed-refs a value that it read before a writer moved the ref; the loose file counts |
 * | `X → 0` | packed-refs has the same line, and its lock is not git's | git prunes a loose file |
 *
 * Git holds its own locks for as long as the hook runs; those of others go away. A ref that git moves has a lock with the new value in it, and one
 * that it deletes a lock on packed-refs, which a prune has not. Git prunes each ref in a transaction of its own and starts this hook
 * twice for it, so that a prune costs one `grep` here.
 */
const REFERENCE_TRANSACTION = `#!/bin/sh
# The refs of this ledger follow from its journal, and git-lineage moves them: what git would change by hand is refused.
# git gc and git pack-refs work. To do it all the same: git -c core.hooksPath=/dev/null ...; the audit will show it.
test "$1" = prepared || exit 0
dir=\${GIT_DIR:-.}
if test -e "$dir/commondir"; then
  # A work tree has a folder of its own for HEAD; the refs are those of the ledger.
  read -r common <"$dir/commondir"
  case $common in /*) dir=$common ;; *) dir=$dir/$common ;; esac
fi
packed=$dir/packed-refs

# The first line of a file, into $line; empty where there is none.
first_line() {
  line=
  { read -r line <"$1"; } 2>/dev/null
}
is_packed() {
  LC_ALL=C grep -qsxF "$2 $1" "$packed"
}
has_value() {
  first_line "$dir/$1"
  case $line in '') is_packed "$1" "$2" ;; *) test "$line" = "$2" ;; esac
}
# Waits for a lock to go: whoever else has it lets it go, git keeps its own until this hook has ended.
is_let_go() {
  tries=0
  held=
  while test -e "$1"; do
    now=$(ls -i "$1" 2>/dev/null)
    test -n "$held" && test "$now" != "$held" && return 0
    held=$now
    tries=$((tries + 1))
    test "$tries" -gt 200 && return 1
    sleep 0.05 2>/dev/null || sleep 1
  done
}
passes() {
  case $new in
    *[!0]*)
      test "$old" = "$new" && return 0
      case $old in *[!0]*) return 1 ;; esac
      has_value "$ref" "$new" && return 0
      test -e "$packed.lock" && test -f "$dir/$ref" || return 1
      first_line "$dir/$ref.lock"
      test "$line" != "$new" || is_let_go "$dir/$ref.lock"
      ;;
    *)
      case $old in *[!0]*) ;; *) return 1 ;; esac
      is_packed "$ref" "$old" && is_let_go "$packed.lock" && is_packed "$ref" "$old"
      ;;
  esac
}

refused=0
while read -r old new ref; do
  # What witnesses have seen proves itself, and no entry tells of it.
  case $ref in refs/witness/checkpoint) continue ;; refs/* | */refs/*) ;; *) continue ;; esac
  passes && continue
  refused=1
  case $ref in
    refs/heads/ledger) how='every git-lineage command that writes adds to it' ;;
    refs/heads/*) how='use git-lineage record, activate or rollback' ;;
    refs/tags/compat/*) how='use git-lineage assess, approve or withdraw' ;;
    refs/tags/* | refs/notes/checksum) how='use git-lineage record or stage' ;;
    refs/notes/tags) how='use git-lineage tag or untag' ;;
    *) how='a ledger has no such ref' ;;
  esac
  echo "$ref is moved by git-lineage alone, so that the journal tells of it: $how" >&2
done
test "$refused" = 0 && exit 0
echo 'what others have pushed comes in with: git-lineage fetch, or pull' >&2
exit 1
`;

/** The guard hooks by name. */
export const GUARD_HOOKS: Readonly<Record<string, string>> = Object.freeze({
  'pre-receive': PRE_RECEIVE,
  'proc-receive': PROC_RECEIVE,
  'reference-transaction': REFERENCE_TRANSACTION,
});

/** Those that guard against pushes alone: a copy leaves it to git to fetch into it. */
export const PUSH_GUARDS: Readonly<Record<string, string>> = Object.freeze({
  'pre-receive': PRE_RECEIVE,
  'proc-receive': PROC_RECEIVE,
});

/**
 * SHA-256 digests of the scripts that earlier releases installed. A hook with one of them is ours and may be replaced. Whoever
 * changes a script adds the digest of the one before.
 */
export const EARLIER_GUARDS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  'reference-transaction': [
    'b73cc0fac260c46638c57d1062814c64aa466e8bf3573f4f3cdeed20b529b070',
    '9472202319fd33a53bb36c4c7c316a6fe2ea94277f00433f61abdaab700aeea1',
  ],
});

const GUARD_SETTINGS: Readonly<Record<string, readonly Setting[]>> = {
  // Has git leave the refs of a push to the hook. Without the hook every push fails.
  'proc-receive': [['receive.procReceiveRefs', 'refs']],
  // `git gc` and `git maintenance` leave loose refs alone: git would start the hook twice for each of them.
  'reference-transaction': [
    ['gc.packRefs', false],
    ['maintenance.pack-refs.enabled', false],
  ],
};

/** The settings that belong to these hooks. A setting is only right where its hook is there. */
export function guardSettings(names: readonly string[]): Setting[] {
  return names.flatMap((name) => GUARD_SETTINGS[name] ?? []);
}
