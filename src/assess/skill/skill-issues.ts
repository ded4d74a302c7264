/** Whether a module is a skill, and one that clients load. */

import type { InputIssue } from '../../errors.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import { ModuleTree } from '../module/module-tree.js';

/**
 * What is wrong with the `SKILL.md` at the root of a module, by the specification of agentskills.io; empty where nothing is, or there is
 * none. The folder of a skill has the skill's name, and that of a module is the last part of its id: `pdf` for `@acme/pdf`.
 */
export async function skillIssues(moduleId: string, files: NormalizedFiles): Promise<readonly InputIssue[]> {
  const text = new ModuleTree(files).read('SKILL.md');
  if (text === null) return [];
  const { readSkill } = await import('./frontmatter.js');
  const read = readSkill(text, moduleId.slice(moduleId.lastIndexOf('/') + 1));
  if (!('issues' in read)) return [];
  return read.issues.map((actual) => ({ path: 'SKILL.md', expected: 'a skill that clients load', actual }));
}
