/** An attacker who wants a version active in the central ledger that its operator's hook refuses: activate in a clone, and push. */

/** An attacker who wants a version active in the central ledger that its operator's hook refuses: activate in a clone, and push. */

import nodeFs, { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { preSwapHook } from '../../src/git/pre-swap-hook.js';
import { isLedgerError, type Ledger, openLedger } from '../../src/index.js';
import { askAboutPush } from '../../src/ledger/hook-questions.js';
import type { SwapHook, SwapQuestion } from '../../src/ports/hook.js';
import { applyReceived, checkReceived } from '../../src/receive-push.js';
import { guardedPlace, type Place, type Ran } from '../hooks/guarded-place.js';

let place: Place;

beforeEach(async () => {
  place = await guardedPlace();
});

/** The central ledger's hook: it notes what it is asked, then does as the script says. */
function install(script: string): void {
  const hook = join(place.hub, 'hooks', 'pre-swap');
  const note = `printf '%s %s\\n' "$*" "$(cat)" >> '${join(place.root, 'asked')}'`;
  writeFileSync(hook, `#!/bin/sh\n${note}\n${script}\n`);
  chmodSync(hook, 0o755);
}

function asked(): string[] {
  const file = join(place.root, 'asked');
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

const pairs = () => asked().map((line) => line.slice(0, line.indexOf(' {')));

async function inClone(work: (ledger: Ledger) => Promise<unknown>): Promise<void> {
  const ledger = await openLedger({ gitdir: place.node, signer: place.signer });
  await work(ledger).finally(() => ledger.close());
}

const activate = (code = '3\n') =>
  inClone((ledger) => ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': code } }));

function push(): Promise<Ran> {
  return place.git(place.node, ['push', '--mirror', place.hub]);
}

async function refsOf(gitdir: string): Promise<string> {
  return (await place.git(gitdir, ['for-each-ref', '--format=%(objectname) %(refname)'])).out;
}

/** What is left of a push that was refused: nothing. */
async function refusedWhole(why: RegExp): Promise<void> {
  const before = await refsOf(place.hub);
  const tip = (await place.git(place.node, ['rev-parse', 'refs/heads/ledger'])).out.trim();
  const { code, out } = await push();
  expect(out).toMatch(why);
  expect(code).not.toBe(0);
  expect(await refsOf(place.hub)).toBe(before);
  expect((await place.git(place.hub, ['cat-file', '-e', tip])).code).not.toBe(0);
}

/** Another clone, with an entry of its own that no hook is asked about. */
async function secondClone(): Promise<string> {
  const second = join(place.root, 'second.git');
  await place.git(place.root, ['clone', '--quiet', '--mirror', place.hub, second]);
  const ledger = await openLedger({ gitdir: second, signer: place.signer });
  await ledger.stage({ moduleId: 'executor', version: 1, checksum: 'x' });
  await ledger.close();
  return second;
}

const pushFrom = (gitdir: string) =>
  `env -u GIT_DIR git --git-dir='${gitdir}' push --quiet --mirror '${place.hub}' >&2`;

describe('a push', () => {
  it('of an activation that the hook refuses is refused whole, and the pusher is told of what and why', async () => {
    install('case "$1" in planner) echo "not on a friday" >&2; exit 1 ;; esac');
    await inClone((ledger) => ledger.recordCheckpoint({ moduleId: 'other', checksum: 'x' }));
    await activate();
    await refusedWhole(/error: HOOK_REFUSED: the pre-swap hook for planner 2 -> 3 refused \(exit 1\): not on a friday/);
  });

  it('is asked about as its writer was: the same question, once for each activation', async () => {
    install('exit 0');
    const own = join(place.node, 'hooks', 'pre-swap');
    const note = join(place.root, 'asked-in-the-clone');
    nodeFs.mkdirSync(join(place.node, 'hooks'), { recursive: true });
    writeFileSync(own, `#!/bin/sh\nprintf '%s %s\\n' "$*" "$(cat)" >> '${note}'\n`, { mode: 0o755 });
    await activate('3\n');
    await inClone(async (ledger) => {
      // What is reported between two activations is part of the second one's question.
      await ledger.stage({ moduleId: 'planner', version: 4, checksum: 'four' });
      const level = 'COMPATIBLE';
      await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 3, toVer: 4, level, rationale: 'read' });
      await ledger.activate('planner', 4);
    });
    expect(await push()).toMatchObject({ code: 0 });
    expect(pairs()).toEqual(['planner 2 3', 'planner 3 4']);
    const question = (line: string): unknown => JSON.parse(line.slice(line.indexOf('{')));
    expect(asked().map(question)).toEqual(readFileSync(note, 'utf8').trimEnd().split('\n').map(question));
    expect(await refsOf(place.hub)).toBe(await refsOf(place.node));
  });

  it('of a rollback, of a broken glass and of what is only staged is asked of nobody', async () => {
    install('exit 1');
    await inClone(async (ledger) => {
      await ledger.rollback('planner', 'MANUAL');
      await ledger.stage({ moduleId: 'planner', version: 3, parentVer: 1, checksum: 'three' });
      await ledger.live.breakGlass('planner', 3, { reason: 'the hook is down' });
      await ledger.stage({ moduleId: 'planner', version: 4, checksum: 'four' });
    });
    expect(await push()).toMatchObject({ code: 0 });
    expect(asked()).toEqual([]);
  });

  it('that was refused is asked about again, and enters once the hook lets it pass', async () => {
    install('exit 1');
    await activate();
    await refusedWhole(/HOOK_REFUSED/);
    install('exit 0');
    expect(await push()).toMatchObject({ code: 0 });
    install('exit 1');
    await activate('4\n');
    await refusedWhole(/HOOK_REFUSED/);
    expect(pairs()).toEqual(['planner 2 3', 'planner 2 3', 'planner 3 4']);
  });

  it.each([
    ['cannot be run', (hook: string) => chmodSync(hook, 0o644), /not executable/],
    ['cannot be started', (hook: string) => writeFileSync(hook, '#!/nowhere/sh\n'), /could not be run/],
  ])('meets a hook that %s: it is refused', async (_, spoil, why) => {
    install('exit 0');
    spoil(join(place.hub, 'hooks', 'pre-swap'));
    await activate();
    await refusedWhole(why);
  });

  it('into a ledger that moves while the hook is asked is refused, to be tried again', async () => {
    const second = await secondClone();
    install(pushFrom(second));
    await activate();
    const { code, out } = await push();
    expect(out).toMatch(/error: REF_CHANGED: .*others have written meanwhile/);
    expect(code).not.toBe(0);
    expect(await refsOf(place.hub)).toBe(await refsOf(second));
  });

  /** A ledger that writes through the central one. */
  async function throughHub(work: (ledger: Ledger) => Promise<void>): Promise<void> {
    const path = process.env['PATH'];
    process.env['PATH'] = `${join(place.root, 'bin')}:${path}`;
    const remote = { url: place.hub, timeoutMs: 120_000 };
    const ledger = await openLedger({ gitdir: place.node, signer: place.signer, remote });
    await work(ledger).finally(async () => {
      process.env['PATH'] = path;
      await ledger.close();
    });
  }

  it('through a remote tells the writer, who has not committed either', async () => {
    install('echo "ask ops" >&2; exit 1');
    await throughHub(async (ledger) => {
      const recorded = ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'three' });
      const error = await recorded.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'REMOTE_REFUSED', message: expect.stringContaining('planner 2 -> 3') });
      expect(error).toMatchObject({ message: expect.stringContaining('ask ops') });
      expect((await ledger.latestCheckpoint('planner'))?.version).toBe(2);
    });
  });

  it('through a remote that moves while the hook is asked is decided again by the writer', async () => {
    const second = await secondClone();
    const once = join(place.root, 'once');
    install(`test -e '${once}' && exit 0; touch '${once}'; ${pushFrom(second)}`);
    await throughHub(async (ledger) => {
      await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'three' });
      expect((await ledger.latestCheckpoint('executor'))?.version ?? null).toBe(null);
      expect((await ledger.versions.get('executor', 1)).checksum).toBe('x');
    });
    expect(pairs()).toEqual(['planner 2 3', 'planner 2 3']);
    expect(await refsOf(place.hub)).toBe(await refsOf(place.node));
  });
});

