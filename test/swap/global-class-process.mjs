/**
 * A service whose module answers with objects of several kinds: global-class-process.mjs FOLDER. Says in JSON what it answered, and whether
 * anybody has loaded what `fetch` is made of.
 */

import { HotSwapper, importLoader, makeVersionManager } from './live.mjs';

const [cacheDir = ''] = process.argv.slice(2);
const moduleId = 'speaker';
const versionManager = await makeVersionManager();
const swapper = new HotSwapper({
  loader: importLoader({ cacheDir }),
  validator: { validate: () => true },
  healthWindowMs: 0,
});
const source = `
  class Answer { status = 503; }
  export const plain = () => ({ n: 1 });
  export const fails = () => { throw new Error('an error'); };
  export const made = () => new Answer();
  export const later = async () => new Map([['a', 'class']]);
`;
await swapper.swap({ moduleId, files: { 'index.mjs': source } }, { versionManager });
/** @type {any} */
const handle = swapper.handle(moduleId);
const call = (/** @type {string} */ name) => handle.call((/** @type {any} */ m) => m[name]());
const answers = [call('plain'), call('made'), [...(await call('later'))]];
try {
  call('fails');
} catch (error) {
  answers.push(/** @type {Error} */ (error).message);
}
const loaded = Reflect.get(process, 'moduleLoadList').includes('NativeModule internal/deps/undici/undici');
process.stdout.write(JSON.stringify({ answers, loaded }));
await swapper.close();
await versionManager.close();
