/** The verbs of a witnessed ledger, as they are typed. */

import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Json, type Sandbox, withLedger } from '../cli/sandbox.js';
import { aWitness, type TestWitness } from './a-log.js';

interface Typed {
  readonly box: Sandbox;
  readonly logKey: string;
  readonly witnesses: readonly TestWitness[];
  /** What a client types. */
  readonly asked: readonly string[];
  checkpoint(...more: string[]): ReturnType<Sandbox['run']>;
}

async function typed(...init: readonly string[]): Promise<Typed> {
  const box = await withLedger(...init);
  const made = await box.run(['checkpoint', 'key', '--key', 'log.key', '--json']);
  expect(made.code, made.stderr).toBe(0);
  const { key: logKey }: Json = JSON.parse(made.stdout);
  const witnesses = [await aWitness({ logs: [logKey] }, 'w1'), await aWitness({ logs: [logKey] }, 'w2')];
  const asked = ['--log-key', logKey, ...witnesses.flatMap(({ server }) => ['--witness', server.key])];
  const told = witnesses.flatMap(({ server }) => ['--witness', `${server.key} ${server.url}`]);
  return {
    box,
    logKey,
    witnesses,
    asked,
    checkpoint: (...more) => box.run(['checkpoint', '--key', 'log.key', ...told, ...more]),
  };
}

describe('checkpoint', () => {
  test('makes a key once, for its owner alone, and publishes with it', async () => {
    const { box, logKey, checkpoint } = await typed();
    expect(statSync(box.path('log.key')).mode & 0o077).toBe(0);
    const key = readFileSync(box.path('log.key'), 'utf8');
    const again = await box.run(['checkpoint', 'key', '--key', 'log.key']);
    expect([again.code, readFileSync(box.path('log.key'), 'utf8')]).toEqual([5, key]);
    const { code, stdout } = await checkpoint('--json');
    expect(code).toBe(0);
    const json: Json = JSON.parse(stdout);
    expect(json).toMatchObject({ published: true, required: 2, failed: [] });
    expect(json.note.split('\n')[0]).toBe(logKey.split('+')[0]);
    expect((await checkpoint()).stdout).toMatch(/^published a checkpoint of \d+ entr/);
  });

  test('ends with 1 and names the witness where too few cosigned', async () => {
    const { witnesses, checkpoint } = await typed();
    await witnesses[1]?.close();
    const { code, stdout } = await checkpoint();
    expect(code).toBe(1);
    expect(stdout).toMatch(/1 of 2 witnesses cosigned/);
    expect(stdout).toMatch(/w2: the witness at .* does not answer/);
    expect((await checkpoint('--required', '1')).code).toBe(0);
  });

  test.each([
    [['checkpoint'], /--key: expected the file of the private key/],
    [['checkpoint', '--key', 'log.key', '--witness', 'w1'], /--witness: expected the public key of a witness, a space/],
    [['checkpoint', '--key', 'none.key'], /NOT_FOUND: there is no file ".*none.key"/],
  ])('%j is refused', async (words, why) => {
    const { box } = await typed();
    const { code, stderr } = await box.run(words);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(why);
  });
});

