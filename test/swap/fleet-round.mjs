/** What happens to three services and an operator at one ledger, step by step, and what is held against them when all is at rest. */

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fsckComplaints, git } from '../crash/real-git.mjs';
import { below, randomBuild } from './fleet-builds.mjs';
import { journalComplaints } from './fleet-findings.mjs';

export const KEY = fileURLToPath(new URL('../../fixtures/keys/ed25519', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
export const OPERATOR = 'operator@example.org';
export const MODULE = 'speaker';

/** Longer than any machine takes to come to rest, in milliseconds. */
const REST_LIMIT_MS = 45_000;
/** So often is git asked again to collect garbage where a merge of packs was under way. */
const MAX_GC = 5;

/** What the command line may say to somebody whom others were faster than, or who asks for what is not there. */
const REFUSALS = ['NOT_ACTIVE', 'NOT_FOUND', 'VERSION_REVERTED', 'REF_CHANGED', 'INVALID_VERSION', 'VERSION_EXISTS'];

/**
 * @typedef {import('../../src/index.js').Ledger} Ledger
 * @typedef {import('./fleet.mjs').Service} Service
 */

export class Round {
  /** @type {string[]} */
  complaints = [];
  /** What was done, to be read where something is wrong. @type {string[]} */
  log = [];
  /** @type {Map<string, import('./fleet-builds.mjs').Build>} */
  builds = new Map();
  /** @type {Map<number, number>} */
  kills = new Map();
  rollbacks = 0;
  /** @type {Promise<unknown>[]} */
  underWay = [];
  #began = performance.now();

  /** @param {{ gitdir: string, ledger: Ledger, services: Service[], random: () => number }} parts */
  constructor({ gitdir, ledger, services, random }) {
    this.gitdir = gitdir;
    this.ledger = ledger;
    this.services = services;
    this.random = random;
  }

  /** @param {string} what */
  note(what) {
    this.log.push(`${(performance.now() - this.#began).toFixed(0)} ms: ${what}`);
  }

  /** @param {string} what @param {Promise<unknown>} work */
  start(what, work) {
    this.note(what);
    const done = work.then(
      (end) => this.note(`${what}: ${end}`),
      (error) => this.complaints.push(`${what}: ${error}`),
    );
    this.underWay.push(done);
    return done;
  }

  service() {
    return /** @type {Service} */ (this.services[below(this.random, this.services.length)]);
  }

  newBuild() {
    const made = randomBuild(this.random, `build ${this.builds.size}`);
    this.builds.set(made.checksum, made);
    return made;
  }

  /** @param {Service} service @param {import('./fleet-builds.mjs').Build} what */
  swap(service, what) {
    const ask = async () => {
      const result = await service.ask('swap', { files: what.files });
      return result === null ? 'died' : `${result.phase} v${result.toVer} ${result.step}, ${result.reason}`;
    };
    return this.start(`swap ${what.word} (${what.kind}) at ${service.name}`, ask());
  }

  /** @param {readonly string[]} args */
  operate(args) {
    const argv = [CLI, ...args, '--ledger', this.gitdir, '--key', KEY, '--json'];
    const work = new Promise((resolve, reject) => {
      execFile(process.execPath, argv, (error, stdout, stderr) => {
        if (error === null) return resolve('done');
        const refused = REFUSALS.find((code) => `${stdout}${stderr}`.includes(code));
        if (refused === undefined) reject(new Error(`${error.code}: ${stdout}${stderr}`));
        else resolve(refused);
      });
    });
    return this.start(`git-lineage ${args.slice(0, 3).join(' ')}`, work);
  }

  async active() {
    return (await this.ledger.latestCheckpoint(MODULE))?.version ?? 0;
  }

  /** @param {Service} service */
  async kill(service) {
    const before = await this.active();
    service.signal('SIGKILL');
    const after = await this.active();
    for (const version of new Set([before, after])) this.kills.set(version, (this.kills.get(version) ?? 0) + 1);
    this.note(`kill ${service.name} while v${before} is active`);
  }

  /** @param {Service} service @param {number} ms */
  async stop(service, ms) {
    service.signal('SIGSTOP');
    await pause(ms);
    service.signal('SIGCONT');
    return `for ${ms.toFixed(0)} ms`;
  }

  /** Beside writers git may give up, because a pack that it has listed was merged into another; at rest it has to succeed at last. */
  async collectGarbage() {
    const given = await git(this.gitdir, ['gc', '--quiet']).catch((error) => String(error));
    if (given !== '' && !/unable to add recent objects|gc is already running/.test(given)) throw new Error(given);
    return given === '' ? 'done' : 'gave up';
  }

  record() {
    const made = this.newBuild();
    const folder = join(this.gitdir, '..', made.word.replace(' ', '-'));
    mkdirSync(folder);
    for (const [path, text] of Object.entries(made.files)) writeFileSync(join(folder, path), text);
    this.note(`${made.word} is ${made.kind}`);
    return this.operate(['record', MODULE, folder]);
  }

  async someVersion() {
    const versions = (await this.ledger.getLineage(MODULE, { full: true })).map(({ version }) => version);
    return versions[below(this.random, versions.length)] ?? 1;
  }

  /** One step; what it starts goes on. */
  async step() {
    const { random } = this;
    const dice = below(random, 100);
    if (dice < 34) this.swap(this.service(), this.newBuild());
    else if (dice < 44) {
      const made = this.newBuild();
      for (const service of this.services.slice(below(random, 2))) this.swap(service, made);
    } else if (dice < 49) {
      const known = [...this.builds.values()];
      this.swap(this.service(), known[below(random, known.length)] ?? this.newBuild());
    } else if (dice < 57) {
      this.rollbacks += 1;
      const service = this.service();
      const ask = async () => (await service.ask('rollback'))?.reason ?? 'died';
      this.start(`rollback at ${service.name}`, ask());
    } else if (dice < 65) this.operate(['rollback', MODULE]);
    else if (dice < 69) this.operate(['tag', `${MODULE}@${await this.someVersion()}`, 'stable']);
    else if (dice < 72) this.operate(['untag', `${MODULE}@${await this.someVersion()}`, 'reverted']);
    else if (dice < 80) this.record();
    else if (dice < 90) await this.kill(this.service());
    else if (dice < 96) {
      const service = this.service();
      this.start(`stop ${service.name}`, this.stop(service, 50 + random() * 250));
    } else this.start('git gc', this.collectGarbage());
  }

  /** Waits for everything that was started, of what was started meanwhile as well. */
  async settle() {
    while (this.underWay.length > 0) await Promise.all(this.underWay.splice(0));
  }

  /** True where all services run what the ledger says, and none is about to do anything. */
  async isAtRest() {
    const { oid } = await this.ledger.journal.position();
    const active = await this.ledger.latestCheckpoint(MODULE);
    const word = this.builds.get(active?.checksum ?? '')?.word;
    const kind = this.builds.get(active?.checksum ?? '')?.kind;
    this.reports = await Promise.all(this.services.map((service) => service.ask('report')));
    const agree = this.reports.every(
      (report) =>
        report !== null &&
        !report.busy &&
        report.version === active?.version &&
        (report.word === word || (kind === 'faulty' && report.word === null)),
    );
    return agree && (await this.ledger.journal.position()).oid === oid;
  }

  async comeToRest() {
    const until = performance.now() + REST_LIMIT_MS;
    while (!(await this.isAtRest())) {
      if (performance.now() > until) {
        this.complaints.push(`not at rest: v${await this.active()} is active, ${JSON.stringify(this.reports)}`);
        return;
      }
      await pause(20);
    }
  }

  /** What is wrong with the ledger, when all is at rest. */
  async judge() {
    const { ledger, builds, kills, rollbacks, complaints } = this;
    const entries = [];
    for await (const entry of ledger.history()) entries.unshift(entry);
    complaints.push(...journalComplaints({ entries, builds, kills, rollbacks, operator: OPERATOR }));
    const active = await ledger.latestCheckpoint(MODULE);
    const kind = builds.get(active?.checksum ?? '')?.kind;
    const target = await ledger.rollbackTarget(MODULE, 'HEALTH_FAILURE');
    if ((kind === 'sick' || kind === 'deadly') && !active?.tags.has('stable') && target !== null)
      complaints.push(`v${active?.version} is active, and ${kind}, though there is v${target.version} to go back to`);
    if (active?.tags.has('reverted')) complaints.push(`v${active.version} is active and reverted`);
    // What a killed writer left behind is cleared by the next one.
    await ledger.tag(MODULE, 1, 'judged');
    const { findings } = await ledger.journal.doctor();
    complaints.push(...findings.map(({ kind, where, detail }) => `doctor finds ${kind} ${where}: ${detail}`));
    const { outcome, steps } = await ledger.audit();
    if (outcome !== 'passed') complaints.push(`the audit ${outcome}: ${JSON.stringify(steps)}`);
    // The tag may have begun a merge of packs, which ends by itself.
    for (let left = MAX_GC; (await this.collectGarbage()) !== 'done'; left -= 1) {
      if (left === 0) {
        complaints.push(`git gc gave up ${MAX_GC + 1} times at rest`);
        break;
      }
      await pause(500);
    }
    complaints.push(...fsckComplaints(this.gitdir));
    for (const service of this.services) complaints.push(...service.complaints);
    return entries;
  }
}
