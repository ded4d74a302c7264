/** git-lineage(1): it has every verb, option and variable, and manual page readers have nothing to say against it. */

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { manPage, releaseDate } from '../../src/cli/man-page.js';
import { GLOBAL_OPTIONS } from '../../src/cli/program.js';
import type { Verb } from '../../src/cli/verb.js';
import { VERBS } from '../../src/cli/verbs.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = join(ROOT, 'dist', 'man', 'git-lineage.1');

/** What a reader sees, without the markup that this page uses. */
function plain(page: string): string {
  return page
    .replace(/\\f[BIR]/g, '')
    .replace(/\\&/g, '')
    .replace(/\\-/g, '-')
    .replace(/\\\(aq/g, "'")
    .replace(/\\\(dq/g, '"')
    .replace(/\\e/g, '\\');
}

const page = plain(manPage(VERBS, '1.2.3', null));

describe('the manual page', () => {
  it('has every verb with its summary, arguments, options and example', () => {
    const check = (verb: Omit<Verb, 'group'>, names: readonly string[]): void => {
      const title = [...names, verb.name].join(' ');
      const [, part = ''] = page.split(`\n.SS ${title}\n`);
      const [own = ''] = part.split(/\n\.S[SH] /);
      expect(own, title).toContain(verb.summary);
      expect(own, title).toContain(verb.example.replaceAll('…', '...'));
      for (const { description } of [...(verb.arguments ?? []), ...(verb.options ?? [])])
        expect(own, title).toContain(description.replaceAll('…', '...'));
      for (const inner of verb.verbs ?? []) check(inner, [...names, verb.name]);
    };
    for (const verb of VERBS) check(verb, []);
    for (const { description } of GLOBAL_OPTIONS) expect(page).toContain(description.replaceAll('…', '...'));
  });

  it('has every variable that the command line reads', () => {
    const folder = join(ROOT, 'src', 'cli');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const text = sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    const read = new Set([...text.matchAll(/'(GIT_LINEAGE_[A-Z_]+)'/g)].map(([, name = '']) => name));
    expect(read.size).toBeGreaterThan(5);
    expect([...read].filter((name) => !page.includes(`\n${name}\n`))).toEqual([]);
  });

  it('prints what would be markup', () => {
    const verb = { ...VERBS[0], name: 'x', summary: '.so /etc/passwd \\fB "a" `b` ~c ^d', verbs: [] } as Verb;
    const { status, stdout } = spawnSync('mandoc', ['-T', 'ascii'], {
      input: manPage([verb], '1', null),
      encoding: 'utf8',
    });
    if (status !== null) expect(stdout.replace(/.\u0008/g, '')).toContain('.so /etc/passwd \\fB "a" `b` ~c ^d');
    expect(manPage([verb], '1', null)).not.toMatch(/^\.so/m);
  });

  it('is in the package as it was built, and is that of today', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    // npm links what a list names at a global installation, and nothing that a bare string does.
    expect(manifest.man).toEqual(['./dist/man/git-lineage.1']);
    expect(join(ROOT, manifest.man[0])).toBe(BUILT);
    const date = releaseDate(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), manifest.version);
    expect(readFileSync(BUILT, 'utf8')).toBe(manPage(VERBS, manifest.version, date));
  });

  it('has the date of its release, by the changelog', () => {
    const changelog = '# Changelog\n\n## Unreleased\n\n## 1.2.10 - 2026-02-01\n\n## [1.2.1] - 2026-01-31\n';
    expect(releaseDate(changelog, '1.2.1')).toBe('2026-01-31');
    expect(releaseDate(changelog, '1.2.10')).toBe('2026-02-01');
    for (const version of ['Unreleased', '1.2', '1.3.0']) expect(releaseDate(changelog, version)).toBeNull();
    expect(manPage(VERBS, '1.2.1', '2026-01-31')).toContain('\n.TH GIT\\-LINEAGE 1 "2026-01-31" "git\\-lineage 1.2.1"');
  });

  const hasMandoc = spawnSync('mandoc', ['-T', 'lint', '/dev/null']).status !== null;
  it.skipIf(!hasMandoc)('is accepted by mandoc', () => {
    const input = manPage(VERBS, '1.2.3', '2026-01-31');
    expect(spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], { input, encoding: 'utf8' }).stdout).toBe('');
    expect(execFileSync('mandoc', ['-T', 'ascii', BUILT], { encoding: 'utf8' })).toContain('GIT-LINEAGE(1)');
  });
});
