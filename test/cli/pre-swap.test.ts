/** The ledger's own hook, with programs that are really run, and the way past it. */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Sandbox, withLedger } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const OID = /^[0-9a-f]{40}$/;

function hookOf(box: Sandbox): string {
  return `${box.ledger}/hooks/pre-swap`;
}

/** Replaces the ledger's hook by a shell script. */
function setHook(box: Sandbox, ...lines: string[]): void {
  writeFileSync(hookOf(box), ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(hookOf(box), 0o755);
}

/** planner 1 (stable), active; 2 staged and never assessed. */
async function staged(...options: string[]): Promise<Sandbox> {
  const box = await withLedger(...options);
  box.write('plan.js', 'a\n');
  await box.ok('record', 'planner', 'plan.js', '--tag', 'stable');
  box.write('plan.js', 'b\n');
  await box.ok('stage', 'planner', 'plan.js');
  return box;
}

async function activeVersion(box: Sandbox): Promise<number> {
  return (await box.json('status'))[0].active;
}

describe('the pre-swap hook', () => {
  it('refuses with what it prints on stderr, in both forms, and changes nothing', async () => {
    const box = await staged();
    setHook(box, 'echo "not on a friday" >&2', 'exit 3');
    const before = await box.json('history');
    const human = await box.run(['activate', 'planner@2']);
    expect(human).toMatchObject({ code: 4, stdout: '' });
    expect(human.stderr).toMatch(/^error: HOOK_REFUSED: .*not on a friday\nhint: .+\n$/);
    expect(await box.failure(['activate', 'planner@2'])).toMatchObject({
      exit: 4,
      code: 'HOOK_REFUSED',
      data: { hook: hookOf(box), stderr: 'not on a friday' },
    });
    expect(await box.failure(['record', 'planner', '--checksum', 'c'])).toMatchObject({
      exit: 4,
      code: 'HOOK_REFUSED',
    });
    expect(await box.json('history')).toEqual(before);
  });

  it('gets module, from and to as arguments, the verdict on stdin, and the ledger as its folder', async () => {
    const box = await staged();
    const told = box.path('told');
    setHook(box, `{ echo "$# $1 $2 $3"; pwd -P; cat; } > '${told}'`);
    await box.ok('activate', 'planner@2');
    const [argv, cwd, stdin = ''] = readFileSync(told, 'utf8').split('\n');
    expect(argv).toBe('3 planner 1 2');
    expect(cwd).toBe(box.ledger);
    const { checkpoint } = await box.json('show', 'planner@2');
    expect(JSON.parse(stdin)).toEqual({
      moduleId: 'planner',
      fromVer: 1,
      toVer: 2,
      checksum: checkpoint.checksum,
      verdict: { allow: true, level: 'UNKNOWN', reasons: [{ code: 'NO_REPORT', message: expect.any(String) }] },
    });
    await box.ok('record', '@acme/other', '--checksum', 'c');
    const [first, , verdict = ''] = readFileSync(told, 'utf8').split('\n');
    expect(first).toBe('3 @acme/other - 1');
    expect(JSON.parse(verdict)).toMatchObject({ moduleId: '@acme/other', fromVer: null, checksum: 'c' });
  });

  it('is asked only about what the gate allows', async () => {
    const box = await staged('--require-approval');
    setHook(box, `echo asked >> '${box.path('asked')}'`);
    await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'breaking');
    expect(await box.failure(['activate', 'planner@2'])).toMatchObject({ code: 'APPROVAL_REQUIRED' });
    expect(existsSync(box.path('asked'))).toBe(false);
    await box.ok('approve', 'planner', '1', '2');
    await box.ok('activate', 'planner@2');
    expect(readFileSync(box.path('asked'), 'utf8')).toBe('asked\n');
  });

  it('refuses without its run bit, the default one too', async () => {
    const box = await staged();
    chmodSync(hookOf(box), 0o644);
    expect(await box.failure(['activate', 'planner@2'])).toMatchObject({ exit: 4, code: 'HOOK_REFUSED' });
    setHook(box, 'exit 0');
    chmodSync(hookOf(box), 0o644);
    const refused = await box.failure(['activate', 'planner@2']);
    expect(refused).toMatchObject({ exit: 4, code: 'HOOK_REFUSED', message: expect.stringContaining('executable') });
    chmodSync(hookOf(box), 0o755);
    await box.ok('activate', 'planner@2');
  });

  it.each([
    ['is killed', ['kill -KILL $$'], 'SIGKILL'],
    ['crashes', ['kill -SEGV $$'], 'SIGSEGV'],
    ['runs a program that is not there', ['exec no-such-program-anywhere'], 'exit 127'],
  ])('refuses when it %s', async (_what, lines, said) => {
    const box = await staged();
    setHook(box, ...lines);
    const refused = await box.failure(['activate', 'planner@2']);
    expect(refused).toMatchObject({ exit: 4, code: 'HOOK_REFUSED', message: expect.stringContaining(said) });
    expect(await activeVersion(box)).toBe(1);
  });

  it('refuses where it cannot be started at all', async () => {
    const box = await staged();
    writeFileSync(hookOf(box), '#!/no/such/interpreter\n');
    expect(await box.failure(['activate', 'planner@2'])).toMatchObject({ exit: 4, code: 'HOOK_REFUSED' });
  });

  it('is not asked before a rollback', async () => {
    const box = await staged();
    await box.ok('activate', 'planner@2');
    setHook(box, `echo asked > '${box.path('asked')}'`, 'exit 1');
    await box.ok('rollback', 'planner');
    expect(await activeVersion(box)).toBe(1);
    expect(existsSync(box.path('asked'))).toBe(false);
  });

  it('lets all pass where it is removed', async () => {
    const box = await staged();
    rmSync(hookOf(box));
    await box.ok('activate', 'planner@2');
  });

  it('is asked again where the ledger moved meanwhile', async () => {
    const box = await staged('--require-approval');
    const asked = box.path('asked');
    const told = box.path('go');
    setHook(
      box,
      `cat >> '${asked}'`,
      `[ -e '${told}' ] || { touch '${told}'; while [ -e '${told}' ]; do sleep 0.05; done; touch '${told}'; }`,
    );
    const activating = box.run(['activate', 'planner@2', '--json']);
    while (!existsSync(told)) await new Promise((resolve) => setTimeout(resolve, 20));
    await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'minor-change');
    rmSync(told);
    expect((await activating).code).toBe(0);
    const levels = readFileSync(asked, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).verdict.level);
    // Measured before the gate was asked; what somebody said meanwhile raises it.
    expect(levels).toEqual(['COMPATIBLE', 'MINOR_CHANGE']);
  });
});

