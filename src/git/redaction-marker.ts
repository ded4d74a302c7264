/**
 * How git is told that an object is missing on purpose: as of a partial clone (gitrepository-layout(5), `extensions.partialClone`;
 * partial-clone.txt). The folders that name the object stand in a pack with a `.promisor` beside it; then `git fsck`, `git gc` and `git
 * repack` pass. Whatever else such a folder names stands in such a pack too: git takes it for left out as well, and would drop it from all
 * others. git would hide any missing object of such a folder, so the audit holds what is missing against what was redacted.
 */

import type { Setting } from './config.js';

/** The name that stands for the remote that has the objects: there is none. */
const REDACTION_MARKER = 'git-lineage-redactions';

/**
 * Bitmaps are of packs without a gap: where one is missing, `git gc` of a bare repository would fail for them. No host can send all that a
 * ref leads to, so whoever copies it asks for what is not a file first and for the files by their oids then: a host has to let them.
 */
export const MARKER_SETTINGS: readonly Setting[] = [
  ['extensions.partialClone', REDACTION_MARKER],
  ['repack.writeBitmaps', false],
  ['uploadpack.allowFilter', true],
  ['uploadpack.allowAnySHA1InWant', true],
];

/** What stands in a `.promisor` file of ours. `git gc` leaves empty ones. */
export const PROMISOR_MARK = 'git-lineage redactions\n';

/** True where the entries of a config say that objects are left out, and not that they were redacted. */
export function isPartialClone(entries: Iterable<readonly [name: string, value: string]>): boolean {
  for (const [name, value] of entries) {
    if (name === 'extensions.partialclone' && value !== REDACTION_MARKER) return true;
    if (/^remote\..*\.promisor$/.test(name) && /^(true|yes|on|1)$/i.test(value)) return true;
  }
  return false;
}

/** True where the entries of a config have our marker. */
export function hasMarker(entries: Iterable<readonly [name: string, value: string]>): boolean {
  for (const [name, value] of entries)
    if (name === 'extensions.partialclone' && value === REDACTION_MARKER) return true;
  return false;
}

/**
 * What `git upload-pack` runs in place of `git pack-objects` (git-config(1), uploadpack.packObjectsHook): it leaves out what is missing on
 * purpose, and nothing else. A command for a shell, which gets the rest of its line from git.
 */
export const PACK_OBJECTS_HOOK = 'f() { "$@" --missing=allow-promisor; }; f';
