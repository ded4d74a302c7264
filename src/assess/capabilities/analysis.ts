/** What the files of a version share while they are looked at. */

import type { ModuleTree } from '../module/module-tree.js';
import { EscapedThings } from './escaped-things.js';
import { KeptValues } from './kept-values.js';
import { Members } from './members-of-things.js';
import { ReachedFiles } from './reached-files.js';
import { StepBudget } from './step-budget.js';
import { UseLog } from './use-log.js';
import { Cells, type Thing, type Value } from './values.js';

/** A function or class of the module, as its callers need it. */
interface KnownFunction {
  /** Lets its parameters be these. `self`: what `this` is, where the call says so. */
  bind(args: readonly Value[], self: Value | null): void;
  /** True where it does nothing with its arguments but put their members into what it returns. */
  readonly copies: boolean;
}

export class Analysis {
  readonly tree: ModuleTree;
  readonly cells = new Cells();
  readonly uses = new UseLog();
  readonly reached = new ReachedFiles();
  readonly functions = new Map<Thing, KnownFunction>();
  readonly steps = new StepBudget();
  readonly escaped = new EscapedThings(this.cells, this.uses, this.steps);
  readonly kept = new KeptValues(this.cells, this.uses);
  readonly members = new Members(this.cells, this.uses, this.steps, this.escaped, this.kept);

  constructor(tree: ModuleTree) {
    this.tree = tree;
  }

  /** Forgets what was found when `reader` was last looked through: it is about to be looked through again. */
  begin(reader: string): void {
    this.cells.reader = reader;
    this.cells.outdated.delete(reader);
    this.escaped.begin();
    this.uses.begin(reader);
  }

  /** What things do that are out of sight, or under names by which somebody may read them. */
  endRound(): void {
    this.begin('');
    this.escaped.endRound();
    this.kept.endRound(this.escaped);
  }
}