/** The moves of a push, with its objects in the central ledger already, as whoever may write there can bring them. */
async function broughtByHand(): Promise<string[]> {
  expect(
    await place.git(place.node, ['pack-objects', '--all', '--quiet', join(place.root, 'all')], {}, ''),
  ).toMatchObject({
    code: 0,
  });
  for (const name of nodeFs.readdirSync(place.root).filter((file) => /^all-.*\.(pack|idx)$/.test(file)))
    nodeFs.copyFileSync(join(place.root, name), join(place.hub, 'objects', 'pack', name.replace('all', 'pack')));
  const before = new Map(
    (await refsOf(place.hub))
      .trim()
      .split('\n')
      .map((line) => [line.slice(41), line.slice(0, 40)]),
  );
  const after = (await refsOf(place.node)).trim().split('\n');
  return after
    .map((line) => `${before.get(line.slice(41)) ?? '0'.repeat(40)} ${line}`)
    .filter((line) => line.slice(0, 40) !== line.slice(41, 81));
}

/** Has `proc-receive` alone take the moves, as where `pre-receive` is not asked. */
async function applied(commands: readonly string[]): Promise<string> {
  const packet = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
  const input = `${packet('version=1\0atomic')}0000${commands.map(packet).join('')}0000`;
  const out: string[] = [];
  async function* given() {
    yield Buffer.from(input);
  }
  await applyReceived({ gitdir: place.hub, input: given(), write: (text) => out.push(text) });
  return out.join('');
}

