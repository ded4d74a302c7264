/** What the code exports, beside what the declarations promise: a name that is gone at run time breaks callers all the same. */

import type { Finding, PartialAssessment } from './contract.js';
import { type EntryPair, prefixOf } from './match-entries.js';
import type { ModuleTree } from './module/module-tree.js';
import { exportNames } from './names/export-names.js';

/** Names that the earlier code exported and the later code surely does not. `told`: paths of which more is known. */
export function compareRunTimeNames(
  from: ModuleTree,
  to: ModuleTree,
  pairs: readonly EntryPair[],
  told: ReadonlySet<string>,
): PartialAssessment {
  const findings = new Map<string, Finding>();
  for (const { before, after } of pairs) {
    if (before.code === null || after.code === null) continue;
    const now = exportNames(to, after, 'code');
    const was = exportNames(from, before, 'code');
    if (was === null || now === null || !now.exact) continue;
    // Code may export more than anybody was told of.
    const promised = before.declaration === null ? null : exportNames(from, before, 'declaration');
    for (const name of was.names) {
      if (promised !== null && !promised.names.has(name)) continue;
      const path = `${prefixOf(before)}${name}`;
      if (now.names.has(name) || told.has(path)) continue;
      const message = 'no longer exported by the code, whatever its declarations say';
      findings.set(path, { code: 'export-removed', level: 'BREAKING', path, before: name, after: null, message });
    }
  }
  return { findings: [...findings.values()], notes: [] };
}
