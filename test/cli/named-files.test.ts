import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERBS } from '../../src/cli/verbs.js';
import { withLedger } from './sandbox.js';

describe.runIf(existsSync('/proc/self'))('a folder that cannot be made', () => {
  it.each([
    ['report', '/proc/x'],
    ['report', '/proc/x/y'],
    ['init', '/proc/x'],
    ['checkout', 'planner@1', '/proc/x/y'],
    ['clone', 'modules.git', '/proc/x'],
  ])('%s %s %s is an error at once', async (...argv) => {
    const box = await withLedger();
    box.write('planner/index.js', 'export const a = 1;');
    await box.ok('record', 'planner', box.path('planner'));
    const error = await box.failure(argv.filter((word) => word !== undefined));
    expect(error).toMatchObject({ exit: 5, code: 'IO', data: { errno: 'ENOENT' } });
    expect(error.message).toContain('/proc/');
  });
});

/** Every way to name a file or a repository that is to be there; `none` is not, `folder` is no file. */
const NAMED = [
  'record planner none',
  'stage planner none',
  'record planner planner --exclude-from none',
  'record planner planner --key none',
  'record planner planner --key none.pub',
  'record planner planner --key ed25519-encrypted --passphrase-file none',
  'assess --files none none',
  'capabilities --files none',
  'audit none',
  'clone none copy',
  'clone modules.git copy --pin none',
  'fetch ./none',
  'import git none',
  'pin compare none none',
  'checkpoint --key none',
  'signers add ops none.pub --role approver',
  'signers retire none.pub',
  'init other.git --recovery-key none.pub',
  'policy set maxCheckpoints=3 --countersignature none',
  'serve none',
  'ui none',
  'mcp login http://127.0.0.1:1/ --credentials c --client-secret-file none',
  'mcp guard tools --url http://127.0.0.1:1/ --headers none',
  'mcp guard tools --url http://127.0.0.1:1/ --credentials none',
  'status --ledger none',
].map((line) => line.split(' '));

describe('a file or a repository that is named and is not there', () => {
  it.each(NAMED)('%s %s %s %s %s %s %s', async (...words) => {
    const box = await withLedger();
    box.write('planner/index.js', 'export const a = 1;');
    box.key('ed25519-encrypted');
    const argv = words.filter((word) => word !== undefined);
    const error = await box.failure(argv);
    const isLedger = ['audit', 'serve', 'ui', 'status'].includes(argv[0] ?? '');
    expect(error).toMatchObject({ exit: 2, code: isLedger ? 'NOT_A_LEDGER' : 'NOT_FOUND' });
    if (!isLedger) expect(error.data).toEqual({ kind: 'FILE', what: expect.stringMatching(/none(\.pub)?$/) });
    expect(error.message).toMatch(/none/);
    expect(existsSync(box.path('copy'))).toBe(false);
    expect(await box.json('status')).toEqual([]);
  });

  it('may be the key of a witness', async () => {
    const box = await withLedger();
    const { key } = await box.json('checkpoint', 'key', '--key', 'log.key');
    const error = await box.failure(['witness', '--state', 'w', '--key', 'none', '--log', key]);
    expect(error).toMatchObject({ exit: 2, code: 'NOT_FOUND', data: { kind: 'FILE' } });
    expect(error.hint).toContain('witness --init');
  });

  it('is tried with every option that takes a file which is read', () => {
    const verbs = VERBS.flatMap((verb) => [verb, ...(verb.verbs ?? [])]);
    const flags = verbs.flatMap(({ options }) => (options ?? []).map((option) => option.flags));
    const files = new Set(flags.filter((text) => text.endsWith(' <FILE>')).map((text) => text.split(' ')[0]));
    const tried = new Set(NAMED.flat());
    // What is written there where it is not, and what the URLs of a receiver are signed by.
    const others = ['--position'];
    expect([...files].filter((name) => !tried.has(name ?? '') && !others.includes(name ?? ''))).toEqual([]);
  });
});

it('pin compare repeats nothing of what is no pin: it may be a private key', async () => {
  const box = await withLedger();
  const key = readFileSync(box.key('ed25519'), 'utf8');
  const error = await box.failure(['pin', 'compare', 'ed25519', 'ed25519']);
  expect(error).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
  for (const line of key.trim().split('\n')) expect(JSON.stringify(error)).not.toContain(line.slice(0, 20));
});

describe('a file that is named, and is none', () => {
  it.each(
    ['pin compare planner planner', 'record planner planner --exclude-from planner', 'checkpoint --key planner'].map(
      (line) => line.split(' '),
    ),
  )('%s %s %s %s %s is IO', async (...words) => {
    const box = await withLedger();
    box.write('planner/index.js', 'export const a = 1;');
    const error = await box.failure(words.filter((word) => word !== undefined));
    expect(error).toMatchObject({ exit: 5, code: 'IO', data: { errno: 'EISDIR' } });
  });
});
