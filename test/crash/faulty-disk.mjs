/**
 * A disk that fails: node:fs with a count of the operations that change something, which can be cut off after any of
 * them, or made to refuse one.
 *
 * Beside the real files it keeps a model of what has been made to last: the bytes of a file once that file was synced,
 * the names in a folder once that folder was synced. `survivors` writes down what a power cut would leave.
 */

import nodeFs from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/**
 * @typedef {{ kind: 'file', mode: number, live: Buffer, durable: Buffer }} FileNode
 * @typedef {{ kind: 'folder', live: Map<string, FileNode | FolderNode>, durable: Map<string, FileNode | FolderNode> }} FolderNode
 * @typedef {(choices: readonly ('live' | 'durable')[]) => 'live' | 'durable'} Choose
 */

/** Thrown by every operation once the power is off. */
export class PowerCut extends Error {
  code = 'EIO';
}

const NAMES_OF_WRITES = ['w', 'w+', 'wx', 'wx+', 'a', 'a+', 'ax', 'ax+', 'r+'];

/**
 * @param {string} path
 * @returns {FileNode | FolderNode}
 */
function mounted(path) {
  const stat = nodeFs.statSync(path);
  if (!stat.isDirectory()) {
    const bytes = nodeFs.readFileSync(path);
    return { kind: 'file', mode: stat.mode, live: bytes, durable: bytes };
  }
  /** @type {Map<string, FileNode | FolderNode>} */
  const entries = new Map();
  for (const name of nodeFs.readdirSync(path)) entries.set(name, mounted(join(path, name)));
  return { kind: 'folder', live: entries, durable: new Map(entries) };
}

/** @returns {FolderNode} */
function newFolder() {
  return { kind: 'folder', live: new Map(), durable: new Map() };
}

export class FaultyDisk {
  /** Operations that changed something so far. */
  count = 0;
  /** The power goes off before the operation of this number. */
  cutAt = Number.POSITIVE_INFINITY;
  /** The operation of this number is refused with `errno`; the others work. */
  refuseAt = Number.POSITIVE_INFINITY;
  errno = 'EIO';
  off = false;
  /** What each operation was, for messages. @type {string[]} */
  log = [];

  /** @param {string} root the folder that the model covers */
  constructor(root) {
    this.root = root;
    const tree = mounted(root);
    if (tree.kind !== 'folder') throw new TypeError('the root must be a folder');
    this.tree = tree;
    this.fs = { promises: this.#promises() };
  }

  /** What is on a path now. @param {string} path @returns {FileNode | FolderNode | undefined} */
  #at(path) {
    const inside = relative(this.root, path);
    if (inside.startsWith('..')) return undefined;
    /** @type {FileNode | FolderNode | undefined} */
    let node = this.tree;
    for (const name of inside === '' ? [] : inside.split(sep)) {
      node = node?.kind === 'folder' ? node.live.get(name) : undefined;
    }
    return node;
  }

