/** Packages as npm packs them, kept in a folder so that each is fetched once. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where tarballs are kept if nothing else is said. */
export const CACHE = join(tmpdir(), 'npm-upgrades');
const MAX_BATCH = 20;

/**
 * A version as npm spells it: `name@version`.
 *
 * @param {string} spec @returns {readonly [name: string, version: string]}
 */
export function splitSpec(spec) {
  const at = spec.lastIndexOf('@');
  if (at <= 0) throw new Error(`expected NAME@VERSION; found ${spec}`);
  return [spec.slice(0, at), spec.slice(at + 1)];
}

/** The name that `npm pack` gives to a tarball. @param {string} cache @param {string} name @param {string} version */
export function tarball(cache, name, version) {
  return join(cache, `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`);
}

/** @param {string} cache @param {Iterable<string>} specs */
export function fetchMissing(cache, specs) {
  mkdirSync(cache, { recursive: true });
  const missing = [...new Set(specs)].filter((spec) => !existsSync(tarball(cache, ...splitSpec(spec))));
  for (let at = 0; at < missing.length; at += MAX_BATCH) {
    const batch = missing.slice(at, at + MAX_BATCH);
    execFileSync('npm', ['pack', '--silent', '--pack-destination', cache, ...batch], {
      stdio: ['ignore', 'ignore', 2],
    });
  }
}
