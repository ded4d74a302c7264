// The service's own idea of a session store, and its check of the module behind it: sessions must be gone after their
// maxAge. Both call whatever release of lru-cache is active.
import { setTimeout as sleep } from 'node:timers/promises';

const MAX_AGE_MS = 40;

/** @param {any} exported what a release of lru-cache exports */
export function sessionStore(exported) {
  const Cache = exported.LRUCache ?? exported.default ?? exported;
  return new Cache({ max: 100, maxAge: MAX_AGE_MS });
}

/**
 * @param {any} exported
 * @returns {Promise<true | string>} true, or what is wrong
 */
export async function checkSessions(exported) {
  const sessions = sessionStore(exported);
  sessions.set('alice', 'logged in');
  if (sessions.get('alice') !== 'logged in') return 'a session is lost at once';
  await sleep(2 * MAX_AGE_MS);
  if (sessions.get('alice') === undefined) return true;
  return `a session of ${MAX_AGE_MS} ms is still valid after ${2 * MAX_AGE_MS} ms`;
}
