import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../src/cli/program.js';
import { QUESTIONS } from '../../src/cli/questions.js';
import { VERBS } from '../../src/cli/verbs.js';
import { type Sandbox, sandbox, withLedger } from './sandbox.js';

const OID = /^[0-9a-f]{40}$/;
const SHA256_A = 'sha256:87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7';

/** planner 1 (stable) and 2, each one file. */
async function twoVersions(...options: string[]): Promise<Sandbox> {
  const box = await withLedger(...options);
  box.write('plan.js', 'a\n');
  await box.ok('record', 'planner', 'plan.js', '--tag', 'stable', '--timestamp', '1700000000.25');
  box.write('plan.js', 'b\n');
  await box.ok('record', 'planner', 'plan.js', '--timestamp', '1700000001');
  return box;
}

describe('init', () => {
  it('says where the ledger is, whose key it is, and what to pin', async () => {
    const box = sandbox();
    const made = await box.json('init', '--require-approval', '--max-checkpoints', '5', '--set', 'requiredApprovals=2');
    expect(Object.keys(made)).toEqual(['ledger', 'principal', 'key', 'recovery', 'journal']);
    expect(made.ledger).toBe(box.ledger);
    expect(made.key).toEqual({
      path: `${box.home}/config/git-lineage/id_ed25519`,
      fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
      made: true,
    });
    expect(made.journal).toEqual({ seq: 0, oid: expect.stringMatching(OID) });
    expect((await box.json('policy')).settings).toEqual({
      maxCheckpoints: 5,
      requireApproval: true,
      autoRollbackOnBreaking: true,
      approveUnknown: false,
      requiredApprovals: 2,
      promoteStable: true,
    });
  });

  it('prints the same for people', async () => {
    const box = sandbox();
    const lines = (await box.ok('init', 'other.git', '--principal', 'ops@example.org')).split('\n');
    expect(lines[0]).toBe(`created the ledger ${box.path('other.git')}`);
    expect(lines[1]).toBe(`made the key ${box.home}/config/git-lineage/id_ed25519 for ops@example.org`);
    expect(lines[2]).toMatch(/^pin SHA256:/);
    expect(lines[3]).toMatch(/^format 1, which release 0\.1\.0 reads too: .*; git-lineage upgrade brings them$/);
    expect(lines[4]).toMatch(/^journal 0 [0-9a-f]{40}$/);
  });

  it('refuses a ledger that exists, a folder with something in it, and no folder', async () => {
    const box = await withLedger();
    expect(await box.failure(['init'])).toMatchObject({ exit: 2, code: 'LEDGER_EXISTS' });
    box.write('full/file', 'x');
    expect(await box.failure(['init', 'full'])).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    const none = { env: { GIT_LINEAGE_DIR: '' } };
    expect(await box.failure(['init'], none)).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    expect(await box.failure(['init', 'a.git', '--ledger', 'b.git'])).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await box.failure(['init', 'c.git', '--set', 'maxCheckpoints=1'])).toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('makes no key for a ledger that is there already', async () => {
    const box = await withLedger('--key', sandbox().key('ed25519'));
    await box.failure(['init']);
    expect(existsSync(`${box.home}/config/git-lineage`)).toBe(false);
  });
});

describe('record and stage', () => {
  it('takes the next number and prints version, checksum and journal position', async () => {
    const box = await withLedger();
    box.write('plan.js', 'a\n');
    const text = await box.ok('record', 'planner', 'plan.js', '--tag', 'stable');
    expect(text).toMatch(new RegExp(`^recorded planner@1 ${SHA256_A} \\[stable\\]\njournal 1 [0-9a-f]{40}\n$`));
    const staged = await box.ok('stage', 'planner', 'plan.js');
    expect(staged).toMatch(/^staged planner@2 sha256:[0-9a-f]{64}\njournal 2 [0-9a-f]{40}\n$/);
  });

  it('takes every field of a checkpoint, and answers with exactly those', async () => {
    const box = await withLedger();
    const argv = ['record', '@acme/planner', '--checksum', 'build-7', '--as', '3', '--parent', '-'];
    const more = ['--tag', 'zeta', '--tag', 'alpha', '--meta', 'semver=1.2.3', '--meta', 'a=b=c'];
    const answer = await box.json(...argv, ...more, '--timestamp', '1700000000.125');
    expect(answer).toEqual({
      checkpoint: {
        moduleId: '@acme/planner',
        version: 3,
        checksum: 'build-7',
        timestamp: 1700000000.125,
        parentVer: null,
        tags: ['alpha', 'zeta'],
        metadata: { semver: '1.2.3', a: 'b=c' },
      },
      journal: { seq: 1, oid: expect.stringMatching(OID) },
      warnings: expect.any(Array),
    });
  });

  it('names the entry of its own transaction, and the last one where nothing had to be written', async () => {
    const box = await withLedger();
    const first = await box.json('record', 'planner', '--checksum', 'c', '--as', '1', '--parent', '-');
    await box.ok('record', 'other', '--checksum', 'c');
    const again = await box.json('record', 'planner', '--checksum', 'c', '--as', '1', '--parent', '-');
    expect(again.checkpoint).toEqual(first.checkpoint);
    expect(again.journal.seq).toBe(2);
    expect(await box.json('history')).toHaveLength(3);
  });

  it('compares a checksum that is given with files', async () => {
    const box = await withLedger();
    box.write('plan.js', 'a\n');
    const wrong = ['record', 'planner', 'plan.js', '--checksum', 'sha256:00'];
    expect(await box.failure(wrong)).toMatchObject({ exit: 4, code: 'CHECKSUM_MISMATCH' });
    await box.ok('record', 'planner', 'plan.js', '--checksum', SHA256_A);
  });

  it('warns about a pair that nobody assessed: on stderr for people, in the answer for scripts', async () => {
    const box = await twoVersions();
    const human = await box.run(['record', 'planner', '--checksum', 'c']);
    expect(human.stderr).toMatch(/^warning: planner v3: .*UNKNOWN\n$/);
    const json = await box.run(['record', 'planner', '--checksum', 'd', '--json']);
    expect(json.stderr).toBe('');
    expect(JSON.parse(json.stdout).warnings).toEqual([
      { moduleId: 'planner', code: 'NO_REPORT', message: expect.stringMatching(/^v4: .*UNKNOWN$/) },
    ]);
  });
});

describe('activate', () => {
  it('makes a staged version active', async () => {
    const box = await twoVersions();
    await box.ok('stage', 'planner', '--checksum', 'c');
    expect(await box.ok('activate', 'planner@3')).toMatch(/^activated planner@3 c\njournal 4 /);
    const repeated = await box.json('activate', 'planner@3');
    expect(repeated).toMatchObject({ checkpoint: { version: 3, parentVer: 2 }, journal: { seq: 4 }, warnings: [] });
  });
});

describe('log', () => {
  it('is an ascending array of checkpoints', async () => {
    const box = await twoVersions();
    expect(await box.json('log', 'planner')).toEqual([
      {
        moduleId: 'planner',
        version: 1,
        checksum: SHA256_A,
        timestamp: 1700000000.25,
        parentVer: null,
        tags: ['stable'],
        metadata: {},
      },
      expect.objectContaining({ version: 2, parentVer: 1, tags: [] }),
    ]);
  });

  it('prints one tab-separated line a version, without a heading', async () => {
    const box = await twoVersions();
    const lines = (await box.ok('log', 'planner')).split('\n');
    expect(lines[0]?.split('\t')).toEqual(['1', 'ARCHIVED', '-', SHA256_A, '2023-11-14T22:13:20.250Z', 'stable']);
    expect(lines[1]?.split('\t').slice(0, 2)).toEqual(['2', 'ACTIVE']);
    expect(lines).toHaveLength(3);
  });

  it('shows the window, with --full the lineage, with --all staged and reverted versions too', async () => {
    const box = await twoVersions('--max-checkpoints', '2');
    await box.ok('record', 'planner', '--checksum', 'c');
    await box.ok('rollback', 'planner', '--to', '2');
    await box.ok('record', 'planner', '--checksum', 'd');
    await box.ok('stage', 'planner', '--checksum', 'e');
    const numbers = async (...more: string[]) =>
      (await box.json('log', 'planner', ...more)).map((v: { version: number }) => v.version);
    expect(await numbers()).toEqual([2, 4]);
    expect(await numbers('--full')).toEqual([1, 2, 4]);
    expect(await numbers('--all')).toEqual([1, 2, 3, 4, 5]);
    const all = (await box.ok('log', 'planner', '--all')).trim().split('\n');
    expect(all.map((line) => line.split('\t')[1])).toEqual(['ARCHIVED', 'ARCHIVED', 'REVERTED', 'ACTIVE', 'STAGED']);
  });

  it('is empty where every version is staged, and an error where there is no such module', async () => {
    const box = await withLedger();
    await box.ok('stage', 'planner', '--checksum', 'c');
    expect(await box.json('log', 'planner')).toEqual([]);
    expect(await box.failure(['log', 'planer'])).toMatchObject({
      exit: 2,
      code: 'NOT_FOUND',
      hint: expect.stringContaining('did you mean planner?'),
      data: { kind: 'MODULE', what: 'planer' },
    });
  });
});

describe('show', () => {
  it('has the checkpoint, its status, the reports on it and its files', async () => {
    const box = await twoVersions();
    await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'minor-change', '--rationale', 'added x');
    expect(await box.json('show', 'planner@2')).toEqual({
      checkpoint: expect.objectContaining({ version: 2, tags: [] }),
      status: 'ACTIVE',
      reports: [
        {
          moduleId: 'planner',
          fromVer: 1,
          toVer: 2,
          level: 'MINOR_CHANGE',
          rationale: 'added x',
          approvedBy: 'auto',
          seq: 1,
          bound: true,
          measuredLevel: null,
          assessor: null,
          withdraws: null,
          tainted: false,
        },
      ],
      files: [
        {
          path: 'plan.js',
          mode: '100644',
          size: 2,
          sha256: '0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f',
        },
      ],
    });
    expect(await box.json('show', 'planner@1')).toMatchObject({ status: 'ARCHIVED', reports: [] });
  });

  it('takes the active version where no number is given', async () => {
    const box = await twoVersions();
    const lines = (await box.ok('show', 'planner')).split('\n');
    expect(lines).toContain('version\tplanner@2');
    expect(lines).toContain('status\tACTIVE');
    expect(lines.some((line) => line.startsWith('100644\t2\t') && line.endsWith('\tplan.js'))).toBe(true);
    await box.ok('stage', 'other', '--checksum', 'c');
    expect(await box.failure(['show', 'other'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
  });

  it('lets nothing reach a terminal that it would obey', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'c', '--meta', 'note=\u001b[31mred\u202e\u0007\u{e0041}');
    const { stdout } = await box.run(['show', 'planner'], { terminal: true, env: { NO_COLOR: '1' } });
    expect(stdout).toContain('\\u001b[31mred\\u202e\\u0007\\udb40\\udc41');
    expect(stdout).not.toMatch(/[\u0007\u001b\u202e\u{e0041}]/u);
    const json = await box.ok('show', 'planner', '--json');
    expect(json).not.toMatch(/[\u0007\u001b\u202e\u{e0041}]/u);
    expect(JSON.parse(json).checkpoint.metadata.note).toBe('\u001b[31mred\u202e\u0007\u{e0041}');
  });
});

describe('tag and untag', () => {
  it('change one tag and answer with the version', async () => {
    const box = await twoVersions();
    expect(await box.ok('tag', 'planner@2', 'canary')).toMatch(/^tagged planner@2 sha256:\S+ \[canary\]\njournal 3 /);
    expect(await box.json('tag', 'planner@2', 'stable')).toEqual({
      checkpoint: expect.objectContaining({ version: 2, tags: ['canary', 'stable'] }),
      journal: { seq: 4, oid: expect.stringMatching(OID) },
    });
    expect(await box.ok('untag', 'planner@2', 'canary')).toMatch(/^untagged planner@2 sha256:\S+ \[stable\]\n/);
    expect((await box.json('untag', 'planner@2', 'stable')).checkpoint.tags).toEqual([]);
    expect(await box.failure(['untag', 'planner@2', 'stable'])).toMatchObject({
      exit: 2,
      code: 'NOT_FOUND',
      data: { kind: 'TAG' },
      hint: 'it carries no tag',
    });
  });
});

describe('assess, approve, withdraw, pending, gate', () => {
  it('hold a BREAKING version back until somebody signs, and again once that is withdrawn', async () => {
    const box = await twoVersions('--require-approval');
    await box.ok('stage', 'planner', '--checksum', 'c');
    const assessed = await box.json(
      'assess',
      'planner',
      '2',
      '3',
      '--no-measure',
      '--level',
      'BREAKING',
      '--rationale',
      'plan() gone',
    );
    expect(assessed).toEqual({
      measured: null,
      moduleId: 'planner',
      fromVer: 2,
      toVer: 3,
      level: 'BREAKING',
      journal: { seq: 4, oid: expect.stringMatching(OID) },
    });
    const report = {
      moduleId: 'planner',
      fromVer: 2,
      toVer: 3,
      level: 'BREAKING',
      rationale: 'plan() gone',
      approvedBy: 'auto',
    };
    expect(await box.json('pending')).toEqual([report]);
    expect(await box.ok('pending')).toBe('planner\t2\t3\tBREAKING\tauto\tplan() gone\n');

    const refused = await box.run(['gate', 'planner', '2', '3', '--json']);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toEqual({
      allow: false,
      level: 'BREAKING',
      reasons: [{ code: 'APPROVAL_MISSING', message: 'BREAKING needs the approval of an operator' }],
    });
    expect(await box.failure(['activate', 'planner@3'])).toMatchObject({ exit: 4, code: 'APPROVAL_REQUIRED' });

    const approved = await box.json('approve', 'planner', '2', '3', '--rationale', 'migrated');
    const { principal } = (await box.json('signers'))[0];
    expect(approved.report).toEqual({ ...report, rationale: 'migrated', approvedBy: principal });
    expect(await box.json('pending')).toEqual([]);
    const allowed = await box.run(['gate', 'planner', '2', '3']);
    expect(allowed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^allow BREAKING\n.*approved by/) });

    expect(await box.ok('withdraw', 'planner', '2', '3')).toMatch(/^withdrew the approval of planner 2 -> 3/);
    expect((await box.run(['gate', 'planner', '2', '3'])).stdout).toMatch(/^refuse BREAKING\n.+\n$/);
    expect(await box.failure(['withdraw', 'planner', '2', '3'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await box.failure(['approve', 'planner', '2', '99'])).toMatchObject({
      exit: 2,
      code: 'NOT_FOUND',
      hint: expect.stringMatching(/^stage the version first.*it has v1, v2, v3/),
    });
  });

  it('takes - as FROM for a first version', async () => {
    const box = await withLedger();
    await box.ok('stage', 'planner', '--checksum', 'c');
    const text = await box.ok('assess', 'planner', '-', '1', '--no-measure', '--level', 'compatible');
    expect(text).toMatch(/^COMPATIBLE is in force for planner - -> 1\njournal 2 /);
    expect((await box.json('show', 'planner@1')).reports[0]).toMatchObject({ fromVer: null, rationale: '' });
    expect((await box.run(['gate', 'planner', '-', '1'])).code).toBe(0);
    expect((await box.json('approve', 'planner', '-', '1')).report).toMatchObject({ fromVer: null, toVer: 1 });
    expect(await box.json('withdraw', 'planner', '-', '1')).toMatchObject({ report: { approvedBy: 'auto' } });
  });

  it('keeps a rationale of several lines on one line of a table', async () => {
    const box = await twoVersions('--require-approval');
    await box.ok('stage', 'planner', '--checksum', 'c');
    await box.ok('assess', 'planner', '2', '3', '--no-measure', '--level', 'BREAKING', '--rationale', 'one\n\ttwo');
    expect(await box.ok('pending')).toBe('planner\t2\t3\tBREAKING\tauto\tone two\n');
    expect((await box.json('pending'))[0].rationale).toBe('one\n\ttwo');
  });
});

describe('rollback-target', () => {
  it('is the nearest stable ancestor, with what was passed over', async () => {
    const box = await twoVersions();
    await box.ok('record', 'planner', '--checksum', 'c');
    expect(await box.json('rollback-target', 'planner')).toEqual({
      target: expect.objectContaining({ version: 1, tags: ['stable'] }),
      skipped: [{ version: 2, code: 'NOT_TAGGED', reason: 'not tagged stable' }],
      passedOver: { REVERTED: 0, REDACTED: 0, NOT_TAGGED: 1, BREAKING: 0, SAME_CONTENT: 0 },
    });
    expect(await box.ok('rollback-target', 'planner', '--reason', 'timeout')).toBe('planner@1\n');
    expect(await box.ok('rollback-target', 'planner', '--explain')).toBe(
      'planner@1\nthe nearest ancestor of v3 tagged stable, with other content\n2\tnot tagged stable\n',
    );
    expect((await box.json('rollback-target', 'planner', '--any')).target.version).toBe(2);
    await box.ok('tag', 'planner@2', 'blue');
    expect((await box.json('rollback-target', 'planner', '--tag', 'blue')).target.version).toBe(2);
  });

  it('answers no with exit code 1', async () => {
    const box = await twoVersions();
    const none = await box.run(['rollback-target', 'planner', '--tag', 'gold', '--json']);
    expect(none.code).toBe(1);
    expect(JSON.parse(none.stdout)).toEqual({
      target: null,
      skipped: [{ version: 1, code: 'NOT_TAGGED', reason: 'not tagged gold' }],
      passedOver: { REVERTED: 0, REDACTED: 0, NOT_TAGGED: 1, BREAKING: 0, SAME_CONTENT: 0 },
    });
    const human = await box.run(['rollback-target', 'planner', '--tag', 'gold']);
    expect(human).toEqual({ code: 1, stdout: '', stderr: 'warning: planner has no rollback target\n' });
    expect(await box.failure(['rollback-target', 'nobody'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await box.failure(['rollback-target', 'planner', '--any', '--tag', 'x'])).toMatchObject({ exit: 2 });
  });
});

describe('where there is no target', () => {
  it('says that a version is the first of its lineage', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'a');
    const { code, stdout } = await box.run(['rollback-target', 'planner', '--explain']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'v1 is the first of its lineage: there is none before it\n' });
  });

  it('says of a tagged ancestor why it is none', async () => {
    const box = await twoVersions();
    box.write('plan.js', 'a\n');
    await box.ok('record', 'planner', 'plan.js');
    const error = await box.failure(['rollback', 'planner']);
    expect(error).toMatchObject({ exit: 4, code: 'NOT_FOUND' });
    expect(error.message).toBe(
      'planner has no rollback target: v3 has no ancestor tagged stable that it could go back to: v1 is tagged, but it has the content of the active version',
    );
  });
});

