/** `capabilities`: what a version of the ledger reaches, or a folder without one. */

import { describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../src/api/assess.js';
import { sandbox, withLedger } from './sandbox.js';

async function sending() {
  const box = await withLedger();
  box.write('one/package.json', '{"name":"planner","main":"index.js"}');
  box.write('one/index.js', "exports.plan = () => 1;\nexports.send = require('./lib/send').send;\n");
  box.write('one/lib/send.js', "const http = require('http');\nexports.send = (name) => http.get(globalThis[name]);\n");
  await box.ok('record', 'planner', 'one');
  return box;
}

describe('capabilities MODULE[@N]', () => {
  it('lists each with its place and the imports that lead there', async () => {
    const box = await sending();
    const text = await box.ok('capabilities', 'planner@1');
    expect(text).toMatch(/^planner@1 reaches fs-read \(undetermined\), .*, network, environment \(undetermined\)/);
    expect(text).toMatch(/network\tpresent\tlib\/send\.js:2\thttp\.get\tindex\.js:2/);
    expect(text).toMatch(/native\tundetermined\tlib\/send\.js:2\tglobalThis\[name\]\tindex\.js:2/);
    expect(await box.ok('capabilities', 'planner')).toBe(text);
  });

  it('has the same as JSON', async () => {
    const box = await sending();
    const found = await box.json('capabilities', 'planner');
    expect(Object.keys(found)).toEqual(['reach', 'uses', 'omitted', 'packages', 'scripts', 'files']);
    expect(Object.keys(found.reach)).toEqual([...CAPABILITIES]);
    expect(found.uses).toContainEqual({
      capability: 'network',
      reach: 'present',
      what: 'http.get',
      file: 'lib/send.js',
      line: 2,
      chain: [{ file: 'index.js', line: 2 }],
    });
    expect(found).toMatchObject({ omitted: 0, packages: [], scripts: [], files: ['index.js', 'lib/send.js'] });
  });
});

describe('capabilities --files', () => {
  it('takes a folder, and no ledger', async () => {
    const box = sandbox();
    box.write('one/index.js', 'exports.plan = () => 1;\n');
    expect(await box.ok('capabilities', '--files', 'one')).toMatch(/^one reaches nothing that was found\n/);
  });

  it('says what it takes where there is nothing, or both', async () => {
    const box = await sending();
    for (const args of [[], ['planner', '--files', 'one']]) {
      const { code, stderr } = await box.run(['capabilities', ...args]);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/either MODULE\[@N\] or --files PATH/);
    }
  });
});
