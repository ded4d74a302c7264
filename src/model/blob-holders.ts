/** Which versions hold a blob, and which it was taken out of. */

import type { EventOf } from './ledger-event.js';
import type { VersionRecord } from './record-types.js';
import type { Records } from './records.js';

/** Given which blobs are wanted, says of a version whether it holds one of them; null where that cannot be read. */
export type HoldsBlob = (
  wanted: (oid: string) => boolean,
) => (version: Pick<VersionRecord, 'oid' | 'content'>) => boolean | null;

/** Every version that holds a blob; the one that an entry names counts where its folders cannot be read. */
export function holdersOf(
  records: Records,
  { moduleId, version, oid }: Pick<EventOf<'redact'>, 'moduleId' | 'version' | 'oid'>,
  holding: HoldsBlob,
): { readonly moduleId: string; readonly version: number; readonly record: VersionRecord }[] {
  const holds = holding((blob) => blob === oid);
  const found: ReturnType<typeof holdersOf> = [];
  for (const id of records.moduleIds())
    for (const [number, record] of records.versions(id)) {
      const isNamed = id === moduleId && number === version;
      if (holds(record) ?? isNamed) found.push({ moduleId: id, version: number, record });
    }
  return found;
}

/** The versions that a blob was taken out of, by their modules. */
export function redactedVersions(
  records: Records,
  oid: string,
): { readonly moduleId: string; readonly versions: readonly number[] }[] {
  return [...records.moduleIds()].flatMap((moduleId) => {
    const versions: number[] = [];
    for (const [version, { redacted }] of records.versions(moduleId))
      if (redacted?.includes(oid) === true) versions.push(version);
    return versions.length === 0 ? [] : [{ moduleId, versions }];
  });
}
