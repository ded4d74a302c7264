/** Every document: its links lead somewhere, its programs compile, and a test runs its commands. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GLOBAL_OPTIONS, HELP_OPTION } from '../../src/cli/program.js';
import { VERBS } from '../../src/cli/verbs.js';
import { MarkdownDocument, ROOT } from './document.js';
import { Workplace } from './workplace.js';

/** CHANGELOG.md tells of what was. */
const DOCUMENTS = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((path) => !path.startsWith('fixtures/') && path !== 'CHANGELOG.md')
  .map((path) => new MarkdownDocument(path));

/** What a fragment of a program takes for given. */
const SIGNER = "declare const signer: import('git-lineage').Signer;\n";
const GIVEN: Readonly<Record<string, string>> = {
  'docs/guide/assess.md': `${SIGNER}declare const before: string, after: string;\n`,
  'docs/guide/hook.md': "declare const ledger: import('git-lineage').Ledger;\n",
  'monitoring/README.md': SIGNER,
};

/** The programs that documents have typed. */
const PROGRAMS =
  'git-lineage git npm npx pnpm yarn node promtool prometheus ssh-keygen ssh-add ssh-agent ssh curl openssl bash sh cd ls cat ' +
  'echo printf cp mv rm mkdir chmod chown find tar rsync grep sed xargs sha256sum systemctl docker podman sudo apt-get';

/** A line that is typed: variables of the environment may stand before its program. */
const COMMAND = new RegExp(
  `^(?:\\$ )?(?:[A-Z_]+=\\S* +)*(?:export [A-Z_]+=|(?:${PROGRAMS.replaceAll(' ', '|')})(?: |$))`,
);

/** What begins as a command and is none. */
const NO_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  // The first line of the bytes that a countersignature covers.
  'docs/format.md': ['git-lineage countersign'],
};

describe.each(DOCUMENTS.map((document) => ({ document, path: document.path })))('$path', ({ document, path }) => {
  it('links to what is there', () => {
    expect(document.brokenLinks).toEqual([]);
  });

  it('has no command in an indented block, or in a text that none prints: nobody would run it', () => {
    const { blocks, prose } = document;
    const shown = blocks.filter(({ info, section }, i) => {
      const before = blocks[i - 1];
      return info === '' || (info === 'text' && !(before?.info === 'sh' && before.section === section));
    });
    const indented = prose.split('\n').filter((line) => /^(?: {4}|\t)/.test(line));
    const lines = [...indented, ...shown.flatMap(({ text }) => text.split('\n'))].map((line) => line.trim());
    const commands = lines.filter((line) => COMMAND.test(line));
    expect(commands.filter((line) => !NO_COMMANDS[path]?.includes(line))).toEqual([]);
  });

  it('says of each block what it is', () => {
    const known = /^(sh|text|ts|js|json|yaml|ini)?$|^sh not run: ....|^(sh|ts|js|json) [\w./-]+$/;
    expect(document.blocks.map(({ info }) => info).filter((info) => !known.test(info))).toEqual([]);
  });
});

it('every document with commands has a test that runs them', () => {
  const tests = ['docs', 'monitoring'].flatMap((folder) =>
    readdirSync(join(ROOT, 'test', folder)).flatMap((name) => (name.endsWith('.test.ts') ? [join(folder, name)] : [])),
  );
  const told = tests.map((name) => readFileSync(join(ROOT, 'test', name), 'utf8')).join('\n');
  const withCommands = DOCUMENTS.filter(({ blocks }) => blocks.some(({ info }) => info === 'sh'));
  expect(withCommands.length).toBeGreaterThan(10);
  const followed = (path: string) =>
    told.includes(`'${path}'`) || told.includes(`'${path.split('/').join("', '")}'`) || path.startsWith('docs/start/');
  expect(withCommands.map(({ path }) => path).filter((path) => !followed(path))).toEqual([]);
});

/** What in a command line there is not: its verb, or options of it. What stands for others (`VERB`, `…`) is passed over. */
function unknownIn(line: string): string[] {
  const words = line.replace(/^(npx )?git-lineage /, '').split(/[\s[\]()|…]+/);
  const [name = '', inner = ''] = words;
  if (name.startsWith('-') || /^[A-Z]*$/.test(name)) return [];
  const verb = VERBS.find((each) => each.name === name);
  if (verb === undefined) return name === 'help' ? [] : [name];
  const own = verb.verbs?.find((each) => each.name === inner);
  const specs = [verb, ...(own === undefined ? [] : [own])].flatMap(({ options = [] }) => options);
  const options = new Set(
    [...specs, ...GLOBAL_OPTIONS, HELP_OPTION].flatMap(({ flags }) =>
      flags.split(/[\s,]+/).filter((word) => /^-/.test(word)),
    ),
  );
  const end = words.indexOf('--');
  return words
    .slice(1, end === -1 ? words.length : end)
    .filter((word) => word.startsWith('-') && word !== '-')
    .map((word) => word.replace(/=.*$/, ''))
    .filter((word) => !options.has(word));
}

it('the commands that nobody runs, in sentences, blocks and messages, have a verb and options that there are', () => {
  const inSentences = DOCUMENTS.flatMap(({ prose }) =>
    [...prose.matchAll(/`((?:npx )?git-lineage [^`]+)`/g)].map(([, line = '']) => line),
  );
  const inBlocks = DOCUMENTS.flatMap(({ blocks }) =>
    blocks.filter(({ info }) => info.startsWith('sh not run: ')),
  ).flatMap(({ text }) => [...text.matchAll(/^(?:npx )?git-lineage .*$/gm)].map(([line]) => line));
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  // In a message the name may be a subject: `git-lineage moves them`.
  const names = VERBS.map(({ name }) => name).join('|');
  const inMessage = new RegExp(`git-lineage (?:${names})(?![\\w-])(?: (?:--?[a-z][\\w-]*|[A-Z]+|[a-z]+))*`, 'g');
  const inMessages = sources.flatMap((name) =>
    [...readFileSync(join(ROOT, 'src', name), 'utf8').matchAll(inMessage)].map(([line]) => line),
  );
  for (const lines of [inSentences, inBlocks, inMessages]) expect(lines.length).toBeGreaterThan(3);
  expect(
    [...inSentences, ...inBlocks, ...inMessages].flatMap((line) => {
      const unknown = unknownIn(line);
      return unknown.length === 0 ? [] : [`${line}: ${unknown.join(' ')}`];
    }),
  ).toEqual([]);
});

it('every program compiles in strict mode; those of docs/guide/swap.md are compiled where they run', {
  timeout: 300_000,
}, () => {
  const place = new Workplace();
  onTestFinished(() => place.remove());
  const programs = DOCUMENTS.filter(({ path }) => path !== 'docs/guide/swap.md').flatMap(({ path, blocks }) =>
    blocks.filter(({ info }) => info === 'ts').map(({ text }) => `${GIVEN[path] ?? ''}${text}`),
  );
  expect(programs.length).toBeGreaterThan(4);
  const files = programs.map((text, i) => {
    place.write(`program-${i}/program.ts`, `${text}\nexport {};\n`);
    return `program-${i}/program.ts`;
  });
  expect(place.compile(files, '--noUnusedLocals', 'false')).toBe('');
});
