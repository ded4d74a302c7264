/** Programs planted wherever git would look for one: the audit of a ledger, a mirror or a clone runs none of them. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GIT_ENVIRONMENT } from '../crash/real-git.mjs';
import { Forge, gitBytes } from './forge.js';
import { goodLedger } from './good-ledger.js';

const place = goodLedger();

const HOOKS = [
  ...['pre-commit', 'post-checkout', 'post-merge', 'pre-push', 'pre-receive', 'update', 'proc-receive', 'post-receive'],
  ...['post-update', 'reference-transaction', 'push-to-checkout', 'pre-auto-gc', 'fsmonitor-watchman', 'pre-swap'],
  ...['applypatch-msg', 'commit-msg', 'post-commit', 'post-rewrite', 'post-index-change', 'pre-rebase'],
];

/** Plants them, and tells which ran. */
function plant(gitdir: string, folder: string): () => string[] {
  const forge = new Forge(gitdir);
  const marks = join(folder, 'marks');
  mkdirSync(marks, { recursive: true });
  const program = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\ntouch '${marks}/${name}'\nexit 1\n`);
    chmodSync(path, 0o755);
    return path;
  };
  for (const hook of HOOKS) {
    forge.file(`hooks/${hook}`, `#!/bin/sh\ntouch '${marks}/hook-${hook}'\nexit 1\n`);
    chmodSync(forge.path('hooks', hook), 0o755);
  }
  writeFileSync(
    join(folder, 'included'),
    `[core]\n\tsshCommand = ${program('sshCommand')}\n\tpager = ${program('pager')}\n`,
  );
  forge.edit('config', (before) =>
    Buffer.concat([
      before,
      Buffer.from(`
[include]
	path = ${join(folder, 'included')}
[core]
	fsmonitor = ${program('fsmonitor')}
	alternateRefsCommand = ${program('alternateRefs')}
	editor = ${program('editor')}
[gpg]
	format = ssh
	program = ${program('gpg')}
[gpg "ssh"]
	program = ${program('gpg-ssh')}
	allowedSignersFile = ${forge.path('allowed_signers')}
[credential]
	helper = ${program('credential')}
[uploadpack]
	packObjectsHook = ${program('packObjects')}
[alias]
	cat-file = !${program('alias')}
`),
    ]),
  );
  return () => readdirSync(marks);
}

describe('a copy with planted programs', () => {
  it.each(['ledger', 'mirror', 'clone'] as const)('is audited without running any of them: %s', async (kind) => {
    const { folder, forms, pin } = place.get();
    const top = kind === 'clone' ? join(folder, 'planted') : place.copy(kind).gitdir;
    const gitdir = kind === 'clone' ? join(top, '.git') : top;
    if (kind === 'clone') {
      gitBytes(folder, ['clone', '--quiet', forms.ledger, top]);
      gitBytes(top, ['fetch', '--quiet', 'origin', 'refs/notes/*:refs/notes/*', 'refs/tags/*:refs/tags/*']);
      writeFileSync(join(top, '.gitattributes'), '* filter=x\n');
    }
    const ran = plant(gitdir, join(folder, `traps-${kind}`));
    const before = ran();
    const report = await place.audit(top, { pin });
    expect([before, report.outcome, ran()]).toEqual([[], 'passed', []]);
    // The traps are such that git steps into them.
    spawnSync('git', ['-C', top, 'verify-commit', pin.oid], { env: GIT_ENVIRONMENT });
    expect(ran()).toContain('gpg-ssh');
  });

  it('believes no allowed_signers but the journal’s', async () => {
    const { people } = place.get();
    const forge = place.copy('ledger');
    const { principal, publicKey } = people.thief;
    const line = `${principal} ${publicKey.type} ${publicKey.blob}\n`;
    for (const path of ['allowed_signers', 'lineage/allowed_signers', 'info/allowed_signers']) forge.file(path, line);
    await forge.entry(people.thief).tag('planner', 4, 'blue').seal();
    expect((await place.audit(forge.gitdir)).outcome).toBe('failed');
  });
});
