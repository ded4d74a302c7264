/** docs/format.md says how anybody recomputes a checksum: the command, run as written. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { contentDigest } from '../../src/model/content-digest.js';
import { normalizeFiles } from '../../src/model/module-files.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

it('recomputes the checksum of several files with coreutils', () => {
  const command = /^ {4}(find \. .*sha256sum)$/m.exec(readFileSync(join(root, 'docs', 'format.md'), 'utf8'))?.[1];
  expect(command).toBeDefined();
  const files = { 'b.js': 'two\n', 'a b.js': 'one', 'lib/Ä.js': '', 'lib-a.js': '3' };
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-digest-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const printed = execFileSync('bash', ['-c', command ?? ''], { cwd: folder, encoding: 'utf8' });
    expect(`sha256-tree:${printed.slice(0, 64)}`).toBe(contentDigest(normalizeFiles(files)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
