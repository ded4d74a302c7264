/**
 * A copy of a ledger as an auditor reads it: a ledger, a mirror, a plain clone or a bundle, opened for reading alone.
 *
 * Nothing is written, no program is started, and of the repository's config only what tells its format is looked at. What a
 * copy lacks by the way it was made (shallow, partial, borrowing, without notes, a bundle of a part) is a gap: objects that
 * a gap explains are not counted as missing, and reading them throws `CORRUPT_OBJECT` like reading any other that is not there.
 */

import { isLedgerError, LedgerError, type ObjectFault } from '../../errors.js';
import { isOid } from '../../model/object-id.js';
import { CHECKPOINT_REF, JOURNAL_REF } from '../../model/ref-names.js';
import type { Evidence, Gap, ObjectScan, RefFault } from '../../ports/evidence.js';
import type { AnnotatedTag, Commit, LedgerObjects, Oid, RefName, TreeEntry } from '../../ports/objects.js';
import { type FileSystem, Files } from '../file-system.js';
import { DatabaseObjects } from '../ledger-objects.js';
import type { GitObject, ObjectType } from '../object-codec.js';
import { type BundleHeader, readBundleHeader, UnknownBundle } from './bundle.js';
import { bundleGaps, type Lacking, repositoryGaps } from './copy-gaps.js';
import { type CopyPlace, findCopy, notACopy, unsupportedCopy } from './copy-kind.js';
import { CopyObjects, type OnProgress } from './copy-objects.js';
import { listRefs, readRef } from './list-refs.js';
import { WeighedCache } from './memory.js';
import { refFaults } from './ref-faults.js';
import { SingleObjects } from './single-objects.js';

/** Trees as they were decoded, by the number of their entries: about 20 MiB. */
const KEPT_TREE_ENTRIES = 100_000;

const HEADS = 'refs/heads/';

