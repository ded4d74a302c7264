// The service's own check of the module it runs: a session cache whose entries must be gone after their maxAge.
// It calls whatever release of lru-cache stands in the folder it is given.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const MAX_AGE_MS = 40;

/**
 * @param {string} folder a checkout of a version of the module
 * @returns {Promise<string | null>} what is wrong, or null
 */
export async function whatIsWrong(folder) {
  const exported = createRequire(import.meta.url)(folder);
  const Cache = exported.LRUCache ?? exported;
  const sessions = new Cache({ max: 100, maxAge: MAX_AGE_MS });
  sessions.set('alice', 'logged in');
  if (sessions.get('alice') !== 'logged in') return 'a session is lost at once';
  await sleep(2 * MAX_AGE_MS);
  return sessions.get('alice') === undefined
    ? null
    : `a session of ${MAX_AGE_MS} ms is still valid after ${2 * MAX_AGE_MS} ms`;
}