  /** The names of the folder above a path. @param {string} path */
  #above(path) {
    const folder = this.#at(dirname(path));
    return folder?.kind === 'folder' ? folder.live : null;
  }

  /** @param {string} path @returns {string} */
  #name(path) {
    return path.slice(path.lastIndexOf('/') + 1);
  }

  /**
   * Counts an operation and performs it, unless it is the one that fails. `partly` is what a failing one does first.
   *
   * @template T
   * @param {string} what
   * @param {() => Promise<T>} body
   * @param {() => Promise<unknown>} [partly]
   * @returns {Promise<T>}
   */
  async #change(what, body, partly) {
    this.#assertOn();
    const number = this.count++;
    this.log.push(what);
    if (number >= this.cutAt) {
      this.off = true;
      await partly?.();
      throw new PowerCut(`the power went off before: ${what}`);
    }
    if (number === this.refuseAt) {
      await partly?.();
      throw Object.assign(new Error(`${this.errno}: refused, ${what}`), { code: this.errno });
    }
    return body();
  }

  #assertOn() {
    if (this.off) throw new PowerCut('the power is off');
  }

  #promises() {
    const real = nodeFs.promises;
    /** @type {Record<string, (...args: any[]) => Promise<unknown>>} */
    const changing = {
      open: (path, flags, mode) => this.#open(path, flags, mode),
      writeFile: (path, data, options) =>
        this.#change(`writeFile ${path}`, async () => {
          await real.writeFile(path, data, options);
          const bytes = Buffer.from(data);
          const known = this.#at(path);
          if (known?.kind === 'file') known.live = bytes;
          else
            this.#above(path)?.set(this.#name(path), {
              kind: 'file',
              mode: 0o644,
              live: bytes,
              durable: Buffer.alloc(0),
            });
        }),
      mkdir: (path, options) => {
        // A folder that is there already changes nothing.
        if (options?.recursive === true && nodeFs.existsSync(path)) return real.mkdir(path, options);
        return this.#change(`mkdir ${path}`, async () => {
          const first = await real.mkdir(path, options);
          const missing = [];
          for (let at = path; at.startsWith(`${this.root}/`) && this.#at(at) === undefined; at = dirname(at))
            missing.push(at);
          for (const folder of missing.reverse()) this.#above(folder)?.set(this.#name(folder), newFolder());
          return first;
        });
      },
      rename: (from, to) =>
        this.#change(`rename ${from} ${to}`, async () => {
          await real.rename(from, to);
          const node = this.#at(from);
          this.#above(from)?.delete(this.#name(from));
          if (node !== undefined) this.#above(to)?.set(this.#name(to), node);
        }),
      link: async (from, to) => {
        this.#assertOn();
        // A link that is taken changes nothing.
        if (nodeFs.existsSync(to)) return real.link(from, to);
        return this.#change(`link ${to}`, async () => {
          await real.link(from, to);
          const node = this.#at(from);
          if (node !== undefined) this.#above(to)?.set(this.#name(to), node);
        });
      },
      unlink: (path) => this.#removal('unlink', path, () => real.unlink(path)),
      rmdir: (path) => this.#removal('rmdir', path, () => real.rmdir(path)),
      rm: () => Promise.reject(new Error('not modelled: rm')),
      symlink: () => Promise.reject(new Error('not modelled: symlink')),
      truncate: () => Promise.reject(new Error('not modelled: truncate')),
    };
    return new Proxy(real, {
      get: (target, name) => {
        const own = typeof name === 'string' ? changing[name] : undefined;
        if (own !== undefined) return own;
        const method = Reflect.get(target, name, target);
        if (typeof method !== 'function') return method;
        return async (/** @type {any[]} */ ...args) => {
          this.#assertOn();
          return method.apply(target, args);
        };
      },
    });
  }

  /** @param {string} verb @param {string} path @param {() => Promise<void>} body */
  async #removal(verb, path, body) {
    this.#assertOn();
    if (!nodeFs.existsSync(path)) return body();
    return this.#change(`${verb} ${path}`, async () => {
      await body();
      this.#above(path)?.delete(this.#name(path));
    });
  }

  /** @param {string} path @param {string} flags @param {number} [mode] */
  async #open(path, flags, mode) {
    this.#assertOn();
    const there = nodeFs.existsSync(path);
    const creates = !there && flags !== 'r' && flags !== 'r+' && NAMES_OF_WRITES.includes(flags);
    const handle = creates
      ? await this.#change(`create ${path}`, async () => {
          const opened = await nodeFs.promises.open(path, flags, mode);
          const node = {
            kind: /** @type {const} */ ('file'),
            mode: 0o644,
            live: Buffer.alloc(0),
            durable: Buffer.alloc(0),
          };
          this.#above(path)?.set(this.#name(path), node);
          return opened;
        })
      : await nodeFs.promises.open(path, flags, mode);
    return this.#handle(handle, path, this.#at(path));
  }

  /**
   * @param {import('node:fs/promises').FileHandle} handle
   * @param {string} path
   * @param {FileNode | FolderNode | undefined} node
   */
  #handle(handle, path, node) {
    const sync = (/** @type {'sync' | 'datasync'} */ how) => () =>
      this.#change(`${how} ${path}`, async () => {
        // The model is the disk: a real sync would only cost time.
        if (node?.kind === 'file') node.durable = node.live;
        if (node?.kind === 'folder') node.durable = new Map(node.live);
      });
    /** @param {Uint8Array} data @param {number} offset @param {number} length @param {number} position */
    const put = async (data, offset, length, position) => {
      const written = await handle.write(data, offset, length, position);
      if (node?.kind === 'file') {
        const live = Buffer.alloc(Math.max(node.live.length, position + length));
        node.live.copy(live);
        live.set(data.subarray(offset, offset + length), position);
        node.live = live;
      }
      return written;
    };
    /** @type {Record<string, unknown>} */
    const own = {
      sync: sync('sync'),
      datasync: sync('datasync'),
      write: (
        /** @type {Uint8Array} */ data,
        /** @type {number} */ offset,
        /** @type {number} */ length,
        /** @type {number} */ position,
      ) =>
        this.#change(
          `write ${path}`,
          () => put(data, offset, length, position),
          () => put(data, offset, Math.floor(length / 2), position),
        ),
    };
    return new Proxy(handle, {
      get: (target, name) => {
        if (typeof name === 'string' && own[name] !== undefined) return own[name];
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** Power back on, as another process finds it: everything written is there. */
  restart() {
    this.off = false;
    this.cutAt = Number.POSITIVE_INFINITY;
  }

  /**
   * Writes into the folder `to` what a power cut leaves: by default nothing but what was synced, or, for each file and
   * each name that was not, what `choose` says.
   *
   * @param {string} to
   * @param {Choose} [choose]
   */
  survivors(to, choose = () => 'durable') {
    /** @type {Map<FileNode, string>} */
    const placed = new Map();
    const place = (/** @type {FileNode | FolderNode} */ node, /** @type {string} */ path) => {
      if (node.kind === 'file') {
        const twin = placed.get(node);
        if (twin !== undefined) return nodeFs.linkSync(twin, path);
        placed.set(node, path);
        const bytes = node.live.equals(node.durable) ? node.live : node[choose(['live', 'durable'])];
        return nodeFs.writeFileSync(path, bytes, { mode: node.mode & 0o777 });
      }
      nodeFs.mkdirSync(path, { recursive: true });
      for (const name of new Set([...node.live.keys(), ...node.durable.keys()])) {
        const same = node.live.get(name) === node.durable.get(name);
        const entry = same ? node.live.get(name) : node[choose(['live', 'durable'])].get(name);
        if (entry !== undefined) place(entry, join(path, name));
      }
    };
    place(this.tree, to);
  }
}
