/** docs/guide/assess.md: its example run as written, and its table of codes held against the library's. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../src/model/finding-codes.js';
import { CompatibilityLevel } from '../../src/model/report.js';
import { MarkdownDocument } from './document.js';
import { Workplace } from './workplace.js';

const guide = new MarkdownDocument('docs/guide/assess.md');

let place: Workplace;

beforeAll(() => {
  place = new Workplace();
  place.env['GIT_LINEAGE_DIR'] = 'modules.git';
  for (const { info, text } of guide.blocks) {
    const [, path] = /^ts (\S+)$/.exec(info) ?? [];
    if (path !== undefined) place.write(path, text);
  }
});

afterAll(() => place.remove());

/** The oids and times of a journal are each run's own. */
function settled(text: string): string {
  return text.replace(/^(journal \d+) .*$/gm, '$1');
}

describe('the guide to the assessor', () => {
  it('has an example that prints what it says', () => {
    const [compare = '', inLedger = '', byHand = '', approve = '', build = ''] = guide.texts('sh');
    const [compared = '', ledgered = ''] = guide.texts('text');
    expect(place.attempt(compare).stdout).toBe(compared);

    // The gate refuses, with exit code 1.
    const refused = place.attempt(inLedger);
    expect(refused.status, refused.stderr).toBe(1);
    expect(settled(refused.stdout).endsWith(ledgered), refused.stdout).toBe(true);

    expect(place.attempt(byHand).stdout).toMatch(/^BREAKING is in force/);
    expect(place.attempt(`${approve}git-lineage gate planner 1 2`).stdout).toMatch(/^allow BREAKING/m);
    const failed = place.attempt(build);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^Callers break:/m);
  });

  it('has a table of every finding code, in order, and of no other', () => {
    const rows = [...guide.section('Finding codes').matchAll(/^\| `([a-z-]+)` \| ([A-Z_, ]+) \| .+ \|$/gm)];
    expect(rows.map(([, code]) => code)).toEqual([...FINDING_CODES]);
    const levels: readonly string[] = Object.values(CompatibilityLevel);
    for (const [, code, level = ''] of rows) {
      expect(
        level.split(', ').every((name) => levels.includes(name)),
        code,
      ).toBe(true);
    }
  });

  it('names only finding codes among its rules', () => {
    const named = [...guide.section('Rules').matchAll(/^\|.*\| [A-Z_]+ \| (`.*`) \|$/gm)].flatMap(([, codes = '']) =>
      codes.split(', ').map((code) => code.replaceAll('`', '')),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((code) => !(FINDING_CODES as readonly string[]).includes(code))).toEqual([]);
  });
});
