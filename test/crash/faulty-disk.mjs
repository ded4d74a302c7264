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

/** @returns {FileNode} */
function newFile() {
  return { kind: 'file', mode: 0o644, live: Buffer.alloc(0), durable: Buffer.alloc(0) };
}

export class FaultyDisk {
  /** Operations so far: those that change something, and with `countsAll` every call. */
  count = 0;
  /** True where reading, asking and closing count too, so that they can be refused. */
  countsAll = false;
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
    this.fs = /** @type {import('../../src/api/types.js').FileSystem} */ (this.#fileSystem());
  }

  /** What each descriptor is open on. @type {Map<number, { path: string, node: FileNode | FolderNode | undefined }>} */
  #opened = new Map();

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
   * @param {() => T} body
   * @param {() => unknown} [partly]
   * @returns {T}
   */
  #change(what, body, partly) {
    this.#assertOn();
    const number = this.count++;
    this.log.push(what);
    if (number >= this.cutAt) {
      this.off = true;
      partly?.();
      throw new PowerCut(`the power went off before: ${what}`);
    }
    if (number === this.refuseAt) {
      partly?.();
      throw Object.assign(new Error(`${this.errno}: refused, ${what}`), { code: this.errno });
    }
    return body();
  }

  /** Performs what changes nothing; only `countsAll` makes it count. @template T @param {string} what @param {() => T} body */
  #plainly(what, body) {
    if (this.countsAll) return this.#change(what, body);
    this.#assertOn();
    return body();
  }

  /** A path, or the path that a descriptor is open on. @param {unknown} place */
  #nameOf(place) {
    return typeof place === 'number' ? (this.#opened.get(place)?.path ?? place) : place;
  }

  /** The paths that are open. */
  get open() {
    return [...this.#opened.values()].map(({ path }) => path);
  }

  #assertOn() {
    if (this.off) throw new PowerCut('the power is off');
  }

  /** node:fs: what changes something is modelled, what is not modelled and would change something is refused. */
  #fileSystem() {
    const changing = this.#changing();
    /** @param {object} target @param {(own: (...args: any[]) => unknown) => (...args: any[]) => unknown} wrap @param {string} suffix */
    const over = (target, wrap, suffix) =>
      new Proxy(target, {
        get: (_, name) => {
          const plain = String(name).replace(new RegExp(`${suffix}$`), '');
          const own = String(name).endsWith(suffix) ? changing[plain] : undefined;
          if (own !== undefined) return wrap(own);
          if (/^(rm|symlink|truncate|cp|copyFile|chmod|appendFile)(Sync)?$/.test(String(name)))
            return wrap(() => {
              throw new Error(`not modelled: ${String(name)}`);
            });
          const method = Reflect.get(target, name, target);
          if (typeof method !== 'function') return method;
          return (/** @type {any[]} */ ...args) =>
            wrap(() => this.#plainly(`${String(name)} ${this.#nameOf(args[0])}`, () => method.apply(target, args)))();
        },
      });
    const asynchronous =
      (/** @type {(...args: any[]) => unknown} */ own) =>
      async (/** @type {any[]} */ ...args) =>
        own(...args);
    const promises = new Proxy(over(nodeFs.promises, asynchronous, ''), {
      get: (target, name) => (name === 'open' ? this.#handles(changing) : Reflect.get(target, name)),
    });
    return new Proxy(
      over(nodeFs, (own) => own, 'Sync'),
      {
        get: (target, name) => {
          if (name === 'promises') return promises;
          return name === 'fdatasync' ? this.#laterSync : Reflect.get(target, name);
        },
      },
    );
  }

  /** @returns {Record<string, (...args: any[]) => any>} */
  #changing() {
    const real = nodeFs;
    return {
      open: (path, flags, mode) => this.#open(path, flags, mode),
      write: (fd, data, offset, length, position) => this.#write(fd, data, offset, length, position),
      fsync: (fd) => this.#sync('fsync', fd),
      fdatasync: (fd) => this.#sync('fdatasync', fd),
      close: (fd) => {
        const close = () => real.closeSync(fd);
        const what = `close ${this.#nameOf(fd)}`;
        this.#opened.delete(fd);
        // close(2) lets go of the descriptor also where it reports an error of an earlier write.
        return this.countsAll ? this.#change(what, close, close) : close();
      },
      writeFile: (path, data, options) =>
        this.#change(`writeFile ${path}`, () => {
          real.writeFileSync(path, data, options);
          const bytes = Buffer.from(data);
          const known = this.#at(path);
          if (known?.kind === 'file') known.live = bytes;
          else this.#above(path)?.set(this.#name(path), { ...newFile(), live: bytes });
        }),
      mkdir: (path, options) => {
        // A folder that is there already changes nothing.
        if (options?.recursive === true && real.existsSync(path)) return real.mkdirSync(path, options);
        return this.#change(`mkdir ${path}`, () => {
          const first = real.mkdirSync(path, options);
          const missing = [];
          for (let at = path; at.startsWith(`${this.root}/`) && this.#at(at) === undefined; at = dirname(at))
            missing.push(at);
          for (const folder of missing.reverse()) this.#above(folder)?.set(this.#name(folder), newFolder());
          return first;
        });
      },
      rename: (from, to) =>
        this.#change(`rename ${from} ${to}`, () => {
          real.renameSync(from, to);
          const node = this.#at(from);
          this.#above(from)?.delete(this.#name(from));
          if (node !== undefined) this.#above(to)?.set(this.#name(to), node);
        }),
      link: (from, to) => {
        this.#assertOn();
        // A link that is taken changes nothing.
        if (real.existsSync(to)) return real.linkSync(from, to);
        return this.#change(`link ${to}`, () => {
          real.linkSync(from, to);
          const node = this.#at(from);
          if (node !== undefined) this.#above(to)?.set(this.#name(to), node);
        });
      },
      unlink: (path) => this.#removal('unlink', path, () => real.unlinkSync(path)),
      rmdir: (path) => this.#removal('rmdir', path, () => real.rmdirSync(path)),
    };
  }

  /** @param {string} verb @param {string} path @param {() => void} body */
  #removal(verb, path, body) {
    this.#assertOn();
    if (!nodeFs.existsSync(path)) return body();
    return this.#change(`${verb} ${path}`, () => {
      body();
      this.#above(path)?.delete(this.#name(path));
    });
  }

  /** @param {string} path @param {string} flags @param {number} [mode] */
  #open(path, flags, mode) {
    this.#assertOn();
    const creates = !nodeFs.existsSync(path) && flags !== 'r' && flags !== 'r+' && NAMES_OF_WRITES.includes(flags);
    const fd = creates
      ? this.#change(`create ${path}`, () => {
          const opened = nodeFs.openSync(path, flags, mode);
          this.#above(path)?.set(this.#name(path), newFile());
          return opened;
        })
      : this.#plainly(`open ${path}`, () => nodeFs.openSync(path, flags, mode));
    this.#opened.set(fd, { path, node: this.#at(path) });
    return fd;
  }

  /** @param {string} how @param {number} fd */
  #sync(how, fd) {
    const { path, node } = this.#opened.get(fd) ?? { path: 'a descriptor that is closed', node: undefined };
    this.#change(`${how} ${path}`, () => {
      // The model is the disk: a real sync would only cost time.
      if (node?.kind === 'file') node.durable = node.live;
      if (node?.kind === 'folder') node.durable = new Map(node.live);
    });
  }

  /** One that is told by a callback: it has happened, or not, as soon as it is asked for. @param {number} fd @param {(error: unknown) => void} callback */
  #laterSync = (fd, callback) => {
    try {
      this.#sync('fdatasync', fd);
      setImmediate(callback, null);
    } catch (error) {
      setImmediate(callback, error);
    }
  };

  /** @param {number} fd @param {Uint8Array} data @param {number} offset @param {number} length @param {number} position */
  #write(fd, data, offset, length, position) {
    const { path, node } = this.#opened.get(fd) ?? { path: 'a descriptor that is closed', node: undefined };
    const put = (/** @type {number} */ size) => {
      const written = nodeFs.writeSync(fd, data, offset, size, position);
      if (node?.kind === 'file') {
        const live = Buffer.alloc(Math.max(node.live.length, position + size));
        node.live.copy(live);
        live.set(data.subarray(offset, offset + size), position);
        node.live = live;
      }
      return written;
    };
    return this.#change(
      `write ${path}`,
      () => put(length),
      () => put(Math.floor(length / 2)),
    );
  }

  /** `promises.open`, to read: handles over the same descriptors. @param {Record<string, (...args: any[]) => any>} changing */
  #handles(changing) {
    return async (/** @type {string} */ path, /** @type {string} */ flags, /** @type {number} */ mode) => {
      const fd = this.#open(path, flags, mode);
      return {
        fd,
        read: async (/** @type {[Uint8Array, number, number, number]} */ ...args) => {
          return { bytesRead: this.#plainly(`read ${path}`, () => nodeFs.readSync(fd, ...args)) };
        },
        close: async () => changing['close']?.(fd),
      };
    };
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
