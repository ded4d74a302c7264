/** git reads what we write: fsck, signatures, notes, clones, and the commands of the ledger's own README. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLedger } from '../../src/index.js';
import { fsckComplaints, git, gitNotes, gitOutcome, gitRefs } from '../crash/real-git.mjs';
import { answers, fillWithEvents, onDisk, plan } from './ledger-on-disk.js';

const KEYS = ['ed25519', 'rsa-3072', 'nistp256', 'nistp384', 'nistp521'];

/** Points git at the ledger's own list of keys. */
async function trustingOwnKeys(gitdir: string, dir: string): Promise<string[]> {
  const signers = join(dir, 'allowed_signers');
  writeFileSync(signers, `${await git(gitdir, ['show', 'ledger:allowed_signers'])}\n`);
  return ['-c', `gpg.ssh.allowedSignersFile=${signers}`];
}

it.each(KEYS)('fsck is silent, and every signature verifies, with a key of type %s', async (key) => {
  await onDisk(
    async ({ dir, gitdir, ledger }) => {
      await fillWithEvents(ledger);
      expect(fsckComplaints(gitdir)).toEqual([]);
      const strict = gitOutcome(gitdir, ['fsck', '--strict', '--full']);
      expect(strict).toEqual({ status: 0, output: '', errors: '' });

      const trusting = await trustingOwnKeys(gitdir, dir);
      const entries = (await git(gitdir, ['rev-list', 'ledger'])).split('\n');
      expect(entries.length).toBe((await ledger.journal.position()).seq + 1);
      for (const entry of entries) await git(gitdir, [...trusting, 'verify-commit', entry]);
      const signed = await git(gitdir, [...trusting, 'log', '--format=%G? %GS', 'ledger']);
      expect(new Set(signed.split('\n'))).toEqual(new Set(['G ops@example.org']));

      const reports = (await git(gitdir, ['tag', '-l', 'compat/*'])).split('\n');
      expect(reports).toHaveLength(5);
      for (const report of reports) {
        await git(gitdir, [...trusting, 'verify-tag', report]);
        expect(await git(gitdir, ['cat-file', 'tag', report])).toContain(`\ntag ${report}\n`);
      }
    },
    { key },
  );
});

it('each ref is what the last entry that moved it says', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await fillWithEvents(ledger);
    const said = new Map<string, string>();
    const log = await git(gitdir, ['log', '--reverse', '--format=%B', 'ledger']);
    for (const [, ref = '', , to = ''] of log.matchAll(/^Ref-Update: (\S+) (\S+) (\S+)$/gm)) said.set(ref, to);
    const refs = gitRefs(gitdir);
    refs.delete('refs/heads/ledger');
    expect(refs).toEqual(said);
  });
});

it('git log shows a lineage with its checksums and tags, without being asked for notes', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await fillWithEvents(ledger);
    for (const args of [
      ['log', 'planner'],
      ['log', '--notes=*', 'planner'],
    ]) {
      const log = await git(gitdir, args);
      for (const version of await ledger.getLineage('planner')) {
        expect(log).toContain(`planner v${version.version}`);
        expect(log).toContain(version.checksum);
      }
      expect(log).toMatch(/Notes \(tags\):\n {4}blue\n {4}stable\n/);
    }
    expect((await git(gitdir, ['log', '--format=%s', 'planner'])).split('\n')).toEqual(
      (await ledger.getLineage('planner')).map((v) => `planner v${v.version}`).reverse(),
    );
    expect(await git(gitdir, ['show', 'planner/v1:index.js'])).toBe(plan('1').files['index.js']?.trimEnd());
    const notes = gitNotes(gitdir, 'checksum');
    const refs = gitRefs(gitdir);
    for (const id of await ledger.versions.modules())
      for (const v of await ledger.versions.list(id))
        expect(notes.get(refs.get(`refs/tags/${id}/v${v.version}`) ?? '')).toBe(`${v.checksum}\n`);
  });
});

