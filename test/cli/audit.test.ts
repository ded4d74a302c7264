import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AUDIT_STEPS } from '../../src/api/audit.js';
import { GIT_ENVIRONMENT, git } from '../crash/real-git.mjs';
import { type Json, type Sandbox, withLedger } from './sandbox.js';

/** planner 1 (stable), 2 (BREAKING, approved) and a rollback from it. */
async function story(): Promise<Sandbox> {
  const box = await withLedger('--require-approval');
  box.write('plan.js', 'export const a = 1;\n');
  await box.ok('record', 'planner', 'plan.js', '--tag', 'stable');
  box.write('plan.js', 'export const b = 2;\n');
  await box.ok('stage', 'planner', 'plan.js');
  await box.ok('assess', 'planner', '1', '2');
  await box.ok('approve', 'planner', '1', '2', '--rationale', 'nobody calls a');
  await box.ok('activate', 'planner@2');
  await box.ok('rollback', 'planner', '--reason', 'HEALTH_FAILURE');
  return box;
}

async function auditJson(box: Sandbox, ...argv: string[]): Promise<Json> {
  const { code, stdout, stderr } = await box.run(['audit', ...argv, '--json']);
  expect(stderr).toBe('');
  return { code, ...JSON.parse(stdout) };
}

function failedSteps(report: Json): string[] {
  return report.steps.filter((s: Json) => s.problems.length > 0).map((s: Json) => s.name);
}

