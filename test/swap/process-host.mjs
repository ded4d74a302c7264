/** A service with a version in a process, whose process id it prints: to be killed. */

import { contentDigest, normalizeFiles, processLoader } from './live.mjs';

const files = normalizeFiles({ 'index.mjs': 'export const pid = () => process.pid;' });
const loader = processLoader({
  cacheDir: process.argv[2] ?? '',
  accept: ['network', 'process', 'code', 'environment'],
});
const { signal } = new AbortController();
const request = { moduleId: 'speaker', version: 1, checksum: contentDigest(files), files, metadata: {}, signal };
const { exports } = await loader.load(request);
process.stdout.write(`${await /** @type {{ pid(): Promise<number> }} */ (exports).pid()}\n`);
setInterval(() => undefined, 1e6);
