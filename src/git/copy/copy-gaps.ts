/** What a copy lacks by the way it was made, with the command that completes it, and what follows for its objects. */

import { isOid, type ObjectFormat } from '../../model/object-id.js';
import { CHECKSUM_NOTES_REF, TAG_NOTES_REF } from '../../model/ref-names.js';
import type { Gap } from '../../ports/evidence.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { Files } from '../file-system.js';
import { PROMISOR_MARK } from '../redaction-marker.js';
import type { BundleHeader } from './bundle.js';
import type { CopyPlace } from './copy-kind.js';
import type { AllowedGaps } from './copy-objects.js';

export interface Lacking {
  readonly gaps: readonly Gap[];
  readonly allowed: AllowedGaps;
}

const WHOLE_BUNDLE = 'git bundle create FILE --all';
const SHARED = "'refs/notes/*:refs/notes/*' 'refs/tags/*:refs/tags/*'";

/** A name as a shell reads it as one word. */
function word(text: string): string {
  return /^[A-Za-z0-9_./@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Every ref of the ledger, to where it is in such a copy. A shallow clone has only one branch. */
function refspecs({ kind, remote }: CopyPlace): string {
  return kind === 'clone'
    ? `${word(`refs/heads/*:refs/remotes/${remote}/*`).replace(/^([^'].*)$/, "'$1'")} ${SHARED}`
    : "'refs/*:refs/*'";
}

function missingNotes(refs: ReadonlyMap<RefName, Oid>): string[] {
  return [CHECKSUM_NOTES_REF, TAG_NOTES_REF].filter((ref) => !refs.has(ref));
}

function oids(text: string | null, format: ObjectFormat): Oid[] {
  return (text ?? '').split('\n').filter((line): line is Oid => isOid(line, format));
}

/**
 * True where packs are marked as those of a partial clone. Those of a repository with redactions are ours, or what `git gc` has made of
 * ours: empty.
 */
async function hasPromisorPacks(files: Files, { path, redacted }: CopyPlace): Promise<boolean> {
  const folder = `${path}/objects/pack`;
  const names = (await files.list(folder)).filter((name) => name.endsWith('.promisor'));
  if (!redacted) return names.length > 0;
  const texts = await Promise.all(names.map((name) => files.readText(`${folder}/${name}`)));
  return texts.some((text) => text !== null && text !== '' && text !== PROMISOR_MARK);
}

/** What a repository lacks. Notes that a ledger which is written to lost are no gap: nothing is to be fetched there. */
export async function repositoryGaps(
  files: Files,
  place: CopyPlace,
  refs: ReadonlyMap<RefName, Oid>,
): Promise<Lacking> {
  const remote = word(place.remote ?? 'URL');
  const gaps: Gap[] = [];
  const cut = oids(await files.readText(`${place.path}/shallow`), place.format);
  if (cut.length > 0) {
    const what = `it is a shallow clone: what came before ${cut.length} of its commits is not here`;
    gaps.push({ what, command: `git fetch --unshallow ${remote} ${refspecs(place)}` });
  }
  const partial = place.partial || (await hasPromisorPacks(files, place));
  if (partial) {
    const what = 'it is a partial clone: objects were left out until they are asked for';
    gaps.push({ what, command: `git clone --mirror "$(git remote get-url ${remote})" WHOLE.git` });
  }
  const info = await files.list(`${place.path}/objects/info`);
  const borrowed = info.includes('alternates') || info.includes('http-alternates');
  if (borrowed) {
    const what = 'it borrows objects from another repository (objects/info/alternates)';
    gaps.push({ what, command: 'git repack -a -d && rm "$(git rev-parse --git-path objects/info/alternates)"' });
  }
  const notes = place.kind === 'ledger' ? [] : missingNotes(refs);
  if (notes.length > 0)
    gaps.push({ what: `it has no ${notes.join(' and no ')}`, command: `git fetch ${remote} ${refspecs(place)}` });
  return { gaps, allowed: { cut, absent: [], any: partial || borrowed } };
}

/** What a bundle lacks. */
export function bundleGaps({ refs, prerequisites, filtered }: BundleHeader): Lacking {
  const gaps: Gap[] = [];
  if (prerequisites.length > 0) {
    const what = `it builds on ${prerequisites.length} commits that are not in it`;
    gaps.push({ what, command: WHOLE_BUNDLE });
  }
  if (filtered) gaps.push({ what: 'objects were left out of it by a filter', command: WHOLE_BUNDLE });
  const notes = missingNotes(refs);
  if (notes.length > 0) gaps.push({ what: `it has no ${notes.join(' and no ')}`, command: WHOLE_BUNDLE });
  return { gaps, allowed: { cut: [], absent: prerequisites, any: filtered || prerequisites.length > 0 } };
}
