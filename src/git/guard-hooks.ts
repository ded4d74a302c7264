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
 * Refuses every transaction of git's that changes where a ref points. Two kinds change nothing, and pass:
 *
 * - a ref is set to the value that it has (`0 → X` when git writes packed-refs, `X → X`);
 * - git prunes a loose ref (`X → 0`) after packed-refs has the same line. Git locks packed-refs for as long as it deletes a
 *   ref, and does not lock it for a prune.
 *
 * Git prunes each ref in a transaction of its own and starts this hook twice for it, so that a prune costs one `grep` here.
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
locked=0
test -e "$packed.lock" && locked=1
# The first line and the second: a prune has only one.
read -r old new ref
read -r next
case $locked$new$next in
  *[!0]*) ;;
  *) LC_ALL=C grep -qsxF "$old $ref" "$packed" && exit 0 ;;
esac
{
  git for-each-ref --format='ref %(objectname) %(refname)'
  test -e "$packed" && sed -n 's/^\\([0-9a-f]\\{40\\}\\) /packed \\1 /p' "$packed"
  echo "change $old $new $ref"
  test -n "$next" && echo "change $next"
  sed 's/^/change /'
} | LC_ALL=C awk -v locked="$locked" '
  # An oid may look like a number (1e9...): the empty string has awk compare text.
  $1 == "ref" { value[$3] = $2 ""; next }
  $1 == "packed" { packed[$3] = $2 ""; next }
  $4 !~ /(^|\\/)refs\\// { next }
  # What witnesses have seen proves itself, and no entry tells of it.
  $4 == "refs/witness/checkpoint" { next }
  {
    none = ($2 ~ /^0+$/); gone = ($3 ~ /^0+$/)
    if (!gone && ($2 "" == $3 "" || (none && value[$4] == $3))) next
    if (gone && !none && !locked && packed[$4] == $2) next
    how = "a ledger has no such ref"
    if ($4 == "refs/heads/ledger") how = "every git-lineage command that writes adds to it"
    else if ($4 ~ /^refs\\/heads\\//) how = "use git-lineage record, activate or rollback"
    else if ($4 ~ /^refs\\/tags\\/compat\\//) how = "use git-lineage assess, approve or withdraw"
    else if ($4 ~ /^refs\\/tags\\//) how = "use git-lineage record or stage"
    else if ($4 == "refs/notes/tags") how = "use git-lineage tag or untag"
    else if ($4 == "refs/notes/checksum") how = "use git-lineage record or stage"
    print $4 " is moved by git-lineage alone, so that the journal tells of it: " how
    refused = 1
  }
  END { if (refused) print "what others have pushed comes in with: git-lineage fetch, or pull"; exit refused }
' >&2
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
