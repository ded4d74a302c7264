/** The objects of a copy as one scan found them: packs and loose files, read once from end to end, then by id. */

import { setImmediate as turn } from 'node:timers/promises';
import { errnoOf } from '../../errors.js';
import type { ObjectFormat } from '../../model/object-id.js';
import type { ObjectScan } from '../../ports/evidence.js';
import type { Oid } from '../../ports/objects.js';
import type { Files } from '../file-system.js';
import type { ObjectType } from '../object-codec.js';
import { BlockCache, Blocks } from './blocks.js';
import { FoundObjects, LOOSE } from './found-objects.js';
import { listLoose, loosePath, readLoose } from './loose.js';
import { WeighedCache } from './memory.js';
import { objectHash } from './object-hash.js';
import { OBJECT_TYPES } from './object-table.js';
import { type BaseCache, PACK_HEADER_BYTES, Pack, type Unpacked } from './pack.js';
import { offsetIn, type PackIndex, readPackIndex } from './pack-index.js';
import { PackScan } from './pack-scan.js';
import { settle } from './settle.js';

/** Objects that deltas are made of; the last ones read are the likeliest to be needed again. */
const BASE_BYTES = 32 * 1024 * 1024;

/** What an object costs beside its bytes. */
const OBJECT_OVERHEAD = 200;

const LOOSE_AT_ONCE = 64;

/** How often packs and loose files are listed again until there is nothing new. */
const MAX_LOOKS = 50;

/** Where the objects of a copy are. */
type ObjectPlace =
  | { readonly kind: 'folder'; readonly path: string }
  /** A pack inside of a file. */
  | { readonly kind: 'pack'; readonly path: string; readonly start: number };

/** What a copy lacks by the way it was made, so that it is a gap and not a loss. */
export interface AllowedGaps {
  /** Commits whose parents were left out. */
  readonly cut: readonly Oid[];
  /** Objects that were left out. */
  readonly absent: readonly Oid[];
  /** Any object may have been left out. */
  readonly any: boolean;
}

/** What a pack without an index says of itself, for the progress alone. */
async function statedCount(pack: Pack): Promise<number> {
  const head = await pack.blocks.load(0, PACK_HEADER_BYTES);
  return head.length < PACK_HEADER_BYTES ? 0 : Math.min(head.readUInt32BE(8), pack.blocks.size);
}

export type OnProgress = (done: number, total: number) => void;

/** An index, or what is wrong with it. */
function parseIndex(bytes: Uint8Array, format: ObjectFormat): PackIndex | string {
  try {
    return readPackIndex(bytes, format);
  } catch (error) {
    return (error as Error).message;
  }
}

export class CopyObjects {
  private readonly files: Files;
  private readonly place: ObjectPlace;
  private readonly allowed: AllowedGaps;
  private readonly format: ObjectFormat;
  private readonly found: FoundObjects;
  private readonly packs: Pack[] = [];
  private readonly names = new Set<string>();
  private readonly blocks = new BlockCache();
  private readonly bases: BaseCache = new WeighedCache(BASE_BYTES, ({ data }) => data.length + OBJECT_OVERHEAD);
  private readonly damaged: { where: string; oid: Oid | null; reason: string }[] = [];
  private readonly looseSeen = new Set<Oid>();
  /** Whether a pack that was listed last was gone when it was opened. */
  private vanished = false;
  private done = 0;
  private total = 0;

  constructor(files: Files, place: ObjectPlace, allowed: AllowedGaps, format: ObjectFormat) {
    this.files = files;
    this.format = format;
    this.found = new FoundObjects(format);
    this.place = place;
    this.allowed = allowed;
    for (const oid of allowed.cut) this.found.cut.add(this.found.table.addOid(oid));
  }

  /** Reads every object there is, and whatever appeared meanwhile. Once. */
  async load(onProgress?: OnProgress): Promise<void> {
    // git gc and a writer's merging replace packs at any moment; what they write is complete before the old one goes.
    for (let look = 0; look < MAX_LOOKS && (await this.loadNew(onProgress)); look++);
  }