/** The refs of the ledger among those of a copy, by the names that they have in the ledger. */
function ledgerRefs(refs: ReadonlyMap<RefName, Oid>, remote: string | null): Map<RefName, Oid> {
  if (remote === null) return new Map(refs);
  const branches = `refs/remotes/${remote}/`;
  const mapped = new Map<RefName, Oid>();
  for (const [ref, oid] of refs) {
    if (ref.startsWith(branches)) {
      if (ref !== `${branches}HEAD`) mapped.set(HEADS + ref.slice(branches.length), oid);
    } else if (ref === CHECKPOINT_REF || /^refs\/(tags|notes|replace)\//.test(ref)) mapped.set(ref, oid);
  }
  return mapped;
}

/** The repository of a copy, as those who read its refs have it. */
function refPlace({ path, format }: CopyPlace) {
  return { gitdir: path, format };
}

async function bundleHeader(files: Files, path: string): Promise<BundleHeader> {
  const file = await files.open(path, 'r');
  try {
    return await readBundleHeader(file);
  } catch (error) {
    if (error instanceof UnknownBundle) throw unsupportedCopy(path, error.message);
    if (error instanceof LedgerError) throw error;
    throw notACopy(path, (error as Error).message);
  } finally {
    await file.close();
  }
}

function unreadable(oid: Oid, fault: ObjectFault, reason: string): LedgerError<'CORRUPT_OBJECT'> {
  const hint = 'run git fsck; compare this copy with another one of the ledger';
  return new LedgerError('CORRUPT_OBJECT', `object ${oid}: ${reason}`, { oid, fault, reason }, { hint });
}

class CopyEvidence implements Evidence {
  readonly location: string;
  readonly kind: Evidence['kind'];
  readonly gaps: readonly Gap[];
  private readonly files: Files;
  private readonly place: CopyPlace;
  private readonly lacking: Lacking;
  private readonly singles: SingleObjects | null;
  private readonly decoded: LedgerObjects = new DatabaseObjects(this);
  private trees = new WeighedCache<Oid, readonly TreeEntry[]>(KEPT_TREE_ENTRIES, (entries) => entries.length + 1);
  /** The refs as they were read last, by their own names and by those of the ledger. */
  private local: ReadonlyMap<RefName, Oid> | null = null;
  private listed: ReadonlyMap<RefName, Oid> | null = null;
  private scanned: CopyObjects | null = null;
  private loading: Promise<CopyObjects> | null = null;

  constructor(location: string, files: Files, place: CopyPlace, lacking: Lacking) {
    this.location = location;
    this.kind = place.kind;
    this.gaps = lacking.gaps;
    this.files = files;
    this.place = place;
    this.lacking = lacking;
    this.singles = place.kind === 'bundle' ? null : new SingleObjects(files, `${place.path}/objects`, place.format);
  }

  async readRefs(): Promise<Map<RefName, Oid>> {
    const { files, place } = this;
    if (place.kind === 'bundle') return new Map((await bundleHeader(files, place.path)).refs);
    this.local = await listRefs(files, refPlace(place), 'refs/');
    this.listed = ledgerRefs(this.local, place.kind === 'clone' ? place.remote : null);
    return new Map(this.listed);
  }

  async readTip(): Promise<Oid> {
    const { files, place } = this;
    if (place.kind === 'bundle') return (await this.readRefs()).get(JOURNAL_REF) ?? '';
    return readRef(files, refPlace(place), this.localName(JOURNAL_REF));
  }

  localName(ref: RefName): RefName {
    const { kind, remote } = this.place;
    return kind === 'clone' && ref.startsWith(HEADS) ? `refs/remotes/${remote}/${ref.slice(HEADS.length)}` : ref;
  }

  async refFaults(): Promise<readonly RefFault[]> {
    const { files, place } = this;
    if (place.kind === 'bundle') return [];
    const refs = this.local ?? (await listRefs(files, refPlace(place), 'refs/'));
    return refFaults(files, { ...refPlace(place), kind: place.kind }, refs, (oid) => this.peel(oid));
  }

  /** What a tag leads to in the end: null for what is no tag, undefined for what cannot be read. */
  private async peel(oid: Oid): Promise<Oid | null | undefined> {
    try {
      const { object, objectType } = await this.readTag(oid);
      return objectType === 'tag' ? this.peel(object) : object;
    } catch (error) {
      if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
      return error.data.fault === 'OTHER_TYPE' ? null : undefined;
    }
  }

  async scan(roots: Iterable<Oid>, onProgress?: OnProgress): Promise<ObjectScan> {
    const named = new Map<Oid, string>();
    for (const oid of roots) if (isOid(oid, this.place.format)) named.set(oid, 'what was asked for');
    for (const [ref, oid] of this.listed ?? (await this.readRefs()))
      if (named.has(oid)) named.set(oid, this.localName(ref));
    return (await this.load(onProgress)).settle(named);
  }

  async isHere(oid: Oid): Promise<boolean> {
    return (await this.scannedObjects()).met(oid);
  }

  /** Reads every object anew, in place of an earlier scan. */
  private async load(onProgress?: OnProgress): Promise<CopyObjects> {
    const { files, place, lacking } = this;
    const isBundle = place.kind === 'bundle';
    const start = isBundle ? (await bundleHeader(files, place.path)).packAt : 0;
    const objects = new CopyObjects(
      files,
      isBundle ? { kind: 'pack', path: place.path, start } : { kind: 'folder', path: `${place.path}/objects` },
      lacking.allowed,
      place.format,
    );
    try {
      await objects.load(onProgress);
    } catch (error) {
      await objects.close();
      throw error;
    }
    await this.scanned?.close();
    this.scanned = objects;
    this.trees = new WeighedCache(KEPT_TREE_ENTRIES, (entries) => entries.length + 1);
    return objects;
  }

  /** The objects of the last scan, or of one that is made now. */
  private async scannedObjects(): Promise<CopyObjects> {
    if (this.scanned !== null) return this.scanned;
    this.loading ??= this.load();
    try {
      return await this.loading;
    } finally {
      this.loading = null;
    }
  }

  /** An object that is intact, in the last scan or written since. */
  private async find(oid: Oid): Promise<GitObject | null> {
    const found = (await this.scanned?.read(oid)) ?? (await this.singles?.read(oid));
    if (found !== undefined && found !== null) return found;
    // Not every pack can be read without a scan: a bundle has no index, an index may be of version 1.
    return this.scanned === null ? (await this.scannedObjects()).read(oid) : null;
  }

  /** @internal An object of one type, for what decodes it. */
  async readTyped(oid: Oid, type: ObjectType): Promise<Uint8Array> {
    const object = await this.find(oid);
    if (object?.type === type) return object.data;
    if (object !== null) throw unreadable(oid, 'OTHER_TYPE', `it is a ${object.type}, not a ${type}`);
    const damage = this.scanned?.reasonFor(oid) ?? (await this.singles?.reasonFor(oid)) ?? null;
    throw damage === null
      ? unreadable(oid, 'MISSING', 'it is missing')
      : unreadable(oid, 'DAMAGED', `it is damaged: ${damage}`);
  }

  readCommit(oid: Oid): Promise<Commit> {
    return this.decoded.readCommit(oid);
  }

  readTag(oid: Oid): Promise<AnnotatedTag> {
    return this.decoded.readTag(oid);
  }

  async readTree(oid: Oid): Promise<readonly TreeEntry[]> {
    const known = this.trees.get(oid);
    if (known !== undefined) return known;
    const entries = await this.decoded.readTree(oid);
    this.trees.set(oid, entries);
    return entries;
  }

  readBlob(oid: Oid): Promise<Uint8Array> {
    return this.decoded.readBlob(oid);
  }

  async blobSha256(oid: Oid): Promise<string> {
    return this.scanned?.blobSha256(oid) ?? this.decoded.blobSha256(oid);
  }

  async close(): Promise<void> {
    await this.scanned?.close();
    this.scanned = null;
    this.trees = new WeighedCache(KEPT_TREE_ENTRIES, (entries) => entries.length + 1);
  }
}

/**
 * Opens a copy of a ledger: a bare repository, the work tree or `.git` of a plain clone, or a bundle file.
 *
 * Before a scan, objects are read one by one where they stand. A scan reads all of them once and keeps what found-objects.ts
 * says, so that its memory grows with the number of objects and not with what they hold; besides, there are bounded caches
 * of 16 MiB of blocks, 32 MiB of unpacked objects and 20 MiB of decoded trees.
 *
 * @throws `NOT_A_LEDGER` where there is no copy of a ledger, `UNSUPPORTED_REPOSITORY` for a format that is not read
 */
export async function openEvidence(fs: FileSystem, path: string): Promise<Evidence> {
  const files = new Files(fs);
  const place = await findCopy(files, path);
  if (place.kind === 'bundle') {
    const header = await bundleHeader(files, path);
    if (!header.refs.has(JOURNAL_REF)) throw notACopy(path, `the bundle has no ${JOURNAL_REF}`);
    const bundle = { ...place, format: header.format, remote: null, partial: false, redacted: false };
    return new CopyEvidence(path, files, bundle, bundleGaps(header));
  }
  const refs = await listRefs(files, refPlace(place), 'refs/notes/');
  return new CopyEvidence(path, files, place, await repositoryGaps(files, place, refs));
}
