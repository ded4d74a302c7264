/** Runs a case in a process of its own, and says which capabilities it really used. */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';

const RECORDER = fileURLToPath(new URL('../../../fixtures/assess/capabilities/recorder.cjs', import.meta.url));

/** What callers do with every function that a case exports: they call it, and what it gives. */
const CALLER = `
import fs from 'node:fs';
const known = new Set([fs, fs.promises, process, globalThis]);
const call = async (value, depth) => {
  if (known.has(value)) return;
  if (typeof value === 'function') {
    try {
      const isClass = /^class\\b/.test(Function.prototype.toString.call(value));
      const given = isClass ? new value() : await value();
      if (depth < 4) await call(given, depth + 1);
    } catch {}
  } else if (typeof value === 'object' && value !== null && depth < 4) {
    for (const name of Object.getOwnPropertyNames(value)) {
      if (known.has(value[name])) continue;
      try { await call(value[name], depth + 1); } catch {}
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype)
      for (const name of Object.getOwnPropertyNames(prototype))
        if (name !== 'constructor') { try { await value[name](); } catch {} }
  }
};
for (const entry of JSON.parse(process.argv[2])) {
  try { const found = await import(entry); await call({ ...found }, 0); } catch {}
}
`;

/** The capabilities that a case used when it was loaded and every function of it was called. */
export async function usedBy(files: Readonly<Record<string, string>>, entries: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'capability-case-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const caller = join(dirname(folder), `caller-of-${basename(folder).slice(-6)}.mjs`);
    writeFileSync(caller, CALLER);
    const urls = entries.map((entry) => pathToFileURL(join(folder, entry)).href);
    const child = spawn(process.execPath, ['--no-warnings', '--require', RECORDER, caller, JSON.stringify(urls)], {
      cwd: folder,
      env: { PATH: process.env['PATH'], CASE_FOLDER: folder },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let [said, errors] = ['', ''];
    (child.stdio[3] as Readable).on('data', (chunk) => (said += chunk));
    child.stderr?.on('data', (chunk) => (errors += chunk));
    await new Promise((resolve) => child.on('close', resolve));
    rmSync(caller);
    if (said === '') throw new Error(`the case said nothing: ${errors}`);
    return JSON.parse(said);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
