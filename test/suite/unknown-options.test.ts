/** An option of an unknown name, and a flag that is no boolean, are refused by every call, and nothing is written. */

import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createAssessor } from '../../src/api/assess.js';
import { auditLedger, comparePins, currentPin, publishCheckpoint } from '../../src/api/audit.js';
import { guardToolServer, serveLedgerTools } from '../../src/api/mcp.js';
import { metricsHandler } from '../../src/api/metrics.js';
import {
  initWitness,
  ledgersHandler,
  pageHandler,
  serveLedger,
  servePage,
  serveWitness,
  webhooks,
  writeReport,
} from '../../src/api/server.js';
import {
  DependencyResolver,
  HotSwapper,
  importLoader,
  outcomeRecorder,
  processLoader,
  workerLoader,
} from '../../src/api/swap.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import {
  agentSigner,
  cloneLedger,
  fetchLedger,
  initLedger,
  type Ledger,
  openLedger,
  sshSigner,
} from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { refusal, writesNothing } from './expectations.js';

/** What nobody knows, as JavaScript may give it. */
const misspelt = (known: object = {}): never => ({ ...known, optoin: 'a secret' }) as never;

function callsOf(ledger: Ledger): Readonly<Record<string, () => unknown>> {
  const cp = { moduleId: 'a', checksum: 'x' };
  return {
    recordCheckpoint: () => ledger.recordCheckpoint(cp, misspelt()),
    recordCheckpoints: () => ledger.recordCheckpoints([misspelt({ checkpoint: cp })]),
    'stage, content': () => ledger.stage(cp, misspelt()),
    stage: () => ledger.stage(cp, undefined, misspelt()),
    activate: () => ledger.activate('a', 2, misspelt()),
    assess: () => ledger.assess('a', 1, 2, misspelt()),
    approve: () => ledger.approve('a', 1, 2, misspelt()),
    withdraw: () => ledger.withdraw('a', 1, 2, misspelt()),
    rollback: () => ledger.rollback('a', 'MANUAL', misspelt()),
    rollbackTarget: () => ledger.rollbackTarget('a', 'MANUAL', misspelt()),
    getLineage: () => ledger.getLineage('a', misspelt()),
    history: () => ledger.history(misspelt()),
    audit: () => ledger.audit(misspelt()),
    'versions.list': () => ledger.versions.list('a', misspelt()),
    'versions.log': () => ledger.versions.log('a', misspelt()),
    'versions.redact': () => ledger.versions.redact('a', 1, 'x', misspelt({ reason: 'x' })),
    'reports.preview': () => ledger.reports.preview('a', 1, 2, misspelt()),
    'live.explainRollback': () => ledger.live.explainRollback('a', misspelt()),
    'live.markFailed': () => ledger.live.markFailed('a', 1, misspelt()),
    'live.breakGlass': () => ledger.live.breakGlass('a', 2, misspelt({ reason: 'x' })),
    'policy.set': () => ledger.policy.set({}, misspelt()),
    'policy.upgrade': () => ledger.policy.upgrade(misspelt()),
    'journal.doctor': () => ledger.journal.doctor(misspelt()),
    'journal.declareMisdated': () => ledger.journal.declareMisdated(misspelt()),
  };
}

onEachBackend('a call of a ledger', (backend) => {
  test('refuses an option that it does not know, names those that it does, and writes nothing', async () => {
    const ledger = await newLedger(backend);
    await ledger.recordCheckpoint({ moduleId: 'a', checksum: 'x' });
    await ledger.stage({ moduleId: 'a', checksum: 'y' });
    for (const [name, call] of Object.entries(callsOf(ledger))) {
      const error = await writesNothing(ledger, () => refusal(call, 'INVALID_ARGUMENT'));
      expect(error.data.issues, name).toHaveLength(1);
      expect(error.data.issues[0]?.path, name).toBe('"optoin"');
      expect(error.message, name).not.toContain('secret');
      expect(error.data.issues[0]?.expected, name).toMatch(/^no option but [a-zA-Z]+/);
    }
  });

  test('refuses a flag that is no boolean: 1 for a trial would have been the act', async () => {
    const ledger = await newLedger(backend);
    await ledger.recordCheckpoint({ moduleId: 'a', tags: ['stable'] }, { files: { 'a.js': '' } });
    const calls: readonly (() => unknown)[] = [
      () => ledger.versions.redact('a', 1, 'a.js', { reason: 'x', dryRun: 1 as never }),
      () => ledger.journal.doctor({ restore: 'no' as never }),
      () => ledger.withdraw('a', null, 1, { reports: 'yes' as never }),
      () => ledger.stage({ moduleId: 'a' }, { files: {} }, { reuse: null as never }),
      () => ledger.getLineage('a', { full: 0 as never }),
    ];
    for (const call of calls) {
      const error = await writesNothing(ledger, () => refusal(call, 'INVALID_ARGUMENT'));
      expect(error.data.issues[0]?.expected).toBe('true or false');
    }
  });

  test('refuses what is no object where options belong, and takes undefined and null for nothing', async () => {
    const ledger = await newLedger(backend);
    await ledger.recordCheckpoint({ moduleId: 'a', checksum: 'x' });
    for (const given of [5, 'full', [], true])
      await refusal(() => ledger.getLineage('a', given as never), 'INVALID_ARGUMENT');
    expect(await ledger.getLineage('a', { full: undefined, other: undefined } as never)).toHaveLength(1);
    for (const nothing of [undefined, null]) expect(await ledger.getLineage('a', nothing as never)).toHaveLength(1);
  });
});

