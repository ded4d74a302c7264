/** What one event of the journal changes in the records. An event that cannot be what happened next is an objection. */

import { type HoldsBlob, holdersOf } from './blob-holders.js';
import type { ChangedRecords } from './changed-records.js';
import type { EventOf, LedgerEvent } from './ledger-event.js';
import { scopeOf } from './module-id.js';
import type { Policy } from './policy.js';
import { KEY } from './record-keys.js';
import type {
  HeadRecord,
  ModuleRecord,
  ReportFacts,
  ReportLine,
  TotalsRecord,
  VersionContent,
  VersionRecord,
} from './record-types.js';
import type { Records } from './records.js';
import { reportRef, versionRef } from './ref-names.js';
import { REVERTED, STABLE } from './tag-label.js';
import { numberObjection, usedNumbers } from './version-numbers.js';

/** Why an entry cannot follow. */
export class Objection extends Error {}

/** Where an event stands, and what it needs to know of the objects that its entry brings. */
interface EventPlace {
  readonly seq: number;
  /** Its index among the entry's events. */
  readonly event: number;
  readonly fingerprint: string;
  /** True where that key has the role assessor by the policy in force before it. */
  readonly byAssessor: boolean;
  /** The principal who signs. */
  readonly actor: string;
  /** The policy in force before it. */
  readonly policy: Policy;
  readonly newVersion: (ref: string) => {
    readonly oid: string;
    readonly content: VersionContent | null;
  };
  /** SHA-256 of what a version's commit consists of, in hex; null where that cannot be read. Asked where an event names one. */
  readonly commitSha256Of: (oid: string) => string | null;
  /** Says of versions whether they hold one of the blobs that are wanted; null where that cannot be read. */
  readonly holding: HoldsBlob;
  readonly newReport: (ref: string) => { readonly oid: string; readonly facts: ReportFacts | null };
}

const NO_MODULE: ModuleRecord = { active: null, highest: 0, depth: -1, activation: null, activations: 0 };

function versionName(version: number | null): string {
  return version === null ? 'no version' : `v${version}`;
}

function requireVersion(records: Records, moduleId: string, version: number, act: string): VersionRecord {
  const found = records.version(moduleId, version);
  if (found === null) throw new Objection(`it ${act} ${moduleId} v${version}, which is not in the ledger`);
  return found;
}

function refuseRedacted({ redacted }: VersionRecord, moduleId: string, version: number, act: string): void {
  if (redacted !== undefined) throw new Objection(`it ${act} ${moduleId} v${version}, which was redacted`);
}

/** The version takes its place on top of the lineage; what was abandoned there leaves it. */
function push(records: ChangedRecords, moduleId: string, version: number): VersionRecord {
  const module = records.module(moduleId) ?? NO_MODULE;
  const pushed = requireVersion(records, moduleId, version, 'activates');
  refuseRedacted(pushed, moduleId, version, 'activates');
  if (pushed.parentVer !== module.active)
    throw new Objection(
      `it activates ${moduleId} v${version}, made from ${versionName(pushed.parentVer)}, over ${versionName(module.active)}`,
    );
  const depth = module.depth + 1;
  const before = records.lineageAt(moduleId, depth);
  if (before !== null && before !== version)
    for (const tag of records.version(moduleId, before)?.tags ?? []) records.remove(KEY.tagged(moduleId, tag, depth));
  records.set(KEY.lineage(moduleId, depth), version);
  for (const tag of pushed.tags) records.set(KEY.tagged(moduleId, tag, depth), version);
  if (!pushed.ever) records.remove(KEY.staged(moduleId, version));
  const record = { ...pushed, ever: true, depth };
  records.set(KEY.version(moduleId, version), record);
  const activations = module.activations + 1;
  becomeActive(records, moduleId, { active: version, depth, activations });
  const head = requireHead(records);
  records.setHead({
    ...head,
    tracked: head.tracked + (module.active === null ? 1 : 0),
    checkpoints: head.checkpoints + (pushed.ever ? 0 : 1),
  });
  return record;
}

function becomeActive(
  records: ChangedRecords,
  moduleId: string,
  change: Pick<ModuleRecord, 'active' | 'depth'> & Partial<ModuleRecord>,
): void {
  const module = records.module(moduleId) ?? NO_MODULE;
  const { seq } = requireHead(records);
  records.set(KEY.module(moduleId), { ...module, ...change, activation: seq });
}

