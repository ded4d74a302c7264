import { mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.js';
import { ERROR_CODES } from '../../src/index.js';
import { type RunOptions, type Sandbox, sandbox, withLedger } from './sandbox.js';

const INVALID = { exit: 2, code: 'INVALID_ARGUMENT' };

describe('a command line that cannot be read', () => {
  it.each([
    [['recrod'], "unknown command 'recrod'", 'did you mean record?'],
    [['rollbak'], "unknown command 'rollbak'", 'did you mean rollback?'],
    [['rollbak', '--help'], "unknown command 'rollbak'", 'did you mean rollback?'],
    [['help', 'rollbak'], "unknown command 'rollbak'", 'did you mean rollback?'],
    [['xyzzy'], "unknown command 'xyzzy'", 'git-lineage --help shows what there is'],
    [['log', 'planner', '--ful'], "unknown option '--ful'", 'did you mean --full?'],
    [['log'], "missing required argument 'MODULE'", 'git-lineage log --help shows what there is'],
    [['tag', 'planner@1'], "missing required argument 'TAG'", 'git-lineage tag --help shows what there is'],
    [
      ['record', 'a', '--tag'],
      "option '--tag <TAG>' argument missing",
      'git-lineage record --help shows what there is',
    ],
    [
      ['break-glass', 'a@1'],
      "required option '--reason <TEXT>' not specified",
      expect.stringContaining('break-glass --help'),
    ],
    [['stats', 'extra'], expect.stringContaining('too many arguments'), expect.stringContaining('stats --help')],
    [['rollback', 'a', '--to', '1', '--any'], expect.stringContaining('cannot be used with'), expect.any(String)],
    [[], expect.any(String), 'git-lineage --help lists the verbs'],
  ])('%j is wrong usage, with what to do', async (argv, message, hint) => {
    const box = sandbox();
    const error = await box.failure(argv);
    expect(error).toMatchObject({ ...INVALID, message, hint });
    expect(error.data.issues).toEqual([
      { path: expect.any(String), expected: expect.any(String), actual: expect.any(String) },
    ]);
  });

  it.each([
    [['status', '--ledger', 'a.git', '--ledger', 'b.git'], '--ledger'],
    [['--key', 'a', 'status', '--key', 'a'], '--key'],
    [['record', 'planner', 'x', '--parent', '1', '--parent', '2'], '--parent'],
    [['rollback', 'planner', '--to', '1', '--to', '2'], '--to'],
  ])('%j gives an option twice, of which one would be forgotten', async (argv, option) => {
    const error = await sandbox().failure(argv);
    expect(error).toMatchObject({ ...INVALID, message: expect.stringContaining(`'${option} `) });
    expect(error.message).toContain('given twice');
  });

  it.each([
    [['status', '--format', '--json'], '--format', '--json'],
    [['status', '--format', '-h'], '--format', '-h'],
    [['--ledger', '--json', 'status'], '--ledger', '--json'],
    [['record', 'a', '--tag', '--as', '3', 'x'], '--tag', '--as'],
    [['record', 'a', 'x', '--tag', '--as=3'], '--tag', '--as=3'],
    [['assess', '--files', '--dry-run', 'b'], '--files', '--dry-run'],
    [['break-glass', 'a@1', '--reason', '--principal', 'p'], '--reason', '--principal'],
    [['policy', 'set', 'a=1', '--countersignature', '--countersign'], '--countersignature', '--countersign'],
    [['import', 'npm', 'a', '--order', '--stage'], '--order', '--stage'],
    // A question, and the option of another verb.
    [['rollback-target', 'a', '--tag', '--dry-run'], '--tag', '--dry-run'],
  ])('%j has an option where the value of another one belongs', async (argv, option, value) => {
    const error = await sandbox().failure(argv);
    expect(error).toMatchObject(INVALID);
    if (option === '--reason') expect(error.message).toContain("'--reason <TEXT>' argument missing");
    else {
      expect(error.data.issues).toEqual([{ path: option, expected: 'a value', actual: `the option "${value}"` }]);
      expect(error.hint).toContain(`${option}=${value}`);
    }
  });

  it.each([
    [['assess', '--files', '', 'b'], '--files'],
    [['checkout', '--follow', '', '--once'], '--follow'],
    [['checkout', 'planner@1', ''], 'DIR'],
    [['record', 'planner', ''], 'PATH'],
    [['record', 'planner', 'x', ''], 'PATH'],
    [['report', ''], 'DIR'],
    [['audit', ''], 'COPY'],
    [['clone', 'm.git', ''], 'DIR'],
    [['import', 'git', ''], 'REPO'],
    [['pin', 'compare', 'a', ''], 'B'],
    [['status', '--ledger', ''], '--ledger'],
    [['record', 'planner', 'x', '--key='], '--key'],
  ])('%j names a place by an empty text, which is not the current folder', async (argv, path) => {
    const box = await withLedger();
    const error = await box.failure(argv);
    expect(error).toMatchObject({ ...INVALID, hint: expect.stringContaining('a variable that is not set') });
    expect(error.data.issues).toEqual([{ path, expected: 'a path or an address', actual: 'an empty text' }]);
  });

  it('has an option for a value where it is written with =', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum=--json', '--meta=why=--tag', '--timestamp', '1');
    expect(await box.ok('status', '--format=--json')).toBe('--json\n');
    expect(await box.ok('show', 'planner', '--format', '%(checkpoint.checksum)')).toBe('--json\n');
    expect(await box.ok('tag', 'planner@1', '--', '--tag')).toContain('--tag');
  });

  it('is two lines on stderr for people, and nothing on stdout', async () => {
    const outcome = await sandbox().run(['recrod']);
    expect(outcome).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "error: INVALID_ARGUMENT: unknown command 'recrod'\nhint: did you mean record? (docs/errors.md#invalid_argument)\n",
    });
  });

  it('shows no control character that it was given', async () => {
    const { stderr } = await sandbox().run(['rec\u001b[31mord']);
    expect(stderr).toContain('\\u001b[31m');
    expect(stderr).not.toContain('\u001b');
  });

  it('without a verb is answered with help on stderr', async () => {
    const { code, stdout, stderr } = await sandbox().run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: git-lineage /);
  });
});

