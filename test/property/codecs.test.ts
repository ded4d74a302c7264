/** What is written can be read and gives the same bytes; what is not exactly as we write it is refused. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PublicKey } from '../../src/api/types.js';
import { generateKey, parsePublicKeyLine } from '../../src/index.js';
import { formatMetadata, parseMetadata } from '../../src/model/checkpoint.js';
import { type EntryText, formatEntry, parseEntry } from '../../src/model/journal-entry.js';
import { type ObjectFormat, SHA1, SHA256 } from '../../src/model/object-id.js';
import { changePolicy, type Policy, signerOf } from '../../src/model/policy.js';
import { DEFAULT_SETTINGS } from '../../src/model/policy-settings.js';
import { policySuccession } from '../../src/model/policy-succession.js';
import { formatPolicy, parsePolicy } from '../../src/model/policy-text.js';
import { isPrintableLine } from '../../src/model/printable.js';
import { formatReport, parseReport } from '../../src/model/report-text.js';
import { isTainted, revokedFrom } from '../../src/model/revocation.js';
import type { Role } from '../../src/model/signer-roles.js';
import { formatTags, parseTags } from '../../src/model/tag-label.js';
import { formatMessage, parseMessage } from '../../src/model/trailers.js';
import { formatVersion, parseVersion } from '../../src/model/version-commit.js';
import {
  edits,
  entryText,
  line,
  metadata,
  policy,
  policyOf2,
  rationale,
  reportText,
  sealedVersion,
  tags,
  withEdits,
} from './arbitraries.js';
import { runs } from './seed.js';

const RUNS = runs(300);

/** Where the types allow what the test does not. */
function fail(): never {
  throw new Error('not a case of this test');
}

/** A text format: values to text, and text to a value or null. */
function codec<T>(
  name: string,
  values: fc.Arbitrary<T>,
  format: (value: T) => string,
  parse: (text: string) => T | null,
) {
  describe(name, () => {
    test('reads what it wrote', () => {
      fc.assert(
        fc.property(values, (value) => {
          const text = format(value);
          expect(text.isWellFormed()).toBe(true);
          expect(parse(text)).toEqual(value);
          expect(format(value)).toBe(text);
        }),
        RUNS,
      );
    });

    test('refuses any other text, or writes it the same', () => {
      let refused = 0;
      fc.assert(
        fc.property(values, edits, (value, changes) => {
          const text = withEdits(format(value), changes);
          const read = parse(text);
          if (read === null) refused += 1;
          else expect(format(read)).toBe(text);
        }),
        RUNS,
      );
      expect(refused).toBeGreaterThan(0);
    });
  });
}

codec('a version commit', sealedVersion, formatVersion, parseVersion);
codec('a report', reportText, formatReport, parseReport);

/** The same entry with ids as long as those of a format. */
function withIds(text: EntryText, { digits }: ObjectFormat): EntryText {
  const longer = (oid: string | null) => oid?.padEnd(digits, '5') ?? null;
  const events = text.events.map((event) => {
    if (event.type === 'redact') return { ...event, oid: event.oid.padEnd(digits, '5') };
    return event.type === 'restored' ? { ...event, foreign: longer(event.foreign) } : event;
  });
  const updates = text.updates.map(({ ref, from, to }) => ({ ref, from: longer(from), to: longer(to) }));
  return { ...text, events, updates };
}

for (const format of [SHA1, SHA256])
  codec(
    `a journal entry of a ${format.title} ledger`,
    entryText.map((text) => withIds(text, format)),
    (text) => formatEntry(text, format),
    (text) => parseEntry(text, format),
  );

test('a journal entry of one object format is none of the other', () => {
  const ids = fc.property(entryText, fc.constantFrom(SHA1, SHA256), (text, format) => {
    const other = format === SHA1 ? SHA256 : SHA1;
    if (text.updates.length > 0) expect(parseEntry(formatEntry(withIds(text, format), format), other)).toBeNull();
  });
  fc.assert(ids, RUNS);
});

codec('metadata', metadata, formatMetadata, parseMetadata);

const SEPARATOR = '\n=====\n';
codec(
  'a policy',
  fc.oneof(policy, policyOf2),
  (value) => {
    const { policyJson, allowedSigners } = formatPolicy(value);
    return `${policyJson}${SEPARATOR}${allowedSigners}`;
  },
  (text) => {
    const [policyJson = '', allowedSigners = '', more] = text.split(SEPARATOR);
    return more === undefined && text.includes(SEPARATOR) ? parsePolicy({ policyJson, allowedSigners }) : null;
  },
);

