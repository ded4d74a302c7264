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
 * Refuses every move of a ref by git that changes where it points. What \`git pack-refs\` and \`git gc\` do changes nothing:
 * they report refs as made anew at the value that they have (0 → X), and then the loose file as deleted (X → 0) once
 * packed-refs has it and is not locked any more; a real deletion happens while packed-refs is locked, or is 0 → 0.
 */
const REFERENCE_TRANSACTION = `#!/bin/sh
# The refs of this ledger follow from its journal, and git-lineage moves them: what git would change by hand is refused.
# git gc and git pack-refs work. To do it all the same: git -c core.hooksPath=/dev/null ...; the audit will show it.
test "$1" = prepared || exit 0
locked=0
test -e "\${GIT_DIR:-.}/packed-refs.lock" && locked=1
{
  git for-each-ref --format='ref %(objectname) %(refname)'
  test -e "\${GIT_DIR:-.}/packed-refs" && sed -n 's/^\\([0-9a-f]\\{40\\}\\) /packed \\1 /p' "\${GIT_DIR:-.}/packed-refs"
  sed 's/^/change /'
} | awk -v locked="$locked" '
  $1 == "ref" { value[$3] = $2; next }
  $1 == "packed" { packed[$3] = $2; next }
  $4 !~ /^refs\\// { next }
  {
    none = ($2 ~ /^0+$/); gone = ($3 ~ /^0+$/)
    if (!gone && ($2 == $3 || (none && value[$4] == $3))) next
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

/** Has git leave the refs of a push to `proc-receive`. Only where that hook is there: without it every push fails. */
export const GUARD_SETTINGS: readonly Setting[] = [['receive.procReceiveRefs', 'refs']];