/** One more of something that is counted. */
function count(records: ChangedRecords, moduleId: string, more: (totals: TotalsRecord) => Partial<TotalsRecord>): void {
  const totals = records.totals(moduleId);
  records.set(KEY.totals(moduleId), { ...totals, ...more(totals) });
}

/** @throws Objection before the first entry */
function requireHead(records: Records): HeadRecord {
  const head = records.head();
  if (head === null) throw new Objection('the journal must begin with Init');
  return head;
}

/** Gives a version other tags, and keeps what is known of the tags along its lineage. */
function setTags(records: ChangedRecords, moduleId: string, version: number, tags: readonly string[]): void {
  const record = requireVersion(records, moduleId, version, 'tags');
  records.set(KEY.version(moduleId, version), { ...record, tags });
  const { depth, checksum } = record;
  if (tags.includes(REVERTED)) records.set(KEY.reverted(moduleId, checksum, version), version);
  else if (record.tags.includes(REVERTED)) records.remove(KEY.reverted(moduleId, checksum, version));
  if (depth === null || records.lineageAt(moduleId, depth) !== version) return;
  for (const tag of record.tags) if (!tags.includes(tag)) records.remove(KEY.tagged(moduleId, tag, depth));
  for (const tag of tags) records.set(KEY.tagged(moduleId, tag, depth), version);
}

function withTag(tags: readonly string[], tag: string): string[] {
  return tags.includes(tag) ? [...tags] : [...tags, tag].sort();
}

function without(tags: readonly string[], tag: string): string[] {
  return tags.filter((t) => t !== tag);
}

function changeTags(
  records: ChangedRecords,
  { moduleId, version, tag }: { readonly moduleId: string; readonly version: number; readonly tag: string },
  change: (tags: readonly string[], tag: string) => readonly string[],
): void {
  setTags(records, moduleId, version, change(tagsOf(records, moduleId, version), tag));
}

export function tagsOf(records: Records, moduleId: string, version: number): readonly string[] {
  return records.version(moduleId, version)?.tags ?? [];
}

/** A name is in use from its first version on, in format 1 from its first report, and with it its scope. */
function takeName(records: ChangedRecords, moduleId: string): void {
  const scope = scopeOf(moduleId);
  records.set(KEY.name(moduleId), moduleId);
  if (scope !== null) records.set(KEY.scope(scope), moduleId);
}

function ascending(a: number, b: number): number {
  return a - b;
}

function stage(records: ChangedRecords, event: EventOf<'stage'>, place: EventPlace): void {
  const { moduleId, version, parentVer, checksum } = event;
  const module = records.module(moduleId) ?? NO_MODULE;
  const unfit = numberObjection(place.policy, usedNumbers(records, moduleId), event);
  if (unfit !== null) throw new Objection(`it stages ${moduleId} v${version}: ${unfit}`);
  if (parentVer !== null) requireVersion(records, moduleId, parentVer, `stages v${version} from`);
  const { oid, content } = place.newVersion(versionRef(moduleId, version));
  const named = event.commitSha256;
  if (named !== undefined && (place.commitSha256Of(oid) ?? named) !== named)
    throw new Objection(`it stages ${moduleId} v${version} with another SHA-256 than its commit has`);
  const isAgain =
    records.hasRedactions() && place.holding((blob) => records.redaction(blob) !== null)({ oid, content });
  if (isAgain === true) throw new Objection(`it stages ${moduleId} v${version} with a file that was redacted`);
  if (module.highest === 0) takeName(records, moduleId);
  records.set(KEY.module(moduleId), { ...module, highest: Math.max(module.highest, version) });
  const record: VersionRecord = {
    oid,
    parentVer,
    checksum,
    stagedBy: place.actor,
    content,
    tags: [],
    ever: false,
    depth: null,
    // It may have been reported on before it was there.
    entries: [...records.pairs(moduleId, version)]
      .flatMap(([, lines]) => lines.map(({ entry }) => entry))
      .sort(ascending),
  };
  records.set(KEY.version(moduleId, version), record);
  records.set(KEY.staged(moduleId, version), version);
}

function breakGlass(records: ChangedRecords, { moduleId, fromVer, toVer }: EventOf<'break-glass'>): void {
  const active = records.module(moduleId)?.active ?? null;
  if (active !== fromVer)
    throw new Objection(
      `it passes the gate from ${versionName(fromVer)} of ${moduleId}; ${versionName(active)} is active`,
    );
  push(records, moduleId, toVer);
  setTags(records, moduleId, toVer, without(tagsOf(records, moduleId, toVer), REVERTED));
  count(records, moduleId, ({ brokenGlass }) => ({ brokenGlass: brokenGlass + 1 }));
}

