/** The guide docs/guide/swap.md: each of its programs compiles in strict mode and prints what it says, and its tables name every code. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GateNoteCode, SwapRefusalCode } from '../../src/index.js';
import { Cusum, passingShare, type Share } from '../../src/swap/health/cusum.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const guide = readFileSync(join(root, 'docs', 'guide', 'swap.md'), 'utf8');

interface Program {
  readonly section: string;
  readonly source: string;
  readonly prints: string;
}

/** A section from its heading to the next one of any level. */
function sections(): { readonly title: string; readonly text: string }[] {
  return guide.split(/^#{2,3} /m).map((part) => {
    const [title = '', ...lines] = part.split('\n');
    return { title, text: lines.join('\n') };
  });
}

function section(title: string): string {
  return sections().find((each) => each.title === title)?.text ?? '';
}

const programs: Program[] = sections().flatMap(({ title, text }) =>
  [...text.matchAll(/^```ts\n([\s\S]*?)^```\n\nIt prints\n\n```text\n([\s\S]*?)^```$/gm)].map(
    ([, source = '', prints = '']) => ({ section: title, source, prints }),
  ),
);

/** A folder where git-lineage is installed as npm would install it, with a folder for each program. */
let project: string;

const folderOf = (index: number): string => join(project, `program-${index}`);

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'git-lineage-swap-'));
  const modules = join(project, 'node_modules');
  mkdirSync(modules);
  symlinkSync(root, join(modules, 'git-lineage'));
  for (const name of ['prom-client', '@types', 'undici-types'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}\n');
  for (const [index, { source }] of programs.entries()) {
    mkdirSync(folderOf(index));
    writeFileSync(join(folderOf(index), 'program.ts'), source);
  }
});

afterAll(() => {
  // The cache of modules is read-only.
  spawnSync('chmod', ['-R', 'u+w', project]);
  rmSync(project, { recursive: true });
});

describe('the programs of the guide to swapping', () => {
  it('are all of its blocks of TypeScript', () => {
    expect(programs).toHaveLength([...guide.matchAll(/^```ts$/gm)].length);
    expect(programs.length).toBeGreaterThan(7);
  });

  it('compile in strict mode', () => {
    const options = ['--strict', '--noUnusedLocals', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const files = programs.map((_, index) => join(folderOf(index), 'program.ts'));
    const compiled = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), [...options, ...files], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(compiled.stdout).toBe('');
    expect(compiled.status).toBe(0);
  }, 120_000);

  it.each(programs.map(({ section, prints }, index) => ({ section, prints, index })))(
    'prints what the guide says: $section',
    ({ prints, index }) => {
      const ran = spawnSync(process.execPath, ['program.js'], { cwd: folderOf(index), encoding: 'utf8' });
      expect(ran.stderr).toBe('');
      expect(ran.stdout).toBe(prints);
      expect(ran.status).toBe(0);
    },
    120_000,
  );
});

/** What stands in backticks in the first column of the tables of a section, by the column's name. */
function firstColumn(title: string, name: string): string[] {
  const [, rows = ''] =
    new RegExp(`^\\| ${name} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)*)`, 'm').exec(`${section(title)}\n`) ?? [];
  return [...rows.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  );
}

/** The members of a union of strings, or of the field `type`, as a source file declares it. */
function declared(file: string, type: string, member: RegExp): string[] {
  const source = readFileSync(join(root, 'src', 'swap', file), 'utf8');
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
    const notices = declared('contract.ts', 'SwapNotice', /readonly type: '([a-z-]+)'/g);
    expect(notices.length).toBeGreaterThan(10);
    expect(firstColumn('Notices', '`type`').sort()).toEqual(notices.sort());
    const title = 'What `swap` answers';
    expect(firstColumn(title, '`step`')).toEqual(declared('contract.ts', 'SwapStep', /'([a-z]+)'/g));
    expect(firstColumn(title, '`phase`').sort()).toEqual(declared('contract.ts', 'SwapPhase', CODE).sort());
    expect(firstColumn('Going back', '`stayed`').sort()).toEqual(declared('contract.ts', 'StayReason', CODE).sort());
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
  const rows = [...section('Health').matchAll(/^\| .+ \| ([\d.]+%) \| ([\d.]+%)[ a-z]* \| (\d+)[ a-z]* \|$/gm)];
  const bases = [{ bad: 0, of: 2000 }, { bad: 20, of: 2000 }, { bad: 5, of: 500 }, { bad: 100, of: 2000 }, null];
  expect(rows.map(([, ...figures]) => figures)).toEqual(bases.map(tested));
});

it('the guide to swapping names only files and sections that are there', () => {
  const heading = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
  const links = [...guide.matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)];
  expect(links.length).toBeGreaterThan(10);
  for (const [link, file = '', anchor = ''] of links) {
    const text = file === '' ? guide : readFileSync(join(root, 'docs', 'guide', file), 'utf8');
    const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => heading(title));
    if (anchor !== '') expect(anchors, link).toContain(anchor);
  }
});
