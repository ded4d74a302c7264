/**
 * A ledger that somebody else could write into: whatever they planted in its configuration, among its hooks or beside its
 * files, no verb runs it, and nobody is believed because of it.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERBS } from '../../src/cli/verbs.js';
import { type Sandbox, withLedger } from './sandbox.js';
import { WorkTree } from './work-tree.js';

/** Every hook of githooks(5); `pre-swap` is ours, and its operator's. */
const HOOKS = [
  ...['applypatch-msg', 'pre-applypatch', 'post-applypatch', 'pre-commit', 'pre-merge-commit', 'prepare-commit-msg'],
  ...['commit-msg', 'post-commit', 'pre-rebase', 'post-checkout', 'post-merge', 'pre-push', 'pre-receive', 'update'],
  ...['proc-receive', 'post-receive', 'post-update', 'reference-transaction', 'push-to-checkout', 'pre-auto-gc'],
  ...['post-rewrite', 'sendemail-validate', 'fsmonitor-watchman', 'post-index-change'],
];

/**
 * Verbs of, or called by, other copies by way of git, which have tests of their own for what is planted there; `ui`, which shows
 * what `report` writes, and `webhook`, which reads no more than `history` does. `witness` opens no repository, and `checkpoint`
 * needs a witness that runs.
 */
const COPIES = ['ui', 'webhook', 'witness', 'checkpoint', 'clone', 'serve', 'receive', 'fetch', 'push', 'pull', 'sync'];

/** Verbs that only read, over what the others have written. */
const READERS: readonly (readonly string[])[] = [
  ['audit'],
  ['why', 'planner@1'],
  ['diff', 'planner', '1', '2'],
  ['show', 'planner@1', '--proof'],
  ['history', '--at', '2126-01-01T00:00Z'],
  ['pin'],
  ['report', 'page'],
];

interface Trap {
  readonly box: Sandbox;
  /** The names of the planted programs that were run. */
  sprung(): string[];
}

/** Plants a program wherever git would look for one. */
function plant(box: Sandbox, repository: string): Trap {
  const marks = box.path('marks');
  mkdirSync(marks);
  const program = (name: string): string =>
    box.write(`planted/${name}`, `#!/bin/sh\necho "$0 $*" >> '${marks}/${name}'\n`, 0o755);
  for (const hook of HOOKS) {
    const text = readFileSync(program(`hook-${hook}`));
    box.write(`${repository}/hooks/${hook}`, text, 0o755);
    box.write(`planted/hooks/${hook}`, text, 0o755);
  }
  const config = `
[core]
  hooksPath = ${box.path('planted/hooks')}
  fsmonitor = ${program('fsmonitor')}
  sshCommand = ${program('sshCommand')}
  pager = ${program('pager')}
  editor = ${program('editor')}
  askPass = ${program('askPass')}
  gitProxy = ${program('gitProxy')}
  alternateRefsCommand = ${program('alternateRefsCommand')}
  attributesFile = ${box.write('planted/attributes', '* filter=planted diff=planted\n')}
[pager]
  config = true
[gpg]
  format = ssh
  program = ${program('gpg')}
[gpg "ssh"]
  program = ${program('gpg-ssh')}
  defaultKeyCommand = ${program('defaultKeyCommand')}
  allowedSignersFile = ${box.path(repository, 'allowed_signers')}
[credential]
  helper = ${program('credential')}
[diff]
  external = ${program('diff-external')}
[diff "planted"]
  textconv = ${program('textconv')}
[filter "planted"]
  clean = ${program('clean')}
  smudge = ${program('smudge')}
  process = ${program('process')}
[uploadpack]
  packObjectsHook = ${program('packObjectsHook')}
[alias]
  config = !${program('alias-config')}
  rev-parse = !${program('alias-rev-parse')}
`;
  const before = readFileSync(box.path(repository, 'config'), 'utf8');
  box.write(`${repository}/config`, before + config);
  return { box, sprung: () => readdirSync(marks) };
}

/** Shows that the traps work where git itself steps into them, and sets them again. */
function springOne(trap: Trap, cwd: string, env: Sandbox['env'], argv: readonly string[], name: string): void {
  spawnSync('git', argv, { cwd, env: { ...env }, encoding: 'utf8' });
  expect(trap.sprung()).toContain(name);
  for (const mark of trap.sprung()) rmSync(trap.box.path('marks', mark));
}