function rollBack(records: ChangedRecords, { moduleId, fromVer, toVer, reason }: EventOf<'rollback'>): void {
  const active = records.module(moduleId)?.active ?? null;
  if (active !== fromVer)
    throw new Objection(`it rolls ${moduleId} back from v${fromVer}; ${versionName(active)} is active`);
  const target = requireVersion(records, moduleId, toVer, 'rolls back to');
  if (target.depth === null || toVer === fromVer || !records.isInLineage(moduleId, toVer))
    throw new Objection(`it rolls ${moduleId} back to v${toVer}, which is no ancestor of v${fromVer}`);
  refuseRedacted(target, moduleId, toVer, 'rolls back to');
  becomeActive(records, moduleId, { active: toVer, depth: target.depth });
  setTags(records, moduleId, fromVer, withTag(without(tagsOf(records, moduleId, fromVer), STABLE), REVERTED));
  count(records, moduleId, ({ rollbacks }) => ({
    rollbacks: { ...rollbacks, [reason]: (rollbacks[reason] ?? 0) + 1 },
  }));
}

function addReport(
  records: ChangedRecords,
  event: EventOf<'report' | 'approve' | 'withdraw'>,
  { seq, event: index, fingerprint, byAssessor, newReport }: EventPlace,
): void {
  const { type, moduleId, fromVer, toVer, level, payloadSha256 } = event;
  const lines = records.reportLines(event);
  if (event.seq !== lines.length + 1)
    throw new Objection(`it brings report ${event.seq} of a pair that has ${lines.length}`);
  const { oid, facts } = newReport(reportRef(moduleId, fromVer, toVer, event.seq));
  const signed = { entry: seq, event: index, fingerprint, ...(byAssessor ? { byAssessor } : {}) };
  const line: ReportLine = { type, level, payloadSha256, ...signed, oid, facts };
  const isFirst = lines.length === 0 && records.module(moduleId) === null;
  if (isFirst && requireHead(records).format === 1) takeName(records, moduleId);
  records.set(KEY.pair(event), [...lines, line]);
  if (level === 'BREAKING' && !records.isBreaking(event)) {
    records.set(KEY.breaking(event), 1);
    count(records, moduleId, ({ breaking }) => ({ breaking: breaking + 1 }));
  }
  if (type === 'report' && facts?.capabilitiesAdded !== undefined) records.set(KEY.gaining(event), 1);
  const head = requireHead(records);
  if (lines.length === 0) records.setHead({ ...head, pairs: head.pairs + 1 });
}

function redact(records: ChangedRecords, event: EventOf<'redact'>, { seq, holding }: EventPlace): void {
  const { moduleId, version, oid, sha256, reason } = event;
  requireVersion(records, moduleId, version, 'redacts');
  if (records.redaction(oid) !== null) throw new Objection(`it redacts ${oid}, which was redacted before`);
  const holders = holdersOf(records, event, holding);
  if (!holders.some((holder) => holder.moduleId === moduleId && holder.version === version))
    throw new Objection(`it redacts ${oid}, which ${moduleId} v${version} does not hold`);
  for (const holder of holders) {
    const { moduleId: id, version: number, record } = holder;
    if (records.module(id)?.active === number)
      throw new Objection(`it redacts ${oid}, which the active version of ${id}, v${number}, holds`);
    records.set(KEY.version(id, number), { ...record, redacted: [...(record.redacted ?? []), oid] });
  }
  records.set(KEY.redaction(oid), { moduleId, version, sha256, reason, seq });
}

/** What one event changes. @throws Objection */
export function applyEvent(records: ChangedRecords, event: LedgerEvent, place: EventPlace): void {
  switch (event.type) {
    case 'stage':
      stage(records, event, place);
      break;
    case 'activate':
      push(records, event.moduleId, event.version);
      break;
    case 'break-glass':
      breakGlass(records, event);
      break;
    case 'rollback':
      rollBack(records, event);
      break;
    case 'tag':
      changeTags(records, event, withTag);
      break;
    case 'untag':
      changeTags(records, event, without);
      break;
    case 'report':
    case 'approve':
    case 'withdraw':
      addReport(records, event, place);
      break;
    case 'redact':
      redact(records, event, place);
      break;
    default:
  }
}
