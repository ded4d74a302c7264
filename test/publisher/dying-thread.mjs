/** A disk thread that ends before one of the operations that change something, as if it had been killed there. */

import nodeFs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { serveDisk } = await import(new URL('../../build/git/disk-thread-server.js', import.meta.url).href);

const CHANGES = [
  'writeSync',
  'fsyncSync',
  'fdatasyncSync',
  'fdatasync',
  'mkdirSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'rmdirSync',
];

let count = 0;
const dying = new Proxy(nodeFs, {
  get: (target, name) => {
    const real = Reflect.get(target, name, target);
    if (typeof name !== 'string' || !CHANGES.includes(name)) return real;
    return (/** @type {unknown[]} */ ...args) => {
      if (count++ === workerData.dieBefore) {
        if (workerData.died !== undefined) Atomics.store(workerData.died, 0, 1);
        process.exit(7);
      }
      return real.apply(target, args);
    };
  },
});

serveDisk(parentPort, dying, workerData);
