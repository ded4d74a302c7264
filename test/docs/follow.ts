/**
 * Follows a document as its reader does: writes the files that it shows, runs its commands in one shell, in order, and holds
 * what they print against the text that it shows behind them.
 *
 * What stands behind a fence says what is done with a block:
 *
 * | | |
 * |---|---|
 * | `sh` | it is run |
 * | `text` | what the `sh` block before it prints |
 * | `LANGUAGE NAME` | it is written to the file NAME before anything is run |
 * | `sh not run: WHY` | nobody runs it |
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { Block } from './fenced-blocks.mjs';
import { runInBash } from './workplace.js';

const END = '== the end of a block ==';

export interface FollowOptions {
  readonly cwd: string;
  readonly env: Record<string, string | undefined>;
  /** Scripts that bring about what a section takes for given, by its title: run in the same shell before its first command. */
  readonly before?: Readonly<Record<string, string>>;
}

/** @returns what the blocks `sh` printed, in order */
export async function follow(blocks: readonly Block[], options: FollowOptions): Promise<readonly string[]> {
  const { cwd, before = {} } = options;
  for (const { info, text } of blocks) {
    const [, name] = /^\w+ (?!not run:)(\S+)$/.exec(info) ?? [];
    if (name === undefined) continue;
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text, { mode: info.startsWith('sh ') ? 0o755 : 0o644 });
  }
  const commands = blocks.filter(({ info }) => info === 'sh');
  expect(Object.keys(before).filter((title) => !commands.some(({ section }) => section === title))).toEqual([]);
  const script = commands.map(({ section, text }, i) => {
    const first = commands[i - 1]?.section !== section;
    const given = first ? (before[section] ?? '') : '';
    return `{ :; ${given}\n} >&2\n${text}echo '${END}'\n`;
  });
  const printed = (await runInBash(script.join(''), options)).split(`${END}\n`).slice(0, -1);
  expect(printed).toHaveLength(commands.length);
  for (const [i, { info, text }] of blocks.entries()) {
    if (info !== 'text') continue;
    const shown = blocks[i - 1];
    const at = shown === undefined ? -1 : commands.indexOf(shown);
    expect(printed[at], `what is printed in the section ${shown?.section}`).toBe(text);
  }
  return printed;
}
