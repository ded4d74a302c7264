/** What a version can reach beyond its own values, and how sure that is. The strings are public: `--json` and policies have them. */

export const CAPABILITIES = [
  /** Reads files, folders or their state. */
  'fs-read',
  /** Makes, changes or removes files. */
  'fs-write',
  /** Starts other programs, or sends signals to them. */
  'process',
  /** Opens or accepts connections, or resolves names. */
  'network',
  /** Reads variables of the environment, or who and where the machine is. */
  'environment',
  /** Runs code that its files do not state: `eval`, `Function`, `vm`, WebAssembly, an import of an expression, hooks of the loader. */
  'code',
  /** Loads compiled addons, or asks for Node's internal bindings. */
  'native',
  /** Starts threads. */
  'worker',
  /** Has npm run commands when it is installed. */
  'install',
  /** Imports other packages. */
  'packages',
] as const;

/** One kind of thing that a version can reach. */
export type Capability = (typeof CAPABILITIES)[number];

/** Whether a version reaches a capability: `none` is what was not found, never a proof that it cannot. */
export type Reach = 'none' | 'undetermined' | 'present';

const RANK: Readonly<Record<Reach, number>> = { none: 0, undetermined: 1, present: 2 };

/** The greater of two, in the order none, undetermined, present. */
export function moreReach(a: Reach, b: Reach): Reach {
  return RANK[a] >= RANK[b] ? a : b;
}

/** How far each capability is reached. */
export type ReachOf = Readonly<Record<Capability, Reach>>;

const NAMES: ReadonlySet<unknown> = new Set(CAPABILITIES);

export function isCapability(value: unknown): value is Capability {
  return NAMES.has(value);
}

/** The given ones in the order of `CAPABILITIES`, each once. */
export function inOrder(given: Iterable<Capability>): readonly Capability[] {
  const names = new Set(given);
  return Object.freeze(CAPABILITIES.filter((name) => names.has(name)));
}

/** True for a list of capabilities, in whatever order. */
export function isCapabilityList(value: unknown): value is readonly Capability[] {
  return Array.isArray(value) && value.every(isCapability);
}

/** The capabilities that a line names, one space between; null where it is not what `inOrder` gives, or names none. */
export function parseCapabilities(line: string): readonly Capability[] | null {
  const names = line.split(' ');
  if (!isCapabilityList(names)) return null;
  const ordered = inOrder(names);
  return ordered.join(' ') === line ? ordered : null;
}

/** The same reach for every capability. */
export function reachOfAll(reach: Reach): Record<Capability, Reach> {
  return Object.fromEntries(CAPABILITIES.map((name) => [name, reach])) as Record<Capability, Reach>;
}

/** What one version reaches that another does not, in the order of `CAPABILITIES`. */
export interface CapabilityChange {
  readonly added: readonly Capability[];
  readonly removed: readonly Capability[];
}

/** Both versions reach the same. */
export const NO_CHANGE: CapabilityChange = Object.freeze({ added: Object.freeze([]), removed: Object.freeze([]) });

/** Nobody looked: it counts as what is undetermined does. */
export const UNTOLD_CHANGE: CapabilityChange = Object.freeze({
  added: Object.freeze(['code' as const]),
  removed: Object.freeze([]),
});

/** The capabilities of `to` that `from` does not have. What is undetermined for the first time counts once, as `code`. */
function gained(from: ReachOf, to: ReachOf): Capability[] {
  const unsettled = CAPABILITIES.some((name) => from[name] === 'none' && to[name] === 'undetermined');
  const asCode = unsettled && from.code === 'none';
  return CAPABILITIES.filter(
    (name) => (to[name] === 'present' && from[name] !== 'present') || (name === 'code' && asCode),
  );
}

/** Compares by capability, not by place: a second call of the same kind changes nothing. */
export function compareReach(from: ReachOf, to: ReachOf): CapabilityChange {
  return { added: gained(from, to), removed: gained(to, from) };
}
