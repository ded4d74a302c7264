/** The commands of the guides that explain one thing after the other: each section is run on a ledger as it begins with. */

import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { NpmRegistry } from '../cli/npm-registry.js';
import { MarkdownDocument, ROOT } from './document.js';
import { follow } from './follow.js';
import { Workplace } from './workplace.js';

interface Guide {
  readonly path: string;
  /** Scripts that bring about what a section takes for given, beyond the ledger that each begins with, by its title. */
  readonly before?: Readonly<Record<string, string>>;
  /** What stands in the guide for what only its reader knows, and what it is here; $NAME is a variable of the shell. */
  readonly meant?: Readonly<Record<string, string>>;
}

/** Two versions of planner, the second active, in `start/modules.git`; what is built now is a third. */
const START = `
  mkdir -p start/dist start/dist-2
  cd start
  echo "export const plan = () => ['wait'];" > dist/index.js
  echo "export const plan = () => ['run'];" > dist-2/index.js
  git-lineage init modules.git --json > founded
  git-lineage record planner ./dist --tag stable --ledger modules.git
  git-lineage record planner ./dist-2 --ledger modules.git
  echo "export const plan = (dish) => [dish];" > dist-2/index.js`;

/** A section's own copy of the start. */
const AGAIN = `
  cd "$WORKPLACE"
  rm -rf work
  cp -a start work
  cd work
  export GIT_LINEAGE_DIR="$PWD/modules.git"`;

/** A repository with `src/planner`, whose package.json says so. */
const PROJECT = `
  mkdir -p project/src/planner
  cd project
  git init --quiet
  git config user.name Dev
  git config user.email dev@example.org
  echo node_modules > .gitignore
  echo "export const schedule = () => ['wait'];" > src/planner/index.js
  echo '{ "private": true, "git-lineage": { "ledger": "../modules.git", "modules": { "planner": "src/planner" } } }' > package.json
  git add .`;

const STAGED = 'git-lineage stage planner ./dist-2';
const CLONE = 'git-lineage clone "file://$PWD/modules.git" copy.git';

/** In place of the ledger that each section begins with, one of format 2. */
const FORMAT_2 = `
  unset GIT_LINEAGE_DIR
  rm -rf modules.git
  git-lineage init modules.git --ledger-format 2
  export GIT_LINEAGE_DIR="$PWD/modules.git"`;

const CHECKOUT = 'git init --quiet; git -c user.name=A -c user.email=a@example.org commit -q --allow-empty -m begun';