describe('clone, fetch and audit', () => {
  test('ask the witnesses, and tell what they have seen', async () => {
    const { box, asked, checkpoint } = await typed();
    const clone = () => box.run(['clone', box.ledger, 'copy.git', ...asked]);
    const early = await clone();
    expect([early.code, early.stderr]).toEqual([4, expect.stringContaining('refs/witness/checkpoint')]);
    await checkpoint();
    const cloned = await clone();
    expect(cloned.code, cloned.stderr).toBe(0);
    expect(cloned.stdout).toMatch(/entries up to \d+ were seen by w\d at .*, w\d at /);
    await box.run(['record', 'planner', box.path('m'), '--json']);
    const copy = ['--ledger', 'copy.git'];
    const fetched = await box.run(['fetch', ...copy, ...asked, '--json']);
    expect(fetched.code, fetched.stderr).toBe(0);
    expect(JSON.parse(fetched.stdout).witnessed.witnesses).toHaveLength(2);
    const audited = await box.run(['audit', 'copy.git', ...asked, '--witness-age', '30m']);
    expect(audited.code).toBe(0);
    expect(audited.stdout).toMatch(/witnesses\s+ok/);
  });

  test('refuse what is later than the checkpoint where they are told to', async () => {
    const { box, asked, checkpoint } = await typed();
    await checkpoint();
    box.write('n/index.js', 'export const x = 2;\n');
    expect((await box.run(['record', 'other', 'n'])).code).toBe(0);
    const lenient = await box.run(['clone', box.ledger, 'one.git', ...asked]);
    expect(lenient.stdout).toContain('1 later entry is unwitnessed');
    const strict = await box.run(['clone', box.ledger, 'two.git', ...asked, '--refuse-unwitnessed', '--json']);
    expect(strict.code).toBe(4);
    expect(JSON.parse(strict.stderr)).toMatchObject({
      error: { code: 'NOT_WITNESSED', data: { fault: 'UNWITNESSED' } },
    });
  });

  test('take the key of the log from the policy of format 2 where none is given, and refuse another', async () => {
    const { box, logKey, asked, checkpoint } = await typed('--ledger-format', '2');
    const byPolicy = asked.slice(2);
    await checkpoint();
    const unnamed = await box.failure(['audit', ...byPolicy]);
    expect(unnamed).toMatchObject({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('policy set logKey=KEY') });
    for (const key of [logKey.replace(/[0-9a-f](?=\+)/, (digit) => (digit === '0' ? '1' : '0')), 'no key'])
      expect(await box.failure(['policy', 'set', `logKey=${key}`])).toMatchObject({ code: 'INVALID_CONFIG' });
    await box.ok('policy', 'set', `logKey=${logKey}`);
    expect((await box.json('policy')).settings.logKey).toBe(logKey);
    await checkpoint();
    await box.ok('clone', box.ledger, 'copy.git', ...byPolicy);
    await box.ok('record', 'planner', '--checksum', 'one');
    await checkpoint();
    const ledger = box.path('copy.git');
    const fetched = await box.json('fetch', '--ledger', ledger, ...byPolicy);
    expect(fetched).toMatchObject({ adopted: 1, witnessed: { unwitnessed: 0 } });
    await box.ok('audit', ledger, ...asked);
    // Of the same ledger, and not the one that its policy names.
    const { key: other }: Json = await box.json('checkpoint', 'key', '--key', 'other.key');
    const wrong = ['--log-key', other, ...byPolicy];
    expect(await box.failure(['fetch', '--ledger', ledger, ...wrong])).toMatchObject({ code: 'NOT_WITNESSED' });
    expect((await box.run(['audit', ledger, ...wrong])).stdout).toContain('the key of the log that the policy names');
    expect(await box.failure(['clone', box.ledger, 'b.git', ...wrong])).toMatchObject({ code: 'NOT_WITNESSED' });
    expect(await box.failure(['checkpoint', '--key', 'other.key'])).toMatchObject({ code: 'INVALID_KEY' });
    await box.ok('policy', 'set', 'logKey=null');
    expect((await box.json('policy')).settings.logKey).toBeNull();
  });

  test.each([
    [['--witness', 'x'], /no key of a signed note/],
    [['--log-key', 'x'], /--log-key: expected a --witness with it/],
    [['--refuse-unwitnessed'], /--refuse-unwitnessed: expected a --witness with it/],
    [['--log-key', 'x', '--witness', 'x'], /no key of a signed note/],
    [['--log-key', 'x', '--witness', 'x', '--witness-age', '1 hour'], /--witness-age: expected a time such as/],
    [['--log-key', 'x', '--witness', 'x', '--witnesses-required', 'two'], /--witnesses-required/],
  ])('refuse %j before anything is fetched', async (words, why) => {
    const box = await withLedger();
    for (const verb of [['clone', 'http://127.0.0.1:9/', 'copy.git'], ['fetch'], ['audit']]) {
      const { code, stderr } = await box.run([...verb, ...words]);
      expect(code, verb[0]).toBe(2);
      expect(stderr).toMatch(why);
    }
  });
});

describe('pin', () => {
  test('is the body of the checkpoint, and is compared with others', async () => {
    const { box, checkpoint } = await typed();
    const { note }: Json = JSON.parse((await checkpoint('--json')).stdout);
    const { code, stdout } = await box.run(['pin']);
    expect([code, stdout]).toEqual([0, `${note.split('\n\n')[0]}\n`]);
    box.write('a.pin', stdout);
    box.write('b.note', note);
    box.write('n/index.js', 'export const x = 2;\n');
    await box.run(['record', 'other', 'n']);
    box.write('c.pin', (await box.run(['pin'])).stdout);
    const [origin = '', size = ''] = stdout.split('\n');
    box.write('d.pin', `${origin}\n${size}\n${Buffer.alloc(32).toString('base64')}\n`);
    const compare = async (a: string, b: string) => {
      const run = await box.run(['pin', 'compare', a, b, '--json']);
      return [JSON.parse(run.stdout).relation, run.code];
    };
    expect(await compare('a.pin', 'b.note')).toEqual(['same', 0]);
    expect(await compare('a.pin', 'c.pin')).toEqual(['extends', 0]);
    expect(await compare('c.pin', 'd.pin')).toEqual(['forked', 1]);
    expect((await box.run(['pin', 'compare', 'a.pin', 'none'])).code).toBe(2);
  });
});
