/** The program of a disk thread. */

import nodeFs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { DiskThreadData } from './disk-protocol.js';
import { serveDisk } from './disk-thread-server.js';

if (parentPort === null) throw new Error('this runs in a thread of a process that writes to a ledger');
serveDisk(parentPort, nodeFs, workerData as DiskThreadData);
