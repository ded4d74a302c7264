/** Which capabilities were met, and where. */

import { CAPABILITIES, type Capability, moreReach, type ReachOf, reachOfAll } from '../../model/capability.js';
import type ts from '../compiler.cjs';
import { type CapabilityUse, MAX_USES, type Place } from './capability-report.js';

const MAX_WHAT = 120;

/** A place in a file that is looked at. */
export interface UseSite extends Place {
  /** What stands there. */
  readonly what: string;
}

/** A place whose line and text are looked up when somebody asks: most places say nothing. */
export class NodeUseSite implements UseSite {
  readonly #node: ts.Node;
  readonly #what: string | undefined;

  constructor(node: ts.Node, what?: string) {
    this.#node = node;
    this.#what = what;
  }

  get file(): string {
    return this.#node.getSourceFile().fileName;
  }

  get line(): number {
    const file = this.#node.getSourceFile();
    return file.getLineAndCharacterOfPosition(this.#node.getStart(file)).line + 1;
  }

  get what(): string {
    const file = this.#node.getSourceFile();
    const start = this.#node.getStart(file);
    const text = this.#what ?? file.text.slice(start, Math.min(this.#node.end, start + 4 * MAX_WHAT));
    return text.replace(/\s+/g, ' ');
  }
}

/** The same place in other words. */
export function otherWords({ file, line }: UseSite, what: string): UseSite {
  return { file, line, what };
}

type FoundUse = Omit<CapabilityUse, 'chain'>;

/** Uses as they are found, each kind once a file, at the first line. */
export class UseLog {
  /** By whoever was looked through when they were found. */
  readonly #found = new Map<string, Map<string, FoundUse>>();
  #current = new Map<string, FoundUse>();

  /** Forgets what was found by `reader`, and takes what comes for its own. */
  begin(reader: string): void {
    this.#current = new Map();
    this.#found.set(reader, this.#current);
  }

  #add(capability: Capability, reach: FoundUse['reach'], { file, line, what }: UseSite): void {
    const shown = what.length > MAX_WHAT ? `${what.slice(0, MAX_WHAT - 1)}…` : what;
    addUse(this.#current, { capability, reach, what: shown, file, line });
  }

  /** The version reaches these there. */
  present(capabilities: readonly Capability[], spot: UseSite): void {
    for (const capability of capabilities) this.#add(capability, 'present', spot);
  }

  /** It may reach these there: nobody can tell from the files. */
  undetermined(capabilities: readonly Capability[], spot: UseSite): void {
    for (const capability of capabilities) this.#add(capability, 'undetermined', spot);
  }

  #all(): FoundUse[] {
    const all = new Map<string, FoundUse>();
    for (const found of this.#found.values()) for (const use of found.values()) addUse(all, use);
    return [...all.values()];
  }

  /** How far each capability is reached. */
  reach(): ReachOf {
    const reach = reachOfAll('none');
    for (const use of this.#all()) reach[use.capability] = moreReach(reach[use.capability], use.reach);
    return reach;
  }

  /** The packages that are imported, sorted. */
  packages(): string[] {
    const names = this.#all().flatMap(({ capability, what }) => (capability === 'packages' ? what : []));
    return [...new Set(names)].sort();
  }

  /** What was found, in order, with the chain of imports to each file; what is certain before what is not. */
  uses(chainOf: (file: string) => readonly Place[]): {
    readonly uses: readonly CapabilityUse[];
    readonly omitted: number;
  } {
    const rank = ({ capability, reach }: FoundUse): number =>
      2 * CAPABILITIES.indexOf(capability) + (reach === 'present' ? 0 : 1);
    const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
    const all = this.#all().sort(
      (a, b) => rank(a) - rank(b) || byText(a.file, b.file) || a.line - b.line || byText(a.what, b.what),
    );
    const uses = all.slice(0, MAX_USES).map((use) => ({ ...use, chain: chainOf(use.file) }));
    return { uses, omitted: all.length - uses.length };
  }
}

function addUse(uses: Map<string, FoundUse>, use: FoundUse): void {
  const key = `${use.capability}\0${use.reach}\0${use.file}\0${use.what}`;
  const known = uses.get(key);
  if (known === undefined || known.line > use.line) uses.set(key, use);
}
