/** What the tests of workers have in common. */

import { onTestFinished } from 'vitest';
import type { ModuleFiles } from '../../src/index.js';
import type { LoadRequest } from '../../src/swap/swap-ports.js';
import type { WorkerLoaderOptions } from '../../src/swap/worker/worker-loader.js';
import { contentDigest, normalizeFiles, workerLoader } from './live.mjs';
import { folder, MODULE } from './scene.js';

/** What a swapper would ask a loader for. */
export function loadRequest(files: ModuleFiles, more: Partial<LoadRequest> = {}): LoadRequest {
  const normalized = normalizeFiles(files);
  const { signal } = new AbortController();
  const checksum = contentDigest(normalized);
  return { moduleId: MODULE, version: 1, checksum, files: normalized, metadata: {}, signal, ...more };
}

/** The exports of a module in a worker that is gone after the test. */
export async function inWorker<T>(source: string, options: Partial<WorkerLoaderOptions> = {}): Promise<T> {
  const loaded = await workerLoader({ cacheDir: folder(), ...options }).load(loadRequest({ 'index.mjs': source }));
  onTestFinished(() => loaded.dispose?.());
  return loaded.exports as T;
}
