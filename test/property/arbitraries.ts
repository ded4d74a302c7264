/** Values of the model at random, odd ones on purpose; and texts with a few characters changed. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type CompatibilityLevel, generateKey, parsePublicKeyLine, RollbackReason } from '../../src/index.js';
import { CAPABILITIES, inOrder } from '../../src/model/capability.js';
import type { EntryText, RefUpdate } from '../../src/model/journal-entry.js';
import type { LedgerEvent } from '../../src/model/ledger-event.js';
import { isModuleId } from '../../src/model/module-id.js';
import type { Policy, PolicySigner } from '../../src/model/policy.js';
import {
  DEFAULT_SETTINGS,
  type MeasuredBy,
  type PolicySettings,
  settingNames,
} from '../../src/model/policy-settings.js';
import { isPrintableLine, isPrintableText } from '../../src/model/printable.js';
import type { ReportText } from '../../src/model/report-text.js';
import type { SealedVersion } from '../../src/model/version-commit.js';

export const moduleId = fc.oneof(
  fc.constantFrom('planner', '@acme/sink', 'core.planner', 'a', '9', 'x'.repeat(128)),
  fc.stringMatching(/^(@[a-zA-Z0-9][a-zA-Z0-9._-]{0,8}\/)?[a-zA-Z0-9][a-zA-Z0-9._-]{0,12}$/).filter(isModuleId),
);

export const version = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.maxSafeNat().map((n) => Math.max(n, 1)),
  fc.constant(Number.MAX_SAFE_INTEGER),
);

export const timestamp = fc.oneof(
  fc.double({ min: 0, max: 253_402_300_799, noNaN: true }).map((t) => t + 0),
  fc.constantFrom(0, 1_795_423_762.125, 1e-7, Number.MIN_VALUE),
);

/** Pieces that end, begin or imitate something in a message. */
const HOSTILE = [
  ...['-----BEGIN SSH SIGNATURE-----', '- -----BEGIN PGP SIGNATURE-----', '-----', '- ', '-', '\n', '\n\n', '\t', ' '],
  ...[
    'Ledger: x',
    'Level: COMPATIBLE',
    'Approved-By: auto',
    ': ',
    '{}',
    '"',
    '\\',
    '\\u0000',
    '=',
    '#',
    '🚀',
    'ü',
    'é',
  ],
];

/** Words, hostile pieces and any character. */
const anyText = fc
  .array(
    fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 6 }), fc.lorem({ maxCount: 3 })),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

export const rationale = fc.oneof(
  fc.array(fc.constantFrom(...HOSTILE, 'text'), { maxLength: 12 }).map((parts) => parts.join('')),
  anyText.filter((text) => isPrintableText(text, 65_536)),
);

export function line(maxBytes: number): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }).filter((text) => isPrintableLine(text, maxBytes)),
    fc.constantFrom('a', 'a  b', ': ', 'Key: value', '🚀', 'x'.repeat(maxBytes)).filter((t) => t.trim() === t),
  );
}

/** Any string at all, lone surrogates included. */
const anyString = fc.oneof(
  anyText,
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('__proto__', 'constructor', '', '0', '10', '9', '\ud800', '\udfff'),
);

export const metadata = fc
  .array(fc.tuple(anyString, anyString), { maxLength: 6 })
  .map((entries): Readonly<Record<string, string>> => Object.fromEntries(entries));

export const level = fc.constantFrom<CompatibilityLevel>('COMPATIBLE', 'MINOR_CHANGE', 'BREAKING', 'UNKNOWN');
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const oid = hex(40).filter((text) => /[^0]/.test(text));
export const principal = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+@-]{0,20}$/).filter((name) => name !== 'auto');

/** A version and one before it, or none. */
const pair = fc
  .tuple(version, fc.option(version, { nil: null }))
  .map(([a, b]): { toVer: number; fromVer: number | null } => {
    if (b === null || a === b) return { toVer: a, fromVer: null };
    return { toVer: Math.max(a, b), fromVer: Math.min(a, b) };
  });

export const sealedVersion: fc.Arbitrary<SealedVersion> = fc
  .record({ moduleId, pair, timestamp, checksum: line(256), metadata })
  .map(({ pair: { toVer, fromVer }, ...rest }) => ({ ...rest, version: toVer, parentVer: fromVer }));

