/** A real run of the pipeline, and the metrics that a scrape finds after it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { generateLogKey, publishCheckpoint } from '../../src/api/audit.js';
import { initWitness, serveWitness, webhooks } from '../../src/api/server.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { initLedger, openLedger } from '../../src/index.js';
import { HotSwapper } from '../../src/swap/swapper.js';
import { bareRepository } from '../remote/places.js';

/** The names of the labels of each metric that has a sample. */
export type Exported = ReadonlyMap<string, ReadonlySet<string>>;

/** What the text of a scrape exports. */
export function parseScrape(text: string): Exported {
  const found = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    const names = found.get(name) ?? new Set<string>();
    for (const [, label] of labels.matchAll(/([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"/g)) names.add(label ?? '');
    found.set(name, names);
  }
  return found;
}

/** A ledger that writes through a remote. */
async function replicated(dir: string, registry: Registry) {
  const signer = await ephemeralSigner('run@example.org');
  const gitdir = join(dir, 'modules.git');
  const remote = await bareRepository(dir);
  const founder = await initLedger({ gitdir, signer, config: { requireApproval: true } });
  await founder.replicas.push(remote);
  await founder.close();
  return openLedger({ gitdir, signer, registry, remote: { url: remote } });
}

/** Has a witness cosign what there is. */
export async function witnessed(dir: string, gitdir: string): Promise<void> {
  const { privateKey: logKey, publicKey } = await generateLogKey({ gitdir });
  const place = { stateDir: join(dir, 'witness'), keyFile: join(dir, 'witness.key') };
  await initWitness({ ...place, name: 'w1.example.org' });
  const { key, url, close } = await serveWitness({ ...place, logs: [publicKey] });
  const { published } = await publishCheckpoint({ gitdir, logKey, witnesses: [{ key, url }] });
  await close();
  if (!published) throw new Error('the witness did not cosign');
}

/** Swaps a version in, a sick one after it, leaves a BREAKING one waiting, has all of it witnessed, and audits it. */
export async function runPipeline(): Promise<Exported> {
  const dir = mkdtempSync(join(tmpdir(), 'git-lineage-pipeline-'));
  try {
    return await exportedIn(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function exportedIn(dir: string): Promise<Exported> {
  const registry = new Registry();
  const ledger = await replicated(dir, registry);
  const swapper = new HotSwapper({
    validator: { validate: () => true },
    healthCheck: { check: ({ version }) => version !== 2 },
    healthWindowMs: 0,
    loader: { load: async ({ version }) => ({ exports: { version } }) },
    // The level is given by hand: what the run exports must not hang on what an engine finds.
    assessor: null,
    registry,
  });
  const swap = async (code: string) => {
    const request = { moduleId: 'planner', files: { 'index.mjs': code } };
    return (await swapper.swap(request, { versionManager: ledger })).phase;
  };
  const phases = [await swap('export const a = 1;\n')];
  await ledger.tag('planner', 1, 'stable');
  phases.push(await swap('export const a = 2;\n'));
  await ledger.stage({ moduleId: 'planner' }, { files: { 'index.mjs': 'export {};\n' } });
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 3, level: 'BREAKING' });
  await witnessed(dir, ledger.gitdir);
  await ledger.audit();
  const hooks = webhooks({ url: 'http://127.0.0.1:1/', payload: 'slack', registry });
  await hooks.follow(ledger);
  const exported = parseScrape(await registry.metrics());
  await swapper.close();
  await hooks.close();
  await ledger.close();
  if (phases.join() !== 'COMMITTED,ROLLED_BACK') throw new Error(`the run went otherwise: ${phases.join()}`);
  return exported;
}
