/** The examples in the docstrings of the front door, run one after the other in one folder, as a reader would. */

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';
import * as front from '../../src/index.js';
import { startAgent } from '../signing/ssh-agent.js';
import { folder } from '../swap/scene.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

/** What is to be there before: the key, the ledger, its copy. */
const ORDER = ['generateKey', 'sshSigner', 'initLedger', 'openLedger', 'agentSigner', 'cloneLedger', 'fetchLedger'];

/** The example of each function of the front door, or '' where it has none. */
function examples(): Map<string, string> {
  const entry = join(ROOT, 'src/index.ts');
  const program = ts.createProgram([entry], { module: ts.ModuleKind.NodeNext, skipLibCheck: true, noResolve: false });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  const exported = module === undefined ? [] : checker.getExportsOfModule(module);
  return new Map(
    exported
      .filter((symbol) => typeof Reflect.get(front, symbol.name) === 'function' && symbol.name !== 'LedgerError')
      .map((symbol) => {
        const meant = checker.getAliasedSymbol(symbol);
        const tag = meant.getJsDocTags(checker).find(({ name }) => name === 'example');
        return [symbol.name, ts.displayPartsToString(tag?.text)];
      }),
  );
}

it('every function of the front door has an example, and each of them runs', async () => {
  const found = examples();
  expect(found.size).toBeGreaterThan(9);
  expect([...found].filter(([, example]) => example === '').map(([name]) => name)).toEqual([]);
  const place = folder();
  mkdirSync(join(place, 'node_modules'));
  symlinkSync(ROOT, join(place, 'node_modules', 'git-lineage'));
  const agent = await startAgent(place);
  onTestFinished(() => agent.stop());
  const rest = [...found.keys()].filter((name) => !ORDER.includes(name));
  for (const name of [...ORDER, ...rest]) {
    writeFileSync(join(place, 'example.mjs'), found.get(name) ?? '');
    const env = { ...process.env, SSH_AUTH_SOCK: agent.socketPath };
    const { stderr } = await execute(process.execPath, ['example.mjs'], { cwd: place, env });
    expect(stderr, name).toBe('');
    if (name === 'generateKey') await agent.add('-q', join(place, 'ops.key'));
  }
  expect(readFileSync(join(place, 'copy.git', 'lineage', 'pin.json'), 'utf8')).toContain('"seq"');
});
