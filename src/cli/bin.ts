#!/usr/bin/env node
/** The executable: hands the process to `main`, and its answer back as the exit code. */

import { writeSync } from 'node:fs';
import { packageVersion } from './content/package-version.js';
import { EXIT } from './exit-codes.js';

const ANSWER_LOST = 'hint: a write may have been done all the same: look with git-lineage history (docs/errors.md#io)';

/** A reader that has seen enough (`| head -1`) is no failure; otherwise only the answer is lost, not what was done. */
function onAnswerLost(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
  tellAtOnce(`error: IO: cannot write the answer: ${error.message}\n${ANSWER_LOST}\n`);
  process.exit(EXIT.storage);
}

/** The process ends with it: a stream would not be waited for. */
function tellAtOnce(text: string): void {
  try {
    writeSync(process.stderr.fd, text);
  } catch {
    // Then the exit code alone tells it.
  }
}

/** Where answers go: Node makes the stream when it is asked for. */
function standardOutput(): NodeJS.WriteStream {
  const { stdout } = process;
  if (stdout.listenerCount('error', onAnswerLost) === 0) stdout.on('error', onAnswerLost);
  return stdout;
}

/** A warning that nobody can be told changes no answer, and ends no verb that runs for months: the log's disk is full, or journald restarts. */
function standardError(): NodeJS.WriteStream {
  const { stderr } = process;
  if (stderr.listenerCount('error', ignored) === 0) stderr.on('error', ignored);
  return stderr;
}

function ignored(): void {}

const argv = process.argv.slice(2);
if (argv.length === 1 && argv[0] === '--version') {
  // Asked by scripts at every start: nothing else is loaded for it.
  standardOutput().write(`${packageVersion()}\n`);
} else {
  const { main } = await import('./main.js');
  process.exitCode = await main(argv, {
    // Most verbs use standard output alone, and each stream takes a millisecond or two to make.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return standardOutput();
    },
    get stderr() {
      return standardError();
    },
    env: process.env,
    cwd: process.cwd(),
    page: async (text, io) => (await import('./terminal/pager.js')).throughPager(text, io),
  });
}