const GUIDES: readonly Guide[] = [
  {
    path: 'docs/guide/cli.md',
    before: {
      'The command line': 'unset GIT_LINEAGE_DIR; rm -rf modules.git',
      init: 'unset GIT_LINEAGE_DIR; rm -rf modules.git',
      signers: `
      ssh-keygen -q -t ed25519 -N '' -f ops
      ssh-keygen -q -t ed25519 -N '' -f ci
      git-lineage signers add ci@example.org ci.pub --role recorder
      git-lineage tag planner@1 seen --key ci --principal ci@example.org`,
      hooks: PROJECT,
      import: `
      mkdir -p elsewhere/packages/planner
      cd elsewhere
      git init --quiet
      echo "export const plan = () => [];" > packages/planner/index.js
      git add .
      git -c user.name=Dev -c user.email=dev@example.org commit --quiet -m 'a release'
      git tag v1.0.0
      cd ..
      unset GIT_LINEAGE_DIR
      rm -rf modules.git
      git-lineage init modules.git
      export GIT_LINEAGE_DIR="$PWD/modules.git"`,
      redact: `${FORMAT_2}
      git-lineage record planner ./dist
      mkdir dist-2/config
      echo 'the key of the shop' > dist-2/config/key.pem
      git-lineage record planner ./dist-2
      git-lineage record planner ./dist --tag again`,
      diff: STAGED,
      assess: STAGED,
      gate: STAGED,
      'break-glass': STAGED,
      audit: CLONE,
    },
    meant: {
      'signers add ops@example.org ops.pub': 'signers add other@example.org ops.pub',
      'sha256:9f86d081…': `sha256:${'9f86d081'.repeat(8)}`,
      '--from 42': '--from 5',
      '--at 17': '--at 2',
      'history --at 2026-11-01T12:00Z': 'history --at "$(date -u +%FT%TZ)"',
      'git ../planner --tags': 'git elsewhere --tags',
      'SHA256:…': '$FINGERPRINT',
    },
  },
  {
    path: 'docs/guide/hook.md',
    before: {
      'The development hook': PROJECT,
      'Breaking the glass': STAGED,
    },
    meant: {
      'npm install --save-dev simple-git-hooks': 'npm install --save-dev "$REPOSITORY/node_modules/simple-git-hooks"',
    },
  },
  {
    path: 'docs/guide/replication.md',
    meant: {
      'https://example.org/modules.git': '"file://$PWD/modules.git"',
      'SHA256:…': '$FINGERPRINT',
      'serve --port 8418': 'serve --port 0 > served & until grep http served; do sleep 0.1; done; kill %1; wait',
      'git init --bare --initial-branch ledger modules.git': 'git init --bare --initial-branch ledger host.git',
      'ssh://git@host.example/modules.git': '"file://$PWD/host.git"',
    },
  },
  {
    path: 'docs/guide/agents.md',
    before: {
      Skills: 'unset GIT_LINEAGE_DIR; rm -rf modules.git',
      'A guard before a tool server': `
      unset GIT_LINEAGE_DIR
      rm -rf modules.git
      cp "$WORKPLACE"/{weather.mjs,tools.json,client.jsonl} .`,
      'The ledger as tools': 'cp "$WORKPLACE"/asks.jsonl .',
    },
  },
  {
    path: 'docs/guide/audit.md',
    before: { 'Without git-lineage': `${CLONE}\n cd copy.git` },
    meant: {
      'https://example.org/modules.git': '"file://$PWD/modules.git"',
      'SHA256:…': '$FINGERPRINT',
      'planner@3': 'planner@2',
    },
  },
  { path: 'docs/guide/capabilities.md', before: { Approval: FORMAT_2 } },
  {
    path: 'docs/guide/operations.md',
    before: { 'Roles and keys': "ssh-keygen -q -t ed25519 -N '' -f ci" },
    // Another way to the same backup; test/docs/backup.test.ts goes it with a redacted file.
    meant: {
      'git-lineage clone modules.git backup.git':
        'rm -rf backup.git restored.git; git-lineage clone modules.git backup.git',
    },
  },
  { path: 'docs/upgrade.md' },
  { path: 'SECURITY.md', before: { 'How to report something': CHECKOUT } },
];

it.each(GUIDES)('$path', { timeout: 300_000 }, async ({ path, before = {}, meant = {} }) => {
  const place = new Workplace('simple-git-hooks');
  onTestFinished(() => place.remove());
  const registry = await NpmRegistry.start();
  for (const version of ['7.18.3', '8.0.5']) registry.publish('lru-cache', version, '2023-02-01T00:00:00.000Z');
  Object.assign(place.env, registry.envFor(place), {
    GIT_LINEAGE_PRINCIPAL: 'ops@example.org',
    GIT_EDITOR: 'echo "a message" >',
    WORKPLACE: place.folder,
    REPOSITORY: ROOT,
  });
  place.run(START);
  place.env['FINGERPRINT'] = JSON.parse(readFileSync(place.path('start', 'founded'), 'utf8')).key.fingerprint;

  const guide = new MarkdownDocument(path);
  const commands = guide.blocks.filter(({ info }) => info === 'sh');
  expect(Object.keys(meant).filter((text) => !commands.some((block) => block.text.includes(text)))).toEqual([]);
  const blocks = guide.blocks.map((block) => {
    const text = Object.entries(meant).reduce((said, [from, to]) => said.replaceAll(from, to), block.text);
    return { ...block, text };
  });
  const scripts = commands.map(({ section }) => [section, `${AGAIN}\n${before[section] ?? ''}`]);
  expect(Object.keys(before).filter((title) => !commands.some(({ section }) => section === title))).toEqual([]);
  await follow(blocks, { cwd: place.folder, env: place.env, before: Object.fromEntries(scripts) });
});
