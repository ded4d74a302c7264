/** Where everything of the ledger is: ref names, written and read in one place. */

import { isModuleId } from './module-id.js';

export const JOURNAL_REF = 'refs/heads/ledger';
export const CHECKSUM_NOTES_REF = 'refs/notes/checksum';
export const TAG_NOTES_REF = 'refs/notes/tags';

/**
 * Where the last checkpoint of the log stands, with its cosignatures: a blob. It is the one ref that no entry moves: it says what
 * was seen of the journal, and its signatures are its proof.
 */
export const CHECKPOINT_REF = 'refs/witness/checkpoint';

const BRANCHES = 'refs/heads/';
const TAGS = 'refs/tags/';
const NUMBER = /^[1-9][0-9]*$/;

/** The branch whose tip is a module's active version. */
export function branchRef(moduleId: string): string {
  return `${BRANCHES}${moduleId}`;
}

/** The lightweight tag of one version. */
export function versionRef(moduleId: string, version: number): string {
  return `${TAGS}${moduleId}/v${version}`;
}

/** `planner/2-3`, the place of a pair's reports; a first version counts as coming from 0. */
export function pairName(moduleId: string, fromVer: number | null, toVer: number): string {
  return `${moduleId}/${fromVer ?? 0}-${toVer}`;
}

/** The name of a report's tag, without `refs/tags/`: what the tag object's own header says. */
export function reportTagName(moduleId: string, fromVer: number | null, toVer: number, seq: number): string {
  return `compat/${pairName(moduleId, fromVer, toVer)}/${seq}`;
}

export function reportRef(moduleId: string, fromVer: number | null, toVer: number, seq: number): string {
  return TAGS + reportTagName(moduleId, fromVer, toVer, seq);
}

/** What a ref of the ledger is. */
type RefMeaning =
  | { readonly kind: 'journal' }
  | { readonly kind: 'notes'; readonly name: 'checksum' | 'tags' }
  | { readonly kind: 'branch'; readonly moduleId: string }
  | { readonly kind: 'version'; readonly moduleId: string; readonly version: number }
  | {
      readonly kind: 'report';
      readonly moduleId: string;
      readonly fromVer: number | null;
      readonly toVer: number;
      readonly seq: number;
    };

/** A positive safe integer in plain decimal, or null. */
export function parseCount(text: string | undefined): number | null {
  if (text === undefined || !NUMBER.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** The number of a journal entry, from 0 on. */
export function parseSeq(text: string | undefined): number | null {
  return text === '0' ? 0 : parseCount(text);
}

/** A version number, `0` read as "no version" (null); undefined where the text is neither. */
export function parseVersionOrNone(text: string | undefined): number | null | undefined {
  return text === '0' ? null : (parseCount(text) ?? undefined);
}

function parseReport(path: string): RefMeaning | null {
  const match = /^compat\/(.+)\/([0-9]+)-([0-9]+)\/([0-9]+)$/.exec(path);
  const moduleId = match?.[1];
  const fromVer = parseVersionOrNone(match?.[2]);
  const toVer = parseCount(match?.[3]);
  const seq = parseCount(match?.[4]);
  if (moduleId === undefined || fromVer === undefined || toVer === null || seq === null) return null;
  return isModuleId(moduleId) ? { kind: 'report', moduleId, fromVer, toVer, seq } : null;
}

/** Reads a ref name; null where it is not one of the ledger's. */
export function parseRef(ref: string): RefMeaning | null {
  if (ref === JOURNAL_REF) return { kind: 'journal' };
  if (ref === CHECKSUM_NOTES_REF) return { kind: 'notes', name: 'checksum' };
  if (ref === TAG_NOTES_REF) return { kind: 'notes', name: 'tags' };
  if (ref.startsWith(BRANCHES)) {
    const moduleId = ref.slice(BRANCHES.length);
    return isModuleId(moduleId) ? { kind: 'branch', moduleId } : null;
  }
  if (!ref.startsWith(TAGS)) return null;
  const path = ref.slice(TAGS.length);
  if (path.startsWith('compat/')) return parseReport(path);
  const match = /^(.+)\/v([0-9]+)$/.exec(path);
  const version = parseCount(match?.[2]);
  if (match?.[1] === undefined || version === null || !isModuleId(match[1])) return null;
  return { kind: 'version', moduleId: match[1], version };
}
