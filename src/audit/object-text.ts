/**
 * Commits and tags as the ledger writes them, byte for byte: one way to write each, so that nobody can make a second
 * object, with another id, that says the same.
 */

import { formatOf } from '../model/object-id.js';
import type { AnnotatedTag, Commit, Oid } from '../ports/objects.js';

/** What a commit of the ledger must consist of. */
interface ExpectedCommit {
  readonly parents: readonly Oid[];
  /** Author and committer: name and address both. */
  readonly principal: string;
  /** Whole seconds since the Unix epoch. */
  readonly seconds: number;
  readonly message: string;
  readonly signed: boolean;
}

function sameBytes(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).equals(Buffer.from(text, 'utf8'));
}

/** What of a commit is not as expected, or null: its parents, its people and dates, its message, or anything else in it. */
export function commitObjection(commit: Commit, expected: ExpectedCommit): string | null {
  const { parents, principal, seconds, message } = expected;
  if (commit.parents.join() !== parents.join()) {
    const name = (oids: readonly Oid[]) => (oids.length === 0 ? 'none' : oids.join(' and '));
    return `expected the parent ${name(parents)}, found ${name(commit.parents)}`;
  }
  for (const [what, who] of [
    ['author', commit.author],
    ['committer', commit.committer],
  ] as const) {
    if (who.name !== principal || who.email !== principal)
      return `expected the ${what} ${principal}, found ${who.name} <${who.email}>`;
    if (who.seconds !== seconds) return `expected the ${what} date ${seconds}, found ${who.seconds}`;
  }
  if (commit.message !== message) return 'its message is not the one that follows from the journal';
  if (expected.signed !== (commit.signature !== null)) return expected.signed ? 'it is not signed' : 'it is signed';
  const who = `${principal} <${principal}> ${seconds} +0000`;
  const lines = [
    `tree ${commit.tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
    ...(commit.signature === null
      ? []
      : [`${formatOf(commit.oid).signatureHeader} ${commit.signature.trimEnd().replaceAll('\n', '\n ')}`]),
  ];
  return sameBytes(commit.raw, `${lines.join('\n')}\n\n${message}`)
    ? null
    : 'its bytes are not as git-lineage writes them';
}

/** Why a tag's signed text is not exactly what the ledger writes, or null. */
export function tagObjection(tag: AnnotatedTag, name: string, principal: string): string | null {
  if (tag.name !== name) return `its header says ${JSON.stringify(tag.name)}: it was made for another place`;
  if (tag.objectType !== 'commit') return `it is a tag of a ${tag.objectType}`;
  const { name: who, email, seconds } = tag.tagger;
  if (who !== principal || email !== principal) return `expected the tagger ${principal}, found ${who} <${email}>`;
  const head = `object ${tag.object}\ntype commit\ntag ${name}\ntagger ${principal} <${principal}> ${seconds} +0000`;
  return sameBytes(tag.payload, `${head}\n\n${tag.message}`) ? null : 'its bytes are not as git-lineage writes them';
}