export const reportText: fc.Arbitrary<ReportText> = fc
  .record({
    ledger: oid,
    moduleId,
    pair,
    toChecksum: orNull(line(256)),
    level,
    measuredLevel: orNull(level),
    returnLevel: orNull(level),
    approvedBy: fc.oneof(fc.constant('auto'), principal),
    withdraws: orNull(fc.integer({ min: 1, max: 99 })),
    assessor: orNull(line(128)),
    gained: fc.subarray([...CAPABILITIES]),
    rationale,
  })
  .map(({ pair: { toVer, fromVer }, returnLevel, gained, ...rest }) => ({
    ...rest,
    ...(gained.length === 0 || fromVer === null || (rest.assessor === null && rest.approvedBy === 'auto')
      ? {}
      : { capabilitiesAdded: inOrder(gained) }),
    ...(returnLevel === null ? {} : { returnLevel }),
    toVer,
    fromVer,
  }));

const tag = line(128);

const event: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc.record({ type: fc.constant('init' as const), format: fc.constant(1) }),
  fc.record({
    type: fc.constant('stage' as const),
    moduleId,
    version,
    parentVer: orNull(version),
    checksum: line(256),
  }),
  fc.record({ type: fc.constant('activate' as const), moduleId, version }),
  fc.record({ type: fc.constantFrom('tag' as const, 'untag' as const), moduleId, version, tag }),
  fc.record({
    type: fc.constantFrom('report' as const, 'approve' as const, 'withdraw' as const),
    moduleId,
    fromVer: orNull(version),
    toVer: version,
    seq: fc.integer({ min: 1, max: 99 }),
    level,
    payloadSha256: hex(64),
  }),
  fc.record({
    type: fc.constant('rollback' as const),
    moduleId,
    fromVer: version,
    toVer: version,
    reason: fc.constantFrom(...Object.values(RollbackReason)),
  }),
  fc.record({
    type: fc.constant('break-glass' as const),
    moduleId,
    fromVer: orNull(version),
    toVer: version,
    reason: line(256),
  }),
  fc.record({ type: fc.constant('policy' as const), policySha256: hex(64), signersSha256: hex(64) }),
  fc.record({
    type: fc.constant('restored' as const),
    ref: moduleId.map((id) => `refs/heads/${id}`),
    foreign: orNull(oid),
  }),
);

const refUpdate: fc.Arbitrary<RefUpdate> = fc.record({
  ref: moduleId.map((id) => `refs/heads/${id}`),
  from: orNull(oid),
  to: orNull(oid),
});

/** What format 2 says otherwise, or for the first time. */
const eventOf2: fc.Arbitrary<LedgerEvent> = fc.oneof(
  { arbitrary: event, weight: 3 },
  fc.record({ type: fc.constant('upgrade' as const), format: fc.constant(2), versionsSha256: hex(64) }),
  fc
    .tuple(fc.nat(), fc.nat())
    .map(([a, b]) => ({ type: 'clock' as const, first: Math.min(a, b), last: Math.max(a, b) })),
  fc.record({
    type: fc.constant('redact' as const),
    moduleId,
    version,
    oid: oid.filter((id) => !/^0+$/.test(id)),
    sha256: hex(64),
    reason: line(256),
  }),
  fc.record({ type: fc.constant('countersigned' as const), sha256: hex(64) }),
);

/** A version that is staged in format 2 comes with the hash of its commit. */
function sealed(given: LedgerEvent, commitSha256: string): LedgerEvent {
  if (given.type !== 'stage') return given;
  const { type, moduleId, version, parentVer, checksum } = given;
  return { type, moduleId, version, parentVer, commitSha256, checksum };
}

const told = {
  seq: fc.nat(),
  previousSha256: orNull(hex(64)),
  actor: principal,
  timestamp,
  updates: fc.array(refUpdate, { maxLength: 4 }),
};

export const entryText: fc.Arbitrary<EntryText> = fc.oneof(
  fc.record({ format: fc.constant(1 as const), ...told, events: fc.array(event, { minLength: 1, maxLength: 6 }) }),
  fc.record({
    format: fc.constant(2 as const),
    ...told,
    events: fc.array(
      fc.tuple(eventOf2, hex(64)).map(([given, hash]) => sealed(given, hash)),
      { minLength: 1, maxLength: 6 },
    ),
  }),
);

/** Real keys: a policy names them by fingerprint. */
const KEYS = Array.from({ length: 6 }, () => parsePublicKeyLine(generateKey().publicKey).key);

