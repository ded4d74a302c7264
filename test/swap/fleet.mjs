/** A service in a process of its own, started again when it dies, as a supervisor does. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('fleet-process.mjs', import.meta.url));

/** @typedef {{ version: number | null, word: string | null, busy: boolean, failed: number, diverged: unknown }} Report */

export class Service {
  /** What it did that no service may. @type {string[]} */
  complaints = [];
  /** What it told, newest last. @type {import('../../src/api/swap.js').SwapNotice[]} */
  notices = [];
  /** How often it died. */
  deaths = 0;
  /** Resolves when the process that runs now has come up. @type {Promise<void>} */
  up;
  #asked = 0;
  /** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #closing = false;
  /** @type {import('node:child_process').ChildProcess} */
  #child;
  #errors = '';
  /** @type {() => void} */
  #ended = () => undefined;
  /** Resolves when it has ended for good. @type {Promise<void>} */
  ended = new Promise((resolve) => {
    this.#ended = resolve;
  });

  /** @param {{ gitdir: string, key: string, name: string }} how */
  constructor(how) {
    this.how = how;
    this.name = how.name;
    [this.#child, this.up] = this.#start();
  }

  /** @returns {[import('node:child_process').ChildProcess, Promise<void>]} */
  #start() {
    const { gitdir, key, name } = this.how;
    const child = fork(SCRIPT, [gitdir, key, name], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors += text;
    });
    /** @type {Promise<void>} */
    const up = new Promise((resolve) => {
      child.on('message', (/** @type {any} */ message) => {
        if ('up' in message) resolve();
        this.#hear(message);
      });
      child.on('exit', () => resolve());
    });
    child.on('close', (code, signal) => this.#died(code, signal));
    return [child, up];
  }

  /** @param {any} message */
  #hear({ id, answer, error, complaint, notice, up }) {
    if (complaint !== undefined) this.complaints.push(`${this.name}: ${complaint}`);
    if (notice !== undefined) this.notices.push(notice);
    if (up !== undefined && error !== null) this.complaints.push(`${this.name} did not come up: ${error}`);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(answer);
    else waiting.reject(new Error(error));
  }

  /** @param {number | null} code @param {NodeJS.Signals | null} signal */
  #died(code, signal) {
    for (const { resolve } of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
    if (this.#closing || signal !== 'SIGKILL') {
      if (signal !== null || code !== 0)
        this.complaints.push(`${this.name} ended with ${signal ?? code}: ${this.#errors}`);
      this.#ended();
      return;
    }
    this.deaths += 1;
    [this.#child, this.up] = this.#start();
  }

  /** How often it was asked for something and has not answered yet. */
  get outstanding() {
    return this.#waiting.size;
  }

  /**
   * Resolves with the answer, or with null where it died before it answered.
   *
   * @param {string} act @param {Record<string, unknown>} [more] @returns {Promise<any>}
   */
  async ask(act, more = {}) {
    await this.up;
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // One that dies now is answered for by its death.
      this.#child.send({ id, act, ...more }, () => undefined);
    });
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child.kill(signal);
  }

  async close() {
    this.#closing = true;
    await this.ask('close');
    await this.ended;
  }

  /** Ends it at once, whatever it does. */
  async end() {
    this.#closing = true;
    this.signal('SIGKILL');
    await this.ended;
  }
}
