/** An attacker who wants a binary of theirs loaded: puts it into a `prebuilds` above an install that has none for this machine. */

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PREBUILDS = join(ROOT, 'node_modules/fs-native-extensions/prebuilds');
const HOST = readdirSync(PREBUILDS).find((name) => name === `${platform()}-${arch()}`) ?? '';

/** An installed copy of this package, whose `fs-native-extensions` has no binaries, below `root`. */
function installed(root: string): string {
  const modules = join(root, 'app/node_modules');
  mkdirSync(join(modules, 'git-lineage'), { recursive: true });
  for (const name of ['dist', 'package.json'])
    cpSync(join(ROOT, name), join(modules, 'git-lineage', name), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!name.startsWith('.') && name !== 'fs-native-extensions')
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  cpSync(join(ROOT, 'node_modules/fs-native-extensions'), join(modules, 'fs-native-extensions'), {
    recursive: true,
    filter: (path) => !path.includes('/prebuilds'),
  });
  return join(modules, 'git-lineage/dist/index.js');
}

/** Founds a ledger with it; what it says, with the binaries that are mapped into the process. */
function found(index: string, gitdir: string): Promise<string> {
  const program = `
    const { initLedger } = await import(${JSON.stringify(pathToFileURL(index).href)});
    const { ephemeralSigner } = await import(${JSON.stringify(new URL('api/testing.js', pathToFileURL(index)).href)});
    const said = await initLedger({ gitdir: ${JSON.stringify(gitdir)}, signer: await ephemeralSigner('a@example.org') })
      .then(async (ledger) => { await ledger.recordCheckpoint({ moduleId: 'm', checksum: 'c' }); await ledger.close(); return 'founded'; })
      .catch((error) => JSON.stringify(error));
    const loaded = process.report.getReport().sharedObjects.filter((path) => path.endsWith('.node'));
    console.log(JSON.stringify({ said, loaded }));`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }, (_, out, err) =>
      resolve(out + err),
    );
  });
}

it.skipIf(HOST === '').each([
  ['above the project', (root: string) => join(root, 'prebuilds')],
  ['in the project', (root: string) => join(root, 'app/prebuilds')],
  ['among its packages', (root: string) => join(root, 'app/node_modules/prebuilds')],
])('a binary in prebuilds %s is not loaded, and what is missing is named', async (_, place) => {
  const root = mkdtempSync(join(tmpdir(), 'git-lineage-above-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const index = installed(root);
  const planted = place(root);
  cpSync(join(PREBUILDS, HOST), join(planted, HOST), { recursive: true });
  const gitdir = join(root, 'modules.git');
  const answer = await found(index, gitdir);
  expect(JSON.parse(answer).loaded).toEqual([]);
  const own = join(root, 'app/node_modules/fs-native-extensions/prebuilds', HOST);
  expect(JSON.parse(JSON.parse(answer).said)).toMatchObject({
    code: 'IO',
    message: expect.stringContaining(`expected fs-native-extensions.node in ${own}`),
  });
  expect(existsSync(gitdir)).toBe(false);
  // With its own binary it loads that one, whatever is above.
  cpSync(join(PREBUILDS, HOST), own, { recursive: true });
  const well = JSON.parse(await found(index, gitdir));
  expect(well).toEqual({ said: 'founded', loaded: [join(own, 'fs-native-extensions.node')] });
});