export const policySigners: fc.Arbitrary<PolicySigner[]> = fc
  .uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: KEYS.length, selector: (key) => key.fingerprint })
  .chain((keys) =>
    fc.tuple(
      ...keys.map((publicKey) =>
        fc.record({
          principal,
          publicKey: fc.constant(publicKey),
          roles: fc.subarray(['admin' as const, 'approver' as const, 'recorder' as const]),
          revokedFrom: orNull(fc.oneof(fc.integer({ min: 1, max: 99 }), fc.constant(Number.MAX_SAFE_INTEGER))),
        }),
      ),
    ),
  )
  // A revoked key has no roles.
  .map((signers) => signers.map((s) => (s.revokedFrom === null ? s : { ...s, roles: [] })));

const MEASURED_BY: readonly MeasuredBy[] = ['any', 'assessor', 'recheck'];

/** Every setting there is, at random: numbers from 2 on, which all of them allow. */
const settings: fc.Arbitrary<PolicySettings> = fc
  .tuple(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER }))
  .map(([flags, count]) => {
    const logKey = flags[0] === true ? `git-lineage/${'a'.repeat(64)}+01234567+${'A'.repeat(44)}` : null;
    const random = Object.entries(DEFAULT_SETTINGS).map(([name, value], i) => {
      if (name === 'logKey') return [name, logKey];
      if (name === 'approveCapabilities') return [name, CAPABILITIES.filter((_, at) => flags[at] === true)];
      if (name === 'measuredBy') return [name, MEASURED_BY[count % MEASURED_BY.length]];
      return [name, typeof value === 'boolean' ? flags[i % flags.length] : count];
    });
    return Object.fromEntries(random) as PolicySettings;
  });

/** What only format 2 can say, as format 1 has it. */
const ONLY_2 = Object.fromEntries(
  Object.entries(DEFAULT_SETTINGS).filter(([name]) => !settingNames(1).includes(name as keyof PolicySettings)),
);

export const policy: fc.Arbitrary<Policy> = fc
  .tuple(settings, policySigners)
  .map(([given, signers]) => ({ ...given, ...ONLY_2, format: 1 as const, signers }));

/** A policy of format 2: its thresholds can be reached, which is a rule for who changes it, and for who reads it no less. */
export const policyOf2: fc.Arbitrary<Policy> = fc.tuple(settings, policySigners).map(([given, signers]) => ({
  ...given,
  ...{ format: 2 as const, clockTolerance: 60, adminThreshold: 1, rootThreshold: 1 },
  signers: signers.map((s, i) =>
    i === 0 && s.revokedFrom === null ? { ...s, roles: ['root' as const, ...s.roles] } : s,
  ),
}));

export const tags = fc.uniqueArray(tag, { maxLength: 8 });

/** A few edits: characters taken out, put in or doubled; lines taken out, doubled or moved. */
export const edits = fc.array(
  fc.record({
    kind: fc.constantFrom('remove', 'insert', 'replace', 'drop-line', 'double-line', 'swap-lines'),
    at: fc.nat(),
    text: fc.oneof(
      fc.constantFrom(' ', '\n', '\r', '\0', ':', '-', '0', '1', 'A', 'Z', '\u202e', '"'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

type Edit = typeof edits extends fc.Arbitrary<(infer E)[]> ? E : never;

function edited(text: string, { kind, at, text: piece }: Edit): string {
  const i = at % (text.length + 1);
  const lines = text.split('\n');
  const j = at % lines.length;
  const whole = lines[j] ?? '';
  switch (kind) {
    case 'remove':
      return text.slice(0, i) + text.slice(i + 1);
    case 'insert':
      return text.slice(0, i) + piece + text.slice(i);
    case 'replace':
      return text.slice(0, i) + piece + text.slice(i + 1);
    case 'drop-line':
      return lines.toSpliced(j, 1).join('\n');
    case 'double-line':
      return lines.toSpliced(j, 0, whole).join('\n');
    default:
      return lines
        .toSpliced(j, 1)
        .toSpliced((at * 7) % lines.length, 0, whole)
        .join('\n');
  }
}

export function withEdits(text: string, list: readonly Edit[]): string {
  return list.reduce(edited, text);
}

/** A target of a note: its first digits from a small set, so that levels of a tree fill up. */
export const target = fc
  .tuple(fc.constantFrom('00', '0a', 'ff'), fc.constantFrom('00', '01', 'fe'), fc.nat({ max: 400 }))
  .map(([a, b, n]) => a + b + createHash('sha1').update(String(n)).digest('hex').slice(4));
