/** docs/format.md says how anybody recomputes a checksum: the command, run as written. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { generateKey, parsePublicKeyLine } from '../../src/index.js';
import { contentDigest } from '../../src/model/content-digest.js';
import { normalizeFiles } from '../../src/model/module-files.js';
import { DEFAULT_SETTINGS } from '../../src/model/policy-settings.js';
import { formatPolicy } from '../../src/model/policy-text.js';
import { MarkdownDocument } from './document.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

it('shows a policy with the fields, order and layout that one has', () => {
  const guide = readFileSync(join(root, 'docs', 'format.md'), 'utf8');
  const block = /^ {4}\{\n {6}"maxCheckpoints"[\s\S]*?^ {4}\}$/m.exec(guide)?.[0].replace(/^ {4}/gm, '') ?? '';
  const shown = JSON.parse(block);
  expect(JSON.stringify(shown, null, 2)).toBe(block);
  const [admin, revoked] = [1, 2].map(() => parsePublicKeyLine(generateKey().publicKey).key);
  if (admin === undefined || revoked === undefined) throw new Error('two keys were made');
  const written = JSON.parse(
    formatPolicy({
      ...DEFAULT_SETTINGS,
      format: 1,
      signers: [
        { principal: 'ops', publicKey: admin, roles: ['admin'], revokedFrom: null },
        { principal: 'ci', publicKey: revoked, roles: [], revokedFrom: 42 },
      ],
    }).policyJson,
  );
  expect(Object.keys(shown)).toEqual(Object.keys(written));
  expect(Object.values(shown.keys)).toEqual([['admin'], []]);
  expect(shown.keys[Object.keys(shown.revoked)[0] ?? '']).toEqual([]);
  expect(written.keys[revoked.fingerprint]).toEqual([]);
  expect([written.revoked[revoked.fingerprint], ...Object.values(shown.revoked)]).toEqual([42, 42]);
});

it('recomputes the checksum of several files with coreutils', () => {
  const [command = '', ...others] = new MarkdownDocument('docs/format.md').commands('A version commit');
  expect([command, others]).toEqual([expect.stringMatching(/^find .*sha256sum$/), []]);
  const files = { 'b.js': 'two\n', 'a b.js': 'one', 'lib/Ä.js': '', 'lib-a.js': '3' };
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-digest-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const printed = execFileSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect(`sha256-tree:${printed.slice(0, 64)}`).toBe(contentDigest(normalizeFiles(files)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
