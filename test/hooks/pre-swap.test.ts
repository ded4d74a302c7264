/** The operator's hook: real executables in real ledgers, on every road to activation. */

/** The operator's hook: real executables in real ledgers, on every road to activation. */

import { execFileSync } from 'node:child_process';
import nodeFs, {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import { DEFAULT_PRE_SWAP, preSwapHook } from '../../src/git/pre-swap-hook.js';
import { initLedger, isLedgerError, type Ledger, openLedger, type Signer } from '../../src/index.js';

let folder: string;
let gitdir: string;
let signer: Signer;
let ledger: Ledger;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'git-lineage-hook-'));
  gitdir = join(folder, 'modules.git');
  signer = await ephemeralSigner('ops@example.org');
  ledger = await initLedger({ gitdir, signer });
});

afterEach(async () => {
  await ledger.close();
  rmSync(folder, { recursive: true });
});

/** Puts a hook into the ledger; `$ASKED` names a file that it may write to. */
function install(script: string, mode = 0o755): void {
  const hook = join(gitdir, 'hooks', 'pre-swap');
  writeFileSync(hook, `#!/bin/sh\nASKED='${join(folder, 'asked')}'\n${script}\n`);
  chmodSync(hook, mode);
}

function asked(): string[] {
  const file = join(folder, 'asked');
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

async function refusal(attempt: () => Promise<unknown>) {
  const error: unknown = await attempt().then(
    () => 'it was let pass',
    (reason: unknown) => reason,
  );
  if (!isLedgerError(error, 'HOOK_REFUSED')) throw new Error(`expected HOOK_REFUSED, got ${String(error)}`);
  expect(error.hint).not.toBe('');
  return error;
}

// One write a question: those of several modules are asked at the same time.
const LOG_QUESTION = 'question=$(cat); printf "%s %s\\n" "$*" "$question" >> "$ASKED"';

/** Every call that makes a version active, each from a ledger where version 1 is active. */
const ROADS: [name: string, walk: () => Promise<unknown>][] = [
  ['record', () => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' })],
  ['a batch', () => ledger.recordCheckpoints([{ checkpoint: { moduleId: 'planner', checksum: 'b' } }])],
  [
    'stage and activate',
    async () => {
      await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b' });
      return ledger.activate('planner', 2);
    },
  ],
  [
    'stage and record',
    async () => {
      await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b' });
      return ledger.recordCheckpoint({ moduleId: 'planner', version: 2 });
    },
  ],
];

describe('hooks/pre-swap', () => {
  it('is there from the start, executable, and lets everything pass', async () => {
    const hook = join(gitdir, 'hooks', 'pre-swap');
    expect(readFileSync(hook, 'utf8')).toBe(DEFAULT_PRE_SWAP);
    expect(nodeFs.statSync(hook).mode & 0o777).toBe(0o755);
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
    expect(preSwapHook(nodeFs, gitdir).present()).toBe(false);
    await expect(
      preSwapHook(nodeFs, gitdir).ask({
        moduleId: 'm',
        fromVer: 1,
        toVer: 2,
        checksum: 'c',
        verdict: { allow: true, level: 'UNKNOWN', reasons: [] },
      }),
    ).resolves.toBeUndefined();
  });

  it.each([
    ['a link to itself', (hook: string) => symlinkSync(hook, hook)],
    ['a named pipe', (hook: string) => execFileSync('mkfifo', [hook])],
    ['a folder', (hook: string) => mkdirSync(hook)],
  ])('that is %s refuses a swap, and nothing else that is written with it', async (_, make) => {
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a', tags: ['stable'] });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' });
    const hook = join(gitdir, 'hooks', 'pre-swap');
    rmSync(hook);
    make(hook);
    const [record, rollback, tag] = await Promise.allSettled([
      ledger.recordCheckpoint({ moduleId: 'other', checksum: 'c' }),
      ledger.rollback('planner', 'MANUAL'),
      ledger.tag('planner', 1, 'canary'),
    ]);
    expect(record).toMatchObject({ status: 'rejected', reason: { code: 'HOOK_REFUSED' } });
    expect([rollback.status, tag.status]).toEqual(['fulfilled', 'fulfilled']);
  });

  it('is told module, from and to, and the verdict on its input', async () => {
    install(LOG_QUESTION);
    await ledger.recordCheckpoint({ moduleId: '@acme/planner', checksum: 'a' });
    await ledger.recordCheckpoint({ moduleId: '@acme/planner', checksum: 'b' });
    const lines = asked();
    expect(lines.map((line) => line.slice(0, line.indexOf('{')))).toEqual(['@acme/planner - 1 ', '@acme/planner 1 2 ']);
    expect(JSON.parse(lines[1]?.slice(lines[1].indexOf('{')) ?? '')).toEqual({
      moduleId: '@acme/planner',
      fromVer: 1,
      toVer: 2,
      checksum: 'b',
      verdict: {
        allow: true,
        level: 'UNKNOWN',
        reasons: [{ code: 'NO_REPORT', message: 'no report on this pair: it counts as UNKNOWN' }],
      },
    });
  });

  it('is asked once for each swap of a batch, in the order of its modules', async () => {
    install(LOG_QUESTION);
    const list = ['a', 'b', 'c'].map((checksum) => ({ checkpoint: { moduleId: 'planner', checksum } }));
    await ledger.recordCheckpoints([...list, { checkpoint: { moduleId: 'other', checksum: 'x' } }]);
    const questions = asked().map((line) => line.split(' {')[0] ?? '');
    expect(questions.filter((question) => question.startsWith('planner'))).toEqual([
      'planner - 1',
      'planner 1 2',
      'planner 2 3',
    ]);
    // Those of other modules are asked beside them.
    expect(questions.filter((question) => question.startsWith('other'))).toEqual(['other - 1']);
    expect(questions).toHaveLength(4);
  });

  describe.each(ROADS)('on the road %s', (_, walk) => {
    beforeEach(() => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' }));

    it('refuses with what it says on standard error', async () => {
      install('echo "the freeze is on" >&2; exit 3');
      const error = await refusal(walk);
      expect(error.data.stderr).toBe('the freeze is on');
      expect(error.message).toContain('planner 1 -> 2 refused (exit 3): the freeze is on');
      expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
    });

    it('refuses without its run bit', async () => {
      install('exit 0', 0o644);
      expect((await refusal(walk)).message).toContain('not executable');
      chmodSync(join(gitdir, 'hooks', 'pre-swap'), 0o755);
      await walk();
      expect((await ledger.latestCheckpoint('planner'))?.version).toBe(2);
    });

    it('refuses where it crashes', async () => {
      install('kill -9 $$');
      expect((await refusal(walk)).message).toContain('SIGKILL');
      expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
    });
  });

  it('refuses where it is the default without its run bit, or no program at all', async () => {
    chmodSync(join(gitdir, 'hooks', 'pre-swap'), 0o644);
    await refusal(() => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' }));
    writeFileSync(join(gitdir, 'hooks', 'pre-swap'), '#!/no/such/interpreter\n');
    chmodSync(join(gitdir, 'hooks', 'pre-swap'), 0o755);
    await refusal(() => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' }));
    expect(await ledger.versions.modules()).toEqual([]);
  });

  it('refuses where it takes too long, and ends what it started', async () => {
    install('(sleep 1; echo alive > "$ASKED") & wait');
    const hook = preSwapHook(nodeFs, gitdir, 300);
    const verdict = { allow: true, level: 'UNKNOWN', reasons: [] } as const;
    const error = await refusal(() => hook.ask({ moduleId: 'm', fromVer: 1, toVer: 2, checksum: 'c', verdict }));
    expect(error.message).toContain('took longer than 0.3 s');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(asked()).toEqual([]);
  });

  it('is done when it ends, whatever it left running', async () => {
    install('sleep 60 & exit 0');
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    install('sleep 60 & echo no >&2; exit 1');
    const error = await refusal(() => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' }));
    expect(error.data.stderr).toBe('no');
  });

  it('sees the ledger as its repository, whatever repository its caller was in', async () => {
    process.env['GIT_DIR'] = '/somewhere/else';
    try {
      install('git rev-parse --absolute-git-dir >&2; exit 1');
      const error = await refusal(() => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' }));
      expect(error.data.stderr).toBe(gitdir);
    } finally {
      delete process.env['GIT_DIR'];
    }
  });

  it('is not asked where the gate refuses, before a rollback, or when glass is broken', async () => {
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a', tags: ['stable'] });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' });
    install(`${LOG_QUESTION}; exit 1`);
    await ledger.policy.set({ settings: { requireApproval: true } });
    await ledger.stage({ moduleId: 'planner', checksum: 'c' });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 3, level: 'BREAKING' });
    await expect(ledger.activate('planner', 3)).rejects.toMatchObject({ code: 'APPROVAL_REQUIRED' });
    await ledger.live.breakGlass('planner', 3, { reason: 'the site is down' });
    await ledger.rollback('planner', 'MANUAL');
    expect(asked()).toEqual([]);
  });

  it('is asked again where the verdict changed while it was thinking', async () => {
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    await ledger.stage({ moduleId: 'planner', checksum: 'b' });
    install(`${LOG_QUESTION}\nwhile [ ! -e "$ASKED.go" ]; do sleep 0.02; done`);
    const activation = ledger.activate('planner', 2);
    while (asked().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const other = await openLedger({ gitdir, signer });
    await other.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'MINOR_CHANGE' });
    await other.close();
    writeFileSync(join(folder, 'asked.go'), '');
    await activation;
    expect(asked().map((line) => /"level":"([A-Z_]+)"/.exec(line)?.[1])).toEqual(['UNKNOWN', 'MINOR_CHANGE']);
  });

  it('does not keep others from writing while it thinks', async () => {
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    install('[ "$1" = other ] && exit 0\ntouch "$ASKED"; while [ ! -e "$ASKED.go" ]; do sleep 0.02; done');
    const slow = ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' });
    while (!existsSync(join(folder, 'asked'))) await new Promise((resolve) => setTimeout(resolve, 10));
    await ledger.recordCheckpoint({ moduleId: 'other', checksum: 'x' });
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
    writeFileSync(join(folder, 'asked.go'), '');
    expect((await slow).version).toBe(2);
  });
});