  private async loadNew(onProgress: OnProgress | undefined): Promise<boolean> {
    const packs = await this.openNewPacks();
    const loose = this.place.kind === 'pack' ? [] : await listLoose(this.files, this.place.path, this.format);
    const unseen = loose.filter((oid) => !this.looseSeen.has(oid));
    this.total += unseen.length;
    for (const pack of packs) this.total += pack.index?.count ?? (await statedCount(pack));
    let told = 0;
    const progress = () => {
      this.done += 1;
      if (onProgress === undefined || this.done - told < 1000) return;
      told = this.done;
      onProgress(this.done, Math.max(this.total, this.done));
    };
    for (const pack of packs) await this.scanPack(pack, progress);
    await this.scanLoose(unseen, progress);
    onProgress?.(this.done, Math.max(this.total, this.done));
    return this.place.kind === 'folder' && (this.vanished || packs.length + unseen.length > 0);
  }

  private readonly damage = (where: string, oid: Oid | null, reason: string): void => {
    this.damaged.push({ where, oid, reason });
  };

  private async openNewPacks(): Promise<Pack[]> {
    const { place } = this;
    if (place.kind === 'pack') {
      if (this.packs.length > 0) return [];
      const pack = await this.openPack(place.path, place.start, 'the pack of the bundle', null);
      return pack === null ? [] : [pack];
    }
    const folder = `${place.path}/pack`;
    const names = await this.files.list(folder);
    const there = new Set(names);
    const opened: Pack[] = [];
    this.vanished = false;
    for (const name of names.filter((n) => n.endsWith('.idx') && !this.names.has(n)).sort()) {
      const packName = name.replace(/idx$/, 'pack');
      // Without its pack an index is no more than a trace of one that was replaced.
      if (!there.has(packName)) continue;
      const bytes = await this.files.read(`${folder}/${name}`);
      const index = bytes === null ? null : parseIndex(bytes, this.format);
      const usable = typeof index === 'string' ? null : index;
      const opening =
        index === null ? null : this.openPack(`${folder}/${packName}`, 0, `objects/pack/${packName}`, usable);
      const pack = await opening;
      if (pack === null) {
        this.vanished = true;
        continue;
      }
      this.names.add(name);
      if (typeof index === 'string') this.damage(`objects/pack/${name}`, null, index);
      opened.push(pack);
    }
    return opened;
  }

  /** A pack, kept open so that it can be read when its name is gone; null where it is gone already. */
  private async openPack(path: string, start: number, name: string, index: PackIndex | null): Promise<Pack | null> {
    try {
      const stat = await this.files.fs.promises.stat(path);
      const file = await this.files.open(path, 'r');
      const number = this.packs.length;
      const size = Math.max(0, Number(stat.size) - start);
      const blocks = new Blocks(file, start, size, this.blocks, number);
      const pack = new Pack(name, number, blocks, index, this.bases, this.format);
      this.packs.push(pack);
      return pack;
    } catch (error) {
      const errno = errnoOf(error) ?? errnoOf((error as { cause?: unknown }).cause);
      if (errno === 'ENOENT') return null;
      throw error;
    }
  }

  private readonly findBase = (pack: Pack, oid: Oid): number | null => {
    if (pack.index !== null) return offsetIn(pack.index, oid);
    const { table } = this.found;
    const number = table.find(oid);
    const isHere = number >= 0 && table.has(number) && table.sources[number] === pack.number;
    return isHere ? (table.offsets[number] ?? null) : null;
  };

  private async scanPack(pack: Pack, progress: () => void): Promise<void> {
    const { found, damage } = this;
    const listener = {
      found: (object: Unpacked, id: Buffer, source: number, offset: number) => {
        if (!found.add(object, id, source, offset)) this.twoContents(id.toString('hex'), pack.name);
      },
      damaged: damage,
      progress,
    };
    await new PackScan(pack, listener, (oid) => this.findBase(pack, oid), this.allowed.any).run();
  }

  private twoContents(oid: Oid, where: string): void {
    this.damage(where, oid, `two different contents have this id: ${this.format.title} was broken to make them`);
  }

