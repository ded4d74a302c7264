#!/usr/bin/env node
/** The executable: hands the process to `main`, and its answer back as the exit code. */

import { writeSync } from 'node:fs';
import process from 'node:process';
import { packageVersion } from './content/package-version.js';
import { EXIT } from './exit-codes.js';

const ANSWER_LOST = 'hint: a write may have been done all the same: look with git-lineage history (docs/errors.md#io)';

/** A reader that has seen enough (`| head -1`) is no failure; any other error of a stream is one of storage. */
function onStreamError(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? (process.exitCode ?? EXIT.done) : EXIT.storage);
}

/** What was asked for may have been done: only its answer is lost. */
function onAnswerLost(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') tellAtOnce(`error: IO: cannot write the answer: ${error.message}\n${ANSWER_LOST}\n`);
  onStreamError(error);
}

/** The process ends with it: a stream would not be waited for. */
function tellAtOnce(text: string): void {
  try {
    writeSync(process.stderr.fd, text);
  } catch {
    // Then the exit code alone tells it.
  }
}

process.stdout.on('error', onAnswerLost);
process.stderr.on('error', onStreamError);

const argv = process.argv.slice(2);
if (argv.length === 1 && argv[0] === '--version') {
  // Asked by scripts at every start: nothing else is loaded for it.
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const { main } = await import('./main.js');
  process.exitCode = await main(argv, {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    page: async (text, io) => (await import('./terminal/pager.js')).throughPager(text, io),
  });
}
