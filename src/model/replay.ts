/**
 * Replay: the records before a journal entry, and the entry, give the records after it, or an objection. Pure; what reads,
 * proves and checks uses this one function. The audit has a replay of its own, so that a mistake in one shows in the other.
 */

import { applyEvent, Objection, tagsOf } from './apply-event.js';
import { type HoldsBlob, redactedVersions } from './blob-holders.js';
import type { ChangedRecords } from './changed-records.js';
import { earliestDate, misdatedBy } from './clock.js';
import { formatObjection } from './format-succession.js';
import type { EntryText, RefUpdate } from './journal-entry.js';
import { type LedgerEvent, namedVersions } from './ledger-event.js';
import { allWaitable, settlePending, touchedPairs } from './pending-pairs.js';
import { isAssessor, type Policy } from './policy.js';
import type { PolicyFiles } from './policy-text.js';
import { KEY } from './record-keys.js';
import type { HeadRecord, ReportFacts, VersionContent } from './record-types.js';
import type { Records } from './records.js';
import { branchRef, parseRef } from './ref-names.js';
import { STABLE } from './tag-label.js';
import { taggedTarget } from './tagged-target.js';

/** What an entry brings, beside its text: read from the objects that it names. */
export interface EntryFacts {
  readonly oid: string;
  readonly parents: readonly string[];
  /** Of its content, in hex. */
  readonly sha256: string;
  /** The key that signed it. */
  readonly fingerprint: string;
  readonly text: EntryText;
  /** The policy files of its tree, where it states a policy; else null. */
  readonly stated: PolicyFiles | null;
  /** The policy in force before it, by which it is judged; of the first entry, its own. */
  readonly judge: Policy;
  /** The policy in force after it. */
  readonly policy: Policy;
  /** What the commit of a version that it stages says; null where that cannot be read. */
  readonly contentOf: (oid: string) => VersionContent | null;
  /** SHA-256, in hex, of what the commit of a version that it stages consists of; null where that cannot be read. */
  readonly commitSha256Of: (oid: string) => string | null;
  /** Says which versions hold some blobs. */
  readonly holding: HoldsBlob;
  /** What the tag of a report that it brings says; null where that cannot be read. */
  readonly reportOf: (oid: string) => ReportFacts | null;
}

/** Why an entry cannot follow by its place in the chain, or null. */
function chainObjection(head: HeadRecord | null, { text, parents }: EntryFacts): string | null {
  const expected = head === null ? [] : [head.tip];
  const next = (head?.seq ?? -1) + 1;
  if (parents.length !== expected.length || parents[0] !== expected[0]) return 'its parent is not the entry before it';
  if (text.seq !== next) return `its Seq is ${text.seq}, not ${next}`;
  if (text.previousSha256 !== (head?.tipSha256 ?? null))
    return 'its Previous-SHA256 is not the hash of the entry before it';
  if (text.events.some((e) => e.type === 'init') !== (head === null))
    return head === null ? 'the journal must begin with Init' : 'Init may come once';
  return formatObjection(head?.format ?? null, text);
}

/** Why what an entry says of dates cannot be, or null. That dates do not go back otherwise is for the audit to say. */
function clockObjection(before: Records, { text }: EntryFacts): string | null {
  if (misdatedBy(text.events) === null) return null;
  const dateOf = (seq: number) => before.entry(seq)?.timestamp ?? null;
  const { earliest, objection } = earliestDate(text, before.head()?.timestamp ?? 0, dateOf);
  if (objection !== null) return objection;
  return text.timestamp < earliest ? `its Timestamp ${text.timestamp} is before ${earliest}, the last good one` : null;
}

/** Where the refs that an entry moves go, by name. @throws Objection for a move that does not begin where the ref is */
function movesOf(before: Records, text: EntryText): Map<string, RefUpdate> {
  const moves = new Map<string, RefUpdate>();
  for (const update of text.updates) {
    const { ref, from } = update;
    const value = before.refValue(ref);
    if (value !== from)
      throw new Objection(`it moves ${ref} from ${from ?? 'nothing'}, which was at ${value ?? 'nothing'}`);
    if (moves.has(ref)) throw new Objection(`it moves ${ref} twice`);
    moves.set(ref, update);
  }
  return moves;
}

/** Every ref goes where the events have it, and nowhere else. @throws Objection */
function checkMoves(
  before: Records,
  after: Records,
  moves: ReadonlyMap<string, RefUpdate>,
  events: readonly LedgerEvent[],
): void {
  for (const { ref, from, to } of moves.values()) {
    const kind = parseRef(ref)?.kind;
    if (kind === 'journal' || (from === to && kind !== undefined)) continue;
    if (kind === undefined) throw new Objection(`it moves ${ref}, which is no ref of a ledger`);
    const value = after.refValue(ref);
    if (value !== to)
      throw new Objection(`it leaves ${ref} at ${to ?? 'nothing'}; its events say ${value ?? 'nothing'}`);
  }
  for (const event of events) {
    if (event.type !== 'activate' && event.type !== 'break-glass' && event.type !== 'rollback') continue;
    const ref = branchRef(event.moduleId);
    if (!moves.has(ref) && before.refValue(ref) !== after.refValue(ref))
      throw new Objection(`the branch of ${event.moduleId} is not at its active version`);
  }
}

