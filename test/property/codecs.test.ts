/** What is written can be read and gives the same bytes; what is not exactly as we write it is refused. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatMetadata, parseMetadata } from '../../src/model/checkpoint.js';
import { formatEntry, parseEntry } from '../../src/model/journal-entry.js';
import { changePolicy, formatPolicy, parsePolicy } from '../../src/model/policy.js';
import { isPrintableLine } from '../../src/model/printable.js';
import { formatReport, parseReport } from '../../src/model/report.js';
import { formatTags, parseTags } from '../../src/model/tag-label.js';
import { formatMessage, parseMessage } from '../../src/model/trailers.js';
import { formatVersion, parseVersion } from '../../src/model/version-commit.js';
import {
  edits,
  entryText,
  line,
  metadata,
  policy,
  rationale,
  reportText,
  sealedVersion,
  tags,
  withEdits,
} from './arbitraries.js';
import { runs } from './seed.js';

const RUNS = runs(300);

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
codec('a journal entry', entryText, formatEntry, parseEntry);
codec('metadata', metadata, formatMetadata, parseMetadata);

const SEPARATOR = '\n=====\n';
codec(
  'a policy',
  policy,
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
        const known = new Map(before.signers.map((s) => [s.publicKey.fingerprint, s.principal]));
        const signers = change.signers.map((s) => ({
          ...s,
          principal: known.get(s.publicKey.fingerprint) ?? s.principal,
        }));
        const roles = new Map([...before.signers, ...signers].map((s) => [s.publicKey.fingerprint, s.roles]));
        fc.pre([...roles.values()].some((list) => list.includes('admin')));
        const after = changePolicy(before, { signers, settings: { maxCheckpoints: change.maxCheckpoints } });
        expect(parsePolicy(formatPolicy(after))).toEqual(after);
        expect(after.maxCheckpoints).toBe(change.maxCheckpoints);
        expect(Object.fromEntries(after.signers.map((s) => [s.publicKey.fingerprint, s.roles]))).toEqual(
          Object.fromEntries(roles),
        );
      }),
      RUNS,
    );
  });
});
