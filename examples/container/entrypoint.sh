#!/bin/sh
# Comes up only where the ledger's own checks pass, and where the module of an image that was built for one version may run here.
#   MODULE, FROM, TO   set both numbers when the image is built for one version; leave TO out for a service that follows the ledger
set -eu
git-lineage doctor >&2
if [ -n "${TO:-}" ]; then git-lineage gate "$MODULE" "$FROM" "$TO" >&2; fi
exec "$@"
