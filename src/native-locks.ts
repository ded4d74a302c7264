/** Locks of the kernel's on open files, by the native part of `fs-native-extensions`, from that package's own folder alone. */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { LedgerError, messageOf } from './errors.js';

const PACKAGE = 'fs-native-extensions';

export type NativeLocks = typeof import('fs-native-extensions');

/**
 * The package looks for its binary in its own folder, and where that has none, in `prebuilds` beside every folder up to the root, which
 * need not be its owner's (bare-addon-resolve). So it is asked only where its own folder has one.
 */
function assertOwnBinary(): void {
  const manifest = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  // As require-addon names it.
  const host = `${platform()}-${arch()}${platform() === 'linux' && existsSync('/etc/alpine-release') ? '-musl' : ''}`;
  const folder = join(dirname(manifest), 'prebuilds', host);
  const names = [`${PACKAGE}@${version}.node`, `${PACKAGE}.node`];
  if (names.some((name) => existsSync(join(folder, name)))) return;
  const message = `the native part of ${PACKAGE} is not there: expected ${names[1]} in ${folder}`;
  const data = { operation: 'load the file locks', path: folder, errno: 'ENOENT' };
  const hint = host.endsWith('-musl')
    ? 'on Alpine see "What it does not do" in docs/limits.md'
    : `install the package again (npm ci); without binaries for ${host} in it, a ledger on disk cannot be written here`;
  throw new LedgerError('IO', message, data, { hint });
}

/** True where `--no-addons` or the permission model is why; the package that loads them wraps the error. */
function forbidsAddons(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === 'ERR_DLOPEN_DISABLED' || (cause instanceof Error && forbidsAddons(cause));
}

/** Loaded with the first lock, and once: an import that is there already still costs a turn of the event loop. */
let loading: Promise<NativeLocks> | null = null;

/** @throws `IO` where this machine has no binary of it, or cannot load it */
export function nativeLocks(): Promise<NativeLocks> {
  loading ??= load();
  return loading;
}

async function load(): Promise<NativeLocks> {
  try {
    assertOwnBinary();
    const { default: native } = await import('fs-native-extensions');
    return native;
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    const { cause } = error as { cause?: unknown };
    const reason = [error, ...(cause === undefined ? [] : [cause])].map(messageOf).join(': ');
    const data = { operation: 'load the file locks', path: PACKAGE, errno: null };
    const hint = forbidsAddons(error)
      ? "Node was told to load no addons, and a ledger is not written without: leave --no-addons out, and give --allow-addons under Node's permission model"
      : `if git-lineage is part of a bundle, leave it out of it ("external"); else install the package again (npm ci)`;
    throw new LedgerError('IO', `the native part of ${PACKAGE} does not load: ${reason}`, data, { cause: error, hint });
  }
}
