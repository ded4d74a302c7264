/** What makes a version active: an activation through the gate, past it, or a rollback. Each as of its moment. */

import { reasonText } from '../errors.js';
import { decideGate } from '../model/gate.js';
import type { EventOf } from '../model/ledger-event.js';
import { levelInForce, rechecked, verdictOf } from '../model/level-in-force.js';
import { branchRef, versionRef } from '../model/ref-names.js';
import { REVERTED, STABLE } from '../model/tag-label.js';
import type { Oid } from '../ports/objects.js';
import { type EntryReplay, versionName } from './entry-replay.js';
import { recheckedHere } from './measure-again.js';

/** The commit that an event makes active, its branch claimed; null, and a problem, where there is no such version. */
function becomeActive(
  replay: EntryReplay,
  step: 'activations' | 'tags',
  moduleId: string,
  version: number,
): Oid | null {
  const { state } = replay;
  const ref = branchRef(moduleId);
  const oid = state.ref(versionRef(moduleId, version));
  if (oid === null) {
    replay.wrong(step, `${moduleId} v${version} becomes active and is not in the ledger`, { ref });
    return null;
  }
  replay.claim(ref, oid);
  state.setModule(moduleId, { active: version, highest: state.module(moduleId)?.highest ?? version });
  return oid;
}

/** True where a file of a version was redacted by an earlier entry. */
function isRedacted({ state, entry }: EntryReplay, tree: Oid): Promise<boolean> {
  return state.redactions.heldBy(state.objects, tree, entry.text.seq);
}

/** Checks an `Activate:` event: the gate of that moment is asked again, where the policy says so by what is measured here. */
export async function activateVersion(replay: EntryReplay, { moduleId, version }: EventOf<'activate'>): Promise<void> {
  const { state } = replay;
  const { policy } = state;
  replay.checked('activations');
  const active = state.module(moduleId)?.active ?? null;
  const oid = becomeActive(replay, 'activations', moduleId, version);
  const found = oid === null ? null : await state.version(oid);
  if (oid === null || found === null || policy === null) return;
  const fromVer = found.sealed.parentVer;
  const pair = { moduleId, fromVer, toVer: version };
  const reports = await state.reports(moduleId, fromVer, version);
  const own = await recheckedHere(replay, found, reports);
  const counted = verdictOf(own === null ? reports : rechecked(reports, pair, own), policy.approveCapabilities);
  const verdict = decideGate({
    ...pair,
    pair: counted,
    settings: policy,
    active,
    candidate: {
      reverted: (await replay.tagsOf(oid)).has(REVERTED),
      redacted: await isRedacted(replay, found.commit.tree),
      parentVer: fromVer,
    },
  });
  // The gate lets an active version pass once more; the journal has no reason to say so twice.
  const repeated = active === version ? 'it was active already' : '';
  const { seq } = replay.entry.text;
  const had = { reports: reports.length, approved: counted.approvers.length > 0 };
  replay.judged.push({ seq, ...pair, by: 'gate', ...verdict, ...had });
  const gained =
    own === null || own.capabilities.added.length === 0 ? '' : `, gaining ${own.capabilities.added.join(', ')}`;
  const measured = own === null || verdict.allow ? '' : `measured here, it is ${own.level}${gained}`;
  const against = [verdict.allow ? '' : reasonText(verdict.reasons), measured, repeated].filter((text) => text !== '');
  if (against.length === 0) return;
  const message = `${moduleId} v${version} became active, and was not allowed to: ${against.join('; ')}`;
  replay.wrong('activations', message, { oid, ref: branchRef(moduleId) });
}

/** Checks a `Break-Glass:` event: past the gate, but from the active version to one made from it. */
export async function breakGlass(replay: EntryReplay, event: EventOf<'break-glass'>): Promise<void> {
  const { state } = replay;
  const { moduleId, fromVer, toVer, reason } = event;
  replay.checked('activations');
  const active = state.module(moduleId)?.active ?? null;
  const oid = becomeActive(replay, 'activations', moduleId, toVer);
  const found = oid === null ? null : await state.version(oid);
  if (oid === null || found === null) return;
  const reports = await state.reports(moduleId, fromVer, toVer);
  const level = levelInForce(reports);
  const { seq } = replay.entry.text;
  const reasons = [{ code: 'BREAK_GLASS', message: reason }] as const;
  const had = { reports: reports.length, approved: true };
  replay.judged.push({ seq, moduleId, fromVer, toVer, by: 'break-glass', allow: true, level, reasons, ...had });
  if (found.sealed.parentVer !== fromVer || active !== fromVer) {
    const made = versionName(found.sealed.parentVer);
    const message = `${moduleId} v${toVer}, made from ${made}, became active in place of ${versionName(active)}; the entry says of ${versionName(fromVer)}`;
    replay.wrong('activations', message, { oid, ref: branchRef(moduleId) });
  }
  if (await isRedacted(replay, found.commit.tree))
    replay.wrong('activations', `${moduleId} v${toVer} became active and was redacted before`, { oid });
  const tags = await replay.tagsOf(oid);
  if (tags.has(REVERTED)) replay.tags.set(oid, new Set([...tags].filter((tag) => tag !== REVERTED)));
}

/** True where `oid` is a proper ancestor of `from` in the lineage. */
async function isAncestor(replay: EntryReplay, oid: Oid, from: Oid): Promise<boolean> {
  for (let at: Oid | undefined = from; at !== undefined; ) {
    const parent: Oid | undefined = (await replay.state.objects.readCommit(at)).parents[0];
    if (parent === oid) return true;
    at = parent;
  }
  return false;
}

/** Checks a `Rollback:` event: from the active version to an ancestor that was not reverted itself. */
export async function rollBack(replay: EntryReplay, event: EventOf<'rollback'>): Promise<void> {
  const { state } = replay;
  const { moduleId, fromVer, toVer } = event;
  const name = `${moduleId} v${fromVer} -> v${toVer}`;
  replay.checked('tags');
  const active = state.module(moduleId)?.active ?? null;
  const from = state.ref(versionRef(moduleId, fromVer));
  const to = becomeActive(replay, 'tags', moduleId, toVer);
  if (active !== fromVer) replay.wrong('tags', `rollback ${name}: the active version was ${versionName(active)}`);
  if (from === null || to === null) return;
  const place = { oid: to, ref: branchRef(moduleId) };
  if (!(await isAncestor(replay, to, from)))
    replay.wrong('tags', `rollback ${name}: v${toVer} is no ancestor of v${fromVer}`, place);
  if ((await replay.tagsOf(to)).has(REVERTED))
    replay.wrong('tags', `rollback ${name}: v${toVer} had been reverted itself`, place);
  const tags = [...(await replay.tagsOf(from)), REVERTED].filter((tag) => tag !== STABLE);
  replay.tags.set(from, new Set(tags));
  // Last: it reads the target's commit, and what is missing ends the look at this event.
  if (state.redactions.all().length > 0 && (await isRedacted(replay, (await state.objects.readCommit(to)).tree)))
    replay.wrong('tags', `rollback ${name}: v${toVer} had been redacted`, place);
}