describe('audit', () => {
  it('passes the ledger, its mirror, a bundle of it, and a plain clone once it has its notes', async () => {
    const box = await story();
    await git(box.ledger, ['bundle', 'create', '--quiet', box.path('all.bundle'), '--all']);
    await git(box.root, ['clone', '--quiet', '--mirror', box.ledger, 'mirror.git']);
    await git(box.root, ['clone', '--quiet', box.ledger, 'plain']);
    for (const [copy, kind] of [
      [undefined, 'ledger'],
      ['mirror.git', 'mirror'],
      ['all.bundle', 'bundle'],
    ] as const) {
      const report = await auditJson(box, ...(copy === undefined ? [] : [copy]));
      expect(report).toMatchObject({ code: 0, outcome: 'passed', kind, trusted: false, gaps: [], tainted: [] });
      expect(report.steps.map((s: Json) => s.name)).toEqual(AUDIT_STEPS);
    }
    const lacking = await auditJson(box, 'plain');
    expect(lacking).toMatchObject({ code: 1, outcome: 'incomplete', kind: 'clone' });
    // The ledger goes on before the clone is completed.
    await box.ok('tag', 'planner@1', 'canary');
    for (const { command } of lacking.gaps) {
      const [, ...args] = command.replaceAll("'", '').split(' ');
      await git(box.path('plain'), args);
    }
    expect(await auditJson(box, 'plain')).toMatchObject({ code: 0, outcome: 'passed', gaps: [] });
    const inside = await box.run(['audit', '--json'], { cwd: box.path('plain'), env: { GIT_LINEAGE_DIR: '' } });
    expect(JSON.parse(inside.stdout)).toMatchObject({ kind: 'clone', outcome: 'passed' });
  });

  it('measures again what became active where that is asked, and says what differs', async () => {
    const box = await story();
    box.write('plan.js', 'export const a = 1;\nexport const c = 3;\n');
    await box.ok('stage', 'planner', 'plan.js');
    await box.ok('assess', 'planner', '1', '3', '--no-measure', '--level', 'compatible');
    await box.ok('activate', 'planner@3');
    expect(await auditJson(box)).toMatchObject({ code: 0, remeasured: null });
    const differs = [{ toVer: 3, level: 'COMPATIBLE', assessor: null, measured: 'MINOR_CHANGE', limit: null }];
    expect(await auditJson(box, '--remeasure')).toMatchObject({ code: 0, remeasured: { same: 0, differs } });
    expect(await auditJson(box, '--remeasure-all')).toMatchObject({ code: 0, remeasured: { same: 1, differs } });
    const shown = await box.ok('audit', '--remeasure');
    expect(shown).toMatch(/^planner 1 -> 3\tentry \d+\tCOMPATIBLE by hand, or nobody\tMINOR_CHANGE by git-lineage\//m);
  });

  it('says for people what it made sure of, and what is wrong where', async () => {
    const box = await story();
    const good = (await box.ok('audit')).split('\n');
    expect(good[0]).toMatch(/^audit of the ledger .*modules\.git, up to 20/);
    expect(good.filter((line) => line.includes('\tok\t'))).toHaveLength(9);
    expect(good.at(-2)).toBe('passed');
    const commit = await git(box.ledger, ['rev-parse', 'planner/v2']);
    await git(box.ledger, ['-c', 'core.hooksPath=/dev/null', 'update-ref', 'refs/tags/planner/v1', commit]);
    const { code, stdout } = await box.run(['audit']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^refs\tFAILED\t/m);
    expect(stdout).toContain(
      `refs\t-\t${commit}\trefs/tags/planner/v1\trefs/tags/planner/v1 is at ${commit}; the journal`,
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('FAILED: do not rely on this copy');
  });

  it('compares the key of the first entry with a fingerprint', async () => {
    const box = await story();
    const { pin } = await auditJson(box);
    expect(await auditJson(box, '--trust', pin.trust)).toMatchObject({ code: 0, trusted: true });
    const wrong = await auditJson(box, '--trust', `SHA256:${'A'.repeat(43)}`);
    expect(wrong).toMatchObject({ code: 1, outcome: 'failed' });
    expect(failedSteps(wrong)).toEqual(['pin']);
    const { stdout } = await box.run(['audit', '--trust', `SHA256:${'A'.repeat(43)}`]);
    expect(stdout).toContain(`is signed by ${pin.trust}, and the pin does not hold`);
    expect(await box.ok('audit', '--trust', pin.trust)).toContain(`is signed by ${pin.trust}, as was asked`);
    expect(await box.failure(['audit', '--trust', 'SHA256:short'])).toMatchObject({
      exit: 2,
      code: 'INVALID_ARGUMENT',
    });
  });

  it('remembers in a pin what it saw, and notices a copy that was rewound or forked', async () => {
    const box = await story();
    const pinFile = box.path('my.pin');
    const pin = () => JSON.parse(readFileSync(pinFile, 'utf8'));
    expect(await auditJson(box, '--pin', pinFile)).toMatchObject({ code: 0, trusted: false });
    expect(pin().seq).toBe(6);
    cpSync(box.ledger, box.path('before.git'), { recursive: true });
    await box.ok('tag', 'planner@1', 'blue');
    expect(await auditJson(box, '--pin', pinFile)).toMatchObject({ code: 0, trusted: true });
    expect(pin().seq).toBe(7);
    const rewound = await auditJson(box, 'before.git', '--pin', pinFile);
    expect(rewound).toMatchObject({ code: 1, outcome: 'failed' });
    expect(failedSteps(rewound)).toEqual(['pin']);
    const { stdout: told } = await box.run(['audit', 'before.git', '--pin', pinFile]);
    expect(told).toContain('the pin does not hold: see the step pin');
    await box.ok('tag', 'planner@1', 'green', '--ledger', box.path('before.git'));
    const forked = await auditJson(box, 'before.git', '--pin', pinFile);
    expect(failedSteps(forked)).toEqual(['pin']);
    expect(forked.steps.find((s: Json) => s.name === 'pin').problems[0].message).toMatch(
      /entry 7 is [0-9a-f]{40}; it had been [0-9a-f]{40}: the journal was forked/,
    );
    expect(pin().seq).toBe(7);
    writeFileSync(pinFile, '{"root":"x"}');
    expect(await box.failure(['audit', '--pin', pinFile])).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
  });

  it('shows each reason that an approver gave, and an approval that says nothing new changes nothing', async () => {
    const box = await story();
    const again = await box.run(['approve', 'planner', '1', '2', '--rationale', 'nobody calls a']);
    expect(again.stdout).toMatch(/^nothing was changed: approved already, planner 1 -> 2/);
    const more = await box.run(['approve', 'planner', '1', '2', '--rationale', 'and nobody will']);
    expect(more.stdout).toMatch(/^approved planner 1 -> 2/);
    const shown = await box.run(['show', 'planner@2']);
    for (const rationale of ['nobody calls a', 'and nobody will']) expect(shown.stdout).toContain(rationale);
  });

  it('takes entries on the word of a pin with --since, and of nothing else', async () => {
    const box = await story();
    const pinFile = box.path('my.pin');
    expect(await box.failure(['audit', '--since', '3'])).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    await auditJson(box, '--pin', pinFile);
    await box.ok('untag', 'planner@2', 'reverted');
    const report = await auditJson(box, '--pin', pinFile, '--since', '6');
    expect(report).toMatchObject({ code: 0, outcome: 'passed', since: 6, trusted: true });
    expect(report.steps.find((s: Json) => s.name === 'signers').checked).toBe(1);
    expect(report.pin.seq).toBe(7);
    // The first entry alone is taken on that word, and it is said.
    expect(await auditJson(box, '--pin', pinFile, '--since', '0')).toMatchObject({ since: 0 });
    const { stdout } = await box.run(['audit', '--pin', pinFile, '--since', '0']);
    expect(stdout).toContain('entries up to 0 on the word of the pin');
    expect(await auditJson(box, '--pin', pinFile)).toMatchObject({ since: null });
    expect(await box.failure(['audit', '--pin', pinFile, '--since', '9'])).toMatchObject({ exit: 2 });
  });

  it('refuses what is no copy of a ledger', async () => {
    const box = await story();
    await git(box.root, ['init', '--quiet', '--bare', 'empty.git']);
    for (const copy of ['nowhere', 'plan.js', 'empty.git'])
      expect(await box.failure(['audit', copy])).toMatchObject({ exit: 2, code: 'NOT_A_LEDGER' });
  });

  it('leaves the ledger as it is', async () => {
    const box = await story();
    const pins = existsSync(join(box.ledger, 'lineage/pin.json'));
    const before = await git(box.ledger, ['for-each-ref']);
    await box.ok('audit');
    expect(await git(box.ledger, ['for-each-ref'])).toBe(before);
    expect(existsSync(join(box.ledger, 'lineage/pin.json'))).toBe(pins);
  });
});

describe('why', () => {
  it('says what the gate says of the moment in which a version became active', async () => {
    const box = await story();
    const found = await box.json('why', 'planner@2');
    expect(found).toMatchObject({
      moduleId: 'planner',
      version: 2,
      status: 'REVERTED',
      activations: [
        { seq: 5, fromVer: 1, toVer: 2, by: 'gate', allow: true, level: 'BREAKING', oid: expect.any(String) },
      ],
      rollbacks: [{ seq: 6, fromVer: 2, toVer: 1, reason: 'HEALTH_FAILURE' }],
      gate: { allow: false },
    });
    expect(found.activations[0].reasons).toEqual([
      { code: 'APPROVED', message: expect.stringMatching(/^BREAKING, approved by /) },
    ]);
    expect(found.gate.reasons.map(({ code }: { code: string }) => code)).toContain('REVERTED');
    // What happened afterwards does not change what was said then.
    await box.ok('withdraw', 'planner', '1', '2');
    expect((await box.json('why', 'planner@2')).activations).toEqual(found.activations);
    const text = await box.ok('why', 'planner@2');
    expect(text).toMatch(
      /^planner@2 REVERTED\nentry 5, .*: allowed by the gate, BREAKING, in place of v1\n {2}BREAKING, approved by/,
    );
    expect(text).toMatch(/^entry 6, .*: rolled back to v1, HEALTH_FAILURE$/m);
  });

  it('says why a version that never ran would be refused, and that one was let past the gate', async () => {
    const box = await story();
    box.write('plan.js', 'export const c = 3;\n');
    await box.ok('stage', 'planner', 'plan.js');
    await box.ok('assess', 'planner', '1', '3');
    expect(await box.ok('why', 'planner@3')).toMatch(
      /it never was active \(STAGED\); the gate refuses it, BREAKING\n.*needs the approval/,
    );
    await box.ok('break-glass', 'planner@3', '--reason', 'the other one burns');
    expect((await box.json('why', 'planner')).activations[0].reasons).toEqual([
      { code: 'BREAK_GLASS', message: 'the other one burns' },
    ]);
    expect(await box.ok('why', 'planner')).toMatch(
      /past the gate \(break-glass\), BREAKING, in place of v1\n {2}the other one burns/,
    );
    expect(await box.failure(['why', 'planner@9'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
  });
});

describe('show --proof', () => {
  it('has everything that bears on a version, and git agrees with every line of it', async () => {
    const box = await story();
    const proof = await box.json('show', 'planner@2', '--proof');
    expect(proof.entries.map((e: Json) => [e.seq, e.events.map((x: Json) => x.type).join()])).toEqual([
      [2, 'stage'],
      [3, 'report'],
      [4, 'approve'],
      [5, 'activate'],
      [6, 'rollback'],
    ]);
    expect(proof.reports.map((r: Json) => [r.seq, r.level, r.approvedBy === 'auto'])).toEqual([
      [1, 'BREAKING', true],
      [2, 'BREAKING', false],
    ]);
    expect(proof).toMatchObject({ status: 'REVERTED', checksumNote: proof.checkpoint.checksum, rollbackTarget: null });
    expect(await git(box.ledger, ['rev-parse', 'planner/v2', 'planner/v2^{tree}', 'planner/v1'])).toBe(
      [proof.oid, proof.tree, proof.parent].join('\n'),
    );
    expect((await box.json('show', 'planner', '--proof')).rollbackTarget).toBe(null);
    const commands = (await box.ok('show', 'planner@2', '--proof')).split('check it with git alone:\n')[1] ?? '';
    expect(commands.match(/ verify-(?:commit|tag) /g)).toHaveLength(7);
    const before = readFileSync(join(box.ledger, 'config'), 'utf8');
    // Typed as they stand, in a folder that has nothing to do with the ledger.
    const env = { ...GIT_ENVIRONMENT, TMPDIR: box.path() };
    const { status, stderr } = spawnSync('sh', ['-e'], { cwd: '/', env, input: commands, encoding: 'utf8' });
    expect({ status, good: stderr.match(/Good "git" signature/g)?.length }).toEqual({ status: 0, good: 7 });
    expect(readFileSync(join(box.ledger, 'config'), 'utf8')).toBe(before);
    expect(readdirSync(box.path()).filter((name) => name.startsWith('tmp.'))).toEqual([]);
  });
});
