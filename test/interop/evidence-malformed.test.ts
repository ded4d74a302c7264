/** Objects that are malformed, each held against what git says of it. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GIT_ENVIRONMENT, git, gitOutcome } from '../crash/real-git.mjs';
import { complaints, copied, fresh, makeLedgers, scanOf, smallDir, withEvidence } from './evidence-ledgers.js';

makeLedgers();

/** Writes an object of whatever form and puts a ref on it, through a commit where it is a tree. */
async function planted(path: string, type: string, content: Uint8Array): Promise<string> {
  const { stdout, status } = spawnSync('git', ['-C', path, 'hash-object', '-t', type, '-w', '--literally', '--stdin'], {
    env: GIT_ENVIRONMENT,
    input: content,
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  const oid = stdout.trim();
  if (type !== 'tree') {
    const ref = type === 'tag' ? 'refs/tags/x' : 'refs/heads/x';
    mkdirSync(join(path, 'refs', type === 'tag' ? 'tags' : 'heads'), { recursive: true });
    writeFileSync(join(path, ref), `${oid}\n`);
    return oid;
  }
  const who = 'x <x@example.org> 1 +0000';
  const commit = Buffer.from(`tree ${oid}\nauthor ${who}\ncommitter ${who}\n\nx\n`);
  await planted(path, 'commit', commit);
  return oid;
}

describe('malformed objects', () => {
  let blob: string;
  let tree: string;
  let commit: string;
  let base: string;
  beforeAll(async () => {
    base = copied(smallDir);
    rmSync(join(base, 'lineage'), { recursive: true });
    blob = await git(base, ['rev-parse', 'planner/v1:index.js']);
    tree = await git(base, ['rev-parse', 'planner/v1^{tree}']);
    commit = await git(base, ['rev-parse', 'planner/v1']);
  });
  const line = (mode: string, name: string | Buffer, oid: string) =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(oid, 'hex')]);

  /** Scans with the object planted and reachable, and asks git. */
  const verdicts = async (type: string, content: Uint8Array) => {
    const path = fresh('.git');
    cpSync(base, path, { recursive: true });
    const oid = await planted(path, type, content);
    const scan = await scanOf(path);
    const { status } = gitOutcome(path, ['fsck', '--strict', '--full', '--no-progress']);
    const unnamed = await withEvidence(path, async (e) =>
      e.scan([...(await e.readRefs())].flatMap(([r, o]) => (/\/x$/.test(r) ? [] : [o]))),
    );
    return {
      oid,
      complaints: complaints(scan),
      named: scan.damaged.some((d) => d.oid === oid),
      git: status,
      unnamed: complaints(unnamed),
    };
  };

  const TREES: Readonly<Record<string, () => Buffer>> = {
    'not sorted': () => Buffer.concat([line('100644', 'b', blob), line('100644', 'a', blob)]),
    'a folder sorted as a file': () => Buffer.concat([line('40000', 'a', tree), line('100644', 'a.b', blob)]),
    'a name twice': () => Buffer.concat([line('100644', 'a', blob), line('100644', 'a', blob)]),
    'a file and a folder of one name': () =>
      Buffer.concat([line('100644', 'a', blob), line('100644', 'a.b', blob), line('40000', 'a', tree)]),
    'a mode with a zero': () => line('040000', 'a', tree),
    'a mode of old': () => line('100664', 'a', blob),
    'a mode that is none': () => line('100600', 'a', blob),
    'a mode that is no number': () => line('10x644', 'a', blob),
    'no mode': () => line('', 'a', blob),
    'a submodule': () => line('160000', 'a', blob),
    'an empty name': () => line('100644', '', blob),
    'a slash in a name': () => line('100644', 'a/b', blob),
    '"."': () => line('40000', '.', tree),
    '".."': () => line('40000', '..', tree),
    '.git': () => line('40000', '.git', tree),
    '.GIT': () => line('40000', '.GIT', tree),
    '.git and spaces': () => line('40000', '.git . ', tree),
    'git~1': () => line('40000', 'GIT~1', tree),
    '.git as a stream': () => line('40000', '.git::$INDEX', tree),
    '.git behind a backslash': () => line('40000', 'a\\.git', tree),
    '.git with what HFS ignores': () => line('40000', '.g\u200cit', tree),
    'what HFS ignores, and .git': () => line('40000', '\ufeff.git', tree),
    '.gitmodules that cannot be parsed': () => line('120000', '.gitmodules', blob),
    '.gitmodules as NTFS writes it': () => line('120000', 'gitmod~1', blob),
    '.gitmodules as NTFS falls back': () => line('120000', 'gi7eba~1', blob),
    'a name that is not UTF-8': () => line('100644', Buffer.from([0x61, 0xff]), blob),
    'an id of zeros': () => line('100644', 'a', '0'.repeat(40)),
    'cut short': () => line('100644', 'a', blob).subarray(0, -1),
    'a file that is a folder': () => line('100644', 'a', tree),
    'a folder that is a file': () => line('40000', 'a', blob),
    'a folder that is a commit': () => line('40000', 'a', commit),
  };

  it.each(Object.entries(TREES))('tree: %s', async (name, content) => {
    const { oid, complaints: said, named, unnamed } = await verdicts('tree', content());
    expect(said).not.toEqual([]);
    // The wrong type is of what it names.
    if (!/^a (file|folder) that is/.test(name)) expect({ oid, named }).toEqual({ oid, named: true });
    expect(unnamed).toEqual([]);
  });

  const WHO = 'x <x@example.org> 1 +0000';
  const commitText = (parts: { tree?: string; more?: string; author?: string; committer?: string; end?: string }) =>
    `${parts.tree ?? `tree ${tree}\n`}${parts.more ?? ''}${parts.author ?? `author ${WHO}\n`}${parts.committer ?? `committer ${WHO}\n`}${parts.end ?? '\nx\n'}`;
  const identities = [
    '<x@example.org> 1 +0000',
    'x x@example.org 1 +0000',
    'x <x@example.org 1 +0000',
    'x<x@example.org> 1 +0000',
    'x> <x@example.org> 1 +0000',
    'x <x@example.org>1 +0000',
    'x <x@example.org> 01 +0000',
    'x <x@example.org> 99999999999999999999 +0000',
    'x <x@example.org> y +0000',
    'x <x@example.org> 1',
    'x <x@example.org> 1 0000',
    'x <x@example.org> 1 +000',
    'x <x@<example.org> 1 +0000',
    '',
  ];
  const COMMITS: Readonly<Record<string, () => string>> = {
    'no tree': () => commitText({ tree: '' }),
    'a tree that is no id': () => commitText({ tree: `tree ${'x'.repeat(40)}\n` }),
    'a parent that is no id': () => commitText({ more: 'parent 123\n' }),
    'a parent after the author': () => commitText({ committer: `parent ${commit}\ncommitter ${WHO}\n` }),
    'no author': () => commitText({ author: '' }),
    'two authors': () => commitText({ author: `author ${WHO}\nauthor ${WHO}\n` }),
    'no committer': () => commitText({ committer: '' }),
    'a zero byte in its header': () => commitText({ more: `x\0y\n` }),
    'a zero byte in its message': () => commitText({ end: '\nx\0\n' }),
    'a header without end': () => commitText({ end: 'x' }),
    'a tree that is a blob': () => commitText({ tree: `tree ${blob}\n` }),
    'a parent that is a tree': () => commitText({ more: `parent ${tree}\n` }),
    ...Object.fromEntries(
      identities.map((who) => [`the author ${who}`, () => commitText({ author: `author ${who}\n` })]),
    ),
    ...Object.fromEntries(
      identities.map((who) => [`the committer ${who}`, () => commitText({ committer: `committer ${who}\n` })]),
    ),
  };
  it.each(Object.entries(COMMITS))('commit: %s', async (_, content) => {
    const verdict = await verdicts('commit', Buffer.from(content()));
    expect({ git: verdict.git !== 0, ours: verdict.complaints.length > 0 }).toEqual({ git: true, ours: true });
    expect(verdict.unnamed).toEqual([]);
  });

  const tagText = (parts: { object?: string; type?: string; tag?: string; tagger?: string; end?: string }) =>
    `${parts.object ?? `object ${commit}\n`}${parts.type ?? 'type commit\n'}${parts.tag ?? 'tag x\n'}${parts.tagger ?? `tagger ${WHO}\n`}${parts.end ?? '\nx\n'}`;
  const TAGS: Readonly<Record<string, () => string>> = {
    'no object': () => tagText({ object: '' }),
    'an object that is no id': () => tagText({ object: 'object xyz\n' }),
    'no type': () => tagText({ type: '' }),
    'a type that is none': () => tagText({ type: 'type thing\n' }),
    'the wrong type': () => tagText({ type: 'type blob\n' }),
    'no name': () => tagText({ tag: '' }),
    'a zero byte in its header': () => tagText({ tag: 'tag x\0\n' }),
    'a header without end': () => tagText({ end: 'x' }),
    ...Object.fromEntries(identities.map((who) => [`the tagger ${who}`, () => tagText({ tagger: `tagger ${who}\n` })])),
  };
  it.each(Object.entries(TAGS))('tag: %s', async (_, content) => {
    const verdict = await verdicts('tag', Buffer.from(content()));
    expect({ git: verdict.git !== 0, ours: verdict.complaints.length > 0 }).toEqual({ git: true, ours: true });
  });

  it('well-formed ones pass, git agreeing', async () => {
    for (const [type, content] of [
      [
        'tree',
        Buffer.concat([
          line('100644', '.gitattributes', blob),
          line('120000', 'a', blob),
          line('100755', 'a-b', blob),
          line('40000', 'aa', tree),
          line('40000', 'gi', tree),
          line('40000', 'ä', tree),
        ]),
      ],
      [
        'tree',
        Buffer.concat([
          line('100644', 'a', blob),
          line('100644', 'a.b', blob),
          line('40000', 'a.c', tree),
          line('40000', 'b', tree),
        ]),
      ],
      ['tree', Buffer.alloc(0)],
      ['commit', Buffer.from(commitText({ more: `parent ${commit}\nparent ${commit}\n` }))],
      ['commit', Buffer.from(commitText({ end: 'encoding latin1\nx y\n\nx' }))],
      ['commit', Buffer.from(commitText({ end: '' }))],
      ['tag', Buffer.from(tagText({}))],
      ['tag', Buffer.from(tagText({ tagger: '' }))],
    ] as const) {
      const verdict = await verdicts(type, content);
      expect({ type, git: verdict.git, ours: verdict.complaints }).toEqual({ type, git: 0, ours: [] });
    }
  });

  it('.gitattributes with a line that git refuses', async () => {
    const path = fresh('.git');
    cpSync(base, path, { recursive: true });
    for (const [length, bad] of [
      [2047, false],
      [2048, true],
    ] as const) {
      const attributes = await git(path, ['hash-object', '-w', '--stdin'], `${'x'.repeat(length)}\n`);
      await planted(path, 'tree', line('100644', '.gitattributes', attributes));
      const { damaged } = await scanOf(path);
      expect({ length, damaged: damaged.map((d) => d.oid) }).toEqual({ length, damaged: bad ? [attributes] : [] });
      expect(gitOutcome(path, ['fsck', '--strict', '--full']).status !== 0).toBe(bad);
    }
  });
});
