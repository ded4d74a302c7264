/**
 * A process between a guard and its server, which the server cannot outlive: it leads the process group of both, and ends that group when
 * the guard has gone, however it went: then the channel between the two is closed. Nothing else is said on that.
 */

import { spawn } from 'node:child_process';

/** Between asking the group to end and ending it, in milliseconds. */
const GRACE_MS = 2_000;

const [command = '', ...args] = process.argv.slice(2);

// What is sent to the group is for the server; this process goes when the server has, or last.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

let isEnding = false;
function endGroup(): void {
  if (isEnding) return;
  isEnding = true;
  process.kill(-process.pid, 'SIGTERM');
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), GRACE_MS);
}

// Both streams are the server's alone: nothing is read or written here.
const server = spawn(command, args, { stdio: ['inherit', 'inherit', 'inherit'] });
server.on('error', (error) => {
  process.stderr.write(`git-lineage: the server could not be started: ${error.message}\n`);
  process.exit(127);
});
// Whom it has left in the group is ended by the guard, or, where that has gone, with this process.
server.on('exit', (code) => {
  if (!isEnding) process.exit(code ?? 1);
});

process.on('disconnect', endGroup);