describe('the guide', () => {
  const guide = readFileSync(new URL('../../docs/guide/hook.md', import.meta.url), 'utf8');
  const script = (name: string) => new RegExp(`^\`\`\`sh ${name}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(guide)?.[1] ?? '';

  it('shows a pre-swap hook that does what it says', async () => {
    const box = await withLedger();
    writeFileSync(hookOf(box), script('pre-swap'));
    box.write('plan.js', 'debugger;\n');
    await box.ok('record', 'planner', '--checksum', 'first');
    await box.ok('stage', 'planner', 'plan.js');
    const unknown = await box.failure(['activate', 'planner@2']);
    expect(unknown).toMatchObject({ code: 'HOOK_REFUSED', data: { stderr: 'nobody assessed planner 1 -> 2' } });
    await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'compatible');
    const found = await box.failure(['activate', 'planner@2']);
    expect(found.data.stderr).toBe('planner@2 has a debugger statement');
    box.write('plan.js', 'x\n');
    await box.ok('stage', 'planner', 'plan.js');
    await box.ok('assess', 'planner', '1', '3', '--no-measure', '--level', 'compatible');
    await box.ok('activate', 'planner@3');
  });

  it('shows an entrypoint that comes up only where the gate allows it', async () => {
    const box = await staged('--require-approval');
    await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'breaking');
    box.write('entrypoint', script('entrypoint'), 0o755);
    box.write('bin/git-lineage', `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, 0o755);
    const env = { ...box.env, PATH: `${box.path('bin')}:${process.env['PATH']}`, FROM: '1', TO: '2' };
    const start = () => spawnSync(box.path('entrypoint'), ['echo', 'up'], { env, encoding: 'utf8' });
    expect(start()).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('refuse BREAKING') });
    await box.ok('approve', 'planner', '1', '2');
    expect(start()).toMatchObject({ status: 0, stdout: 'up\n' });
    await box.ok('activate', 'planner@2');
    expect(start()).toMatchObject({ status: 0, stdout: 'up\n' });
  });
});

