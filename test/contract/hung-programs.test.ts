/** A program that a test waits for and that does not end is ended, and named. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { HungPrograms } from '../hung-programs.js';

const MINUTE = 60_000;

test.skipIf(!existsSync('/proc/self/stat'))(
  'what runs below a child for too long is ended, the innermost first',
  async () => {
    // Until it runs what it was started for, a new process is a copy of the shell, with the shell's name.
    const begun = 'until [[ $(< /proc/$!/cmdline) == sleep* ]]; do :; done; echo begun';
    const child = spawn('bash', ['-c', `bash -c 'sleep 3000 & ${begun}; wait'; exit 7`], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const closed = once(child, 'close');
    onTestFinished(() => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    });
    await once(child.stdout, 'data');

    const hung = new HungPrograms(process.pid, 10 * MINUTE);
    expect(hung.look(0)).toEqual([]);
    expect(hung.look(10 * MINUTE)).toEqual([]);
    const ended = hung.look(11 * MINUTE);
    expect(ended).toEqual([expect.stringMatching(/^\d+: sleep 3000\n {2}thread \d+ sleep: \S+$/)]);
    expect(await closed).toEqual([7, null]);
    // A process with the same number later is another one; and nobody is below a child any more.
    expect(hung.look(30 * MINUTE)).toEqual([]);
  },
);
