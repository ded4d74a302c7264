/** Writes that bring versions: their content is hashed while others write. */

import type { EventType } from '../model/ledger-event.js';
import { copiedFiles, type NormalizedFiles } from '../model/module-files.js';
import type { Oid } from '../model/object-id.js';
import type { StagedFiles } from '../ports/publisher.js';
import type { Decision } from './decision.js';
import type { LedgerAccess } from './ledger-access.js';
import { measuresFirst } from './measure-first.js';
import { type GivenVersion, type StageRequest, stageRequest } from './stage.js';

/** A write of versions: decided when the content of all of them has been hashed. */
export async function writeVersions<T>(
  access: LedgerAccess,
  needs: readonly EventType[],
  given: readonly GivenVersion[],
  decide: (decision: Decision, requests: readonly StageRequest[]) => T,
): Promise<T> {
  access.assertOpen();
  const { publisher } = access.parts;
  const staged: StagedFiles[] = [];
  const contents = new Map<Oid, NormalizedFiles>();
  let requests: StageRequest[] = [];
  const isMeasured = needs.includes('activate') && access.read(({ policy }) => measuresFirst(policy));
  const stageAll = given.map(async (version) => {
    // The publisher takes the bytes away: what is to be measured is kept here as well.
    const kept = version.files === null || !isMeasured ? null : copiedFiles(version.files);
    const files = version.files === null ? null : await publisher.stageFiles(version.files);
    if (files !== null) staged.push(files);
    if (files !== null && kept !== null) contents.set(files.tree, kept);
    return stageRequest(version, files);
  });
  const ready = Promise.all(stageAll).then((all) => {
    requests = all;
  });
  try {
    return await access.queue.run({ needs, decide: (decision) => decide(decision, requests), contents }, ready);
  } finally {
    await Promise.allSettled(stageAll);
    publisher.releaseFiles(staged.map(({ id }) => id));
  }
}
