/** Incidents as they happen, in front of a real Prometheus: each alert fires, and is over when somebody has mended what it told of. */

import { execFile } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { webhooks } from '../../src/api/server.js';
import { HotSwapper } from '../../src/api/swap.js';
import { initLedger, type Ledger, openLedger } from '../../src/index.js';
import { library } from '../crash/library.js';
import { operator } from '../crash/scenarios.mjs';
import { bareRepository, folder, opened } from '../remote/places.js';
import { receiver } from '../webhooks/receiver.js';
import { aWitnessedLedger } from '../witness/a-witnessed-ledger.js';
import { witnessed } from './pipeline-run.js';
import { Prometheus, served } from './prometheus.js';
import { skipPromtool } from './promtool.js';

const DASHBOARD = fileURLToPath(new URL('../../monitoring/dashboard.json', import.meta.url));
const CLI = fileURLToPath(new URL('../../build/cli/bin.js', import.meta.url));
const KEY = fileURLToPath(new URL('../../fixtures/keys/ed25519', import.meta.url));

const code = (text: string) => ({ files: { 'index.mjs': `export const says = ${JSON.stringify(text)};\n` } });

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

/** A service at a ledger: two of them are two processes to Prometheus. */
async function service(gitdir: string, remote?: { readonly url: string }) {
  const registry = new Registry();
  const ledger = opened(await openLedger({ gitdir, signer: await operator(library), registry, remote }));
  const here = { sick: new Set<number>(), broken: new Set<number>() };
  const swapper = new HotSwapper({
    validator: { validate: () => true },
    healthCheck: { check: ({ version }) => !here.sick.has(version) },
    healthWindowMs: 0,
    assessor: null,
    followIntervalMs: 100,
    loader: {
      async load({ version }) {
        if (here.broken.has(version)) throw new Error('not on this host');
        return { exports: { version } };
      },
    },
    registry,
  });
  onTestFinished(() => swapper.close());
  const swap = (moduleId: string, text: string) =>
    swapper.swap({ moduleId, ...code(text) }, { versionManager: ledger });
  return { ledger, registry, swapper, swap, address: await served(registry), ...here };
}

/** Between two attempts of a webhook. */
function aMoment(signal: AbortSignal): Promise<void> {
  return pause(100, undefined, { signal }).catch(() => undefined);
}

/** What an operator types. */
async function operate(gitdir: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [CLI, ...args, '--ledger', gitdir, '--key', KEY]);
}

async function newLedger(gitdir: string, config: { readonly requireApproval?: boolean } = {}): Promise<void> {
  const ledger = await initLedger({ gitdir, signer: await operator(library), config });
  await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, code('first'));
  await ledger.close();
}

async function pushed(gitdir: string, remote: string): Promise<void> {
  const ledger: Ledger = await openLedger({ gitdir, signer: await operator(library) });
  await ledger.replicas.push(remote);
  await ledger.close();
}

/** Scrapes of two services at one ledger, after the first; where it is remote, that writes through one. */
async function scene({ isRemote = false } = {}) {
  const dir = folder();
  const gitdir = join(dir, 'modules.git');
  await newLedger(gitdir);
  const remote = isRemote ? { url: await bareRepository(dir) } : undefined;
  if (remote !== undefined) await pushed(gitdir, remote.url);
  const [one, other] = [await service(gitdir, remote), await service(gitdir)];
  for (const { swapper, ledger } of [one, other]) await swapper.resume({ versionManager: ledger }, ['planner']);
  const prometheus = await Prometheus.over(one.address, other.address);
  await prometheus.until('both are scraped', async () => {
    const up = await prometheus.query('asm_version_rollbacks_total{module_id="planner",reason="MANUAL"}');
    return up.length === 2;
  });
  return { dir, gitdir, one, other, prometheus };
}

