/** The user's git configuration, as git itself reads it. */

import { execFile } from 'node:child_process';
import { Complaint, errnoOf } from '../complaint.js';
import type { Io } from '../verb.js';

/** The value of a key, or null where it is not set or there is no git. `path` expands a leading `~`. */
export function gitConfig(io: Io, key: string, type?: 'path'): Promise<string | null> {
  const args = ['config', ...(type === undefined ? [] : [`--type=${type}`]), '--get', key];
  return new Promise((resolve, reject) => {
    execFile('git', args, { cwd: io.cwd, env: { ...io.env }, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout.replace(/\n$/, '') || null);
      // Status 1 says that the key is not set.
      if (error.code === 1 || errnoOf(error) === 'ENOENT') return resolve(null);
      const reason = `git config --get ${key} failed: ${stderr.trim() || error.message}`;
      reject(new Complaint('INVALID_KEY', reason, { reason }, 'mend git’s configuration, or give --key FILE', error));
    });
  });
}
