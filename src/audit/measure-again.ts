/** A pair of versions measured again, from the objects of a copy and from nothing that anybody said of it. */

import { LedgerError } from '../errors.js';
import { type FileMode, type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
import { demandsRecheck } from '../model/policy.js';
import { type JudgedReport, verdictOf } from '../model/report.js';
import type { MeasuredVersion, Measurement, Measurer } from '../ports/measuring.js';
import type { LedgerObjects, Oid } from '../ports/objects.js';
import type { Scene } from './scene.js';
import { contentObjection } from './staged.js';
import type { SealedCommit, Story } from './story.js';

async function filesBelow(
  objects: LedgerObjects,
  tree: Oid,
  prefix = '',
): Promise<(readonly [string, { readonly data: Uint8Array; readonly mode: FileMode }])[]> {
  const found = [];
  for (const { mode, name, oid } of await objects.readTree(tree)) {
    const path = prefix + name;
    if (mode === '40000') found.push(...(await filesBelow(objects, oid, `${path}/`)));
    else found.push([path, { data: await objects.readBlob(oid), mode: mode as FileMode }] as const);
  }
  return found;
}

/** The files of a version, which are what its checksum says. @throws `CORRUPT_OBJECT` */
async function filesOf(story: Story, { commit, sealed }: SealedCommit): Promise<NormalizedFiles> {
  const { objects } = story;
  const objection = await contentObjection(story, commit.tree, sealed.checksum);
  if (objection === null) return normalizeFiles(new Map(await filesBelow(objects, commit.tree)));
  const data = { oid: commit.oid, fault: 'NOT_AS_WRITTEN', reason: objection } as const;
  const hint = 'compare the ledger with a clone';
  throw new LedgerError('CORRUPT_OBJECT', `object ${commit.oid}: ${objection}`, data, { hint });
}

async function measured(story: Story, version: SealedCommit): Promise<MeasuredVersion> {
  const { version: number, checksum, metadata } = version.sealed;
  return { name: `v${number}`, checksum, metadata, files: await filesOf(story, version) };
}

/**
 * Measures `to` as the successor of `from`; null where a file of either was redacted, by whatever entry: what nobody has any more, nobody
 * measures.
 * @throws `CORRUPT_OBJECT` for content that cannot be read, or is not what its commit says
 */
export async function measureAgain(
  story: Story,
  measurer: Measurer,
  from: SealedCommit,
  to: SealedCommit,
): Promise<Measurement | null> {
  for (const { commit } of [from, to])
    if (await story.redactions.heldBy(story.objects, commit.tree, Number.POSITIVE_INFINITY)) return null;
  return measurer.measure(await measured(story, from), await measured(story, to));
}

/**
 * What this machine measures of a version that becomes active, where the policy of that moment has whoever takes it in measure it again;
 * else null. Nothing that is measured makes BREAKING any worse.
 */
export async function recheckedHere(
  { story, measurer }: Scene,
  to: SealedCommit,
  reports: readonly JudgedReport[],
): Promise<Measurement | null> {
  const { moduleId, parentVer } = to.sealed;
  if (measurer === null || story.policy === null || !demandsRecheck(story.policy) || parentVer === null) return null;
  const { assessed, level } = verdictOf(reports);
  if (assessed && level === 'BREAKING') return null;
  const from = await story.versionNumbered(moduleId, parentVer);
  return from === null ? null : measureAgain(story, measurer, from, to);
}