it('a mirror has everything, and answers the same', async () => {
  await onDisk(async ({ dir, gitdir, ledger }) => {
    await fillWithEvents(ledger);
    await git(dir, ['clone', '-q', '--mirror', gitdir, 'mirror.git']);
    const mirror = join(dir, 'mirror.git');
    expect(gitRefs(mirror)).toEqual(gitRefs(gitdir));
    const reader = await openLedger({ gitdir: mirror });
    expect(await answers(reader)).toEqual(await answers(ledger));
    await expect(reader.recordCheckpoint({ moduleId: 'planner' }, plan('5'))).rejects.toMatchObject({
      code: 'ROLE_REQUIRED',
    });
    // A clone has none of the settings; setting them takes no key.
    expect(new Set((await reader.journal.doctor({ restore: true })).findings.map((f) => f.kind))).toEqual(
      new Set(['config']),
    );
    expect((await reader.journal.doctor()).findings).toEqual([]);
    // After git has packed it all, the answers are the same again.
    await git(mirror, ['gc', '-q', '--aggressive', '--prune=now']);
    expect(await answers(await openLedger({ gitdir: mirror }))).toEqual(await answers(ledger));
  });
});

it('a mirror can be written to like the ledger it was made of', async () => {
  await onDisk(async ({ dir, gitdir, ledger }) => {
    await fillWithEvents(ledger);
    await git(dir, ['clone', '-q', '--mirror', gitdir, 'mirror.git']);
    const mirror = join(dir, 'mirror.git');
    const { fixtureSigner } = await import('./ledger-on-disk.js');
    const writer = await openLedger({ gitdir: mirror, signer: await fixtureSigner() });
    expect((await writer.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan('5'))).version).toBe(5);
    expect(fsckComplaints(mirror)).toEqual([]);
    expect((await writer.journal.doctor()).findings.filter((f) => f.kind !== 'config')).toEqual([]);
  });
});

it('a plain clone reads as the format says, and every command of its README works there', async () => {
  await onDisk(async ({ dir, gitdir, ledger }) => {
    await fillWithEvents(ledger);
    await git(dir, ['clone', '-q', gitdir, 'clone']);
    const clone = join(dir, 'clone');
    expect((await git(clone, ['ls-files'])).split('\n')).toEqual(['README.md', 'allowed_signers', 'policy.json']);
    const readme = readFileSync(join(clone, 'README.md'), 'utf8');
    expect(JSON.parse(readFileSync(join(clone, 'policy.json'), 'utf8'))).toMatchObject({ maxCheckpoints: 5 });
    const branches = (await git(clone, ['branch', '-r', '--format=%(refname:short)'])).split('\n');
    expect(branches).toEqual(expect.arrayContaining(['origin/planner', 'origin/@acme/executor', 'origin/core.memory']));
    expect(gitNotes(clone, 'checksum').size).toBe(0);

    const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
      block.trim().split('\n'),
    );
    expect(commands.length).toBeGreaterThan(8);
    const outputs = new Map<string, string>();
    for (const command of commands) {
      const { status, output, errors } = gitOutcome(clone, ['-c', command.replaceAll('MODULE', 'planner')], 'sh');
      expect({ command, status, errors: status === 0 ? '' : errors }).toEqual({ command, status: 0, errors: '' });
      outputs.set(command.replace(/ *#.*/, ''), output);
    }
    expect(outputs.get("git log --format='%h %s%n%N' origin/MODULE")).toContain('sha256-tree:');
    expect(outputs.get("git tag -l 'MODULE/*'")?.trim().split('\n')).toEqual(
      ['v1', 'v2', 'v3', 'v4'].map((v) => `planner/${v}`),
    );
    expect(outputs.get("git tag -l -n1 'compat/MODULE/*'")).toMatch(/BREAKING planner v2 -> v3/);
    expect(outputs.get("git log --format='%h %G? %GS %s'")).not.toMatch(/^\w+ [^G] /m);
    expect(gitNotes(clone, 'checksum')).toEqual(gitNotes(gitdir, 'checksum'));
  });
});
