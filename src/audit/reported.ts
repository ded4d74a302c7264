/** A report, approval or withdrawal that an entry adds: a signed tag, in its place, about what it says. */

import { isLedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import { gitSeconds } from '../model/journal-entry.js';
import type { EventOf } from '../model/ledger-event.js';
import { capabilitiesInForce, levelInForce, standingFindings, withdrawableFindings } from '../model/level-in-force.js';
import { caseTwin } from '../model/module-id.js';
import { signerOf } from '../model/policy.js';
import { pairName, reportRef, reportTagName, versionRef } from '../model/ref-names.js';
import { moreSevere, type StoredReport } from '../model/report.js';
import { parseReport, type ReportText } from '../model/report-text.js';
import { rolesFor } from '../model/signer-roles.js';
import type { AnnotatedTag } from '../ports/objects.js';
import type { EntryReplay } from './entry-replay.js';
import { tagObjection } from './object-text.js';

type Reported = EventOf<'report' | 'approve' | 'withdraw'>;

/** Why the key that signed a tag may not have, or null. */
async function signatureObjection(
  replay: EntryReplay,
  event: Reported,
  tag: AnnotatedTag,
  text: ReportText,
): Promise<string | null> {
  const { state, entry } = replay;
  const made = await replay.signatureOf(tag);
  if (made === null) return 'it is not signed';
  if (isLedgerError(made)) return made.message;
  const { fingerprint } = made;
  const { policy } = state;
  const signer = policy === null ? undefined : signerOf(policy, fingerprint);
  if (policy === null || signer === undefined) return `it is signed by ${fingerprint}, which the ledger does not know`;
  const roles = rolesFor(event.type, policy.format);
  if (!roles.some((role) => signer.roles.includes(role)))
    return `it is signed by ${signer.principal}, whose key has not the role ${roles.join(' or ')}`;
  if (entry.signer !== null && fingerprint !== entry.signer.publicKey.fingerprint)
    return `it is signed by ${fingerprint}, its entry by another key, of ${entry.text.actor}`;
  return event.type === 'approve' && text.approvedBy !== signer.principal
    ? `it says Approved-By ${text.approvedBy}, and is signed by ${signer.principal}`
    : null;
}

/** Why a report may not say what only those of format 2 say, or null. */
function lateObjection(replay: EntryReplay, { type, fromVer }: Reported, text: ReportText): string | null {
  if (text.returnLevel !== undefined) {
    if (replay.entry.text.format === 1) return 'it says Return-Level, in an entry of format 1';
    if (type !== 'report' || fromVer === null)
      return `it says Return-Level, and its entry calls it a "${type}" of a pair from v${fromVer ?? 0}`;
  }
  if (text.findingsSha256 !== undefined) {
    if (replay.entry.text.format === 1) return 'it says Findings-SHA256, in an entry of format 1';
    if (type !== 'report') return `it says Findings-SHA256, and its entry calls it a "${type}"`;
  }
  if (text.capabilitiesAdded !== undefined) {
    if (replay.entry.text.format === 1) return 'it says Capabilities-Added, in an entry of format 1';
    if (type === 'withdraw') return 'it says Capabilities-Added, and its entry calls it a "withdraw"';
  }
  return null;
}

/** Why the text of a report does not say what its entry says of it, or null. */
function textObjection(replay: EntryReplay, event: Reported, text: ReportText): string | null {
  const { moduleId, fromVer, toVer, level } = event;
  const pairs: [string, string | number | null, string | number | null][] = [
    ['Ledger', replay.state.projection.root, text.ledger],
    ['Module', moduleId, text.moduleId],
    ['From', fromVer ?? 0, text.fromVer ?? 0],
    ['To', toVer, text.toVer],
    ['Level', level, text.level],
  ];
  const wrong = pairs.find(([, expected, actual]) => expected !== actual);
  if (wrong !== undefined) return `expected ${wrong[0]} ${wrong[1]}, its text says ${wrong[2]}`;
  if (fromVer !== null && fromVer >= toVer) return `it is about v${toVer} as made from v${fromVer}, which comes after`;
  if (text.measuredLevel !== null && moreSevere(text.level, text.measuredLevel) !== text.level)
    return `its Level ${text.level} is less severe than its Measured-Level ${text.measuredLevel}`;
  const late = lateObjection(replay, event, text);
  if (late !== null) return late;
  if ((text.approvedBy !== 'auto') !== (event.type === 'approve'))
    return `it says Approved-By ${text.approvedBy}, and its entry calls it a "${event.type}"`;
  return (text.withdraws !== null) === (event.type === 'withdraw')
    ? null
    : `its entry calls it a "${event.type}", ${text.withdraws === null ? 'it withdraws nothing' : 'it withdraws an approval'}`;
}

/** Why a report is not about the content that it names, or null. A bound one is about a version, an unbound one about none yet. */
async function contentObjection(
  replay: EntryReplay,
  event: Reported,
  tag: AnnotatedTag,
  text: ReportText,
): Promise<string | null> {
  const { state } = replay;
  const { moduleId, fromVer, toVer, type } = event;
  // Who takes back a report says nothing about content, whether there is a version or not.
  if (type === 'withdraw' && text.toChecksum === null && replay.entry.text.format > 1)
    return tag.object === state.projection.root ? null : `it is a tag of ${tag.object}, not of the first entry`;
  const version = state.ref(versionRef(moduleId, toVer));
  const expected = version ?? state.projection.root;
  if (tag.object !== expected)
    return `it is a tag of ${tag.object}, not of ${version === null ? 'the first entry' : `v${toVer}`}`;
  const checksum = (await state.versionNumbered(moduleId, toVer))?.sealed.checksum ?? null;
  if (text.toChecksum !== checksum) return `its To-Checksum is ${text.toChecksum}, that of v${toVer} ${checksum}`;
  if (version === null && type !== 'report') return `it is about v${toVer}, which is not in the ledger`;
  const from = version === null || fromVer === null ? '' : state.ref(versionRef(moduleId, fromVer));
  return from === null ? `it is about v${fromVer}, which is not in the ledger` : null;
}

/** Why an approval or a withdrawal does not fit the reports before it, or null. */
function sequenceObjection(event: Reported, text: ReportText, before: readonly StoredReport[]): string | null {
  if (event.seq !== before.length + 1)
    return `its number is ${event.seq}; the next of its pair is ${before.length + 1}`;
  if (event.type === 'approve') {
    const level = levelInForce(before);
    if (level !== event.level) return `it approves ${event.level}; ${level} was in force`;
    const [seen, gained] = [text.capabilitiesAdded ?? [], capabilitiesInForce(before)].map(
      (list) => list.join(' ') || 'none',
    );
    return seen === gained ? null : `it approves the capabilities ${seen}; ${gained} were in force`;
  }
  if (event.type === 'report') return null;
  if (text.toChecksum === null) {
    const finding = withdrawableFindings(before).find((r) => r.seq === text.withdraws);
    const stands = finding !== undefined && standingFindings(before).includes(finding);
    return stands ? null : `it withdraws ${text.withdraws}, which is no report that can be taken back`;
  }
  const approval = before.find((r) => r.seq === text.withdraws && r.approvedBy !== 'auto');
  const again = before.some((r) => r.withdraws === text.withdraws);
  return approval !== undefined && !again ? null : `it withdraws ${text.withdraws}, which is no standing approval`;
}

/** Checks a `Report:`, `Approve:` or `Withdraw:` event and takes the report into the state. */
export async function addReport(replay: EntryReplay, event: Reported): Promise<void> {
  const { state, entry } = replay;
  const { moduleId, fromVer, toVer, seq } = event;
  const name = `${event.type} ${pairName(moduleId, fromVer, toVer)}/${seq}`;
  const ref = reportRef(moduleId, fromVer, toVer, seq);
  replay.checked('reports');
  const before = await state.reports(moduleId, fromVer, toVer);
  const oid = replay.created('reports', ref);
  if (oid === null) return;
  const place = { oid, ref };
  const twin = state.module(moduleId) === null ? caseTwin(moduleId, state.names()) : null;
  if (twin !== null) replay.wrong('reports', `${name}: a module ${twin} differs from its module in case alone`, place);
  const tag = await state.objects.readTag(oid);
  const text = parseReport(tag.message);
  if (text === null) return replay.wrong('reports', `${name}: its text is not written as a report`, place);
  const sha256 = sha256Hex(tag.payload);
  const objection =
    (sha256 === event.payloadSha256
      ? null
      : `its signed text has the SHA-256 ${sha256}, the journal says ${event.payloadSha256}`) ??
    tagObjection(tag, reportTagName(moduleId, fromVer, toVer, seq), entry.text.actor) ??
    textObjection(replay, event, text) ??
    (await signatureObjection(replay, event, tag, text)) ??
    (await contentObjection(replay, event, tag, text)) ??
    sequenceObjection(event, text, before);
  if (objection !== null) replay.wrong('reports', `${name}: ${objection}`, place);
  replay.checked('dates');
  const { seconds } = tag.tagger;
  const [earliest, latest] = [gitSeconds(state.projection.timestamp), gitSeconds(entry.text.timestamp)];
  if (seconds < earliest || seconds > latest)
    replay.wrong(
      'dates',
      `${name}: its date ${seconds} is not between ${earliest} and ${latest}, the entries around it`,
      place,
    );
  const fingerprint = entry.signer?.publicKey.fingerprint ?? '';
  const byAssessor = entry.signer?.roles.includes('assessor') === true;
  const origin = { entry: entry.text.seq, fingerprint, ...(byAssessor ? { byAssessor } : {}) };
  await state.addReport(event, { ...origin, text, seq, object: tag.object });
}