describe('receive', () => {
  it('asks where pre-receive did not, and refuses in the same way', async () => {
    install('echo no >&2; exit 1');
    await activate();
    const commands = await broughtByHand();
    const before = await refsOf(place.hub);
    expect(await applied(commands)).toMatch(/ng refs\/heads\/ledger .*planner 2 -> 3 refused \(exit 1\): no/);
    expect(await refsOf(place.hub)).toBe(before);
  });

  it('asks once for what is checked, then applied, and once more where that is tried again', async () => {
    install('exit 0');
    await activate();
    const commands = await broughtByHand();
    await checkReceived({ gitdir: place.hub, commands });
    expect(pairs()).toEqual(['planner 2 3']);
    install('exit 1');
    const again = await checkReceived({ gitdir: place.hub, commands }).catch((thrown: unknown) => thrown);
    expect(isLedgerError(again, 'HOOK_REFUSED')).toBe(true);
    expect(await applied(commands)).toContain('ng refs/heads/ledger');
    install('exit 0');
    await checkReceived({ gitdir: place.hub, commands });
    rmSync(join(place.root, 'asked'));
    expect(await applied(commands)).toContain('ok refs/heads/ledger');
    expect(asked()).toEqual([]);
  });
});

describe('a hook that hangs', () => {
  const question = (moduleId: string): SwapQuestion => {
    const verdict = { allow: true, level: 'UNKNOWN', reasons: [] } as const;
    return { moduleId, fromVer: 1, toVer: 2, checksum: 'c', verdict };
  };

  it('is ended with what it started as soon as the push has no time left', async () => {
    const helper = join(place.root, 'helper');
    install(`sleep 600 &\necho $! > '${helper}.new'\nmv '${helper}.new' '${helper}'\nwait`);
    const controller = new AbortController();
    // The hook's own limit is far away.
    const answer = preSwapHook(nodeFs, place.hub, 600_000).ask(question('planner'), controller.signal);
    const refusal = answer.catch((thrown: unknown) => thrown);
    await expect.poll(() => existsSync(helper), { timeout: 60_000 }).toBe(true);
    controller.abort(new Error('the time is over'));
    const message = 'the pre-swap hook for planner 1 -> 2 was ended: the time is over';
    expect(await refusal).toMatchObject({ code: 'HOOK_REFUSED', message });
    const pid = Number(readFileSync(helper, 'utf8'));
    await expect.poll(() => /^\d+ \(.*\) [^ZX]/s.test(statOf(pid)), { timeout: 60_000 }).toBe(false);
  });

  it('has the time of its push, and after it nothing more is asked', async () => {
    const seen: string[] = [];
    const hook: SwapHook = {
      present: () => true,
      ask: ({ moduleId }, signal) =>
        new Promise((_, reject) => {
          seen.push(moduleId);
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const asking = askAboutPush(hook, [question('planner'), question('planner')], 20);
    await expect(asking).rejects.toThrow('all swaps of a push have 0.02 s together');
    expect(seen).toEqual(['planner']);
  });

  it('is not started beside any number of others: a push of many modules runs sixteen at a time', async () => {
    let [now, most] = [0, 0];
    const hook = {
      present: () => true,
      async ask() {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
      },
    };
    await askAboutPush(
      hook,
      Array.from({ length: 100 }, (_, i) => question(`m${i}`)),
    );
    expect(most).toBe(16);
  });
});

/** The state of a process (proc(5)); '' where it is gone. */
function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
