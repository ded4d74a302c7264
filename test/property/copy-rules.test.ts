/** Whatever form an object has: what `git fsck --strict` rejects, the rules for copies reject; and no byte of a pack can change unseen. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs, { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openEvidence } from '../../src/git/copy/open-evidence.js';
import { GIT_ENVIRONMENT, git, gitOutcome, gitRefs } from '../crash/real-git.mjs';
import { onDisk, plan } from '../interop/ledger-on-disk.js';
import { runs } from './seed.js';

/** Writes objects as loose files with a ref on each, and returns their ids. */
function plant(gitdir: string, type: string, contents: readonly Uint8Array[]): string[] {
  return contents.map((content) => {
    const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const oid = createHash('sha1').update(whole).digest('hex');
    mkdirSync(join(gitdir, 'objects', oid.slice(0, 2)), { recursive: true });
    writeFileSync(join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2)), deflateSync(whole));
    return oid;
  });
}

/** The objects that git complains about. */
function rejectedByGit(gitdir: string): Set<string> {
  const { output, errors } = gitOutcome(gitdir, ['fsck', '--strict', '--full', '--no-dangling', '--no-progress']);
  const complaints = `${output}\n${errors}`.split('\n');
  return new Set(complaints.flatMap((line) => /^error in (?:tree|commit|tag) ([0-9a-f]{40})/.exec(line)?.[1] ?? []));
}

async function rejectedByUs(gitdir: string, roots: readonly string[]): Promise<Set<string>> {
  const evidence = await openEvidence(fs, gitdir);
  try {
    const { damaged } = await evidence.scan(roots);
    return new Set(damaged.flatMap(({ oid }) => oid ?? []));
  } finally {
    await evidence.close();
  }
}

const SPECIAL = [
  '.',
  '..',
  '.git',
  'git~1',
  '.gitmodules',
  'gitmod~1',
  'gi7eba~1',
  '~1000000',
  '.gitattributes',
  'GI7D29~1',
];
const piece = fc.constantFrom(
  'a',
  'b',
  'a.b',
  'a-',
  '/',
  '\\',
  '.',
  ' ',
  ':',
  '::$DATA',
  '~1',
  '\u200c',
  '\ufeff',
  'ä',
  'G',
  '.git',
  'git~1',
);
const name = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('', ...SPECIAL), fc.constantFrom(...SPECIAL), piece)
    .map(([a, b, c]) => `${a === '' ? '' : `${a}\\`}${b}${c}`),
  fc.constantFrom(...SPECIAL).map((text) => text.toUpperCase()),
  fc.constantFrom('', ...SPECIAL),
);
const mode = fc.constantFrom(
  '100644',
  '100755',
  '120000',
  '40000',
  '40000',
  '100644',
  '040000',
  '100664',
  '160000',
  '7',
  '100648',
  '',
);
const treeLines = fc.array(fc.tuple(mode, name), { minLength: 1, maxLength: 5 });

it('trees of every form', { timeout: 120_000 }, async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
    const file = await git(gitdir, ['rev-parse', 'planner/v1:index.js']);
    const folder = await git(gitdir, ['rev-parse', 'planner/v1:lib']);
    const contents = fc.sample(fc.tuple(treeLines, fc.boolean(), fc.nat(3)), runs(600)).map(([lines, sorted, cut]) => {
      const written = sorted ? [...lines].sort(([m1, a], [m2, b]) => Buffer.compare(key(m1, a), key(m2, b))) : lines;
      const bytes = Buffer.concat(
        written.flatMap(([m, n]) => [
          Buffer.from(`${m} ${n}\0`),
          Buffer.from(m.endsWith('40000') ? folder : file, 'hex'),
        ]),
      );
      return cut === 3 ? bytes.subarray(0, -1) : bytes;
    });
    const oids = plant(gitdir, 'tree', contents);
    const theirs = rejectedByGit(gitdir);
    const ours = await rejectedByUs(gitdir, [...oids, ...gitRefs(gitdir).values()]);
    // Of six hundred, some thirty are good.
    expect(theirs.size).toBeGreaterThan(20);
    expect(oids.filter((oid) => !ours.has(oid)).length).toBeGreaterThan(3);
    const accepted = oids.flatMap((oid, i) =>
      theirs.has(oid) && !ours.has(oid) ? [contents[i]?.toString('latin1')] : [],
    );
    expect(accepted).toEqual([]);
  });
});

function key(m: string, n: string): Buffer {
  return Buffer.from(m.endsWith('40000') ? `${n}/` : n);
}

it('commits and tags with anything in their headers', { timeout: 120_000 }, async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
    const [commit, tree] = await Promise.all(
      ['planner/v1', 'planner/v1^{tree}'].map((n) => git(gitdir, ['rev-parse', n])),
    );
    const who = 'x <x@example.org> 1 +0000\n';
    const bases = {
      commit: `tree ${tree}\nparent ${commit}\nauthor ${who}committer ${who}\nwhy\n`,
      tag: `object ${commit}\ntype commit\ntag x\ntagger ${who}\nwhy\n`,
    };
    const inserted = fc.constantFrom(
      '',
      ' ',
      '\n',
      '\0',
      '<',
      '>',
      '0',
      '9'.repeat(20),
      '+',
      'x',
      'author ',
      `author ${who}`,
      'parent ',
      `\n${who}`,
    );
    for (const [type, text] of Object.entries(bases)) {
      const edits = fc.array(fc.tuple(fc.nat(text.length), fc.nat(3), inserted), { minLength: 1, maxLength: 2 });
      const contents = fc.sample(edits, runs(600)).map((changes) => {
        let edited = text;
        for (const [at, removed, added] of changes) edited = edited.slice(0, at) + added + edited.slice(at + removed);
        return Buffer.from(edited);
      });
      const oids = plant(gitdir, type, contents);
      const theirs = rejectedByGit(gitdir);
      const ours = await rejectedByUs(gitdir, [...oids, ...gitRefs(gitdir).values()]);
      expect(oids.filter((oid) => theirs.has(oid)).length).toBeGreaterThan(20);
      expect(oids.filter((oid) => !ours.has(oid)).length).toBeGreaterThan(20);
      const accepted = oids.flatMap((oid, i) =>
        theirs.has(oid) && !ours.has(oid) ? [contents[i]?.toString('latin1')] : [],
      );
      expect(accepted).toEqual([]);
    }
  });
});

it('no byte of a pack or its index changes unseen', { timeout: 120_000 }, async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    for (let i = 1; i < 4; i++) await ledger.recordCheckpoint({ moduleId: 'planner' }, plan(`${i}`));
    spawnSync('git', ['-C', gitdir, 'repack', '-adfq'], { env: GIT_ENVIRONMENT });
    const folder = join(gitdir, 'objects/pack');
    const roots = [...gitRefs(gitdir).values()];
    const files = readdirSync(folder)
      .filter((n) => /\.(pack|idx)$/.test(n))
      .map((n) => join(folder, n));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (file, place, flip) => {
          const good = readFileSync(file);
          const bad = Buffer.from(good);
          const at = place % bad.length;
          bad[at] = (bad[at] ?? 0) ^ flip;
          rmSync(file);
          writeFileSync(file, bad);
          try {
            const evidence = await openEvidence(fs, gitdir);
            const { damaged } = await evidence.scan(roots).finally(() => evidence.close());
            expect(damaged.length).toBeGreaterThan(0);
          } finally {
            writeFileSync(file, good);
          }
        },
      ),
      runs(200),
    );
  });
});
