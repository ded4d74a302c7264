/** Starts recording processes, and waits for what they say. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('recording-process.mjs', import.meta.url));

/** @typedef {{ version: number, checksum: string }} Acknowledged */

export class RecordingProcess {
  /** @type {string[]} */
  lines = [];
  errors = '';
  #rest = '';
  /** @type {(() => void)[]} */
  #waiting = [];

  /**
   * @param {string} gitdir
   * @param {string} moduleId
   * @param {number} count
   * @param {'' | 'racing' | 'retrying' | 'signing' | 'locking'} [how]
   */
  constructor(gitdir, moduleId, count, how = '') {
    this.moduleId = moduleId;
    this.child = spawn(process.execPath, [SCRIPT, gitdir, moduleId, String(count), how], { stdio: 'pipe' });
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      this.errors += text;
    });
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? '';
      this.lines.push(...lines);
      this.#wake();
    });
    /** @type {Promise<string>} how it ended: its exit code or signal */
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve(signal ?? String(code));
        this.#wake();
      });
    });
  }

  #wake() {
    for (const waiting of this.#waiting.splice(0)) waiting();
  }

  /** Waits for `count` lines that begin with `start`. @param {string} start @param {number} [count] */
  async says(start, count = 1) {
    while (this.lines.filter((line) => line.startsWith(start)).length < count) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        await this.ended;
        if (this.lines.filter((line) => line.startsWith(start)).length >= count) return;
        throw new Error(`the process ended before it said "${start}": ${this.errors}`);
      }
      await new Promise((resolve) => {
        this.#waiting.push(() => resolve(undefined));
      });
    }
  }

  /** @returns {Acknowledged[]} */
  acknowledged() {
    return this.lines.flatMap((line) => {
      const [, version, checksum] = /^acknowledged (\d+) (\S+)$/.exec(line) ?? [];
      return version === undefined || checksum === undefined ? [] : [{ version: Number(version), checksum }];
    });
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.child.kill(signal);
  }
}