describe('help and version', () => {
  it('go to stdout', async () => {
    const box = sandbox();
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await box.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await box.run(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('rollback-target') });
    expect((await box.run(['help', 'record'])).stdout).toBe((await box.run(['record', '-h'])).stdout);
  });
});

describe('values', () => {
  async function ledger(): Promise<Sandbox> {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'c');
    return box;
  }

  it.each(['planner', 'planner@', 'planner@x', 'planner@1.5', 'planner@-1', 'planner@01', '@acme/planner', '@1'])(
    'as MODULE@N may not be %j',
    async (reference) => {
      const error = await (await ledger()).failure(['tag', reference, 'stable']);
      expect(error).toMatchObject({ ...INVALID, hint: expect.stringContaining('planner@3') });
      expect(error.data.issues[0]).toMatchObject({ path: 'MODULE@N', actual: JSON.stringify(reference) });
    },
  );

  it('as MODULE@N are split at the last @', async () => {
    const box = await ledger();
    await box.ok('record', '@acme/planner', '--checksum', 'c');
    expect((await box.json('show', '@acme/planner@1')).checkpoint.moduleId).toBe('@acme/planner');
    expect((await box.json('show', '@acme/planner')).checkpoint.version).toBe(1);
  });

  it.each([
    [['tag', 'planner@0', 'x'], 'INVALID_VERSION'],
    [['show', 'planner@99999999999999999999'], 'INVALID_VERSION'],
    [['show', 'planner@2'], 'NOT_FOUND'],
    [['show', 'a b'], 'INVALID_MODULE_ID'],
    [['tag', 'planner@1', ' x'], 'INVALID_TAG'],
    [['gate', 'planner', 'x', '1'], 'INVALID_VERSION'],
    [['gate', 'planner', '-', '-'], 'INVALID_VERSION'],
    [['gate', 'planner', '0', '1'], 'INVALID_VERSION'],
    [['assess', 'planner', '2', '1', '--no-measure', '--level', 'BREAKING'], 'INVALID_VERSION'],
    [['assess', 'planner', '-', '1', '--no-measure', '--level', 'terrible'], 'INVALID_ARGUMENT'],
    [['assess', 'planner', '-', '1', '--no-measure', '--level', 'BREAKING', '--rationale', '\u0007'], 'INVALID_REPORT'],
    [['rollback', 'planner', '--reason', 'boredom'], 'INVALID_ARGUMENT'],
    [['rollback-target', 'planner', '--reason', 'boredom'], 'INVALID_ARGUMENT'],
    [['rollback', 'planner', '--to', 'one'], 'INVALID_VERSION'],
    [['rollback', 'planner', '--to', '1'], 'INVALID_VERSION'],
    [['history', '--limit', '-1'], 'INVALID_ARGUMENT'],
    [['history', '--limit', 'ten'], 'INVALID_ARGUMENT'],
    [['history', '--since', '1e3'], 'INVALID_ARGUMENT'],
    [['record', 'planner', '--checksum', 'd', '--as', 'two'], 'INVALID_VERSION'],
    [['record', 'planner', '--checksum', 'd', '--as', '1'], 'VERSION_EXISTS'],
    [['record', 'planner', '--checksum', 'd', '--parent', 'none'], 'INVALID_VERSION'],
    [['record', 'planner', '--checksum', 'd', '--timestamp', 'now'], 'INVALID_ARGUMENT'],
    [['record', 'planner', '--checksum', 'd', '--timestamp', '1700000000000'], 'INVALID_CHECKPOINT'],
    [['record', 'planner', '--checksum', 'd', '--meta', 'novalue'], 'INVALID_ARGUMENT'],
    [['record', 'planner', '--checksum', 'd', '--meta', '=x'], 'INVALID_ARGUMENT'],
    [['record', 'planner', '--checksum', 'd', '--meta', 'a=1', '--meta', 'a=2'], 'INVALID_ARGUMENT'],
    [['policy', 'set', 'maxCheckpoints=9', 'requireApproval=true', 'maxCheckpoints=8'], 'INVALID_ARGUMENT'],
    [['record', 'planner', '--checksum', 'd', '--tag', ''], 'INVALID_TAG'],
    [['record', 'planner', '--checksum', 'a\nb'], 'INVALID_CHECKPOINT'],
    [['record', 'Planner', '--checksum', 'd'], 'INVALID_MODULE_ID'],
  ])('%j is %s, and changes nothing', async (argv, code) => {
    const box = await ledger();
    expect(await box.failure(argv)).toMatchObject({ exit: 2, code, message: expect.stringMatching(/./) });
    expect(await box.json('history')).toHaveLength(2);
  });

  it('of two metadata options that are wrong, both are named', async () => {
    const error = await (await ledger()).failure(['record', 'a', '--checksum', 'd', '--meta', 'x', '--meta', 'y']);
    expect(error.data.issues).toHaveLength(2);
  });
});

