/** The life cycle that a version declares by its export `lifecycle`: what it may bring, and what is refused. */

import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import type { Lifecycle, LoadedModule } from '../swap-ports.js';

const FUNCTIONS = ['activate', 'deactivate', 'giveState', 'takeState'] as const;

function declaredBy(exports: unknown): unknown {
  if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null) return undefined;
  return (exports as { readonly lifecycle?: unknown }).lifecycle;
}

/**
 * The life cycle of a loaded version: its loader's stand-in, else the export `lifecycle` where that is an object with one of the
 * four functions; null where it has none. A bare export `activate` does not count: plugins for other hosts have one.
 * @throws `INVALID_FILES` where one of the four is no function
 */
export function lifecycleOf({ exports, lifecycle }: LoadedModule): Lifecycle | null {
  if (lifecycle !== undefined) return lifecycle;
  const declared = declaredBy(exports);
  if (typeof declared !== 'object' || declared === null) return null;
  const named = FUNCTIONS.filter((name) => (declared as Record<string, unknown>)[name] !== undefined);
  const issues = named.flatMap((name): InputIssue[] => {
    const value: unknown = Reflect.get(declared, name);
    if (typeof value === 'function') return [];
    return [{ path: `exports.lifecycle.${name}`, expected: 'a function', actual: quoted(value) }];
  });
  if (issues.length > 0)
    throw invalidInput('INVALID_FILES', issues, 'correct the module, or give the export another name');
  return named.length === 0 ? null : (declared as Lifecycle);
}