describe('a ledger with planted programs', () => {
  it('runs none of them, whatever is asked of it, from within or without', async () => {
    const box = await withLedger('--require-approval', '--principal', 'ops@example.org');
    const trap = plant(box, 'modules.git');
    springOne(trap, box.ledger, box.env, ['verify-commit', 'ledger'], 'gpg-ssh');
    springOne(trap, box.ledger, box.env, ['update-ref', 'refs/heads/x', 'ledger'], 'hook-reference-transaction');
    execFileSync('git', ['-c', 'core.hooksPath=', '-C', box.ledger, 'update-ref', '-d', 'refs/heads/x'], {
      env: { ...box.env },
    });
    for (const mark of trap.sprung()) rmSync(box.path('marks', mark));
    box.write('m/index.js', 'export const a = 1;\n');
    box.write('n/index.js', 'export const b = 1;\n');
    const source = new WorkTree(box, 'source');
    source.git('init', '--quiet');
    source.write('index.js', 'export const a = 1;\n');
    source.git('add', '--all');
    source.git('commit', '--quiet', '-m', 'a release');
    source.git('tag', 'v1.0.0');
    const ci = `${box.key('ed25519')}.pub`;
    const called = new Set<string>();
    const lines: [argv: string[], codes?: number[]][] = [
      [['record', 'planner', box.path('m'), '--tag', 'stable']],
      [['stage', 'planner', box.path('n')]],
      [['assess', 'planner', '1', '2']],
      [
        ['gate', 'planner', '1', '2'],
        [0, 1],
      ],
      [['pending']],
      [['approve', 'planner', '1', '2']],
      [['withdraw', 'planner', '1', '2']],
      [['approve', 'planner', '1', '2']],
      [['activate', 'planner@2']],
      [['tag', 'planner@2', 'seen']],
      [['untag', 'planner@2', 'seen']],
      [['rollback-target', 'planner', '--explain']],
      [['rollback', 'planner']],
      [['outcome', 'planner', 'ok']],
      [['capabilities', 'planner']],
      [['stage', 'planner', '--checksum', 'c']],
      [['break-glass', 'planner@3', '--reason', 'a drill']],
      [['policy', 'set', 'maxCheckpoints=30']],
      [['signers', 'add', 'ci@example.org', ci, '--role', 'recorder']],
      [['signers', 'retire', 'ci@example.org']],
      [['signers', 'revoke', 'ci@example.org', '--from', '1']],
      [['log', 'planner', '--all']],
      [['show', 'planner@1']],
      [['status']],
      [['history']],
      [['stats']],
      [['policy']],
      [['signers']],
      [['hooks']],
      [['remote']],
      [['mcp', 'guard', 'weather', '--', 'true'], [3]],
      [['completion', 'bash']],
      [['__complete', 'bash', 'git-lineage show pl']],
      [['doctor'], [0, 1]],
      [
        ['doctor', '--restore'],
        [0, 1],
      ],
      [['checkout', 'planner@1', box.path('out')]],
      [['checkout', 'planner@1', box.path('out-2')]],
      [['init', box.path('second.git')]],
      [['upgrade']],
      [['clock'], [2]],
      [['import', 'git', source.root, '--module', 'imported', '--stage']],
      // What reads meets a version with a gap.
      [['redact', 'planner@1', 'index.js', '--reason', 'a drill']],
      ...READERS.map((argv): [string[], number[]] => [[...argv], [0, 1]]),
    ];
    for (const [argv, codes = [0]] of lines) {
      // Within the ledger, its configuration is the one that git reads.
      const { code, stderr } = await box.run(argv, { cwd: box.ledger });
      expect(codes, `git-lineage ${argv.join(' ')}: ${stderr}`).toContain(code);
      expect(trap.sprung(), argv.join(' ')).toEqual([]);
      called.add(argv[0] ?? '');
    }
    const verbs = VERBS.map((verb) => verb.name).filter((name) => !COPIES.includes(name));
    expect(verbs.filter((name) => !called.has(name))).toEqual([]);
  });

  it('believes nobody because of an allowed_signers file that lies about', async () => {
    const box = await withLedger('--principal', 'ops@example.org');
    const mallory = box.key('ed25519');
    const line = `ops@example.org ${readFileSync(`${mallory}.pub`, 'utf8')}`;
    for (const place of ['modules.git/allowed_signers', 'modules.git/lineage/allowed_signers', 'allowed_signers']) {
      box.write(place, line);
    }
    box.write('gitconfig', `[gpg]\nformat = ssh\n[gpg "ssh"]\nallowedSignersFile = ${box.path('allowed_signers')}\n`);
    for (const principal of [[], ['--principal', 'ops@example.org']]) {
      const argv = ['record', 'planner', '--checksum', 'c', '--key', mallory, ...principal];
      expect(await box.failure(argv)).toMatchObject({ exit: 4, code: 'UNTRUSTED_SIGNER' });
    }
    expect(await box.json('signers')).toHaveLength(1);
  });
});

describe('a work tree with planted programs', () => {
  it('is asked for its index, and runs none of them', async () => {
    const box = await withLedger();
    const dev = new WorkTree(box);
    dev.git('init', '-q');
    dev.configure({ ledger: '../modules.git', modules: { planner: 'planner' } });
    dev.write('planner/index.js', 'export const a = 1;\n');
    dev.git('add', '.');
    const trap = plant(box, 'dev/.git');
    springOne(trap, dev.root, dev.env, ['status'], 'fsmonitor');
    expect((await dev.gate()).modules).toMatchObject([{ moduleId: 'planner' }]);
    await dev.run(['hooks']);
    expect(trap.sprung()).toEqual([]);
  });
});
