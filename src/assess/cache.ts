/** Verdicts kept: the same files, judged by the same assessor, are judged once. */

import { createHash } from 'node:crypto';
import type { Assessment, AssessmentInput } from '../model/assessment.js';
import { contentDigest, sha256Hex } from '../model/content-digest.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { ASSESSOR } from './engine-version.js';
import { parseAssessment } from './parse-assessment.js';

/** Where verdicts outlive a process. Losing any of them costs time only. */
export interface CacheFolder {
  /** The bytes of a file, or null where there is none. */
  read(name: string): Promise<Uint8Array | null>;
  /** Writes a file, whole or not at all. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** Verdicts held in memory. */
const MAX_HELD = 64;

/** How long a verdict that a limit cut short is held in memory: for whoever asks again at once, and no longer. */
const LIMITED_MS = 60_000;

/** A file of the cache is not read beyond this. */
const MAX_FILE_BYTES = 16 * 2 ** 20;

/** What a version's files say, its paths included where the checksum of a single file leaves them out. */
export function identityOf(files: NormalizedFiles): readonly string[] {
  const [only] = files;
  const alone = files.size === 1 && only !== undefined ? [only[0], only[1].mode] : [];
  return [contentDigest(files), ...alone];
}

/** What the verdict on a pair depends on, as one name. */
export interface PairKey {
  /** 64 hex digits. */
  readonly name: string;
  /** True where both versions are the same to any caller. */
  readonly same: boolean;
}

/** Names a pair by its content, by what of the metadata is read, and by who judges. */
export function pairKey({ fromFiles, toFiles, fromMetadata = {}, toMetadata = {} }: AssessmentInput): PairKey {
  const [from, to] = [fromFiles, toFiles].map(identityOf);
  const metadata = [fromMetadata, toMetadata].map((m) => [m['semver'] ?? null, m['entry'] ?? null]);
  const same = JSON.stringify([from, metadata[0]?.[1]]) === JSON.stringify([to, metadata[1]?.[1]]);
  return { name: sha256Hex(JSON.stringify([1, ASSESSOR, from, to, metadata])), same };
}

interface Held {
  readonly assessment: Assessment;
  /** Milliseconds of the clock; infinite where it does not grow old. */
  readonly until: number;
}

/**
 * True where the verdict would be the same on any machine: no limit had a part in it, or the one on work alone, which is told in one finding.
 */
function isComplete({ limit, findings }: Assessment): boolean {
  const reached = findings.filter(({ code }) => code === 'limit-reached').length;
  return limit === 'work' ? reached === 1 : limit === null && reached === 0;
}

/** A file: the SHA-256 of the rest in hex, a line feed, JSON. */
function encode(name: string, assessment: Assessment): Uint8Array {
  const body = JSON.stringify({ name, assessment });
  return Buffer.from(`${sha256Hex(body)}\n${body}`);
}

function decode(name: string, bytes: Uint8Array): Assessment | null {
  if (bytes.byteLength > MAX_FILE_BYTES) return null;
  const [digest, body] = [bytes.subarray(0, 64), bytes.subarray(65)];
  if (Buffer.from(digest).toString('latin1') !== createHash('sha256').update(body).digest('hex')) return null;
  const text = Buffer.from(body).toString('utf8');
  try {
    const read = JSON.parse(text) as { readonly name?: unknown; readonly assessment?: unknown } | null;
    const assessment = read?.name === name ? parseAssessment(read.assessment) : null;
    return assessment?.assessor === ASSESSOR ? assessment : null;
  } catch {
    return null;
  }
}

/** The verdicts of one assessor: some in memory, all that are complete in a folder, if there is one. */
export class AssessmentCache {
  private readonly folder: CacheFolder | null;
  private readonly now: () => number;
  private readonly held = new Map<string, Held>();

  constructor(folder: CacheFolder | null, now: () => number = Date.now) {
    this.folder = folder;
    this.now = now;
  }

  /** A verdict that was kept, or null. What is wrong with the folder or a file in it is as if it were not there. */
  async get(name: string): Promise<Assessment | null> {
    const held = this.held.get(name);
    if (held !== undefined && held.until > this.now()) {
      this.hold(name, held);
      return held.assessment;
    }
    this.held.delete(name);
    const bytes = (await this.folder?.read(`${name}.json`).catch(() => null)) ?? null;
    const assessment = bytes === null ? null : decode(name, bytes);
    if (assessment !== null) this.hold(name, { assessment, until: Number.POSITIVE_INFINITY });
    return assessment;
  }

  /** Keeps a verdict. One that time or memory cut short is not written: a faster machine may do better. */
  async put(name: string, assessment: Assessment): Promise<void> {
    const complete = isComplete(assessment);
    this.hold(name, { assessment, until: complete ? Number.POSITIVE_INFINITY : this.now() + LIMITED_MS });
    // A reader may have no permission to write here, and need none.
    if (complete) await this.folder?.write(`${name}.json`, encode(name, assessment)).catch(() => undefined);
  }

  private hold(name: string, held: Held): void {
    this.held.delete(name);
    this.held.set(name, held);
    for (const oldest of this.held.keys()) {
      if (this.held.size <= MAX_HELD) return;
      this.held.delete(oldest);
    }
  }
}
