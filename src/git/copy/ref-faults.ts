/**
 * Files of a repository by which git would show other refs, or another history, than the ones that are read here: a HEAD that
 * leads elsewhere, a packed-refs that git searches as if it were sorted, grafts.
 */

import { quoted } from '../../errors.js';
import { type ObjectFormat, SHA1, SHA256 } from '../../model/object-id.js';
import { compareBytes } from '../../model/printable.js';
import { JOURNAL_REF } from '../../model/ref-names.js';
import type { RefFault } from '../../ports/evidence.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { Files } from '../file-system.js';

/** The line of a ref, and that of what its tag leads to. */
function linesOf({ pattern }: ObjectFormat): { readonly ofRef: RegExp; readonly ofPeeled: RegExp } {
  return { ofRef: new RegExp(`^(${pattern}) (refs/\\S+)$`), ofPeeled: new RegExp(`^\\^(${pattern})$`) };
}

const LINES = { sha1: linesOf(SHA1), sha256: linesOf(SHA256) };
const HEADER = '# pack-refs with:';

/** What a tag leads to in the end: null for what is no tag, undefined for what cannot be read. */
type Peel = (oid: Oid) => Promise<Oid | null | undefined>;

interface Peeled {
  readonly ref: RefName;
  readonly oid: Oid;
  readonly to: Oid;
}

/** Reads packed-refs as git's files backend does (refs/packed-backend.c): the first thing wrong, and the tags it peels. */
function readPacked(text: string, format: ObjectFormat): { fault: string | null; peeled: Peeled[] } {
  const { ofRef, ofPeeled } = LINES[format.name];
  const peeled: Peeled[] = [];
  const wrong = (line: number, reason: string) => ({ fault: `line ${line}: ${reason}`, peeled });
  const lines = text.split('\n');
  if (lines.pop() !== '') return wrong(lines.length + 1, 'it has no line feed at its end');
  let last: { readonly ref: RefName; readonly oid: Oid } | null = null;
  let isPeeled = true;
  for (const [i, line] of lines.entries()) {
    if (i === 0 && line.startsWith(HEADER)) continue;
    const [, oid, ref] = ofRef.exec(line) ?? [];
    if (oid !== undefined && ref !== undefined) {
      const order = last === null ? 1 : compareBytes(ref, last.ref);
      if (order <= 0)
        return wrong(
          i + 1,
          `${ref} ${order === 0 ? 'is there twice' : `stands after ${last?.ref}, and git searches it sorted`}`,
        );
      last = { ref, oid };
      isPeeled = false;
      continue;
    }
    const to = ofPeeled.exec(line)?.[1];
    if (to === undefined || last === null || isPeeled) return wrong(i + 1, `${quoted(line)} is no line of packed-refs`);
    peeled.push({ ...last, to });
    isPeeled = true;
  }
  return { fault: null, peeled };
}

async function packedFaults(files: Files, gitdir: string, format: ObjectFormat, peel: Peel): Promise<RefFault[]> {
  const where = 'packed-refs';
  const text = await files.readText(`${gitdir}/packed-refs`);
  if (text === null || text === '') return [];
  const { fault, peeled } = readPacked(text, format);
  const faults: RefFault[] = fault === null ? [] : [{ where, reason: fault }];
  for (const { ref, oid, to } of peeled) {
    const found = await peel(oid);
    if (found !== undefined && found !== to)
      faults.push({ where, reason: `${ref} is said to be a tag of ${to}; it is one of ${found ?? 'nothing'}` });
  }
  return faults;
}

/** A HEAD that shows something else than the journal. A copy may have one that leads nowhere yet, as `git init` makes it. */
async function headFaults(
  files: Files,
  gitdir: string,
  refs: ReadonlyMap<RefName, Oid>,
  isCopy: boolean,
): Promise<RefFault[]> {
  const text = (await files.readText(`${gitdir}/HEAD`))?.trimEnd() ?? '';
  const target = /^ref: *(refs\/heads\/\S+)$/.exec(text)?.[1];
  if (target === JOURNAL_REF || (isCopy && target !== undefined && !refs.has(target))) return [];
  return [{ where: 'HEAD', reason: `it is ${text.slice(0, 200)}, not ref: ${JOURNAL_REF}` }];
}

/** The repository that is looked into. */
interface RefFaultsPlace {
  readonly gitdir: string;
  readonly kind: 'ledger' | 'mirror' | 'clone';
  readonly format: ObjectFormat;
}

/** Everything of that kind in a repository; `refs` are its own. */
export async function refFaults(
  files: Files,
  { gitdir, kind, format }: RefFaultsPlace,
  refs: ReadonlyMap<RefName, Oid>,
  peel: Peel,
): Promise<RefFault[]> {
  // What a plain clone has checked out is its owner's own.
  const head = kind === 'clone' ? [] : await headFaults(files, gitdir, refs, kind === 'mirror');
  const grafts = ((await files.readText(`${gitdir}/info/grafts`)) ?? '').split('\n');
  const grafted = grafts.find((line) => line.trim() !== '' && !line.startsWith('#'));
  const reason = `it gives ${quoted(grafted?.slice(0, format.digits))} other parents than it has, and git shows those`;
  return [
    ...head,
    ...(await packedFaults(files, gitdir, format, peel)),
    ...(grafted === undefined ? [] : [{ where: 'info/grafts', reason }]),
  ];
}