describe('rollback', () => {
  it('goes back to the target and says what was abandoned', async () => {
    const box = await twoVersions();
    const answer = await box.json('rollback', 'planner', '--reason', 'health-failure');
    expect(answer).toEqual({
      checkpoint: expect.objectContaining({ version: 1 }),
      abandoned: 2,
      reason: 'HEALTH_FAILURE',
      journal: { seq: 3, oid: expect.stringMatching(OID) },
    });
    expect((await box.json('show', 'planner@2')).status).toBe('REVERTED');
    expect((await box.json('history', 'planner'))[0].events).toContainEqual({
      type: 'rollback',
      moduleId: 'planner',
      fromVer: 2,
      toVer: 1,
      reason: 'HEALTH_FAILURE',
    });
  });

  it('takes a version by number, any version, or another tag', async () => {
    const box = await twoVersions();
    await box.ok('record', 'planner', '--checksum', 'c');
    const text = await box.ok('rollback', 'planner', '--to', '2');
    expect(text).toMatch(/^rolled back planner@3 to planner@2 sha256:\S+\njournal 4 /);
    await box.ok('record', 'planner', '--checksum', 'd');
    expect((await box.json('rollback', 'planner', '--any')).checkpoint.version).toBe(2);
    await box.ok('tag', 'planner@1', 'blue');
    expect(await box.json('rollback', 'planner', '--tag', 'blue')).toMatchObject({
      checkpoint: { version: 1 },
      abandoned: 2,
      reason: 'MANUAL',
    });
    // It is refused, and the command line is right; what to do next differs with what was tried.
    const refused = { exit: 4, code: 'NOT_FOUND', data: { kind: 'ROLLBACK_TARGET' } };
    const first = expect.stringMatching(/first of its lineage.*git-lineage record planner/);
    for (const more of [[], ['--any']])
      expect(await box.failure(['rollback', 'planner', ...more])).toMatchObject({ ...refused, hint: first });
    await box.ok('record', 'planner', '--checksum', 'e');
    expect(await box.failure(['rollback', 'planner', '--tag', 'green'])).toMatchObject({
      ...refused,
      hint: expect.stringMatching(/--any.*--to N.*tag an earlier version green/),
    });
    const both = ['rollback', 'planner', '--to', '1', '--any'];
    expect(await box.failure(both)).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
  });
});

