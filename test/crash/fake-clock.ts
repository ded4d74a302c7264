/** Processes whose clock is wrong, by libfaketime (Debian: faketime). What counts up (CLOCK_MONOTONIC) goes on as ever. */

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian puts the library: a folder for each architecture. */
const found = readdirSync('/usr/lib', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => join('/usr/lib', entry.name, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path));

/** True where libfaketime is not installed and may be missing. In CI it may not: there its tests fail. */
export const skipFakeClock = found === undefined && (process.env['CI'] ?? '') === '';

/** libfaketime takes a number without a sign for a date. */
function signed(seconds: number): string {
  return seconds < 0 ? String(seconds) : `+${seconds}`;
}

/** The environment of a process whose clock is `seconds` ahead, or behind where that is negative. */
export function clockOff(seconds: number): Record<string, string> {
  return { LD_PRELOAD: found ?? 'libfaketime is missing', FAKETIME: signed(seconds), DONT_FAKE_MONOTONIC: '1' };
}

/** A clock that is set while a process runs. */
export class SettableClock {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.set(0);
  }

  /** Sets it, for whoever looks at it next. */
  set(seconds: number): void {
    writeFileSync(this.#path, `${signed(seconds)}\n`);
  }

  get env(): Record<string, string> {
    const { FAKETIME: _, ...env } = clockOff(0);
    return { ...env, FAKETIME_TIMESTAMP_FILE: this.#path, FAKETIME_NO_CACHE: '1' };
  }
}
