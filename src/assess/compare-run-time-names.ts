/** What the code exports, beside what the declarations promise: a name that is gone at run time breaks callers all the same. */

import type { Finding, PartialAssessment } from '../model/assessment.js';
import { type EntryPair, prefixOf } from './match-entries.js';
import type { ModuleTree } from './module/module-tree.js';
import { NameCache } from './names/compare-names.js';

/** Names that the earlier code exported and the later code surely does not. `told`: paths of which more is known. */
export function compareRunTimeNames(
  from: ModuleTree,
  to: ModuleTree,
  pairs: readonly EntryPair[],
  told: ReadonlySet<string>,
): PartialAssessment {
  const findings = new Map<string, Finding>();
  const [earlier, later] = [new NameCache(from), new NameCache(to)];
  for (const { before, after } of pairs) {
    if (before.code === null || after.code === null) continue;
    const [was, now] = [earlier.of(before, 'code'), later.of(after, 'code')];
    if (was === null || now === null || !now.exact) continue;
    const gone = [...was.names].filter((name) => !now.names.has(name));
    if (gone.length === 0) continue;
    // Code may export more than anybody was told of.
    const promised = before.declaration === null ? null : earlier.of(before, 'declaration');
    for (const name of gone) {
      if (promised !== null && !promised.names.has(name)) continue;
      const path = `${prefixOf(before)}${name}`;
      if (told.has(path)) continue;
      const message = 'no longer exported by the code, whatever its declarations say';
      findings.set(path, { code: 'export-removed', level: 'BREAKING', path, before: name, after: null, message });
    }
  }
  return { findings: [...findings.values()], notes: [] };
}