  private async scanLoose(oids: readonly Oid[], progress: () => void): Promise<void> {
    if (this.place.kind === 'pack') return;
    const folder = this.place.path;
    for (let at = 0; at < oids.length; at += LOOSE_AT_ONCE) {
      const some = oids.slice(at, at + LOOSE_AT_ONCE);
      const contents = await Promise.all(some.map((oid) => this.files.read(`${folder}/${loosePath(oid)}`)));
      for (const [i, oid] of some.entries()) {
        const content = contents[i];
        this.looseSeen.add(oid);
        progress();
        // Packed meanwhile, and met there.
        if (content === null || content === undefined) continue;
        try {
          const object = readLoose(oid, content);
          if (!this.found.add(object, object.id, LOOSE, 0)) this.twoContents(oid, `objects/${loosePath(oid)}`);
        } catch (error) {
          this.damage(`objects/${loosePath(oid)}`, oid, (error as Error).message);
        }
      }
      await turn();
    }
  }

  /** What the scan came to, seen from `roots`: what each is for messages, by its id. */
  async settle(roots: ReadonlyMap<Oid, string>): Promise<ObjectScan> {
    const { found, allowed, damaged } = this;
    const absent = new Set(allowed.absent);
    const settled = await settle(
      found,
      new Map([...roots].map(([oid, what]) => [found.table.addOid(oid), what])),
      new Set(damaged.flatMap(({ oid }) => oid ?? [])),
      (number) => allowed.any || absent.has(found.table.oid(number)),
      (number) => this.readAgain(number).catch(() => null),
    );
    return {
      objects: found.count,
      bytes: found.bytes,
      damaged: [...damaged, ...settled.damaged],
      missing: settled.missing,
      unreachable: settled.unreachable,
    };
  }

  /** An object by its number, from memory or from where it was found, hashed again in the latter case. */
  private async readAgain(number: number): Promise<Unpacked> {
    const { table } = this.found;
    const type = table.type(number);
    const kept = this.found.content(number);
    if (kept !== null) return { type, data: kept };
    const oid = table.oid(number);
    const source = table.sources[number] ?? LOOSE;
    if (source === LOOSE) {
      const path = this.place.kind === 'folder' ? `${this.place.path}/${loosePath(oid)}` : this.place.path;
      const content = await this.files.read(path);
      if (content === null) throw new Error('its file is gone');
      return readLoose(oid, content);
    }
    const pack = this.packs[source];
    if (pack === undefined) throw new Error('its pack is closed');
    const object = await pack.read(table.offsets[number] ?? 0, (base) => this.findBase(pack, base));
    const name = OBJECT_TYPES[object.type];
    if (name === null || name === undefined || objectHash(name, object.data, this.format).toString('hex') !== oid)
      throw new Error('it has changed since it was scanned');
    return object;
  }

  /** An intact object, or null where the scan found none of this id, or where it is gone or changed since. */
  async read(oid: Oid): Promise<{ readonly type: ObjectType; readonly data: Buffer } | null> {
    const number = this.found.table.find(oid);
    if (number < 0 || !this.found.table.has(number)) return null;
    const object = await this.readAgain(number).catch(() => null);
    return object === null ? null : { type: OBJECT_TYPES[object.type] as ObjectType, data: object.data };
  }

  /** True where the scan met this id, on an intact object or a damaged one. */
  met(oid: Oid): boolean {
    const number = this.found.table.find(oid);
    return (number >= 0 && this.found.table.has(number)) || this.reasonFor(oid) !== null;
  }

  /** SHA-256 of a blob in hex, or null where the scan found no blob of this id. */
  blobSha256(oid: Oid): string | null {
    const number = this.found.table.find(oid);
    return number < 0 ? null : (this.found.sha256(number)?.toString('hex') ?? null);
  }

  /** What is wrong with this object: where an intact one was not found. */
  reasonFor(oid: Oid): string | null {
    return this.damaged.find((d) => d.oid === oid)?.reason ?? null;
  }

  async close(): Promise<void> {
    for (const pack of this.packs) await pack.blocks.close();
    this.packs.length = 0;
  }
}
