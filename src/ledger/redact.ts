/** Taking a file out of the ledger that must not stay: what got in is journaled as gone by admins, then removed. */

import { asLedgerError, invalidInput, LedgerError, quoted } from '../errors.js';
import { holdersOf } from '../model/blob-holders.js';
import { sha256Hex } from '../model/content-digest.js';
import { type EventOf, MAX_REASON_BYTES } from '../model/ledger-event.js';
import { LEDGER_README } from '../model/ledger-readme.js';
import { adminsObjection } from '../model/policy-authority.js';
import { isPrintableLine } from '../model/printable.js';
import type { Records } from '../model/records.js';
import { REVERTED, STABLE } from '../model/tag-label.js';
import { formatChecksumNote } from '../model/version-commit.js';
import type { Verifier } from '../ports/keys.js';
import type { Upkeep } from '../ports/upkeep.js';
import { addCountersigned, refuseUnsigned } from './countersign.js';
import type { Decision } from './decision.js';
import { blobsOf } from './held-blobs.js';
import type { CountersignOptions } from './ledger-policy.js';
import type { Redaction } from './ledger-versions.js';
import { refuseFormat1 } from './refuse-format-1.js';

/** A file of a version, and why it must not stay. */
interface RedactRequest {
  readonly moduleId: string;
  readonly version: number;
  readonly path: string;
  readonly reason: string;
}

type RedactEvent = EventOf<'redact'>;

/** Returns a request that could be one, else throws `INVALID_ARGUMENT`. */
export function checkRedactRequest(moduleId: string, version: number, path: unknown, reason: unknown): RedactRequest {
  const issues = [];
  if (typeof path !== 'string' || path === '')
    issues.push({ path: 'path', expected: 'the path of a file in the version', actual: quoted(path) });
  if (typeof reason !== 'string' || !isPrintableLine(reason, MAX_REASON_BYTES))
    issues.push({
      path: 'reason',
      expected: `one printable line of 1 to ${MAX_REASON_BYTES} bytes`,
      actual: quoted(reason),
    });
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_ARGUMENT',
      issues,
      'the journal shows the reason for good: leave out what must not stay',
    );
  return { moduleId, version, path: path as string, reason: reason as string };
}

/** The blob of a file. @throws `NOT_FOUND`, `INVALID_ARGUMENT` for a link */
function blobAt(decision: Decision, { moduleId, version, path }: RedactRequest): string {
  const { objects } = decision.base;
  const { tree } = decision.contentOf(decision.require(moduleId, version));
  for (const blob of blobsOf(objects, tree)) {
    if (blob.path !== path) continue;
    if (blob.mode !== '120000') return blob.oid;
    const issue = { path: 'path', expected: 'a file', actual: `${quoted(path)}, a symbolic link` };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'the target of a link is a path, and paths cannot be redacted');
  }
  const what = `${path} of ${moduleId}@${version}`;
  const hint = `git-lineage show ${moduleId}@${version} lists its files; paths are written with /`;
  const message = `${moduleId} v${version} has no file ${quoted(path)}`;
  throw new LedgerError('NOT_FOUND', message, { kind: 'FILE', what }, { hint });
}

/** Every tag that a version ever carried. */
function tagsEver(records: Records): Set<string> {
  const tags = new Set<string>([STABLE, REVERTED]);
  for (const [, { events }] of records.entries(0, records.head()?.seq ?? 0))
    for (const event of events) if (event.type === 'tag') tags.add(event.tag);
  return tags;
}

/** What the ledger needs a blob of this content for itself, or null: git keeps equal content once. */
function ownUse(records: Records, content: Uint8Array): string | null {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8');
  const sha256 = sha256Hex(content);
  if (text === LEDGER_README) return 'the README of its journal';
  for (const [, { events }] of records.entries(0, records.head()?.seq ?? 0))
    for (const event of events) {
      if (event.type === 'policy' && (event.policySha256 === sha256 || event.signersSha256 === sha256))
        return 'a policy';
      if (event.type === 'countersigned' && event.sha256 === sha256) return 'countersignatures';
    }
  for (const { moduleId, version } of records.allVersions())
    if (text === formatChecksumNote(records.version(moduleId, version)?.checksum ?? '')) return 'a note of a checksum';
  if (!text.endsWith('\n')) return null;
  const tags = tagsEver(records);
  return text
    .slice(0, -1)
    .split('\n')
    .every((line) => tags.has(line))
    ? 'a note of tags'
    : null;
}

