/** Subresource Integrity (https://www.w3.org/TR/SRI/) as npm registries give it for tarballs. */

import { createHash } from 'node:crypto';

/** Strongest first. SHA-1 is what registries gave before 2017. */
const ALGORITHMS = ['sha512', 'sha384', 'sha256', 'sha1'] as const;

type Algorithm = (typeof ALGORITHMS)[number];

export interface Integrity {
  readonly algorithm: Algorithm;
  /** `ALGORITHM-BASE64`; several where any of them will do. */
  readonly digests: readonly string[];
}

/** The strongest digests of `dist.integrity`; where there are none, `dist.shasum`, SHA-1 in hex. Null where neither can be read. */
export function integrityOf(integrity: unknown, shasum: unknown): Integrity | null {
  const digests = (typeof integrity === 'string' ? integrity.trim().split(/\s+/) : []).map((d) =>
    d.replace(/\?.*$/, ''),
  );
  for (const algorithm of ALGORITHMS) {
    const given = digests.filter((digest) => digest.startsWith(`${algorithm}-`));
    if (given.length > 0) return { algorithm, digests: given };
  }
  if (typeof shasum !== 'string' || !/^[0-9a-f]{40}$/i.test(shasum)) return null;
  return { algorithm: 'sha1', digests: [`sha1-${Buffer.from(shasum, 'hex').toString('base64')}`] };
}

/** The digest of some bytes, in the form that `expected` has. */
export function digestOf(bytes: Uint8Array, { algorithm }: Integrity): string {
  return `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`;
}
