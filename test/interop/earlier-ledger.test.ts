/** A ledger made by an earlier release opens, answers the same, passes the audit, and goes on. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditAnswer, everyAnswer } from '../../fixtures/ledgers/every-answer.mjs';
import { auditLedger } from '../../src/api/audit.js';
import { type Ledger, openLedger } from '../../src/index.js';
import { fsckComplaints } from '../crash/real-git.mjs';
import { commonShape } from './common-shape.js';
import { fixtureSigner, inFolder, plan } from './ledger-on-disk.js';
import { unpackArchive } from './unpack-archive.js';

const RELEASES = ['release-0.1.0'];
const FORMS = ['written', 'collected', 'loose'];
const EACH = RELEASES.flatMap((release) => FORMS.map((form) => ({ release, form })));

interface Told {
  /** Seconds since the Unix epoch, after the last entry. */
  readonly now: number;
  readonly audits: Readonly<Record<string, unknown>>;
  readonly answers: Readonly<Record<string, unknown>>;
}

function filed(release: string, name: string): URL {
  return new URL(`../../fixtures/ledgers/${release}/${name}`, import.meta.url);
}

/** Both lists as one object a question, so that a difference names its question. */
function compared(answers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(answers).map(([question, told]) => [question, commonShape(question, told)]));
}

interface Unpacked {
  readonly gitdir: string;
  readonly told: Told;
  /** Opens it by the person who records its versions. */
  readonly open: () => Promise<Ledger>;
}

async function unpacked(release: string, form: string, body: (place: Unpacked) => Promise<void>): Promise<void> {
  await inFolder(async (dir) => {
    const gitdir = join(dir, 'ledger.git');
    unpackArchive(filed(release, `${form}.tar.gz`), gitdir);
    const told: Told = JSON.parse(readFileSync(filed(release, 'answers.json'), 'utf8'));
    const signer = await fixtureSigner('nistp256', 'ci@example.org');
    await body({ gitdir, told, open: () => openLedger({ gitdir, signer, now: () => told.now }) });
  });
}

describe.each(EACH)('a ledger of $release, $form', ({ release, form }) => {
  it('opens and gives every answer that it gave then', async () => {
    await unpacked(release, form, async ({ told, open }) => {
      const ledger = await open();
      const answers = compared(await everyAnswer(ledger));
      await ledger.close();
      const expected = compared(told.answers);
      for (const [question, answer] of Object.entries(expected))
        expect({ [question]: answers[question] }).toEqual({ [question]: answer });
      expect(Object.keys(answers)).toEqual(Object.keys(expected));
    });
  });

  it('passes the audit with the same report, and git finds nothing wrong', async () => {
    await unpacked(release, form, async ({ gitdir, told, open }) => {
      const audit = async () => auditAnswer(await auditLedger({ path: gitdir, now: () => told.now }));
      expect(commonShape('audit', await audit())).toEqual(commonShape('audit', told.audits[form]));
      const ledger = await open();
      await ledger.journal.position();
      // Its guards and their settings are those of its release, until doctor renews them.
      const { findings } = await ledger.journal.doctor();
      expect(findings.filter(({ kind }) => kind !== 'config' && kind !== 'outdated-guard')).toEqual([]);
      await ledger.journal.doctor({ restore: true });
      expect((await ledger.journal.doctor()).findings).toEqual([]);
      await ledger.close();
      expect(fsckComplaints(gitdir)).toEqual([]);
    });
  });

  it('takes a version more and a rollback, and still passes the audit', async () => {
    await unpacked(release, form, async ({ gitdir, told, open }) => {
      const ledger = await open();
      const before = await ledger.journal.position();
      const active = (await ledger.latestCheckpoint('worker'))?.version;
      const target = await ledger.rollbackTarget('worker', 'MANUAL');
      const recorded = await ledger.recordCheckpoint({ moduleId: '@acme/bulk', tags: ['stable'] }, plan('more'));
      expect(recorded).toMatchObject({ version: 76, parentVer: 75 });
      expect(target).not.toBeNull();
      expect((await ledger.rollback('worker', 'HEALTH_FAILURE')).version).toBe(target?.version);
      expect(await ledger.versions.status('worker', active ?? 0)).toBe('REVERTED');
      expect((await ledger.journal.position()).seq).toBe(before.seq + 2);
      await ledger.close();
      const { outcome, steps } = await auditLedger({ path: gitdir, now: () => told.now });
      expect(steps.flatMap(({ problems }) => problems)).toEqual([]);
      expect(outcome).toBe('passed');
      expect(fsckComplaints(gitdir)).toEqual([]);
    });
  });
});
