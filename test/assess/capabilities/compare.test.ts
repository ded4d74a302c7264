/** What a version reaches that the one before did not: told beside the level. */

import { describe, expect, test } from 'vitest';
import { assessFiles } from '../../../src/assess/assess-files.js';
import { normalizeFiles } from '../../../src/model/module-files.js';
import { MAX_RATIONALE_BYTES } from '../../../src/model/report.js';

const MANIFEST = '{"name":"a","main":"index.js","types":"index.d.ts"}';

async function judge(from: string, to: string, more: Readonly<Record<string, string>> = {}) {
  const files = (code: string) => ({
    'package.json': MANIFEST,
    'index.js': code,
    'index.d.ts': 'export declare const a: number;',
  });
  return assessFiles({ fromFiles: normalizeFiles(files(from)), toFiles: normalizeFiles({ ...files(to), ...more }) });
}

describe('a version that reaches more', () => {
  test('has a finding with the place and the chain of imports, and the level that it had', async () => {
    const lib = { 'lib/send.js': "const http = require('http');\nexports.send = () => http.get('x');" };
    const { level, findings, capabilities, rationale } = await judge(
      'exports.a = 1;',
      "require('./lib/send');\nexports.a = 1;",
      lib,
    );
    expect(level).toBe('COMPATIBLE');
    expect(capabilities).toEqual({ added: ['network'], removed: [] });
    expect(findings).toEqual([
      {
        code: 'capability-added',
        level: 'COMPATIBLE',
        path: 'network',
        before: null,
        after: 'http.get',
        message: 'is reached now: http.get in lib/send.js:2, by index.js:1',
      },
    ]);
    expect(rationale).toBe(
      'Drop-in: callers see the same interface.\n\nNote: reaches network, which it did not before: http.get in lib/send.js:2, by index.js:1',
    );
  });

  test('says so too where nobody can tell', async () => {
    const { findings, capabilities } = await judge(
      'exports.a = 1;',
      'exports.a = 1; exports.f = (n) => globalThis[n];',
    );
    expect(capabilities.added).toEqual(['code']);
    expect(findings[0]?.message).toBe('may be reached now, which nobody can tell: globalThis[n] in index.js:1');
  });

  test('says so in a rationale of bounded length', async () => {
    const everything = `${Array.from({ length: 3_000 }, (_, i) => `exports.f${i} = () => process.env.${'X'.repeat(90)}${i};`).join('\n')}
      require('fs').writeFileSync(fetch, require('child_process').exec(eval('1')));`;
    const { rationale, capabilities } = await judge('exports.a = 1;', everything);
    expect(capabilities.added).toEqual(['fs-write', 'process', 'network', 'environment', 'code']);
    expect(Buffer.byteLength(rationale)).toBeLessThan(MAX_RATIONALE_BYTES / 4);
  });
});

describe('a version that reaches', () => {
  test('less says what it no longer reaches', async () => {
    const { findings, notes } = await judge("exports.a = 1; exports.f = () => eval('1');", 'exports.a = 1;');
    expect(findings).toMatchObject([{ code: 'capability-removed', path: 'code', before: "eval('1')", after: null }]);
    expect(notes).toEqual(['no longer reaches code']);
  });

  test('the same by another way says nothing', async () => {
    const { findings, capabilities } = await judge("exports.a = fetch('x');", "exports.a = require('https').get('x');");
    expect([findings, capabilities]).toEqual([[], { added: [], removed: [] }]);
  });
});
