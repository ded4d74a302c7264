// Checks a pack as one that comes in: `node bench/receive-pack.mjs FILE`; prints the most memory that the process held, in megabytes.
import nodeFs from 'node:fs';
import { PackFile } from '../build/git/remote/pack-file.js';
import { receivePack } from '../build/git/remote/received-pack.js';
import { SyncFiles } from '../build/git/sync-files.js';
import { SHA1 } from '../build/model/object-id.js';
import { peakMegabytes } from './memory-held.mjs';

// A chain of sixty objects of 200 MiB is refused for its sum otherwise.
const limits = { inflatedBytes: 2 ** 40 };
await receivePack(new PackFile(new SyncFiles(nodeFs), process.argv[2] ?? ''), SHA1, { limits });
console.log(peakMegabytes());
