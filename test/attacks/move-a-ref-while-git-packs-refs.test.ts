/**
 * An attacker who wants a ref moved by plain git under the cover of `git pack-refs`; or who wants a ledger without upkeep: whoever tends it is
 * refused while a writer writes, and takes the guard away.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { openLedger } from '../../src/index.js';
import { guardedPlace, type Place, run } from '../hooks/guarded-place.js';

const ZERO = '0'.repeat(40);
const BRANCH = 'refs/heads/planner';
const TAG = 'refs/tags/planner/v2';

let place: Place;
/** The versions of the ledger: the branch is at the second. */
let first: string;
let second: string;

beforeEach(async () => {
  place = await guardedPlace();
  const oid = async (name: string) => (await place.git(place.hub, ['rev-parse', name])).out.trim();
  [first, second] = [await oid('planner/v1'), await oid('planner/v2')];
});

const at = (path: string): string => join(place.hub, path);

/** Puts a file where git has its lock. */
function lock(path: string, text = ''): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(`${path}.lock`), text);
}

/** The hook's answer to a transaction that git has prepared. */
async function answer(...lines: string[]): Promise<number> {
  const env = { ...process.env, GIT_DIR: '.' };
  const input = lines.map((line) => `${line}\n`).join('');
  return (await run('hooks/reference-transaction', ['prepared'], { cwd: place.hub, env, input })).code;
}

describe('the guard, while git packs refs', () => {
  it('lets it write the value that a ref had when it was read: the loose file counts', async () => {
    lock('packed-refs');
    expect(await answer(`${ZERO} ${first} ${BRANCH}`, `${ZERO} ${second} ${TAG}`)).toBe(0);
  });

  it("lets it do so beside a writer's lock on the ref, which holds another value or goes away", async () => {
    lock('packed-refs');
    lock(BRANCH, `${second}\n`);
    expect(await answer(`${ZERO} ${first} ${BRANCH}`)).toBe(0);
    lock(BRANCH, `${first}\n`);
    const answered = answer(`${ZERO} ${first} ${BRANCH}`);
    rmSync(at(`${BRANCH}.lock`));
    expect(await answered).toBe(0);
  });

  it('lets a prune pass once another packer has let go', async () => {
    await place.git(place.hub, ['pack-refs', '--all', '--no-prune']);
    lock('packed-refs');
    const answered = answer(`${second} ${ZERO} ${TAG}`);
    rmSync(at('packed-refs.lock'));
    expect(await answered).toBe(0);
  });

  it.each([
    [
      'a move: git holds its lock, with the new value',
      () => lock(BRANCH, `${first}\n`),
      () => `${ZERO} ${first} ${BRANCH}`,
    ],
    ['a ref that is not there', () => undefined, () => `${ZERO} ${first} refs/heads/other`],
    ['a ref that is in packed-refs alone', () => unloose(BRANCH), () => `${ZERO} ${first} ${BRANCH}`],
    ['a move from the value', () => undefined, () => `${second} ${first} ${BRANCH}`],
    ['a deletion of what is packed', () => unloose(TAG), () => `${second} ${ZERO} ${TAG}`],
    ['a deletion of what is not packed', () => undefined, () => `${second} ${ZERO} ${BRANCH}`],
    ['a deletion without a value', () => unloose(TAG), () => `${ZERO} ${ZERO} ${TAG}`],
  ])(
    'refuses %s',
    async (_, prepare, line) => {
      prepare();
      lock('packed-refs');
      expect(await answer(`${ZERO} ${second} ${TAG}`, line())).toBe(1);
    },
    120_000,
  );

  it('refuses the same move where packed-refs is not locked', async () => {
    expect(await answer(`${ZERO} ${first} ${BRANCH}`)).toBe(1);
  });
});

/** Has a ref in packed-refs alone, which is written by hand. */
function unloose(ref: string): void {
  rmSync(at(ref));
  writeFileSync(at('packed-refs'), `# pack-refs with: peeled fully-peeled sorted \n${second} ${ref}\n`);
}

/** So often git tends the ledger while somebody writes. */
const ROUNDS = 12;

describe('git beside a writer', () => {
  it('packs refs and collects garbage, and is never refused', { timeout: 300_000 }, async () => {
    const ledger = await openLedger({ gitdir: place.hub, signer: place.signer });
    let done = false;
    const writing = (async () => {
      for (let n = 3; !done; n++) {
        await ledger.recordCheckpoint({ moduleId: 'planner', checksum: `c${n}` });
        await ledger.tag('planner', n, 'stable');
        if (n % 3 === 0) await ledger.rollback('planner', 'MANUAL');
      }
    })();
    try {
      for (let round = 0; round < ROUNDS; round++)
        for (const args of [
          ['pack-refs', '--all', '--prune'],
          ['pack-refs', '--all', '--no-prune'],
          ['-c', 'gc.packRefs=true', 'gc', '--quiet'],
        ]) {
          const { code, out } = await place.git(place.hub, args);
          expect({ args, code, refused: /git-lineage alone|by hook/.test(out) ? out : '' }).toEqual({
            args,
            code: 0,
            refused: '',
          });
        }
    } finally {
      done = true;
      await writing.finally(() => ledger.close());
    }
    expect(existsSync(at('packed-refs'))).toBe(true);
    expect(readFileSync(at('packed-refs'), 'utf8')).toContain(BRANCH);
    expect((await auditLedger({ path: place.hub })).outcome).toBe('passed');
    // What a person would move is refused all the same.
    expect((await place.git(place.hub, ['update-ref', BRANCH, first])).code).not.toBe(0);
    expect((await place.git(place.hub, ['update-ref', '-d', TAG])).code).not.toBe(0);
  });
});
