/** Completion, asked by the real shells; zsh and fish where they are installed. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { bashReplacement, typedWords } from '../../src/cli/completion/shell-words.js';
import { type Sandbox, withLedger } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

function installed(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

async function place(): Promise<Sandbox> {
  const box = await withLedger('--principal', 'ops@example.org');
  mkdirSync(box.path('bin'));
  symlinkSync(BIN, box.path('bin', 'git-lineage'));
  for (const text of ['1', '2']) {
    box.write('m/index.js', `export const a = ${text};\n`);
    for (const name of ['planner', '@acme/planner', 'router'])
      expect(await box.run(['record', name, box.path('m'), '--tag', text === '1' ? 'stable' : 'seen'])).toMatchObject({
        code: 0,
      });
  }
  box.write('m/index.js', 'export const a = 3;\n');
  expect(await box.run(['stage', 'planner', box.path('m')])).toMatchObject({ code: 0 });
  return box;
}

type Ask = (box: Sandbox, line: string) => string[];

function shell(box: Sandbox, program: string, args: readonly string[], cwd = box.root): string {
  const env = { ...box.env, PATH: `${box.path('bin')}:${process.env['PATH']}`, TERM: 'dumb' };
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What bash would put in place of the last word; its function is called as readline calls it. */
const bash: Ask = (box, line) => {
  const script = `
    source <(git-lineage completion bash)
    COMP_LINE=$1 COMP_POINT=\${#1}
    _git_lineage
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return shell(box, 'bash', ['--norc', '-c', script, 'bash', line])
    .split('\n')
    .filter((text) => text !== '');
};

/** What zsh is told to offer. */
const zsh: Ask = (box, line) => {
  const script = `
    compdef() { : }
    source <(git-lineage completion zsh)
    compadd() { local -a given; given=("\${(@P)@[-1]}"); print -rl -- "\${given[@]}" }
    _files() { return 1 }
    words=("\${(@z)1}")
    [[ $1 == *' ' ]] && words+=('')
    CURRENT=$#words PREFIX=$words[-1]
    _git-lineage`;
  const { stdout } = spawnSync('zsh', ['-f', '-c', script, 'zsh', line], {
    cwd: box.root,
    env: { ...box.env, PATH: `${box.path('bin')}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((text) => text !== '');
};

/** What fish offers by itself. */
const fish: Ask = (box, line) => {
  const script = 'git-lineage completion fish | source; complete -C "$argv[1]"';
  return shell(box, 'fish', ['--no-config', '-c', script, line])
    .split('\n')
    .map((text) => text.split('\t')[0] ?? '')
    .filter((text) => text !== '');
};

describe.each([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
] as const)('%s', (name, ask) => {
  describe.skipIf(!installed(name))('completes', () => {
    let box: Sandbox;
    beforeAll(() => {
      expect(existsSync(BIN)).toBe(true);
    });

    it('verbs, options, modules, versions, tags and values', { timeout: 120_000 }, async () => {
      box = await place();
      expect(ask(box, 'git-lineage sta').sort()).toEqual(['stage', 'stats', 'status']);
      expect(ask(box, 'git-lineage signers re').sort()).toEqual(['retire', 'revoke']);
      expect(ask(box, 'git-lineage record planner m --ta')).toEqual(['--tag']);
      expect(ask(box, 'git-lineage rollback pl')).toEqual(['planner']);
      expect(ask(box, 'git-lineage rollback planner --reason HEALTH')).toEqual(['HEALTH_FAILURE']);
      expect(ask(box, 'git-lineage import npm x --order s')).toEqual(['semver']);
      expect(ask(box, 'git-lineage assess planner 1 ').sort()).toEqual(['1', '2', '3']);
      expect(ask(box, 'git-lineage activate planner@').map((text) => text.replace(/.*@/, ''))).toEqual(['3']);
      expect(ask(box, 'git-lineage untag planner@1 ')).toEqual(['stable']);
      expect(ask(box, 'git-lineage signers retire op')).toEqual(['ops@example.org']);
      expect(ask(box, 'git-lineage completion f')).toEqual(['fish']);
      expect(ask(box, 'git-lineage he')).toEqual(['help']);
      expect(ask(box, 'git-lineage help sta').sort()).toEqual(['stage', 'stats', 'status']);
      expect(ask(box, 'git-lineage --v')).toEqual(['--version']);
      expect(ask(box, 'git-lineage --hel')).toEqual(['--help']);
      expect(ask(box, 'git-lineage signers retire --he').sort()).toEqual(['--header', '--help']);
      expect(ask(box, 'git-lineage status --v')).toEqual([]);
      expect(ask(box, 'git-lineage help import n')).toEqual([]);
    });

    it('nothing, without a word, where there is no ledger, and writes nothing where there is one', async () => {
      box = await withLedger();
      mkdirSync(box.path('bin'));
      symlinkSync(BIN, box.path('bin', 'git-lineage'));
      const before = readdirSync(box.ledger, { recursive: true }).sort();
      expect(ask(box, 'git-lineage rollback pl')).toEqual([]);
      expect(ask(box, `git-lineage rollback --ledger ${box.path('nowhere.git')} pl`)).toEqual([]);
      expect(readdirSync(box.ledger, { recursive: true }).sort()).toEqual(before);
    });
  });
});

describe('a word under the cursor', () => {
  it.each([
    ['git-lineage show pl', 'planner', 'planner'],
    ['git-lineage show planner@', 'planner@12', '12'],
    ['git-lineage show planner\\@', 'planner@12', 'planner@12'],
    ['git-lineage tag planner@1 "re', 'release 1', 'release 1'],
    ['git-lineage tag planner@1 re', 'release 1', 'release\\ 1'],
    ['git-lineage tag planner@1 ', '$(touch x)', '\\$\\(touch\\ x\\)'],
    ['git-lineage tag planner@1 ', '`id`;&|<>', '\\`id\\`\\;\\&\\|\\<\\>'],
    ["git-lineage tag planner@1 '", "it's", null],
    ['git-lineage tag planner@1 "', '$HOME', null],
  ])('of %j becomes %j by inserting %j', (line, candidate, inserted) => {
    const word = typedWords(line).at(-1);
    expect(word).toBeDefined();
    if (word !== undefined) expect(bashReplacement(word, candidate, ' \t\n"\'@><=;|&(:')).toBe(inserted);
  });

  it('is read by bash as it was meant', () => {
    for (const candidate of ['$(touch x)', '`id`', 'a b', "it's", '"', '\\', '!!', '*?[]', '{a,b}', '~', '#x', 'ä€']) {
      const inserted = bashReplacement({ text: '', raw: '', openQuote: -1 }, candidate, '');
      const { stdout } = spawnSync('bash', ['--norc', '-c', `printf %s ${inserted}`], { encoding: 'utf8' });
      expect(stdout).toBe(candidate);
    }
  });
});
