/** The refs of a copy against those that its journal adds up to. */

import { parseEntry } from '../model/journal-entry.js';
import { formatOf } from '../model/object-id.js';
import { refDifferences } from '../model/ref-differences.js';
import { parseRef } from '../model/ref-names.js';
import type { Evidence, Gap } from '../ports/evidence.js';
import type { Commit, Oid, RefName } from '../ports/objects.js';

interface ComparedRefs {
  readonly problems: readonly { readonly ref: RefName; readonly message: string }[];
  /** Refs that the last entry moves and that have not moved yet. */
  readonly lagging: readonly RefName[];
  readonly gaps: readonly Gap[];
}

/** The branches too, so that the journal comes as far as the rest. */
const MISSING_TAGS =
  "git fetch origin 'refs/heads/*:refs/remotes/origin/*' 'refs/tags/*:refs/tags/*' 'refs/notes/*:refs/notes/*'";

/** How a ref that is not where the journal has it may be told off. */
function describe(ref: RefName, journaled: Oid | null, actual: Oid | null): string {
  if (parseRef(ref) === null) return `${ref} is no ref of a ledger`;
  if (journaled === null) return `${ref} is at ${actual || 'no object id'}; no entry ever made it`;
  if (actual === null) return `${ref} is missing; the journal has it at ${journaled}`;
  return `${ref} is at ${actual || 'no object id'}; the journal has it at ${journaled}`;
}

/**
 * Compares every ref. Lagging by the last entry alone is a transaction under way, which a working ledger completes and a
 * copy lacks. A plain clone does not follow tags and notes by itself: where it lacks some, it is incomplete, not wrong.
 */
export function compareRefs(
  { kind, gaps: known }: Pick<Evidence, 'kind' | 'gaps'>,
  journaled: Iterable<readonly [ref: RefName, oid: Oid]>,
  last: Commit | null,
  refs: ReadonlyMap<RefName, Oid>,
): ComparedRefs {
  const problems: { ref: RefName; message: string }[] = [];
  const lagging: RefName[] = [];
  const absent: RefName[] = [];
  for (const { ref, journaled: expected, actual, kind: difference } of refDifferences(
    journaled,
    refs,
    last === null ? null : parseEntry(last.message, formatOf(last.oid)),
  )) {
    const unfetched = actual === null && (known.length > 0 || (kind === 'clone' && !ref.startsWith('refs/heads/')));
    if (difference === 'unfinished') lagging.push(ref);
    else if (unfetched) absent.push(ref);
    else problems.push({ ref, message: describe(ref, expected, actual) });
  }
  const gaps: Gap[] = [];
  if (absent.length > 0 && known.length === 0)
    gaps.push({
      what: `${absent.length} tags or notes that the journal names, ${absent[0]} the first`,
      command: MISSING_TAGS,
    });
  if (lagging.length > 0 && kind !== 'ledger')
    gaps.push({ what: `what the last entry moves: ${lagging.join(', ')}`, command: 'git fetch' });
  return { problems, lagging, gaps };
}
