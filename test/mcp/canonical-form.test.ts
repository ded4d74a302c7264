/** A tool server's description as the files of a version: the same for the same description, another for any other. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  descriptionOf,
  filesOf,
  type ItemKind,
  itemsOf,
  type ServerDescription,
  selfDescription,
} from '../../src/mcp/canonical-form.js';
import type { Json, JsonObject } from '../../src/mcp/json-reader.js';
import { normalizeFiles } from '../../src/model/module-files.js';
import { unportableNames } from '../../src/model/portable-names.js';
import { runs } from '../property/seed.js';

function description(lists: Partial<Record<ItemKind, Json[]>>, self: JsonObject = {}): ServerDescription {
  const said = selfDescription(self);
  if ('fault' in said) throw new Error(said.fault);
  const items = Object.fromEntries(
    (['tools', 'prompts', 'resourceTemplates'] as const).map((kind) => {
      const found = itemsOf(kind, lists[kind] ?? []);
      if ('fault' in found) throw new Error(found.fault);
      return [kind, found];
    }),
  );
  return { ...said, items: items as ServerDescription['items'] };
}

const search = { name: 'search', description: 'Looks things up.', inputSchema: { type: 'object', properties: {} } };

describe('the files of a description', () => {
  it('are one a tool, prompt and template, and one of the server, without its version', () => {
    const files = filesOf(
      description(
        {
          tools: [search, { name: 'getWeather' }],
          prompts: [{ name: 'con' }],
          resourceTemplates: [{ uriTemplate: 'file:///{path}', name: 'files' }],
        },
        { serverInfo: { version: '1.2.3', name: 'finder' }, instructions: 'Ask first.' },
      ),
    );
    expect(Object.fromEntries(files)).toEqual({
      'server.json': '{"info":{"name":"finder"},"instructions":"Ask first."}',
      'tools/search.json':
        '{"description":"Looks things up.","inputSchema":{"properties":{},"type":"object"},"name":"search"}',
      'tools/getWeather+ac154bbc7a004b5d.json': '{"name":"getWeather"}',
      'prompts/con+1143da2bc54c495c.json': '{"name":"con"}',
      'resource-templates/file-path-+b3d3118fc62f8c05.json': '{"name":"files","uriTemplate":"file:///{path}"}',
    });
  });

  it('are the same whatever the order of tools and members, and others for any field that differs', () => {
    const other = { name: 'other', inputSchema: {} };
    const first = filesOf(description({ tools: [search, other] }));
    const { name, ...rest } = search;
    expect(filesOf(description({ tools: [other, { ...rest, name }] }))).toEqual(first);
    for (const change of [
      { _meta: { x: 1 } },
      { title: 'S' },
      { unknownField: null },
      { execution: {} },
      { icons: [] },
    ])
      expect(filesOf(description({ tools: [{ ...search, ...change }, other] }))).not.toEqual(first);
  });

  it('read back to the same description, with names that no file system takes, and are names that every one takes', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed()),
      fc.constantFrom('con', 'CON', 'a', 'A', '..', '.git', 'a/b', 'ı', 'K', 'x'.repeat(300), 'a+b', ' ', 'tool.'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
        const tools = names.map((text) => ({ name: text, inputSchema: {} }));
        const said = description({ tools, prompts: names.map((text) => ({ name: text })) }, { instructions: 'x' });
        const files = filesOf(said);
        expect(files.size).toBe(1 + 2 * names.length);
        expect(unportableNames(files.keys())).toEqual([]);
        expect(descriptionOf(normalizeFiles(files))).toEqual(said);
      }),
      runs(100),
    );
  });
});

describe('what is no description', () => {
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['files of a program', { 'index.js': 'export {};' }, 'index.js'],
    ['a list without the server', { 'tools/a.json': '{"name":"a"}' }, 'no server.json'],
    [
      'a file in another form',
      { 'server.json': '{"instructions":null,"info":{}}' },
      'not written as a guard writes it',
    ],
    [
      'a file by another name',
      { 'server.json': '{"info":{},"instructions":null}', 'tools/b.json': '{"name":"a"}' },
      '',
    ],
    ['a name twice in an object', { 'server.json': '{"info":{},"info":{}}' }, 'twice'],
  ])('%s', (_, files, why) => {
    expect(descriptionOf(normalizeFiles(files))).toMatchObject({ fault: expect.stringContaining(why) });
  });

  it.each<[string, Json[], string]>([
    ['a name twice', [{ name: 'a' }, { name: 'a', title: 'b' }], '"a" twice in tools'],
    ['no name', [{ title: 'a' }], 'without a name'],
    ['a name that is none', [{ name: 7 }], 'without a name'],
    ['a lone surrogate', [{ name: 'a', description: '\ud800' }], 'JSON cannot carry'],
    ['a number without end', [{ name: 'a', x: Number.POSITIVE_INFINITY }], 'JSON cannot carry'],
    ['too many levels', [{ name: 'a', x: JSON.parse('['.repeat(64) + ']'.repeat(64)) }], 'more than 64 levels'],
    ['too many of them', Array.from({ length: 2001 }, (_x, i) => ({ name: `t${i}` })), 'more than 2000'],
  ])('a list with %s', (_, tools, why) => {
    expect(itemsOf('tools', tools)).toEqual({ fault: expect.stringContaining(why) });
  });
});
