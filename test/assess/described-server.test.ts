/** What a tool server says beside its tools: instructions, prompts, resource templates, as a guard stages them. */

import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { normalizeFiles } from '../../src/model/module-files.js';

const SERVER = { info: { name: 'finder' }, instructions: 'Ask before you search.' };
const REVIEW = {
  name: 'review',
  description: 'Reviews.',
  arguments: [{ name: 'code', required: true }, { name: 'tone' }],
};

function files(
  server: object,
  prompts: Readonly<Record<string, object>>,
  templates: Readonly<Record<string, object>> = {},
) {
  return normalizeFiles({
    'server.json': JSON.stringify(server),
    ...Object.fromEntries(
      Object.entries(prompts).map(([name, item]) => [`prompts/${name}.json`, JSON.stringify(item)]),
    ),
    ...Object.fromEntries(
      Object.entries(templates).map(([name, item]) => [`resource-templates/${name}.json`, JSON.stringify(item)]),
    ),
  });
}

async function told(fromFiles: ReturnType<typeof files>, toFiles: ReturnType<typeof files>) {
  const { level, findings, notes } = await assessFiles({ fromFiles, toFiles });
  return { level, findings: findings.map(({ code, path }) => `${code} ${path}`), notes };
}

const before = files(SERVER, { review: REVIEW }, { files: { uriTemplate: 'file:///{path}', name: 'files' } });

test('instructions are a note, with what nobody sees spelled out', async () => {
  const after = files(
    { ...SERVER, instructions: 'Ask before you search.\u{e0041}' },
    { review: REVIEW },
    { files: { uriTemplate: 'file:///{path}', name: 'files' } },
  );
  expect(await told(before, after)).toEqual({
    level: 'COMPATIBLE',
    findings: [],
    notes: ['server.json#/instructions says "search.\\u{e0041}", and said "search."'],
  });
});

test('a prompt or template that is gone is BREAKING, a new one additive', async () => {
  const after = files(SERVER, { explain: { name: 'explain' } });
  expect(await told(before, after)).toMatchObject({
    level: 'BREAKING',
    findings: [
      'export-removed prompts/review.json',
      'export-removed resource-templates/files.json',
      'export-added prompts/explain.json',
    ],
  });
});

test.each([
  [
    'one that must be given now',
    [
      { name: 'code', required: true },
      { name: 'tone', required: true },
    ],
    'BREAKING',
    'param-required prompts/review.json#/arguments/tone',
  ],
  [
    'a new one that must be given',
    [...REVIEW.arguments, { name: 'token', required: true }],
    'BREAKING',
    'param-required prompts/review.json#/arguments/token',
  ],
  [
    'a new one that may be given',
    [...REVIEW.arguments, { name: 'language' }],
    'MINOR_CHANGE',
    'param-optional prompts/review.json#/arguments/language',
  ],
  [
    'one that is gone',
    [{ name: 'code', required: true }],
    'BREAKING',
    'param-removed prompts/review.json#/arguments/tone',
  ],
])('an argument of a prompt: %s', async (_, given, level, finding) => {
  const template = { files: { uriTemplate: 'file:///{path}', name: 'files' } };
  const after = files(SERVER, { review: { ...REVIEW, arguments: given } }, template);
  expect(await told(before, after)).toEqual({ level, findings: [finding], notes: [] });
});