describe('status, stats, history, policy', () => {
  it('show where every module stands', async () => {
    const box = await twoVersions('--require-approval');
    await box.ok('stage', 'planner', '--checksum', 'c');
    await box.ok('stage', 'planner', '--checksum', 'd');
    await box.ok('assess', 'planner', '2', '3', '--no-measure', '--level', 'BREAKING');
    await box.ok('stage', 'other', '--checksum', 'e');
    expect(await box.json('status')).toEqual([
      {
        ...{ moduleId: 'other', active: null, semver: null, activation: null, stable: null },
        ...{ highest: 1, staged: [1], pending: 0 },
      },
      {
        ...{ moduleId: 'planner', active: 2, semver: null, stable: 1, highest: 4, staged: [3, 4], pending: 1 },
        activation: expect.objectContaining({ type: 'activate', seq: 2, fromVer: 1, toVer: 2, reason: null }),
      },
    ]);
    const [other, planner] = (await box.ok('status')).split('\n').map((line) => line.split('\t'));
    expect(other).toEqual(['other', '-', '-', '-', '-', '-', '-', '1', '0']);
    expect(planner).toEqual([
      ...['planner', '2', '-', expect.stringMatching(/^20.*Z$/), expect.stringContaining('@'), 'COMPATIBLE'],
      ...['1', '3, 4', '1'],
    ]);
    // The pair of v1 and v2 was measured when v2 became active.
    const numbers = { trackedModules: 1, totalCheckpoints: 2, compatibilityRecords: 2, pendingApprovals: 1 };
    expect(await box.json('stats')).toEqual(numbers);
    expect(await box.ok('stats')).toBe(
      Object.entries(numbers)
        .map(([name, n]) => `${name}\t${n}\n`)
        .join(''),
    );
  });

  it('are empty for an empty ledger', async () => {
    const box = await withLedger();
    expect(await box.json('status')).toEqual([]);
    expect(await box.ok('status')).toBe('');
    expect(await box.json('stats')).toMatchObject({ trackedModules: 0, totalCheckpoints: 0 });
    expect(await box.json('pending')).toEqual([]);
  });

  it('show the journal, newest entry first', async () => {
    const box = await twoVersions();
    await box.ok('record', 'other', '--checksum', 'c');
    const seqs = async (...more: string[]) =>
      (await box.json('history', ...more)).map((entry: { seq: number }) => entry.seq);
    expect(await seqs()).toEqual([3, 2, 1, 0]);
    expect(await seqs('planner')).toEqual([2, 1]);
    expect(await seqs('--limit', '2')).toEqual([3, 2]);
    expect(await seqs('--since', '1')).toEqual([3, 2]);
    const [entry] = await box.json('history', '--limit', '1');
    expect(Object.keys(entry)).toEqual(['seq', 'oid', 'actor', 'fingerprint', 'timestamp', 'events']);
    const [line = ''] = (await box.ok('history', 'planner')).split('\n');
    expect(line.split('\t')).toEqual([
      '2',
      expect.stringMatching(OID),
      expect.stringMatching(/Z$/),
      expect.any(String),
      'stage planner@2; activate planner@2',
    ]);
  });

  it('name every kind of event', async () => {
    const box = await twoVersions();
    await box.ok('tag', 'planner@2', 'x');
    await box.ok('untag', 'planner@2', 'x');
    await box.ok('stage', 'planner', '--checksum', 'c');
    await box.ok('assess', 'planner', '2', '3', '--no-measure', '--level', 'unknown');
    await box.ok('approve', 'planner', '2', '3');
    await box.ok('withdraw', 'planner', '2', '3');
    await box.ok('policy', 'set', 'maxCheckpoints=7');
    await box.ok('break-glass', 'planner@3', '--reason', 'orders are lost');
    await box.ok('rollback', 'planner');
    const text = await box.ok('history');
    for (const event of [
      'init',
      'tag planner@2 x',
      'untag planner@2 x',
      'stage planner@3',
      'report planner 2 -> 3 UNKNOWN',
      'approve planner 2 -> 3 UNKNOWN',
      'withdraw planner 2 -> 3 UNKNOWN',
      'policy',
      'break-glass planner@3: orders are lost',
      'rollback planner 3 -> 1 MANUAL',
    ]) {
      expect(text).toMatch(new RegExp(`[\t ]${event}(;|\n)`));
    }
  });

  it('set all settings or none', async () => {
    const box = await withLedger();
    const answer = await box.json('policy', 'set', 'requireApproval=true', 'maxCheckpoints=50');
    expect(answer.settings).toMatchObject({ requireApproval: true, maxCheckpoints: 50, approveUnknown: false });
    expect(Object.keys(answer)).toEqual(['format', 'settings', 'signers', 'journal']);
    expect(await box.ok('policy')).toMatch(/^maxCheckpoints\t50\nrequireApproval\ttrue\n/);
    const wrong = await box.failure(['policy', 'set', 'requireApproval=yes', 'maxCheckpoints=9', 'colour=red']);
    expect(wrong).toMatchObject({ exit: 2, code: 'INVALID_CONFIG' });
    expect(wrong.data.issues).toHaveLength(2);
    expect((await box.json('policy')).settings.maxCheckpoints).toBe(50);
    expect(await box.failure(['policy', 'set', 'maxCheckpoints'])).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('doctor', () => {
  it('finds a ref that somebody moved, and puts it back', async () => {
    const box = await twoVersions();
    // The last entry is about another module: a ref that lags behind the last entry is unfinished, not foreign.
    await box.ok('record', 'other', '--checksum', 'c');
    expect(await box.json('doctor')).toEqual({
      findings: [],
      restored: false,
      good: { seq: 3, oid: expect.any(String) },
      brokenLock: null,
    });
    expect(await box.ok('doctor')).toBe('nothing to mend\n');
    const branch = `${box.ledger}/refs/heads/planner`;
    const before = readFileSync(branch, 'utf8');
    const tag = readFileSync(`${box.ledger}/refs/tags/planner/v1`, 'utf8');
    box.write('modules.git/refs/heads/planner', tag);
    const found = await box.run(['doctor', '--json']);
    expect(found.code).toBe(1);
    expect(JSON.parse(found.stdout)).toEqual({
      findings: [
        {
          kind: 'foreign-ref',
          where: 'refs/heads/planner',
          detail: expect.stringContaining('journal'),
          mendable: true,
          remedy: expect.stringContaining('doctor --restore'),
        },
      ],
      restored: false,
      good: { seq: 3, oid: expect.any(String) },
      brokenLock: null,
    });
    const mended = await box.run(['doctor', '--restore', '--json']);
    expect(mended.code).toBe(0);
    expect(JSON.parse(mended.stdout)).toMatchObject({
      findings: [{ where: 'refs/heads/planner' }],
      restored: true,
      journal: { seq: 4 },
    });
    expect(readFileSync(branch, 'utf8')).toBe(before);
    expect(await box.ok('history', '--limit', '1')).toMatch(/\trestored refs\/heads\/planner\n$/);
    expect((await box.run(['doctor'])).code).toBe(0);
  });

  it('finishes what a writer that died had not moved yet, which takes no key', async () => {
    const box = await twoVersions();
    const branch = `${box.ledger}/refs/heads/planner`;
    const before = readFileSync(branch, 'utf8');
    box.write('modules.git/refs/heads/planner', readFileSync(`${box.ledger}/refs/tags/planner/v1`));
    const found = await box.run(['doctor', '--json']);
    expect(found.code).toBe(1);
    expect(JSON.parse(found.stdout).findings).toEqual([
      expect.objectContaining({ kind: 'unfinished-entry', where: 'refs/heads/planner', mendable: true }),
    ]);
    const keyless = { env: { XDG_CONFIG_HOME: box.path('nowhere') } };
    const mended = await box.run(['doctor', '--restore'], keyless);
    expect(mended.code).toBe(0);
    expect(mended.stdout).toMatch(/^unfinished-entry\tmended\trefs\/heads\/planner\t.*\njournal 2 /);
    expect(readFileSync(branch, 'utf8')).toBe(before);
  });

  it('leaves what is not its own, and says so with exit code 1', async () => {
    const box = await twoVersions();
    box.write('modules.git/refs/original/x', readFileSync(`${box.ledger}/refs/heads/planner`));
    const left = await box.run(['doctor', '--restore']);
    expect(left.code).toBe(1);
    expect(left.stdout).toMatch(/^foreign-ref\tlook at it yourself\trefs\/original\/x\t/);
  });

  it('needs a key only to journal', async () => {
    const box = await twoVersions();
    await box.ok('record', 'other', '--checksum', 'c');
    const broken = { env: { GIT_LINEAGE_KEY: box.path('no-such-key') } };
    expect((await box.run(['doctor', '--restore'], broken)).code).toBe(0);
    box.write('modules.git/refs/heads/planner', readFileSync(`${box.ledger}/refs/tags/planner/v1`));
    expect((await box.run(['doctor'], broken)).code).toBe(1);
    expect(await box.failure(['doctor', '--restore'], broken)).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
  });
});

describe('every verb', () => {
  const silent = { out: () => undefined, err: () => undefined, stdout: process.stdout };
  const verbs = VERBS.flatMap((verb) => [[verb.name], ...(verb.verbs ?? []).map((inner) => [verb.name, inner.name])]);

  it('is in the guide, with its options and what it prints as JSON', () => {
    const guide = readFileSync(new URL('../../docs/guide/cli.md', import.meta.url), 'utf8');
    const shapes = guide.slice(guide.indexOf('| verb | prints |'), guide.indexOf('## Keys'));
    const all = VERBS.flatMap((verb) => [
      { words: verb.name, options: verb.options ?? [] },
      ...(verb.verbs ?? []).map((inner) => ({ words: `${verb.name} ${inner.name}`, options: inner.options ?? [] })),
    ]);
    for (const { words, options } of all) {
      expect(guide.replaceAll('\n', ' ')).toContain(`git-lineage ${words}`);
      expect(shapes).toContain(`\`${words}\``);
      for (const { flags } of options) expect(guide).toContain(flags.split(' ')[0]);
    }
  });

  it('is there, too, where it is a question that is loaded alone', () => {
    for (const question of QUESTIONS) expect(VERBS).toContain(question);
  });

  it('is one that exists wherever a guide runs one', () => {
    const names = new Set(VERBS.map(({ name }) => name));
    for (const page of ['cli', 'hook', 'trust']) {
      const guide = readFileSync(new URL(`../../docs/guide/${page}.md`, import.meta.url), 'utf8');
      const called = [...guide.matchAll(/(?:^|[`$=&] ?|npx )git-lineage ([a-z][a-z-]*)/gm)].map(
        ([, name = '']) => name,
      );
      expect(called.length).toBeGreaterThan(5);
      expect(called.filter((name) => !names.has(name))).toEqual([]);
    }
  });

  it.each(verbs)('%s %s has help with an example that parses', async (...names) => {
    const box = sandbox();
    const words = names.filter((name) => name !== undefined);
    const help = await box.run([...words, '--help']);
    expect(help.code).toBe(0);
    const [, example = ''] = /Example:\n {2}\$ git-lineage (.*)\n$/.exec(help.stdout) ?? [];
    expect(example).not.toBe('');
    const argv = (example.split(' && ')[0] ?? '').match(/'[^']*'|\S+/g) ?? [];
    let chosen = '';
    makeProgram(VERBS, silent, ({ verb }) => {
      chosen = verb.name;
    }).parse(
      argv.map((word) => word.replace(/^'|'$/g, '')),
      { from: 'user' },
    );
    expect(argv[0]).toBe(words[0]);
    expect(chosen).toBe(VERBS.some((verb) => verb.name === argv[0] && verb.verbs !== undefined) ? argv[1] : argv[0]);
    expect(argv.slice(0, words.length)).toEqual(words);
  });
});
