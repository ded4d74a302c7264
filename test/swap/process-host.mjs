/** A service with a version in a process, whose process id it prints: to be killed, or with `dispose` to let go of it and end. */

import { contentDigest, normalizeFiles, processLoader } from './live.mjs';

const files = normalizeFiles({ 'index.mjs': 'export const pid = () => process.pid;' });
const loader = processLoader({
  cacheDir: process.argv[2] ?? '',
  accept: ['network', 'process', 'code', 'environment'],
});
const { signal } = new AbortController();
const request = { moduleId: 'speaker', version: 1, checksum: contentDigest(files), files, metadata: {}, signal };
const { exports, dispose } = await loader.load(request);
process.stdout.write(`${await /** @type {{ pid(): Promise<number> }} */ (exports).pid()}\n`);
if (process.argv[3] === 'dispose') {
  await dispose?.();
  process.stdout.write('let go of\n');
} else setInterval(() => undefined, 1e6);
