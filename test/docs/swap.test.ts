/** The guide docs/guide/swap.md: each of its programs compiles in strict mode and prints what it says, and its tables name every code. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SwapRefusalCode } from '../../src/api/swap.js';
import { GateNoteCode } from '../../src/index.js';
import { Cusum, passingShare, type Share } from '../../src/swap/health/cusum.js';
import { MarkdownDocument, ROOT } from './document.js';
import { Workplace } from './workplace.js';

const guide = new MarkdownDocument('docs/guide/swap.md');
const programs = guide.texts('ts');

let place: Workplace;

beforeAll(() => {
  place = new Workplace();
  for (const [index, program] of programs.entries()) place.write(`program-${index}/program.ts`, program);
});

afterAll(() => place.remove());

/** The programs whose output is shown behind them. */
const shown = guide.blocks.flatMap(({ info, section }, i) => {
  const next = guide.blocks[i + 1];
  if (info !== 'ts' || next?.info !== 'text') return [];
  const index = guide.blocks.slice(0, i).filter((block) => block.info === 'ts').length;
  return [{ section, prints: next.text, index }];
});

describe('the programs of the guide to swapping', () => {
  it('are shown with what they print', () => {
    expect(shown).toHaveLength(programs.length);
    expect(programs.length).toBeGreaterThan(7);
  });

  it('compile in strict mode', () => {
    expect(place.compile(programs.map((_, index) => `program-${index}/program.ts`))).toBe('');
  }, 120_000);

  it.each(shown)(
    'prints what the guide says: $section',
    ({ prints, index }) => {
      const folder = place.path(`program-${index}`);
      expect(place.attempt('node program.js', folder)).toEqual({ status: 0, stdout: prints, stderr: '' });
    },
    120_000,
  );
});

/** What stands in backticks in the first column of the tables of a section, by the column's name. */
function firstColumn(title: string, name: string): string[] {
  const [, rows = ''] =
    new RegExp(`^\\| ${name} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)*)`, 'm').exec(`${guide.section(title)}\n`) ?? [];
  return [...rows.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  );
}

/** The members of a union of strings, or of the field `type`, as a source file declares it. */
function declared(file: string, type: string, member: RegExp): string[] {
  const source = readFileSync(join(ROOT, 'src', 'swap', file), 'utf8');
  const [, body = ''] = new RegExp(`export type ${type} =([\\s\\S]*?);\\n\\n`).exec(`${source}\n\n`) ?? [];
  return [...body.matchAll(member)].map(([, name = '']) => name);
}

const CODE = /'([A-Z_]+)'/g;
const CODES_FILE = 'swap/swap-codes.ts';

describe('the tables of the guide to swapping', () => {
  it('name every code by which a swap is refused, and no other', () => {
    expect(firstColumn('Why a swap is refused', 'code').sort()).toEqual(Object.keys(SwapRefusalCode).sort());
  });

  it('name every code of a warning, and no other', () => {
    const codes = [
      ...Object.keys(GateNoteCode),
      ...declared(CODES_FILE, 'LoadWarningCode', CODE),
      ...declared(CODES_FILE, 'SwapWarningCode', CODE),
    ];
    expect(codes.length).toBeGreaterThan(15);
    expect(firstColumn('Warnings', 'code').sort()).toEqual(codes.sort());
  });

  it('name every notice, step and phase, and no other', () => {
    const notices = declared('swap-types.ts', 'SwapNotice', /readonly type: '([a-z-]+)'/g);
    expect(notices.length).toBeGreaterThan(10);
    expect(firstColumn('Notices', '`type`').sort()).toEqual(notices.sort());
    const title = 'What `swap` answers';
    expect(firstColumn(title, '`step`')).toEqual(declared('swap-types.ts', 'SwapStep', /'([a-z]+)'/g));
    expect(firstColumn(title, '`phase`').sort()).toEqual(declared('swap-types.ts', 'SwapPhase', CODE).sort());
    expect(firstColumn('Going back', '`stayed`').sort()).toEqual(declared('swap-types.ts', 'StayReason', CODE).sort());
  });
});

const RULE = { margin: 0.03, delta: 0.1 };

/** A row of the table of the sequential test: what passes, from which share on it goes off in the end, after how many failures in a row. */
function tested(base: Share | null): readonly string[] {
  const passing = passingShare(base, RULE);
  const bad = Math.log((passing + RULE.delta) / passing);
  const good = Math.log((1 - passing) / (1 - passing - RULE.delta));
  const test = new Cusum(RULE);
  let failures = 1;
  while (!test.add({ bad: 1, of: 1 }, passing)) failures += 1;
  const percent = (share: number): string => `${Number((100 * share).toFixed(1))}%`;
  return [percent(passing), percent(good / (bad + good)), `${failures}`];
}

it('the guide to swapping has the figures of the sequential test', () => {
  const rows = [...guide.section('Health').matchAll(/^\| .+ \| ([\d.]+%) \| ([\d.]+%)[ a-z]* \| (\d+)[ a-z]* \|$/gm)];
  const bases = [{ bad: 0, of: 2000 }, { bad: 20, of: 2000 }, { bad: 5, of: 500 }, { bad: 100, of: 2000 }, null];
  expect(rows.map(([, ...figures]) => figures)).toEqual(bases.map(tested));
});