describe.skipIf(skipPromtool)('with a real Prometheus (Debian: prometheus)', () => {
  test('rollbacks by machines, by hand, again and again', async () => {
    const { gitdir, one, prometheus } = await scene();
    expect(await prometheus.firing()).toEqual([]);
    one.sick.add(2);
    expect(await one.swap('planner', 'sick')).toMatchObject({ phase: 'ROLLED_BACK', fromVer: 1 });
    const told = await prometheus.fires('VersionRolledBack');
    expect(told.labels).toMatchObject({ module_id: 'planner', reason: 'HEALTH_FAILURE', job: 'edge' });

    // The command line's rollbacks are in the services' scrapes.
    const ledger = one.ledger;
    for (let i = 0; i < 3; i++) {
      await ledger.recordCheckpoint({ moduleId: 'planner' }, code(`bad ${i}`));
      await operate(gitdir, 'rollback', 'planner');
    }
    expect((await prometheus.fires('RollbacksRepeat')).labels).toMatchObject({ module_id: 'planner', job: 'edge' });

    let isStorm = true;
    const storm = (async () => {
      for (let i = 0; isStorm; i++) {
        await ledger.recordCheckpoint({ moduleId: 'planner' }, code(`storm ${i}`));
        await ledger.rollback('planner', 'HEALTH_FAILURE');
        await pause(50);
      }
    })();
    const labels = { module_id: 'planner', reason: 'HEALTH_FAILURE', severity: 'critical' };
    await prometheus.fires('VersionRollbackStorm', labels).finally(() => {
      isStorm = false;
    });
    await storm;
    for (const name of ['VersionRollbackStorm', 'RollbacksRepeat', 'VersionRolledBack'])
      await prometheus.resolves(name);
    expect(await prometheus.firing()).toEqual([]);
  }, 300_000);

  test('a version that stays sick, does not load in one process, or went past the gate', async () => {
    const { gitdir, one, other, prometheus } = await scene();
    // What was done past the gate is told for a while: the rest happens meanwhile.
    await one.ledger.recordCheckpoint({ moduleId: 'sink' }, code('first'));
    await one.ledger.stage({ moduleId: 'sink' }, code('tonight'));
    await operate(gitdir, 'break-glass', 'sink@2', '--reason', 'the night');
    expect((await prometheus.fires('GlassBroken')).labels).toMatchObject({ module_id: 'sink' });

    await operate(gitdir, 'untag', 'planner@1', 'stable');
    one.sick.add(2);
    expect(await one.swap('planner', 'sick')).toMatchObject({ stayed: 'NO_TARGET' });
    expect((await prometheus.fires('SickVersionStays')).annotations['summary']).toContain('planner is sick');

    other.broken.add(3);
    expect(await one.swap('planner', 'well')).toMatchObject({ phase: 'COMMITTED' });
    await prometheus.resolves('SickVersionStays');
    await prometheus.fires('ModuleDiverged');
    await prometheus.fires('VersionsDisagree');
    other.broken.clear();
    for (const name of ['ModuleDiverged', 'VersionsDisagree', 'GlassBroken']) await prometheus.resolves(name);
  }, 300_000);

  test('each query of the dashboard has an answer that may be so', async () => {
    const { dir, gitdir, one, prometheus } = await scene({ isRemote: true });
    await witnessed(dir, gitdir);
    const handle = one.swapper.handle<{ version: number }>('planner');
    for (const text of ['second', 'third']) await one.swap('planner', text);
    await handle.call(() => Promise.reject(new Error('not today'))).catch(() => undefined);
    await expect(one.ledger.activate('planner', 99)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(one.ledger.rollback('planner', 'MANUAL', { expect: { version: 1, since: 0 } })).rejects.toThrow();
    await one.ledger.audit();
    const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        // There is no row of a refusal but in the interval in which it was.
        const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$module_id', '.+');
        await prometheus.until(`${title}: ${query}`, async () => {
          const values = (await prometheus.query(query)).map(({ value }) => value);
          return values.length > 0 && values.every((value) => value >= 0 && value < 1e6);
        });
      }
    }
    const checkpoints = await prometheus.query('max by (module_id) (asm_version_checkpoints_total)');
    expect(checkpoints).toEqual([{ metric: { module_id: 'planner' }, value: 3 }]);
  }, 300_000);

  test('approvals that wait, audits that fail, ledgers, remotes and receivers of webhooks that are away', async () => {
    const dir = folder();
    const signer = await operator(library);
    const gitdir = join(dir, 'modules.git');
    await newLedger(gitdir, { requireApproval: true });
    const registry = new Registry();
    // Its clock is five hours late: so is what waits.
    const late = () => Date.now() / 1000 - 5 * 3600;
    const held = join(dir, 'held.git');
    const ledger = opened(
      await initLedger({ gitdir: held, signer, now: late, registry, config: { requireApproval: true } }),
    );
    await ledger.recordCheckpoint({ moduleId: 'planner' }, code('first'));
    const prometheus = await Prometheus.over(await served(registry));
    const to = await receiver();
    to.replies.push(...Array.from({ length: 10_000 }, () => 500));
    const clock = { now: Date.now, random: Math.random, pause: (_: number, signal: AbortSignal) => aMoment(signal) };
    const hooks = webhooks({ url: to.url, payload: 'slack', registry, clock });
    onTestFinished(() => hooks.close(0));
    await hooks.follow(ledger, { intervalMs: 100 });

    await ledger.stage({ moduleId: 'planner' }, code('second'));
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    await prometheus.fires('BreakingChangePending');
    expect((await prometheus.fires('ApprovalOverdue')).annotations['summary']).toMatch(
      /has waited for an operator for 5h 0m/,
    );
    await operate(held, 'approve', 'planner', '1', '2');
    for (const name of ['BreakingChangePending', 'ApprovalOverdue']) await prometheus.resolves(name);

    const branch = join(held, 'refs/heads/planner');
    const good = readFileSync(branch);
    writeFileSync(branch, readFileSync(join(held, 'refs/heads/ledger')));
    await promisify(execFile)(process.execPath, [CLI, 'audit', held]).catch(() => undefined);
    await prometheus.fires('AuditFailed');
    writeFileSync(branch, good);
    await operate(held, 'audit', held);
    await prometheus.resolves('AuditFailed');

    const journal = join(held, 'refs/heads/ledger');
    renameSync(journal, join(dir, 'journal'));
    await prometheus.fires('LedgerUnreadable');
    renameSync(join(dir, 'journal'), journal);
    await prometheus.resolves('LedgerUnreadable');

    const remote = await bareRepository(dir);
    await pushed(gitdir, remote);
    const node = opened(await openLedger({ gitdir, signer, registry, remote: { url: remote } }));
    renameSync(remote, `${remote}.away`);
    await expect(node.tag('planner', 1, 'seen')).rejects.toMatchObject({ code: expect.stringMatching(/^REMOTE_/) });
    await prometheus.fires('RemoteUnreachable');
    renameSync(`${remote}.away`, remote);
    await node.tag('planner', 1, 'seen');
    await prometheus.resolves('RemoteUnreachable');

    // The receiver has failed all the while.
    expect((await prometheus.fires('WebhookWaits')).labels).toMatchObject({ destination: new URL(to.url).host });
    to.replies.length = 0;
    to.replies.push(404);
    expect((await prometheus.fires('WebhookEventsLost')).labels).toMatchObject({ outcome: 'failed' });
    await prometheus.resolves('WebhookWaits');
    await prometheus.resolves('WebhookEventsLost');
    expect(await prometheus.firing()).toEqual([]);
  }, 300_000);

  test('a publisher that stopped, so that witnesses have seen nothing for a while', async () => {
    const published = await aWitnessedLedger(2);
    const registry = new Registry();
    opened(await openLedger({ gitdir: published.gitdir, registry }));
    const now = (): number => Math.floor(Date.now() / 1000);
    published.setNow(now() - 50 * 60);
    await published.publish();
    const prometheus = await Prometheus.over(await served(registry));
    const { annotations } = await prometheus.fires('WitnessesSilent');
    expect(annotations['summary']).toMatch(/^no witness has seen the ledger of \S+ for 50m /);
    published.setNow(now());
    await published.publish();
    await prometheus.resolves('WitnessesSilent');
    expect(await prometheus.firing()).toEqual([]);
  }, 300_000);
});
