/** The short guides: each is followed from nothing to its end. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../free-port.js';
import { MarkdownDocument, ROOT } from './document.js';
import { follow } from './follow.js';
import { Workplace } from './workplace.js';

/** What a guide takes for given, by its title. */
const BEFORE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'incident.md': {
    'An incident, at three in the morning': `
      git-lineage init modules.git --principal ops@example.org
      export GIT_LINEAGE_DIR="$PWD/modules.git"
      mkdir planner fixed
      echo 'export const plan = () => ["wait"];' > planner/index.js
      git-lineage record planner planner --tag stable
      echo 'export const plan = () => ["sleep"];' > planner/index.js
      git-lineage record planner planner --tag stable
      echo 'export const plan = () => { throw new Error("bad") };' > planner/index.js
      git-lineage record planner planner
      echo 'export const plan = () => ["run"];' > fixed/index.js`,
  },
};

it.each(readdirSync(join(ROOT, 'docs', 'start')))(
  '%s',
  async (name) => {
    const place = new Workplace();
    onTestFinished(() => place.remove());
    const guide = new MarkdownDocument(`docs/start/${name}`);
    const printed = await follow(guide.blocks, {
      cwd: place.folder,
      env: { ...place.env, PORT: String(await freePort()) },
      before: BEFORE[name] ?? {},
    });
    expect(printed.length).toBeGreaterThan(1);
  },
  240_000,
);
