/** docs/guide/assess.md: its example run as written, and its table of codes held against the library's. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../src/model/finding-codes.js';
import { CompatibilityLevel } from '../../src/model/report.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const guide = readFileSync(join(root, 'docs', 'guide', 'assess.md'), 'utf8');

/** The fenced blocks in order: what stands behind the fence, and the text. */
const blocks = [...guide.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', text = '']) => ({ info, text }));

function textsOf(info: string): string[] {
  return blocks.filter((block) => block.info === info).map(({ text }) => text);
}

function section(heading: string): string {
  return guide.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-lineage-guide-'));
  mkdirSync(join(folder, 'home'));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(root, 'dist', 'cli', 'bin.js'), join(folder, 'bin', 'git-lineage'));
  for (const { info, text } of blocks) {
    const path = /^ts (\S+)$/.exec(info)?.[1];
    if (path === undefined) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

function run(script: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    HOME: join(folder, 'home'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_LINEAGE_DIR: 'modules.git',
  };
  return spawnSync('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env, encoding: 'utf8' });
}

/** The oids and times of a journal are each run's own. */
function settled(text: string): string {
  return text.replace(/^(journal \d+) .*$/gm, '$1');
}

describe('the guide to the assessor', () => {
  it('has an example that prints what it says', () => {
    const [compare = '', inLedger = '', byHand = '', approve = '', build = ''] = textsOf('sh');
    const [compared = '', ledgered = ''] = textsOf('text');
    expect(run(compare).stdout).toBe(compared);

    // The gate refuses, with exit code 1.
    const refused = run(inLedger);
    expect(refused.status, refused.stderr).toBe(1);
    expect(settled(refused.stdout).endsWith(ledgered), refused.stdout).toBe(true);

    expect(run(byHand).stdout).toMatch(/^BREAKING is in force/);
    expect(run(`${approve}git-lineage gate planner 1 2`).stdout).toMatch(/^allow BREAKING/m);
    const failed = run(build);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^Callers break:/m);
  });

  it('has a table of every finding code, in order, and of no other', () => {
    const rows = [...section('Finding codes').matchAll(/^\| `([a-z-]+)` \| ([A-Z_, ]+) \| .+ \|$/gm)];
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
    const named = [...section('Rules').matchAll(/^\|.*\| [A-Z_]+ \| (`.*`) \|$/gm)].flatMap(([, codes = '']) =>
      codes.split(', ').map((code) => code.replaceAll('`', '')),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((code) => !(FINDING_CODES as readonly string[]).includes(code))).toEqual([]);
  });

  it('names only files that are there', () => {
    const links = [...guide.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(1);
    for (const link of links) expect(() => readFileSync(join(root, 'docs', 'guide', link)), link).not.toThrow();
  });
});