describe('lines', () => {
  test('of a version commit are its six trailers, one line each, whatever is in them', () => {
    fc.assert(
      fc.property(sealedVersion, (value) => {
        const lines = formatVersion(value).split('\n');
        expect(lines).toHaveLength(9);
        for (const text of lines.slice(2, 8)) expect(isPrintableLine(text, 1_000_000)).toBe(true);
      }),
      RUNS,
    );
  });

  test('of a report never begin like a signature', () => {
    fc.assert(
      fc.property(reportText, (value) => {
        for (const text of formatReport(value).split('\n')) expect(text.startsWith('-----')).toBe(false);
      }),
      RUNS,
    );
  });

  test('of a body come back as they were', () => {
    fc.assert(
      fc.property(rationale, line(50), (body, value) => {
        const message = formatMessage('subject', body, [['Key', value]]);
        expect(parseMessage(message)).toEqual({ subject: 'subject', body, trailers: [['Key', value]] });
      }),
      RUNS,
    );
  });
});

describe('a tags note', () => {
  test('reads what it wrote, sorted by UTF-8 bytes', () => {
    fc.assert(
      fc.property(tags, (labels) => {
        const text = formatTags(labels);
        expect(new Set(parseTags(text))).toEqual(new Set(labels));
        expect(formatTags(parseTags(text))).toBe(text);
        const lines = (text ?? '')
          .split('\n')
          .slice(0, -1)
          .map((label) => Buffer.from(label));
        expect([...lines].sort(Buffer.compare)).toEqual(lines);
        expect(text === null).toBe(labels.length === 0);
      }),
      RUNS,
    );
  });
});

describe('a changed policy', () => {
  test('can always be written and read back', () => {
    fc.assert(
      fc.property(policy, policy, (before, change) => {
        const known = new Map(before.signers.map((s) => [s.publicKey.fingerprint, s]));
        const signers = change.signers.map((s) => {
          const old = known.get(s.publicKey.fingerprint);
          return { ...s, principal: old?.principal ?? s.principal, roles: (old?.revokedFrom ?? 0) > 0 ? [] : s.roles };
        });
        const roles = new Map([...before.signers, ...signers].map((s) => [s.publicKey.fingerprint, s.roles]));
        fc.pre([...roles.values()].some((list) => list.includes('admin')));
        const after = changePolicy(before, { signers, settings: { maxCheckpoints: change.maxCheckpoints } });
        expect(parsePolicy(formatPolicy(after))).toEqual(after);
        expect(after.maxCheckpoints).toBe(change.maxCheckpoints);
        expect(Object.fromEntries(after.signers.map((s) => [s.publicKey.fingerprint, s.roles]))).toEqual(
          Object.fromEntries(roles),
        );
        // Roles are one thing, revocations another: a change of the former leaves the latter.
        for (const s of after.signers)
          expect(s.revokedFrom).toBe(known.get(s.publicKey.fingerprint)?.revokedFrom ?? null);
      }),
      RUNS,
    );
  });

  test('revokes for good: no roles, from the earliest entry that was ever named, and nothing else changes', () => {
    const choice = fc.record({ index: fc.nat(), from: fc.integer({ min: 1, max: 99 }) });
    fc.assert(
      fc.property(policy, fc.array(choice, { minLength: 1, maxLength: 6 }), (before, choices) => {
        let now = before;
        for (const { index, from } of choices) {
          const { publicKey } = now.signers[index % now.signers.length] ?? fail();
          const { fingerprint } = publicKey;
          const was = revokedFrom(now, fingerprint);
          const others = now.signers.filter((s) => s.publicKey.fingerprint !== fingerprint);
          const revoke = () => changePolicy(now, { revoke: [{ fingerprint, from }] });
          if ((was !== null && from > was) || !others.some((s) => s.roles.includes('admin'))) {
            expect(revoke).toThrow(/^(revoke\.from|signers): expected at (most|least) /);
            continue;
          }
          now = revoke();
          expect(now.signers.filter((s) => s.publicKey.fingerprint !== fingerprint)).toEqual(others);
          expect(signerOf(now, fingerprint)).toMatchObject({ roles: [], revokedFrom: from, publicKey });
          expect(policySuccession(before, now, Number.MAX_SAFE_INTEGER, () => [])).toBeNull();
          expect(parsePolicy(formatPolicy(now))).toEqual(now);
          expect(formatPolicy(now).allowedSigners).toBe(formatPolicy(before).allowedSigners);
          for (const roles of [['admin'], ['recorder']] as const) {
            const { principal } = signerOf(now, fingerprint) ?? fail();
            expect(() => changePolicy(now, { signers: [{ principal, publicKey, roles }] })).toThrow(
              /revoked from entry/,
            );
          }
          for (const later of [fingerprint, ...others.map((s) => s.publicKey.fingerprint)]) {
            const limit = revokedFrom(now, later);
            expect(isTainted(now, later, (limit ?? 1) - 1)).toBe(false);
            expect(isTainted(now, later, limit ?? Number.MAX_SAFE_INTEGER)).toBe(limit !== null);
          }
        }
      }),
      RUNS,
    );
  });
});

