/** Small modules: what is found of each, held against what it does when it runs. */

import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../../src/assess/capabilities/capabilities-of.js';
import { installCommands } from '../../../src/assess/capabilities/install-scripts.js';
import { entriesOf } from '../../../src/assess/module/entries.js';
import { ModuleTree } from '../../../src/assess/module/module-tree.js';
import { CAPABILITIES } from '../../../src/model/capability.js';
import { normalizeFiles } from '../../../src/model/module-files.js';
import { CASES } from './cases/all.js';
import { filesOf } from './cases/case.js';
import { usedBy } from './run-case.js';

describe('what a module reaches', () => {
  test.each(CASES)('%s: %s', (_, reached, files) => {
    const { reach } = capabilitiesOf(normalizeFiles(filesOf(files)));
    const found = CAPABILITIES.flatMap((name) =>
      reach[name] === 'none' ? [] : [reach[name] === 'present' ? name : `${name}?`],
    );
    const wanted = reached
      .split(' ')
      .map((name) => name.replace('*', ''))
      .filter((name) => name !== '');
    expect(found).toEqual([...wanted].sort((a, b) => rank(a) - rank(b)));
  });
});

function rank(name: string): number {
  return CAPABILITIES.indexOf(name.replace('?', '') as (typeof CAPABILITIES)[number]);
}

describe('what a module does', () => {
  test.concurrent.each(CASES)('%s: no more than %s', async (_, reached, files) => {
    const content = filesOf(files);
    const tree = new ModuleTree(normalizeFiles(content));
    const entries = entriesOf(tree).map(({ code, declaration }) => code ?? declaration ?? '');
    const used = await usedBy(content, [
      ...new Set([...entries, ...installCommands(tree).flatMap(({ runs }) => runs)]),
    ]);
    const { reach } = capabilitiesOf(normalizeFiles(content));
    const missed = used.filter(
      (name) => reach[name as (typeof CAPABILITIES)[number]] === 'none' && reach.code === 'none',
    );
    expect(missed).toEqual([]);
    const shown = reached.split(' ').filter((name) => /^[a-z-]+$/.test(name));
    expect(used).toEqual(expect.arrayContaining(shown));
  });
});