/** The next head, before the entry's events. */
function nextHead(before: HeadRecord | null, facts: EntryFacts, moves: ReadonlyMap<string, RefUpdate>): HeadRecord {
  const { text, oid, sha256 } = facts;
  const notes = (name: 'checksum' | 'tags', old: string | undefined): string =>
    moves.get(`refs/notes/${name}`)?.to ?? old ?? '';
  return {
    ...(before ?? {
      ...{ root: oid, rootSha256: sha256 },
      ...{ policySeq: text.seq, policySha256: sha256 },
      ...{ tracked: 0, checkpoints: 0, pairs: 0 },
    }),
    format: text.format,
    seq: text.seq,
    tip: oid,
    tipSha256: sha256,
    timestamp: text.timestamp,
    checksumNotes: notes('checksum', before?.checksumNotes),
    tagNotes: notes('tags', before?.tagNotes),
    ...(facts.stated === null ? {} : { policySeq: text.seq, policySha256: sha256 }),
  };
}

/** Finds an object that an event brings by its ref's move. @throws Objection */
function brought(moves: ReadonlyMap<string, RefUpdate>, ref: string): string {
  const move = moves.get(ref);
  if (move === undefined || move.from !== null || move.to === null)
    throw new Objection(`its event creates ${ref}, its Ref-Update lines do not`);
  return move.to;
}

/**
 * Adds an entry to `records`, which hold what was before it and nothing of it.
 * @throws Objection; the records are then of no use any more
 */
export function replayEntry(records: ChangedRecords, before: Records, facts: EntryFacts): void {
  const { text, fingerprint } = facts;
  const head = before.head();
  const objection = chainObjection(head, facts) ?? clockObjection(before, facts);
  if (objection !== null) throw new Objection(objection);
  const moves = movesOf(before, text);
  records.setHead(nextHead(head, facts, moves));
  if (facts.stated !== null) records.set(KEY.policy(text.seq), facts.stated);
  const place = {
    seq: text.seq,
    fingerprint,
    byAssessor: isAssessor(facts.judge, fingerprint),
    actor: text.actor,
    policy: facts.judge,
    newVersion: (ref: string) => {
      const oid = brought(moves, ref);
      return { oid, content: facts.contentOf(oid) };
    },
    commitSha256Of: facts.commitSha256Of,
    holding: facts.holding,
    newReport: (ref: string) => {
      const oid = brought(moves, ref);
      return { oid, facts: facts.reportOf(oid) };
    },
  };
  for (const [event, what] of text.events.entries()) applyEvent(records, what, { ...place, event });
  checkMoves(before, records, moves, text.events);
  finish(records, facts);
}

/** The versions that events are about, by their modules: of a redaction all that the blob was taken out of. */
function versionsAbout(records: Records, events: readonly LedgerEvent[]): ReadonlyMap<string, ReadonlySet<number>> {
  const about = new Map<string, Set<number>>();
  for (const event of events) {
    const all = event.type === 'redact' ? redactedVersions(records, event.oid) : namedVersions(event);
    for (const { moduleId, versions } of all)
      about.set(moduleId, new Set([...(about.get(moduleId) ?? []), ...versions]));
  }
  return about;
}

/** What follows from the events as a whole: who waits, where a rollback would lead, and what each module is now. */
function finish(records: ChangedRecords, { text, oid, fingerprint, stated, policy }: EntryFacts): void {
  const { seq, actor, timestamp, events } = text;
  if (stated === null)
    for (const event of events) settlePending(records, policy, touchedPairs(records, policy, event), timestamp);
  else settlePending(records, policy, allWaitable(records, policy), timestamp);
  for (const [moduleId, versions] of versionsAbout(records, events)) {
    for (const version of versions) {
      const record = records.version(moduleId, version);
      if (record !== null)
        records.set(KEY.version(moduleId, version), { ...record, entries: [...new Set([...record.entries, seq])] });
    }
    const module = records.module(moduleId);
    const active = module?.active ?? null;
    const target = taggedTarget(records, moduleId, STABLE);
    records.set(KEY.moment(moduleId, seq), {
      highest: module?.highest ?? 0,
      active,
      tags: active === null ? [] : tagsOf(records, moduleId, active),
      target,
      targetTags: target === null ? [] : tagsOf(records, moduleId, target),
      activation: module?.activation ?? null,
    });
  }
  records.set(KEY.entry(seq), { oid, actor, fingerprint, timestamp, events });
}