describe('a policy that was tampered with', () => {
  const [one, two] = [1, 2].map(() => parsePublicKeyLine(generateKey().publicKey).key);
  if (one === undefined || two === undefined) fail();
  const signer = (
    publicKey: PublicKey,
    principal: string,
    roles: readonly Role[],
    revokedFrom: number | null = null,
  ) => ({
    publicKey,
    principal,
    roles,
    revokedFrom,
  });
  const good: Policy = {
    ...DEFAULT_SETTINGS,
    format: 1,
    signers: [signer(one, 'ops', ['admin']), signer(two, 'ci', [], 7)],
  };
  const { policyJson, allowedSigners } = formatPolicy(good);
  const without = formatPolicy({ ...good, signers: [signer(one, 'ops', ['admin'])] });
  const line = (principal: string, { type, blob }: PublicKey) => `${principal} ${type} ${blob}\n`;
  const revoked = (value: string) => policyJson.replace(/": 7\n/, `": ${value}\n`);
  const unknown = `SHA256:${'A'.repeat(43)}`;

  test('has its revocations last, and only where there are any', () => {
    expect(parsePolicy({ policyJson, allowedSigners })).toEqual(good);
    expect(JSON.parse(policyJson)).toMatchObject({
      keys: { [two.fingerprint]: [] },
      revoked: { [two.fingerprint]: 7 },
    });
    expect(Object.keys(JSON.parse(policyJson)).slice(-2)).toEqual(['keys', 'revoked']);
    expect(without.policyJson).not.toContain('revoked');
  });

  test.each([
    ['from the first entry', revoked('0'), allowedSigners],
    ['from before it', revoked('-1'), allowedSigners],
    ['from half an entry', revoked('7.5'), allowedSigners],
    ['from an entry written otherwise', revoked('7.0'), allowedSigners],
    ['from an entry written with an exponent', revoked('7e0'), allowedSigners],
    ['from a number beyond all entries', revoked('9007199254740993'), allowedSigners],
    ['from a text', revoked('"7"'), allowedSigners],
    ['from null', revoked('null'), allowedSigners],
    ['with a role', policyJson.replace('[]', '[\n      "recorder"\n    ]'), allowedSigners],
    ['of a key that it does not have', policyJson.replaceAll(two.fingerprint, unknown), allowedSigners],
    [
      'of a key without roles of its own',
      policyJson.replace(`"${two.fingerprint}": []`, `"${unknown}": []`),
      allowedSigners,
    ],
    ['none, and says so', without.policyJson.replace(/\n\}\n$/, ',\n  "revoked": {}\n}\n'), without.allowedSigners],
    ['twice', policyJson.replace('"revoked": {', `"revoked": {\n    "${two.fingerprint}": 7,`), allowedSigners],
    [
      'before the keys',
      policyJson.replace(/("keys"[\s\S]*?\n {2}\}),\n( *"revoked"[\s\S]*?\n {2}\})/, '$2,\n  $1'),
      allowedSigners,
    ],
    ['a key of two owners', policyJson, allowedSigners + line('mallory', one)],
    ['a key twice', policyJson, allowedSigners + line('ci', two)],
    ['a key of another type than its own', policyJson, allowedSigners.replace('ci ssh-ed25519', 'ci ssh-rsa')],
  ])('is no policy where it revokes %s', (_, json, lines) => {
    expect([json, lines]).not.toEqual([policyJson, allowedSigners]);
    expect(parsePolicy({ policyJson: json, allowedSigners: lines })).toBeNull();
  });
});
