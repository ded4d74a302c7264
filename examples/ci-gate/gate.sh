#!/bin/sh
# A CI job: clones the ledger, audits it against its founder's fingerprint, and asks whether what is checked out may follow what is active.
#   LEDGER_URL          where the ledger is
#   LEDGER_FINGERPRINT  what `git-lineage init` printed when it was founded
# Exit code 1: a module is refused. 2 and more: the question could not be answered.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git-lineage clone "$LEDGER_URL" "$folder/modules.git" --trust "$LEDGER_FINGERPRINT" >&2

answer=0
git-lineage gate --changed --ledger "$folder/modules.git" || answer=$?
if [ "$answer" = 1 ]; then
  echo 'An approver has to sign: git-lineage stage, assess and approve; then run this job again.' >&2
fi
exit "$answer"
