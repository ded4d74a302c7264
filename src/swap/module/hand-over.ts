/** Handing state from one version to another: a snapshot, checked by the version that takes it. */

import { deserialize, serialize } from 'node:v8';
import { invalidInput } from '../../errors.js';
import { complaintOf } from '../health/check-answer.js';
import { withTimeLimit } from '../time-limit.js';
import type { Instance } from './instance.js';

/** The largest state that is handed over, in bytes as V8 serializes it: what is larger belongs on disk. */
const MAX_STATE_BYTES = 16 << 20;

/** `taken`: the new version has it. `dropped`: it has no `takeState`. `none`: there is nothing to hand over. */
type HandOver = 'taken' | 'dropped' | 'none';

/** True where one version gives state and the other takes it. */
export function handsOver(from: Instance | null, to: Instance): from is Instance {
  if (from === null || from.lifecycle === to.lifecycle) return false;
  return from.lifecycle?.giveState !== undefined && to.lifecycle?.takeState !== undefined;
}

/** A structured clone, which the giver cannot change afterwards. @throws `DataCloneError`, `INVALID_ARGUMENT` where it is too large */
function snapshot(state: unknown): unknown {
  const bytes = serialize(state);
  if (bytes.byteLength <= MAX_STATE_BYTES) return deserialize(bytes);
  const issue = { path: 'state', expected: `at most ${MAX_STATE_BYTES} bytes`, actual: `${bytes.byteLength} bytes` };
  throw invalidInput(
    'INVALID_ARGUMENT',
    [issue],
    'keep large state in files of the dataDir, and hand over where they are',
  );
}

function nameOf({ moduleId, version }: Instance): string {
  return `${moduleId} v${version}`;
}

/**
 * Offers what `from` gives to `to`. Nothing is transferred: `from` keeps its state, and what it changes later is lost.
 * @throws what `giveState` and `takeState` throw; `TIME_LIMIT`; an Error with the reason for which `to` refuses the state
 */
export async function handOver(from: Instance | null, to: Instance, limitMs: number): Promise<HandOver> {
  if (from === null || from.lifecycle?.giveState === undefined || from.lifecycle === to.lifecycle) return 'none';
  if (!handsOver(from, to)) return 'dropped';
  const giving = { what: `lifecycle.giveState of ${nameOf(from)}`, limitMs };
  const given = await withTimeLimit<unknown>(giving, () => from.lifecycle?.giveState?.({ toVersion: to.version }));
  if (given === undefined) return 'none';
  const state = snapshot(given);
  const taking = { what: `lifecycle.takeState of ${nameOf(to)}`, limitMs };
  const context = { fromVersion: from.version };
  const complaint = complaintOf(await withTimeLimit<unknown>(taking, () => to.lifecycle?.takeState?.(state, context)));
  if (complaint === null) return 'taken';
  throw new Error(`${nameOf(to)} does not take the state of v${from.version}: ${complaint}`);
}