describe('what opens, copies, serves and signs', () => {
  const gitdir = join('nowhere', 'ledger.git');
  const CALLS: Readonly<Record<string, () => unknown>> = {
    openLedger: () => openLedger(misspelt({ gitdir })),
    initLedger: async () => initLedger(misspelt({ gitdir, signer: await ephemeralSigner('a@example.org') })),
    auditLedger: () => auditLedger(misspelt({ path: gitdir })),
    cloneLedger: () => cloneLedger(misspelt({ url: gitdir, gitdir })),
    fetchLedger: () => fetchLedger(misspelt({ gitdir })),
    currentPin: () => currentPin(misspelt({ gitdir })),
    publishCheckpoint: () => publishCheckpoint(misspelt({ gitdir, logKey: 'x', witnesses: [] })),
    serveWitness: () => serveWitness(misspelt({ stateDir: gitdir, keyFile: gitdir, logs: ['x'] })),
    'a demand for witnesses': () =>
      cloneLedger({ url: gitdir, gitdir, witnesses: misspelt({ witnesses: ['x'], maxAgeMs: 1 }) }),
    sshSigner: () => sshSigner(misspelt({ privateKey: 'x', principal: 'a@example.org' })),
    agentSigner: () => agentSigner(misspelt({ socketPath: 'x', principal: 'a@example.org' })),
    HotSwapper: () => new HotSwapper(misspelt({ validator: { validate: () => true }, healthWindowMs: 1 })),
    'liveHealth of a HotSwapper': () =>
      new HotSwapper({ validator: { validate: () => true }, healthWindowMs: 1, liveHealth: misspelt() }),
    importLoader: () => importLoader(misspelt({ cacheDir: 'x' })),
    workerLoader: () => workerLoader(misspelt({ cacheDir: 'x' })),
    processLoader: () => processLoader(misspelt({ cacheDir: 'x', accept: ['network'] })),
    DependencyResolver: () => new DependencyResolver(misspelt()),
    outcomeRecorder: () => outcomeRecorder(misspelt({})),
    createAssessor: () => createAssessor(misspelt()),
    webhooks: () => webhooks(misspelt({ url: 'https://example.org/' })),
    metricsHandler: () => metricsHandler(misspelt({ registry: new Registry() })),
    serveLedger: () => serveLedger(misspelt({ gitdir })),
    servePage: () => servePage(misspelt({})),
    pageHandler: () => pageHandler(misspelt({})),
    ledgersHandler: () => ledgersHandler(misspelt({})),
    writeReport: () => writeReport(misspelt({ dir: gitdir })),
    guardToolServer: () => guardToolServer(misspelt({ moduleId: 'a', server: { command: ['true'], env: {} } })),
    'the server of a guard': () =>
      guardToolServer({ moduleId: 'a', server: misspelt({ url: 'https://example.org/' }) } as never),
    serveLedgerTools: () => serveLedgerTools(misspelt({ fingerprint: null })),
    initWitness: () => initWitness(misspelt({ stateDir: gitdir, keyFile: gitdir, name: 'x' })),
    'follow of webhooks': () =>
      webhooks({ url: 'https://example.org/', payload: 'slack' }).follow({} as never, misspelt()),
  };

  test.each(Object.entries(CALLS))(
    '%s refuses an option that it does not know, before it does anything',
    async (_, call) => {
      const error = await refusal(call, 'INVALID_ARGUMENT');
      expect(error.data.issues.map(({ path }) => path)).toContain('"optoin"');
      expect(error.message).not.toContain('a secret');
    },
  );

  test('so does a ledger among those that are served or shown', async () => {
    const ledgers = [{ name: 'a', gitdir }, misspelt({ name: 'b', gitdir })];
    for (const call of [() => serveLedger({ ledgers }), () => ledgersHandler({ ledgers } as never)]) {
      const error = await refusal(call, 'INVALID_ARGUMENT');
      expect(error.data.issues.map(({ path }) => path)).toContain('ledgers[1]."optoin"');
    }
  });

  test('so do pins that are compared over a ledger', async () => {
    await refusal(() => comparePins('x', 'y', misspelt({ gitdir })), 'INVALID_ARGUMENT');
  });
});
