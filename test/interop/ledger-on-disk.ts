/** Ledgers in temporary folders, for real git to look at. */

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicySettings } from '../../src/api/types.js';
import { initLedger, type Ledger, openLedger, type Signer, sshSigner } from '../../src/index.js';

export const OPERATOR = 'ops@example.org';

/** A key of `fixtures/keys`. */
export function fixtureKey(name: string): string {
  return readFileSync(new URL(`../../fixtures/keys/${name}`, import.meta.url), 'utf8');
}

export function fixtureSigner(name = 'ed25519', principal = OPERATOR): Promise<Signer> {
  return sshSigner({ privateKey: fixtureKey(name), principal });
}

/** Gives `body` a folder that vanishes afterwards. */
export async function inFolder<T>(body: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-interop-'));
  try {
    return await body(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export interface OnDisk {
  readonly dir: string;
  readonly gitdir: string;
  readonly ledger: Ledger;
  /** Another process's view: opened anew, able to write. */
  readonly reopen: () => Promise<Ledger>;
}

/** Gives `body` a new ledger on disk. */
export async function onDisk<T>(
  body: (place: OnDisk) => Promise<T>,
  options: { readonly key?: string; readonly config?: Partial<PolicySettings> } = {},
): Promise<T> {
  return inFolder(async (dir) => {
    const gitdir = join(dir, 'ledger.git');
    const signer = await fixtureSigner(options.key);
    const ledger = await initLedger({ gitdir, signer, config: options.config });
    const opened = [ledger];
    const reopen = async () => {
      const another = await openLedger({ gitdir, signer });
      opened.push(another);
      return another;
    };
    try {
      return await body({ dir, gitdir, ledger, reopen });
    } finally {
      // A thread may still be tidying up, and would leave something in the folder while it is removed.
      await Promise.allSettled(opened.map((one) => one.close()));
    }
  });
}

export function plan(code: string): { files: Record<string, string> } {
  return { files: { 'index.js': `export const plan = ${code};\n`, 'lib/parts.js': '// parts\n' } };
}

/** A ledger with an event of every kind, in many entries. */
export async function fillWithEvents(ledger: Ledger): Promise<void> {
  await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan('1'));
  await ledger.recordCheckpoint(
    { moduleId: 'planner', tags: ['stable', 'blue'], metadata: { semver: '1.1.0' } },
    plan('2'),
  );
  await ledger.stage({ moduleId: 'planner' }, plan('3'));
  await ledger.assessCompatibility({
    moduleId: 'planner',
    fromVer: 2,
    toVer: 3,
    level: 'BREAKING',
    rationale: 'ä: gone',
  });
  await ledger.approve('planner', 2, 3, { rationale: 'we know' });
  await ledger.withdraw('planner', 2, 3, { rationale: 'not yet' });
  await ledger.approve('planner', 2, 3);
  await ledger.activate('planner', 3);
  await ledger.tag('planner', 3, 'canary');
  await ledger.untag('planner', 3, 'canary');
  await ledger.rollback('planner', 'HEALTH_FAILURE');
  await ledger.recordCheckpoint({ moduleId: '@acme/executor', tags: ['stable'], checksum: 'by-hand' });
  await ledger.recordCheckpoints([
    { checkpoint: { moduleId: 'core.memory' }, ...plan('a') },
    { checkpoint: { moduleId: 'core.memory' }, ...plan('b') },
    { checkpoint: { moduleId: 'planner', parentVer: 2 }, ...plan('4') },
  ]);
  await ledger.assessCompatibility({
    moduleId: 'planner',
    fromVer: 4,
    toVer: 5,
    level: 'MINOR_CHANGE',
    rationale: 'soon',
  });
  await ledger.policy.set({ settings: { maxCheckpoints: 5 } });
}

/** Everything the ledger answers, as comparable data. */
export async function answers(ledger: Ledger): Promise<unknown> {
  const modules = [];
  for (const id of await ledger.versions.modules()) {
    const versions = await ledger.versions.list(id);
    modules.push({
      id,
      versions,
      statuses: await Promise.all(versions.map((v) => ledger.versions.status(id, v.version))),
      files: await Promise.all(versions.map((v) => ledger.readFiles(id, v.version))),
      lineage: await ledger.getLineage(id),
      latest: await ledger.latestCheckpoint(id),
      rollback: await ledger.live.explainRollback(id),
      reports: await ledger.reports.list(id),
    });
  }
  const history = [];
  for await (const entry of ledger.history()) history.push(entry);
  const [policy, stats, pending] = [await ledger.policy.get(), await ledger.stats(), await ledger.pendingApprovals()];
  return { modules, history, policy, stats, pending };
}
