/**
 * An ordinary user whose module writes beside itself: read-only-process.mjs FOLDER. Says in JSON how that went, and what became of an
 * entry that its owner wrote to.
 */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentDigest, importLoader, normalizeFiles } from './live.mjs';

const [folder = ''] = process.argv.slice(2);
// Root writes wherever it likes.
if (process.getuid?.() === 0) {
  process.setgid?.(65534);
  process.setuid?.(65534);
}

const files = normalizeFiles({
  'index.mjs': `import { writeFileSync } from 'node:fs';
export const place = import.meta.dirname;
export const save = (name) => writeFileSync(place + '/' + name, 'saved');
`,
});
/** @type {string[]} */
const warnings = [];
const request = {
  moduleId: 'writer',
  version: 1,
  checksum: contentDigest(files),
  files,
  metadata: {},
  signal: new AbortController().signal,
  warn: (/** @type {string} */ code) => warnings.push(code),
};
const load = async () => /** @type {any} */ ((await importLoader({ cacheDir: folder }).load(request)).exports);

/** @param {() => void} act */
function codeOf(act) {
  try {
    act();
    return null;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code;
  }
}

const { place, save } = await load();
const refused = [codeOf(() => save('data.json')), codeOf(() => save('index.mjs')), codeOf(() => save('../data.json'))];
chmodSync(place, 0o755);
writeFileSync(join(place, 'data.json'), 'saved');
await load();
const [entry = ''] = place.split('/').slice(-2);
const aside = join(folder, '.set-aside', `writer-${entry}-1`, 'files', 'data.json');
const kept = existsSync(aside) ? readFileSync(aside, 'utf8') : null;
process.stdout.write(JSON.stringify({ refused, warnings, replaced: !existsSync(join(place, 'data.json')), kept }));