describe('a hint', () => {
  it.each([
    ['audit', '--trust', 'SHA256:abc'],
    ['audit', '--since', '1'],
    ['clone', 'modules.git', 'copy', '--trust', 'SHA256:abc'],
    ['history', '--limit', '99999999999999999999'],
    ['history', '--at', '99999999999999999999'],
    ['report', 'out', '--versions', '99999999999999999999'],
    ['serve', '--port', '99999'],
    ['ui', '--port', '99999'],
    ['gate', 'planner', '99999999999999999999', '1'],
    ['outcome', 'planner', 'failed', '--weight', '0'],
    ['checkpoint', '--key', 'log.key', '--required', '9'],
    ['audit', '--witness', 'x', '--witnesses-required', '0'],
    ['witness', '--state', 's', '--key', 'log.key'],
    ['webhook', 'ftp://x', '--position', 'p'],
  ])('of %s %s %s %s %s is about the command line, not about calls of the library', async (...words) => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'c');
    await box.ok('checkpoint', 'key', '--key', 'log.key');
    const env = { GIT_LINEAGE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}` };
    const argv = words.filter((word) => word !== undefined);
    const { exit, hint } = await box.failure(argv, { env });
    expect(exit).toBe(2);
    const names = /\b[A-Z][a-z]+[A-Z]\w*/.exec(hint)?.[0];
    expect(names).toBeUndefined();
    expect(hint).not.toMatch(/^$|\{ ?\w|null\b(?! \(-)/);
  });
});

describe('exit codes', () => {
  it('say which family an error is of', async () => {
    const box = await withLedger('--require-approval');
    await box.ok('record', 'planner', '--checksum', 'a');
    expect(await box.failure(['show', 'planner@9'])).toMatchObject({
      exit: 2,
      code: 'NOT_FOUND',
      hint: 'it has v1: git-lineage log planner --all tells of them',
    });
    const stale = ['record', 'planner', '--checksum', 'b', '--parent', '-'];
    expect(await box.failure(stale)).toMatchObject({
      exit: 3,
      code: 'NOT_ACTIVE',
      data: { moduleId: 'planner', version: 2, expected: null, actual: 1 },
    });
    await box.ok('stage', 'planner', '--checksum', 'b');
    await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'BREAKING');
    expect(await box.failure(['activate', 'planner@2'])).toMatchObject({ exit: 4, code: 'APPROVAL_REQUIRED' });
    box.write('modules.git/config', '[core]\n\tbare = true\n[extensions]\n\tobjectFormat = sha512\n');
    expect(await box.failure(['status'])).toMatchObject({ exit: 5, code: 'UNSUPPORTED_REPOSITORY' });
  });

  it('of a bug is 5, with the stack only where it was asked for', async () => {
    const box = await withLedger();
    let stderr = '';
    const run = (env: RunOptions['env']) => {
      stderr = '';
      const broken = {
        write: () => {
          throw new RangeError('broken stream');
        },
      };
      const kept = {
        write: (text: string) => {
          stderr += text;
          return true;
        },
      };
      return main(['stats'], {
        stdin: process.stdin,
        stdout: broken as unknown as NodeJS.WritableStream,
        stderr: kept as unknown as NodeJS.WritableStream,
        env: { ...box.env, ...env },
        cwd: box.root,
      });
    };
    expect(await run({})).toBe(5);
    expect(stderr).toMatch(/^error: INTERNAL: broken stream\nhint: .*GIT_LINEAGE_DEBUG=1.*\n$/);
    expect(await run({ GIT_LINEAGE_DEBUG: '1' })).toBe(5);
    expect(stderr).toContain('usage.test.ts');
  });

  it('are documented for every code that there is', () => {
    const guide = readFileSync(new URL('../../docs/guide/cli.md', import.meta.url), 'utf8');
    for (const code of ERROR_CODES) expect(guide).toContain(code.startsWith('INVALID_') ? 'INVALID_*' : `\`${code}\``);
  });
});