/** Refuses what could not be without its file. @throws `INVALID_VERSION`, `INVALID_ARGUMENT` */
function refuseNeeded(decision: Decision, event: RedactEvent, path: string): void {
  const { records, base } = decision;
  const use = ownUse(records, base.objects.readBlob(event.oid));
  if (use !== null) {
    const issue = {
      path: 'path',
      expected: 'a file that only versions hold',
      actual: `${quoted(path)}, which is ${use} too`,
    };
    throw invalidInput(
      'INVALID_ARGUMENT',
      [issue],
      'the ledger shows the same text elsewhere, and cannot be without it',
    );
  }
  for (const { moduleId, version } of holdersOf(records, event, decision.holding)) {
    if (decision.module(moduleId)?.active !== version) continue;
    const actual = `${moduleId} v${version}, which is active and holds the file`;
    const issue = { path: 'version', expected: 'a file that no active version holds', actual };
    const hint = `make a version without it active first: git-lineage record ${moduleId} PATH, or git-lineage rollback ${moduleId}`;
    throw invalidInput('INVALID_VERSION', [issue], hint);
  }
}

/**
 * The event that takes a file out of the ledger; of one that is out already, what the journal says of it.
 * @throws `NOT_FOUND`, `INVALID_ARGUMENT`, `INVALID_VERSION`, `CORRUPT_OBJECT`
 */
export function redactEvent(decision: Decision, request: RedactRequest): RedactEvent {
  const { moduleId, version, path, reason } = request;
  refuseFormat1(decision.policy.format, 'redact');
  const oid = blobAt(decision, request);
  const known = decision.records.redaction(oid);
  if (known !== null) {
    const { seq: _, ...said } = known;
    return { type: 'redact', oid, ...said };
  }
  const sha256 = sha256Hex(decision.base.objects.readBlob(oid));
  const event: RedactEvent = { type: 'redact', moduleId, version, oid, sha256, reason };
  refuseNeeded(decision, event, path);
  return event;
}

/** What a redaction would do, or has done. */
export function plannedRedaction(decision: Decision, request: RedactRequest): Redaction {
  return described(decision, redactEvent(decision, request));
}

function described({ records, holding }: Decision, event: RedactEvent): Redaction {
  const { type: _, ...said } = event;
  const versions = holdersOf(records, event, holding).map(({ moduleId, version }) => ({ moduleId, version }));
  return { ...said, seq: records.redaction(event.oid)?.seq ?? null, versions };
}

/**
 * Takes a file out of the ledger; writes nothing where it is out already.
 * @throws `BAD_SIGNATURE`; `ROLE_REQUIRED` where it takes more signatures; what `redactEvent` throws
 */
export function redact(
  decision: Decision,
  request: RedactRequest,
  options: CountersignOptions,
  { verifier, upkeep }: { readonly verifier: Verifier; readonly upkeep: Upkeep },
): Redaction {
  const event = redactEvent(decision, request);
  if (decision.records.redaction(event.oid) !== null) return described(decision, event);
  upkeep.assertRemovable([event.oid]);
  const by = addCountersigned(decision, event, options, verifier);
  refuseUnsigned(adminsObjection(decision.policy, by, [event]), decision, ['root', 'admin']);
  return described(decision, event);
}

/** The error of a redaction that is in the journal, and whose bytes could not be removed. */
export function notRemoved(cause: unknown): LedgerError {
  const { code, message, data } = asLedgerError(cause, 'remove what was redacted');
  const hint =
    'the journal says that the file is redacted, and its bytes are here still: git-lineage doctor --restore removes them';
  return new LedgerError(code, message, data, { hint, cause, committed: true });
}