describe('permit', () => {
  beforeEach(async () => {
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b' });
  });

  it('asks the hook as an activation does, and writes nothing', async () => {
    install(LOG_QUESTION);
    const before = await ledger.journal.position();
    expect(await ledger.live.permit('planner', 2)).toMatchObject({ allow: true, level: 'UNKNOWN' });
    expect(await ledger.journal.position()).toEqual(before);
    await ledger.activate('planner', 2);
    const [permitted, activated] = asked();
    expect(permitted).toBe(activated);
    expect(permitted).toMatch(/^planner 1 2 \{/);
    // What is active is not asked about, nor what the gate refuses.
    await ledger.live.permit('planner', 2);
    await ledger.live.permit('planner', 3);
    expect(asked()).toHaveLength(2);
  });

  it.each([
    ['refuses', 'echo "not on a Friday" >&2; exit 1', 0o755, /refused \(exit 1\): not on a Friday/],
    ['cannot be run', 'exit 0', 0o644, /not executable/],
  ])('is no where the hook %s', async (_, script, mode, said) => {
    install(script, mode);
    const refused = await refusal(() => ledger.activate('planner', 2));
    const answer = await ledger.live.permit('planner', 2);
    expect(answer).toMatchObject({ allow: false, level: 'UNKNOWN', report: null });
    expect(answer.reasons).toEqual([{ code: 'HOOK_REFUSED', message: refused.message }]);
    expect(refused.message).toMatch(said);
  });

  it('is decided by the gate of the moment when the hook has answered', async () => {
    install(`${LOG_QUESTION}; until [ -e '${join(folder, 'go')}' ]; do sleep 0.01; done`);
    const answer = ledger.live.permit('planner', 2);
    while (asked().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await ledger.tag('planner', 2, 'reverted');
    writeFileSync(join(folder, 'go'), '');
    expect(await answer).toMatchObject({ allow: false, reasons: [{ code: 'REVERTED' }] });
  });
});
