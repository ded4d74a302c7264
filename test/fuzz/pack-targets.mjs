/** Parsers of packs and of what carries them: pack, index, loose object, bundle. */

import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { integer, mutated, pick } from './mutate.mjs';
import { objectId } from './oracles.mjs';

/** @typedef {import('./engine.mjs').Target} Target */

const NUMBERS = { commit: 1, tree: 2, blob: 3, tag: 4 };
/** @typedef {import('../../src/model/object-id.js').ObjectFormat} ObjectFormat */

/** @param {ObjectFormat} format @param {Uint8Array} bytes */
const hash = ({ name }, bytes) => createHash(name).update(bytes).digest();

/** The same bytes with the hash at their end put right. @param {ObjectFormat} format @param {Buffer} bytes */
function resealed(format, bytes) {
  const content = bytes.subarray(0, Math.max(0, bytes.length - format.bytes));
  return Buffer.concat([content, hash(format, content)]);
}

/** 7 bits a byte, least significant first. @param {number} value */
function size(value) {
  const bytes = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push((left % 128) | (left >= 128 ? 128 : 0));
    if (left < 128) return Buffer.from(bytes);
  }
}

/** An entry of a pack. @param {number} type @param {number} stated @param {Uint8Array} base @param {Uint8Array} data */
function entry(type, stated, base, data) {
  const rest = Math.floor(stated / 16);
  const head = Buffer.of((type << 4) | (stated % 16) | (rest > 0 ? 128 : 0));
  return Buffer.concat([head, ...(rest > 0 ? [size(rest)] : []), base, deflateSync(data, { level: 1 })]);
}