describe('which ledger', () => {
  it('is that of --ledger, before GIT_LINEAGE_DIR, before the one that the current directory is in', async () => {
    const box = await withLedger();
    for (const name of ['option', 'variable']) {
      await box.ok('init', `${name}.git`);
      await box.ok('record', name, '--checksum', 'c', '--ledger', `${name}.git`);
    }
    await box.ok('record', 'current', '--checksum', 'c');
    const modules = async (argv: string[], options: RunOptions) =>
      JSON.parse((await box.run([...argv, '--json'], options)).stdout).map((m: { moduleId: string }) => m.moduleId);
    const env = { GIT_LINEAGE_DIR: 'variable.git' };
    expect(await modules(['status', '--ledger', 'option.git'], { env })).toEqual(['option']);
    expect(await modules(['--ledger', 'option.git', 'status'], { env })).toEqual(['option']);
    expect(await modules(['status'], { env })).toEqual(['variable']);
    const unset = { env: { GIT_LINEAGE_DIR: '' } };
    expect(await modules(['status'], { ...unset, cwd: box.ledger })).toEqual(['current']);
    expect(await modules(['status'], { ...unset, cwd: `${box.ledger}/refs/heads` })).toEqual(['current']);
    // From the current directory upward the first that is one, or whose package.json names one.
    box.write('dev/package.json', '{"git-lineage":{"ledger":"../option.git"}}');
    box.write('dev/broken/package.json', '{');
    box.write('dev/src/index.js', '');
    for (const cwd of ['dev', 'dev/src', 'dev/broken'])
      expect(await modules(['status'], { ...unset, cwd: box.path(cwd) })).toEqual(['option']);
    // Who checks a repository out does not let it choose where is written, fetched, or whose hooks run.
    for (const argv of [
      ['record', 'x', '--checksum', 'c'],
      ['pull'],
      ['fetch'],
      ['hooks', 'install', '--pre-swap', 'x'],
    ])
      expect(await box.failure(argv, { ...unset, cwd: box.path('dev') })).toMatchObject({ exit: 2 });
    expect(await box.failure(['record', 'x', '--checksum', 'c'], { ...unset, cwd: box.path('dev') })).toMatchObject({
      code: 'NOT_A_LEDGER',
      hint: expect.stringContaining(`names ${box.path('option.git')}: to do more than read`),
    });
    expect(await modules(['status'], { env: { GIT_LINEAGE_DIR: box.ledger }, cwd: box.path('dev') })).toEqual([
      'current',
    ]);
  });

  it('is said to be elsewhere than a relative GIT_LINEAGE_DIR leads', async () => {
    const box = await withLedger();
    mkdirSync(box.path('sub'));
    const there = { env: { GIT_LINEAGE_DIR: 'modules.git' } };
    expect(await box.json('status')).toEqual([]);
    // Where there is one, it is said which.
    const note = `note: GIT_LINEAGE_DIR is modules.git, which is ${box.path('modules.git')} from here\n`;
    expect((await box.run(['status'], { ...there, cwd: box.root })).stderr.startsWith(note)).toBe(true);
    expect((await box.run(['status', '--json'], { ...there, cwd: box.root })).stderr).toBe('');
    expect((await box.run(['status'], { env: { GIT_LINEAGE_DIR: box.ledger } })).stderr).not.toContain('from here');
    expect(await box.failure(['status'], { ...there, cwd: box.path('sub') })).toMatchObject({
      exit: 2,
      code: 'NOT_A_LEDGER',
      message: `GIT_LINEAGE_DIR is modules.git, which is ${box.path('sub/modules.git')} from here: no such folder`,
      hint: expect.stringContaining('absolute'),
    });
  });

  it('is said to be elsewhere than a package.json has it', async () => {
    const box = await withLedger();
    const manifest = box.write('dev/package.json', '{"git-lineage":{"ledger":"modules.git"}}');
    expect(await box.failure(['status'], { env: { GIT_LINEAGE_DIR: '' }, cwd: box.path('dev') })).toMatchObject({
      exit: 2,
      code: 'NOT_A_LEDGER',
      message: `${manifest} names the ledger ${box.path('dev/modules.git')}: no such folder`,
      hint: expect.stringContaining('mend the path'),
    });
  });

  it.each([
    [{ ledger: 5 }, '"git-lineage".ledger: expected the path of the ledger, got 5'],
    [{ ledger: '' }, '"git-lineage".ledger: expected the path of the ledger, got ""'],
    [{ ledger: ['a.git'] }, '"git-lineage".ledger: expected the path of the ledger, got ["a.git"]'],
    [{ ledger: null }, '"git-lineage".ledger: expected the path of the ledger, got null'],
    [{ ledgr: 'a.git' }, '"git-lineage": expected only "ledger" and "modules", got "ledgr"'],
    [['a.git'], '"git-lineage": expected an object with "ledger" and "modules", got ["a.git"]'],
    ['a.git', '"git-lineage": expected an object with "ledger" and "modules", got "a.git"'],
    [null, '"git-lineage": expected an object with "ledger" and "modules", got null'],
  ])('is not named by a package.json with "git-lineage": %j, which says what is wrong', async (config, message) => {
    const box = await withLedger();
    const file = box.write('work/package.json', JSON.stringify({ 'git-lineage': config }));
    const options = { cwd: box.path('work'), env: { GIT_LINEAGE_DIR: '' } };
    for (const argv of [['status'], ['record', 'planner', '--checksum', 'c']]) {
      const error = await box.failure(argv, options);
      expect(error).toMatchObject({ exit: 2, code: 'INVALID_CONFIG', message: `${file}: ${message}` });
    }
    expect((await box.run(['status', '--ledger', box.ledger], options)).code).toBe(0);
    box.write('work/package.json', JSON.stringify({ 'git-lineage': { ledger: '../modules.git', modules: 5 } }));
    expect((await box.run(['status'], options)).code).toBe(0);
  });

  it('is said not to be what there is instead', async () => {
    const box = sandbox();
    box.write('file', '');
    box.write('worktree/.git/HEAD', 'ref: refs/heads/main\n');
    box.write('bare/HEAD', 'ref: refs/heads/main\n');
    box.write('bare/config', '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
    mkdirSync(box.path('folder'));
    for (const [name, reason] of [
      ['nowhere', 'no such folder'],
      ['file', 'it is a file'],
      ['folder', 'there is no git repository'],
      ['worktree', 'it is a work tree, and a ledger a bare repository'],
      ['bare', 'its HEAD is "ref: refs/heads/main", and that of a ledger "ref: refs/heads/ledger"'],
    ] as const)
      expect(await box.failure(['status', '--ledger', name])).toMatchObject({
        exit: 2,
        code: 'NOT_A_LEDGER',
        message: `${box.path(name)} is not a ledger: ${reason}`,
        hint: expect.stringMatching(/^say where it is, if it was moved; .*git-lineage init DIR/),
      });
  });

  it('is said to be none where there is none', async () => {
    const box = sandbox();
    const unset = { env: { GIT_LINEAGE_DIR: '' } };
    expect(await box.failure(['status'], unset)).toMatchObject({
      exit: 2,
      code: 'NOT_A_LEDGER',
      hint: expect.stringMatching(/--ledger DIR.*GIT_LINEAGE_DIR.*git-lineage init/),
      data: { gitdir: box.root },
    });
    expect(await box.failure(['status', '--ledger', 'nowhere'])).toMatchObject({ exit: 2, code: 'NOT_A_LEDGER' });
    mkdirSync(box.path('plain.git'));
    box.write('plain.git/HEAD', 'ref: refs/heads/main\n');
    expect(await box.failure(['status'], { ...unset, cwd: box.path('plain.git') })).toMatchObject({
      code: 'NOT_A_LEDGER',
    });
    // Writing finds out as well, before it looks at any key.
    const write = ['record', 'a', '--checksum', 'c', '--key', 'missing', '--ledger', 'nowhere'];
    expect((await box.failure(write)).code).toBe('NOT_A_LEDGER');
  });
});

describe('on a terminal', () => {
  const ESCAPE = '\u001b[';

  it('tables have headings, aligned columns, short checksums and colour', async () => {
    const box = await withLedger();
    box.write('a.js', 'a\n');
    const threeYears = String(Math.floor(Date.now() / 1000) - 3 * 31_536_000);
    await box.ok('record', 'planner', 'a.js', '--tag', 'stable', '--timestamp', threeYears);
    const plain = await box.run(['log', 'planner'], { terminal: true, env: { NO_COLOR: '1' } });
    expect(plain.stdout).toBe(
      [
        'VERSION  STATUS  SEMVER  CHECKSUM              TIME         TAGS\n',
        '1        ACTIVE  -       sha256:87428fc52280…  3 years ago  stable\n',
      ].join(''),
    );
    const coloured = await box.run(['log', 'planner'], { terminal: true });
    expect(coloured.stdout).toContain(`${ESCAPE}32mACTIVE${ESCAPE}39m`);
    const stripped = coloured.stdout.replace(/\u001b\[[0-9;]*m/g, '');
    expect(stripped).toBe(plain.stdout);
  });

  it('colour needs a terminal, no NO_COLOR, and one that is not dumb', async () => {
    const box = await withLedger();
    const coloured = async (options: RunOptions) => (await box.run(['doctor'], options)).stdout.includes(ESCAPE);
    expect(await coloured({ terminal: true })).toBe(true);
    expect(await coloured({ terminal: true, env: { NO_COLOR: '' } })).toBe(true);
    expect(await coloured({ terminal: true, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await coloured({ terminal: true, env: { TERM: 'dumb' } })).toBe(false);
    expect(await coloured({})).toBe(false);
    const error = await box.run(['show', 'nobody'], { terminal: true });
    expect(error.stderr).toMatch(/^\u001b\[31merror:\u001b\[39m NOT_FOUND: /);
    const json = await box.run(['show', 'nobody', '--json'], { terminal: true });
    expect(json.stderr).not.toContain(ESCAPE);
  });
});
