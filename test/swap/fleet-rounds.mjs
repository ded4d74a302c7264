/**
 * Three services and an operator at one ledger, in an order that a seed repeats: swaps, rollbacks, the command line, git, kills. When
 * all is at rest, everybody must run what the ledger says, and the journal must be one that they may have written.
 */

import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../crash/seeded-random.mjs';
import { Service } from './fleet.mjs';
import { build, NAMES } from './fleet-builds.mjs';
import { KEY, MODULE, OPERATOR, Round } from './fleet-round.mjs';

const SERVICE_KEY = fileURLToPath(new URL('../../fixtures/keys/nistp256', import.meta.url));

/** @typedef {typeof import('../../src/index.js')} Library */

/** A ledger with a stable first version, which operator and services write to. @param {Library} library @param {string} gitdir @param {import('./fleet-builds.mjs').Build} first */
async function newLedger(library, gitdir, first) {
  const { sshSigner, initLedger } = library;
  const signer = await sshSigner({ privateKey: readFileSync(KEY), principal: OPERATOR });
  const service = await sshSigner({ privateKey: readFileSync(SERVICE_KEY), principal: 'service@example.org' });
  const ledger = await initLedger({ gitdir, signer });
  const { principal, publicKey } = service;
  await ledger.policy.set({ signers: [{ principal, publicKey, roles: ['recorder'] }] });
  await ledger.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: first.files });
  return ledger;
}

/** @param {{ library: Library, dir: string, seed: number, steps?: number }} options */
export async function fleetRound({ library, dir, seed, steps = 20 }) {
  const gitdir = join(mkdtempSync(join(dir, `fleet-${seed}-`)), 'ledger.git');
  const random = seededRandom(seed);
  const first = build('build 0', 'healthy');
  const ledger = await newLedger(library, gitdir, first);
  const services = NAMES.map((name) => new Service({ gitdir, key: SERVICE_KEY, name }));
  const round = new Round({ gitdir, ledger, services, random });
  round.builds.set(first.checksum, first);
  try {
    await Promise.all(services.map(({ up }) => up));
    for (let i = 0; i < steps; i++) {
      await round.step();
      if (random() < 0.4) await round.settle();
      else await pause(random() * 120);
    }
    await round.settle();
    await round.comeToRest();
    const entries = await round.judge();
    await Promise.all(services.map((service) => service.close()));
    for (const service of services) round.complaints.push(...service.complaints);
    const deaths = services.reduce((sum, service) => sum + service.deaths, 0);
    const notices = services.map(
      ({ name, notices }) => `${name}: ${notices.map((n) => JSON.stringify(n)).join('\n   ')}`,
    );
    return { complaints: [...new Set(round.complaints)], entries, log: round.log, deaths, notices };
  } finally {
    await Promise.all(services.map((service) => service.end()));
    await ledger.close();
  }
}

/**
 * Rounds of the seeds from `seed` on, as many as are asked for and as begin in time.
 *
 * @param {{ library: Library, dir: string, rounds: number, seed: number, until: number, told?: (line: string) => void }} options
 */
export async function fleetRounds({ library, dir, rounds, seed, until, told = () => undefined }) {
  /** @type {string[]} */
  const complaints = [];
  const sum = { rounds: 0, entries: 0, deaths: 0 };
  for (; sum.rounds < rounds && Date.now() < until; sum.rounds++) {
    const number = seed + sum.rounds;
    const round = await fleetRound({ library, dir, seed: number, steps: 25 });
    sum.entries += round.entries.length;
    sum.deaths += round.deaths;
    complaints.push(...round.complaints.map((complaint) => `seed ${number}: ${complaint}`));
    if (round.complaints.length === 0) continue;
    for (const line of round.log) told(line);
    for (const { seq, actor, events } of round.entries) told(`entry ${seq} of ${actor}: ${JSON.stringify(events)}`);
    for (const line of round.notices) told(line);
  }
  return { ...sum, complaints };
}