/** How far back a base is (gitformat-pack(5), "offset encoding"). @param {number} back */
function distance(back) {
  const bytes = [back % 128];
  for (let left = Math.floor(back / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift(128 | (--left % 128));
  return Buffer.from(bytes);
}

/** @param {ObjectFormat} format @param {readonly Buffer[]} entries @param {number} [count] */
function packOf(format, entries, count = entries.length) {
  const head = Buffer.alloc(12);
  head.write('PACK');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(count, 8);
  return resealed(format, Buffer.concat([head, ...entries, Buffer.alloc(format.bytes)]));
}

/** A copy of so many bytes of the base. @param {number} offset @param {number} length */
function copied(offset, length) {
  return Buffer.of(0x80 | 0x03 | 0x30, offset & 0xff, (offset >> 8) & 0xff, length & 0xff, (length >> 8) & 0xff);
}

/** One instruction, and how much it makes: said rightly, wrongly, or as if what is beyond the end were left out. @param {() => number} random @param {Buffer} base @returns {[Buffer, number]} */
function instruction(random, base) {
  if (random() < 0.5) {
    const text = Buffer.alloc(1 + integer(random, 20), 97);
    const stated = random() < 0.7 ? text.length : 1 + integer(random, 127);
    return [Buffer.concat([Buffer.of(stated), text]), random() < 0.5 ? stated : text.length];
  }
  const offset = integer(random, base.length + 2);
  const there = Math.max(0, base.length - offset);
  const length = random() < 0.8 ? integer(random, Math.max(1, there)) : integer(random, 0xffff);
  const made = length === 0 ? 0x10000 : length;
  return [copied(offset, length), random() < 0.5 ? made : Math.min(made, there)];
}

/** So many copies that no object is of that size; the delta itself is short. @param {Buffer} base */
function bomb(base) {
  const length = Math.min(base.length, 0xffff);
  const count = Math.ceil((80 * 1024 * 1024) / Math.max(1000, length));
  return Buffer.concat([size(base.length), size(100), Buffer.alloc(count * 5, copied(0, length))]);
}

/** The instructions of a delta: copies and insertions, some of them out of bounds. @param {() => number} random @param {Buffer} base */
function delta(random, base) {
  if (random() < 0.02) return bomb(base);
  const parts = Array.from({ length: 1 + integer(random, 4) }, () => instruction(random, base));
  const made = parts.reduce((sum, [, length]) => sum + length, 0);
  const stated = random() < 0.85 ? made : pick(random, [0, made + 1, 0xffffffff, 2 ** 40]);
  const baseSize = random() < 0.95 ? base.length : base.length + 1;
  const whole = Buffer.concat([size(baseSize), size(stated), ...parts.map(([bytes]) => bytes)]);
  return random() < 0.8 ? whole : mutated(random, [whole]);
}

/** A size that is right, mostly. @param {() => number} random @param {number} length */
function statedSize(random, length) {
  return random() < 0.95 ? length : pick(random, [0, length + 1, 2 ** 32, 2 ** 53]);
}

/** @typedef {{ offset: number, type: keyof typeof NUMBERS, data: Buffer }} Whole an object that stands in a pack by itself */

/** @param {ObjectFormat} format @param {() => number} random @param {number} offset where it will stand @param {Whole} base */
function deltaEntry(format, random, offset, base) {
  const data = delta(random, base.data);
  const stated = statedSize(random, data.length);
  if (random() < 0.4) return entry(7, stated, Buffer.from(objectId(format, base.type, base.data), 'hex'), data);
  const back = random() < 0.9 ? offset - base.offset : integer(random, offset * 2);
  return entry(6, stated, distance(back), data);
}

/** A pack put together of good and changed objects, whole and as deltas. @param {ObjectFormat} format @param {() => number} random @param {import('./samples.mjs').Samples} samples */
function composedPack(format, random, samples) {
  const lists = { commit: samples.commits, tree: samples.trees, blob: samples.blobs, tag: samples.tags };
  const entries = [];
  let offset = 12;
  /** @type {Whole[]} */
  const whole = [];
  for (let left = 1 + integer(random, 5); left > 0; left--) {
    const type = pick(random, /** @type {const} */ (['commit', 'tree', 'blob', 'tag']));
    const base = whole.length > 0 && random() < 0.5 ? pick(random, whole) : undefined;
    let bytes;
    if (base !== undefined) bytes = deltaEntry(format, random, offset, base);
    else {
      const data = random() < 0.7 ? pick(random, lists[type]) : mutated(random, lists[type]).subarray(0, 20_000);
      const number = random() < 0.97 ? NUMBERS[type] : integer(random, 8);
      bytes = entry(number, statedSize(random, data.length), Buffer.alloc(0), data);
      whole.push({ offset, type, data });
    }
    entries.push(bytes);
    offset += bytes.length;
  }
  return packOf(format, entries, random() < 0.95 ? entries.length : pick(random, [0, entries.length + 1, 0xffffffff]));
}

/** Bytes in place of an open file. @param {Buffer} bytes */
function fileOf(bytes) {
  return /** @type {import('../../src/git/file-system.js').FileHandle} */ (
    /** @type {unknown} */ ({
      fd: -1,
      read: async (
        /** @type {Buffer} */ buffer,
        /** @type {number} */ at,
        /** @type {number} */ length,
        /** @type {number} */ position,
      ) => ({
        bytesRead: bytes.copy(buffer, at, position, position + length),
      }),
      close: async () => undefined,
    })
  );
}

/** What a scan finds in a pack without an index. @param {import('./parts.mjs').Parts} parts @param {Buffer} bytes */
async function scanned({ packScan, pack, blocks, memory, format }, bytes) {
  const cache = new memory.WeighedCache(1 << 25, (/** @type {{ data: Buffer }} */ { data }) => data.length + 200);
  const content = new blocks.Blocks(fileOf(bytes), 0, bytes.length, new blocks.BlockCache(), 0);
  const one = new pack.Pack('a pack', 0, content, null, /** @type {any} */ (cache), format);
  /** @type {Map<string, { type: number, data: Buffer, offset: number }>} */
  const found = new Map();
  /** @type {string[]} */
  const damaged = [];
  let repeated = false;
  const listener = {
    found: (
      /** @type {any} */ object,
      /** @type {Buffer} */ id,
      /** @type {number} */ _pack,
      /** @type {number} */ offset,
    ) => {
      repeated ||= found.has(id.toString('hex'));
      found.set(id.toString('hex'), { type: object.type, data: object.data, offset });
    },
    damaged: (/** @type {string} */ _where, /** @type {unknown} */ _oid, /** @type {string} */ reason) =>
      void damaged.push(reason),
    progress: () => undefined,
  };
  const findBase = (/** @type {string} */ oid) => found.get(oid)?.offset ?? null;
  await new packScan.PackScan(one, listener, findBase, false).run();
  return { found, damaged, repeated };
}

const TYPE_NAMES = ['', 'commit', 'tree', 'blob', 'tag'];

/** @param {import('./parts.mjs').Parts} parts @param {import('./samples.mjs').Samples} samples @returns {Target[]} */
export function packTargets(parts, samples) {
  const { receivedPack, packIndex, packReader, syncFiles, loose, bundle, format } = parts;
  // A reader looks at every one of them for each input: long ones only cost time.
  const packs = samples.packs.filter((bytes) => bytes.length < 40_000);
  const changed = (/** @type {() => number} */ random, /** @type {readonly Buffer[]} */ good) => {
    const kind = random();
    if (kind < 0.6) return composedPack(format, random, samples);
    const bytes = mutated(random, good);
    return kind < 0.95 && bytes.length > 12 + format.bytes ? resealed(format, bytes) : bytes;
  };
  return [
    {
      name: 'pack, scanned',
      share: 24,
      samples: packs,
      mutate: changed,
      oracle: 'pack',
      run: async (bytes) => {
        const { found, damaged, repeated } = await scanned(parts, bytes);
        for (const [oid, { type, data }] of found)
          if (objectId(format, TYPE_NAMES[type] ?? '', data) !== oid)
            return { wrong: `${oid} is not what its content hashes to` };
        if (damaged.length > 0) return null;
        // git indexes a pack with an object in it twice, or does not, by how its deltas are told; reading it does no harm.
        return repeated ? {} : { detail: '' };
      },
    },
    {
      name: 'pack, received',
      share: 24,
      samples: packs,
      mutate: changed,
      errors: ['DamagedPack'],
      oracle: 'pack',
      run: async (bytes) => {
        const at = (/** @type {number} */ position, /** @type {number} */ length) =>
          bytes.subarray(position, position + length);
        const { index, oids } = await receivedPack.receivePack({ size: bytes.length, at }, format);
        const read = packIndex.readPackIndex(index, format);
        if (read.count !== oids.size) return { wrong: `its index has ${read.count} objects, it has ${oids.size}` };
        const { found, damaged } = await scanned(parts, bytes);
        if (damaged.length > 0) return { wrong: `taken in, and damaged when scanned: ${damaged[0]}` };
        return found.size === oids.size ? { detail: '' } : { wrong: 'two readers find different objects' };
      },
    },
    {
      name: 'pack index',
      share: 30,
      samples: samples.indexes,
      errors: ['Error'],
      mutate: (random, good) => (random() < 0.8 ? resealed(format, mutated(random, good)) : mutated(random, good)),
      run: (bytes) => {
        const index = packIndex.readPackIndex(bytes, format);
        for (let row = 0; row < index.count; row++)
          if (packIndex.offsetIn(index, packIndex.oidAt(index, row)) === null)
            return { wrong: 'an id of it is not found in it' };
        return {};
      },
    },
    {
      name: 'pack reader',
      share: 6,
      samples: samples.indexes,
      mutate: (random) => {
        const at = integer(random, samples.indexes.length);
        const [index = Buffer.alloc(0), content = Buffer.alloc(0)] = [samples.indexes[at], samples.packs[at]];
        const [broken, whole] =
          random() < 0.5 ? [mutated(random, [index]), content] : [index, mutated(random, [content])];
        const head = Buffer.alloc(4);
        head.writeUInt32BE(broken.length);
        return Buffer.concat([head, broken, whole]);
      },
      run: async (bytes) => {
        const end = 4 + bytes.readUInt32BE(0);
        const contents = new Map([
          ['/p/pack-1.idx', bytes.subarray(4, end)],
          ['/p/pack-1.pack', bytes.subarray(end)],
        ]);
        const paths = [...contents.keys()];
        const at = (/** @type {number} */ fd) => contents.get(paths[fd] ?? '') ?? Buffer.alloc(0);
        // Every other time as large files, of which only parts are read.
        const padding = (bytes.length % 2) * (1 << 23);
        const fs = {
          readdirSync: () => ['pack-1.idx', 'pack-1.pack'],
          openSync: (/** @type {string} */ path) => paths.indexOf(path),
          fstatSync: (/** @type {number} */ fd) => ({ size: at(fd).length + padding }),
          readSync: (
            /** @type {number} */ fd,
            /** @type {Buffer} */ to,
            /** @type {number} */ offset,
            /** @type {number} */ length,
            /** @type {number} */ position,
          ) => at(fd).copy(to, offset, position, position + length),
          closeSync: () => undefined,
        };
        const reader = new packReader.PackReader(new syncFiles.SyncFiles(/** @type {any} */ (fs)), '/p', format);
        for (const data of samples.commits.slice(0, 8).concat(samples.trees.slice(0, 8))) {
          const type = samples.commits.includes(data) ? 'commit' : 'tree';
          const read = reader.read(objectId(format, type, data));
          if (read !== null && !(read.data instanceof Uint8Array)) return { wrong: 'an object without content' };
        }
        return {};
      },
    },
    {
      name: 'loose object',
      share: 40,
      samples: samples.commits
        .concat(samples.trees)
        .map((data) => Buffer.concat([Buffer.from(`commit ${data.length}\0`), data])),
      errors: ['Error', 'CutShort'],
      mutate: (random, good) => {
        const content = deflateSync(
          mutated(random, good, ['commit ', 'tree ', 'blob ', 'tag ', '\0', '00', '9'.repeat(20)]),
          { level: 1 },
        );
        return random() < 0.3 ? mutated(random, [content]) : content;
      },
      run: (bytes) => {
        let whole;
        try {
          whole = inflateSync(bytes, { maxOutputLength: 1 << 24 });
        } catch {
          whole = Buffer.alloc(0);
        }
        const { type, data } = loose.readLoose(hash(format, whole).toString('hex'), bytes);
        const read = Buffer.concat([Buffer.from(`${TYPE_NAMES[type]} ${data.length}\0`), data]);
        return read.equals(whole) ? {} : { wrong: 'its content is not what its file inflates to' };
      },
    },
    {
      name: 'bundle',
      share: 25,
      samples: samples.bundles.map((bytes) => bytes.subarray(0, bytes.indexOf('\n\nPACK') + 2 + 64)),
      errors: ['Error', 'UnknownBundle'],
      words: [
        '# v2 git bundle\n',
        '# v3 git bundle\n',
        '@filter=blob:none\n',
        '@object-format=sha256\n',
        '-',
        ' refs/heads/',
        '\n\n',
      ],
      oracle: 'bundle',
      run: async (bytes) => {
        const { refs, packAt } = await bundle.readBundleHeader(fileOf(bytes));
        if (packAt > bytes.length) return { wrong: 'its pack begins behind its end' };
        const lines = [...refs]
          .filter(([, oid]) => oid !== '')
          .map(([ref, oid]) => `${oid} ${ref}`)
          .sort();
        return [...refs.values()].includes('') ? {} : { detail: lines.join('\n') };
      },
    },
  ];
}