describe('break-glass', () => {
  it('passes by the gate and the hook, and stays in the journal with its reason', async () => {
    const box = await staged('--require-approval');
    await box.ok(
      'assess',
      'planner',
      '1',
      '2',
      '--no-measure',
      '--level',
      'breaking',
      '--rationale',
      'plan() was removed',
    );
    setHook(box, `echo asked > '${box.path('asked')}'`, 'exit 1');
    expect(await box.failure(['activate', 'planner@2'])).toMatchObject({ code: 'APPROVAL_REQUIRED' });
    expect(await box.json('break-glass', 'planner@2', '--reason', 'orders are lost')).toEqual({
      checkpoint: expect.objectContaining({ moduleId: 'planner', version: 2 }),
      reason: 'orders are lost',
      journal: { seq: 4, oid: expect.stringMatching(OID) },
    });
    expect(await activeVersion(box)).toBe(2);
    expect(existsSync(box.path('asked'))).toBe(false);
    const [entry] = await box.json('history', 'planner', '--limit', '1');
    expect(entry.events).toEqual([
      { type: 'break-glass', moduleId: 'planner', fromVer: 1, toVer: 2, reason: 'orders are lost' },
    ]);
  });

  it('prints the same for people', async () => {
    const box = await staged();
    const text = await box.ok('break-glass', 'planner@2', '--reason', 'orders are lost');
    expect(text).toMatch(/^broke the glass for planner@2 sha256:[0-9a-f]{64}\njournal 3 [0-9a-f]{40}\n$/);
    expect(await box.ok('history', '--limit', '1')).toMatch(/\tbreak-glass planner@2: orders are lost\n$/);
  });

  it('takes an approver, a reason in one line, and a version made from the active one', async () => {
    const box = await staged();
    const ci = box.key('ed25519');
    await box.ok('signers', 'add', 'ci@example.org', `${ci}.pub`, '--role', 'recorder');
    const why = ['--reason', 'orders are lost'];
    expect(await box.failure(['break-glass', 'planner@2', ...why, '--key', ci])).toMatchObject({
      exit: 4,
      code: 'ROLE_REQUIRED',
    });
    expect(await box.failure(['break-glass', 'planner@2'])).toMatchObject({
      exit: 2,
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('--reason'),
    });
    for (const reason of ['', 'two\nlines']) {
      const wrong = ['break-glass', 'planner@2', `--reason=${reason}`];
      expect(await box.failure(wrong)).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    }
    expect(await box.failure(['break-glass', 'planner', ...why])).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    expect(await box.failure(['break-glass', 'planner@9', ...why])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    await box.ok('stage', 'planner', '--checksum', 'c', '--parent', '2');
    expect(await box.failure(['break-glass', 'planner@3', ...why])).toMatchObject({ exit: 3, code: 'NOT_ACTIVE' });
    expect(await activeVersion(box)).toBe(1);
  });
});
