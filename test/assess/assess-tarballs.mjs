/**
 * One assessment of two tarballs, in a process of its own: a bad pair costs its own row and no other, and what one measures
 * is not what the one before left behind.
 */

import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { unpack } from './unpack.mjs';

/**
 * @typedef {object} Job what a child is asked
 * @property {string} engine URL of a module that exports `assessFiles`, or `createAssessor` for the one with a worker
 * @property {string} from path of a tarball
 * @property {string} to
 * @property {boolean} warm whether to assess a second time
 * @property {number} limitMs what the worker may take, where there is one
 * @property {number} limitMB
 *
 * @typedef {object} Outcome what a child answers; one that died or was stopped has only a failure
 * @property {string} verdict a level, or what stopped the child
 * @property {string | null} limit
 * @property {readonly import('../../src/model/assessment.js').Finding[]} findings
 * @property {readonly string[]} notes
 * @property {number | null} coldMs the first assessment of a process, with loading the engine
 * @property {number | null} warmMs the same again
 * @property {number | null} peakMB
 * @property {string | null} failure
 */

/** The engine as it is built, without an assessor around it. */
export const ENGINE = new URL('../../build/assess/assess-files.js', import.meta.url).href;
const MAX_JSON_FINDINGS = 20;
/** What a process needs to start and to read two tarballs, beside what the assessments may take. */
const START_MS = 5_000;

// --- In the child -------------------------------------------------------------------------------------------------

/** The engine itself, or an assessor that keeps nothing of a pair. @param {Job} job */
async function loadEngine(job) {
  /** @type {typeof import('../../src/assess/assess-files.js') & typeof import('../../src/assess/assessor.js')} */
  const { assessFiles, createAssessor } = await import(job.engine);
  if (createAssessor === undefined) return assessFiles;
  const assessor = createAssessor({ cache: false, timeLimitMs: job.limitMs, memoryLimitMb: job.limitMB });
  return assessor.assessFiles.bind(assessor);
}

/** The most memory that a process of this one's has held, in kilobytes; 0 where the system doesn't tell. */
function childrenPeakKB() {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
    const peaks = children.map((pid) => /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return Math.max(0, ...peaks.map((peak) => Number(peak ?? 0)));
  } catch {
    return 0;
  }
}

/** @param {Job} job @returns {Promise<Outcome>} */
async function assessOnce(job) {
  const fromFiles = unpack(job.from);
  const toFiles = unpack(job.to);
  const start = performance.now();
  const assess = await loadEngine(job);
  const { level, limit, notes, findings } = await assess({ fromFiles, toFiles });
  const coldMs = performance.now() - start;
  const peakMB = Math.max(process.resourceUsage().maxRSS, childrenPeakKB()) / 1024;
  let warmMs = null;
  if (job.warm) {
    // Fresh maps, so that an engine that remembers a tree by identity is not measured doing nothing.
    const again = { fromFiles: unpack(job.from), toFiles: unpack(job.to) };
    const restart = performance.now();
    await assess(again);
    warmMs = performance.now() - restart;
  }
  const some = findings.slice(0, MAX_JSON_FINDINGS);
  return { verdict: level, limit, findings: some, notes, coldMs, warmMs, peakMB, failure: null };
}

async function child() {
  const job = await new Promise((resolve) => process.once('message', resolve));
  const outcome = await assessOnce(/** @type {Job} */ (job)).catch((error) => failed('CRASHED', String(error?.stack)));
  process.send?.(outcome, () => process.exit(0));
}

// --- In the parent ------------------------------------------------------------------------------------------------

/** @param {string} verdict @param {string} failure @returns {Outcome} */
function failed(verdict, failure) {
  return { verdict, limit: null, findings: [], notes: [], coldMs: null, warmMs: null, peakMB: null, failure };
}

/** @param {Job} job @returns {Promise<Outcome>} */
export function assessInChild(job) {
  const { limitMs, limitMB } = job;
  return new Promise((resolve) => {
    const process = fork(fileURLToPath(import.meta.url), ['--child'], {
      execArgv: [`--max-old-space-size=${limitMB}`],
      // A child that runs out of memory fills stderr with stack frames of the VM that tell nobody anything.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    /** @type {Outcome | null} */
    let outcome = null;
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        process.kill('SIGKILL');
      },
      (job.warm ? 2 : 1) * limitMs + START_MS,
    );
    process.once('message', (message) => {
      outcome = /** @type {Outcome} */ (message);
    });
    process.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (outcome !== null) resolve(outcome);
      else if (late) resolve(failed('TIMED_OUT', `not done after ${limitMs} ms`));
      else resolve(failed('CRASHED', `died of ${signal ?? `exit code ${code}`}: out of ${limitMB} MB?`));
    });
    process.send(job);
  });
}

if (process.argv[2] === '--child') await child();
