/** One good ledger with something of every kind in it, made once, and copies of it in each form that an auditor may meet. */

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type AuditQuestion, type AuditReport, auditLedger, type Pin } from '../../src/api/audit.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { initLedger, type Ledger, openLedger, type Signer } from '../../src/index.js';
import { fixtureSigner } from '../interop/ledger-on-disk.js';
import { Forge, gitBytes } from './forge.js';

export const PEOPLE = ['founder', 'ci', 'ops', 'lead', 'old', 'thief', 'recovery', 'next'] as const;
export type Name = (typeof PEOPLE)[number];
export type People = Readonly<Record<Name, Signer>>;

/** How an auditor meets a ledger: as it is worked on, with everything packed by git, as a mirror of it. */
export const FORMS = ['ledger', 'packed', 'mirror'] as const;
/** And with every object in a file of its own. */
export type Form = (typeof FORMS)[number] | 'loose';

/** Names that a module's commit makes, in one entry: enough for its notes to be split into folders. */
const BULK = 70;

export interface GoodLedger {
  readonly people: People;
  /** The time after the last entry. */
  readonly now: number;
  readonly pin: Pin;
  /** The pin of an earlier audit. */
  readonly earlier: Pin;
  readonly folder: string;
  readonly forms: Readonly<Record<Form, string>>;
}

async function people(): Promise<People> {
  const mail = (name: string) => `${name}@example.org`;
  return {
    founder: await fixtureSigner('ed25519', mail('founder')),
    ci: await fixtureSigner('nistp256', mail('ci')),
    ops: await fixtureSigner('rsa-3072', mail('ops')),
    lead: await fixtureSigner('nistp384', mail('lead')),
    old: await fixtureSigner('nistp521', mail('old')),
    thief: await ephemeralSigner(mail('thief')),
    recovery: await ephemeralSigner(mail('recovery')),
    // The key that ci goes on with.
    next: await ephemeralSigner(mail('ci')),
  };
}

const code = (text: string) => ({
  files: { 'index.js': `export const plan = ${text};\n`, 'lib/deep/parts.js': '//\n' },
});

const withModes = {
  files: {
    ...code('1').files,
    'bin/run': { data: '#!/bin/sh\n', mode: '100755' },
    'lib/main.js': { data: '../index.js', mode: '120000' },
  },
} as const;

/** Fills a ledger, each deed by who has the role for it. */
async function fill(gitdir: string, all: People, now: () => number, onEarlier: () => Promise<void>): Promise<void> {
  const opened: Ledger[] = [];
  const by = async (name: Name): Promise<Ledger> => {
    const ledger = await openLedger({ gitdir, signer: all[name], now });
    opened.push(ledger);
    return ledger;
  };
  const founder = await initLedger({
    gitdir,
    signer: all.founder,
    now,
    config: { requireApproval: true },
    recoveryKey: { principal: all.recovery.principal, publicKey: all.recovery.publicKey },
  });
  const roles = { ci: ['recorder'], ops: ['approver'], lead: ['approver'], old: ['recorder'] } as const;
  const enrolled = Object.entries({ ...roles, thief: ['recorder', 'approver'] as const });
  await founder.policy.set({
    signers: enrolled.map(([name, given]) => {
      const { principal, publicKey } = all[name as Name];
      return { principal, publicKey, roles: given };
    }),
  });
  const [ci, ops, old, thief] = [await by('ci'), await by('ops'), await by('old'), await by('thief')];
  await ci.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, withModes);
  await ci.recordCheckpoint(
    { moduleId: 'planner', tags: ['stable', 'blue'], metadata: { semver: '1.1.0' } },
    code('2'),
  );
  await ci.stage({ moduleId: 'planner' }, code('3'));
  const pair = { moduleId: 'planner', fromVer: 2, toVer: 3 };
  await ci.assessCompatibility({ ...pair, level: 'BREAKING', rationale: '-----BEGIN: ä is gone' });
  await ops.approve('planner', 2, 3, { rationale: 'we know' });
  await ops.withdraw('planner', 2, 3);
  await ops.approve('planner', 2, 3);
  const lead = await by('lead');
  await lead.approve('planner', 2, 3);
  await ci.activate('planner', 3);
  await ci.tag('planner', 3, 'canary');
  await ci.untag('planner', 3, 'canary');
  await ci.rollback('planner', 'HEALTH_FAILURE');
  await ci.recordCheckpoints([
    { checkpoint: { moduleId: 'memory', tags: ['stable'] }, ...code('a') },
    { checkpoint: { moduleId: 'memory' }, ...code('b') },
    { checkpoint: { moduleId: 'planner', parentVer: 2 }, ...code('4') },
    { checkpoint: { moduleId: '@acme/sink', checksum: 'by-hand' } },
  ]);
  await onEarlier();
  await old.recordCheckpoint({ moduleId: '@acme/sink', checksum: 'sha256:made-elsewhere' });
  const { seq } = await founder.journal.position();
  await thief.recordCheckpoint({ moduleId: '@acme/sink', checksum: 'stolen' });
  await thief.assessCompatibility({ moduleId: '@acme/sink', fromVer: 2, toVer: 3, level: 'MINOR_CHANGE' });
  const { principal, publicKey } = all.old;
  await founder.policy.set({
    signers: [{ principal, publicKey, roles: [] }],
    revoke: [{ fingerprint: all.thief.publicKey.fingerprint, from: seq + 1 }],
  });
  await ci.assessCompatibility({ moduleId: 'planner', fromVer: 4, toVer: 5, level: 'BREAKING' });
  await ci.stage({ moduleId: 'planner' }, code('5'));
  await ci.stage({ moduleId: 'memory' }, code('c'));
  const measured = { assessor: 'engine 1', measuredLevel: 'COMPATIBLE', level: 'BREAKING' } as const;
  await ci.assessCompatibility({ moduleId: 'memory', fromVer: 2, toVer: 3, ...measured });
  await ops.live.breakGlass('memory', 3, { reason: 'the pager rings' });
  await ci.recordCheckpoints(
    Array.from({ length: BULK }, (_, i) => ({
      checkpoint: { moduleId: 'bulk', checksum: `sum ${i}`, tags: ['seen'] },
    })),
  );
  gitBytes(gitdir, ['update-ref', 'refs/heads/bulk', 'refs/tags/bulk/v1']);
  await founder.journal.doctor({ restore: true });
  await founder.policy.set({ settings: { maxCheckpoints: 5 } });
  const { next } = all;
  await founder.policy.set({
    signers: [{ principal: next.principal, publicKey: next.publicKey, roles: ['recorder'] }],
  });
  await (await by('next')).tag('memory', 2, 'seen');
  await ci.tag('memory', 3, 'golden');
  for (const ledger of [founder, ...opened]) await ledger.close();
}

/** Makes the ledger and its forms. */
async function makeLedger(): Promise<GoodLedger> {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-audit-'));
  const at = (name: string) => join(folder, `${name}.git`);
  const forms = { ledger: at('ledger'), packed: at('packed'), mirror: at('mirror'), loose: at('loose') };
  const all = await people();
  let clock = 1_790_000_000.25;
  const now = () => {
    clock += 1.5;
    return clock;
  };
  const ask = async () => (await auditLedger({ path: forms.ledger, now: () => clock })).pin as Pin;
  let earlier: Pin | null = null;
  await fill(forms.ledger, all, now, async () => {
    earlier = await ask();
  });
  const pin = await ask();
  if (earlier === null) throw new Error('no earlier pin');
  cpSync(forms.ledger, forms.packed, { recursive: true });
  gitBytes(forms.packed, ['gc', '--quiet', '--prune=now']);
  gitBytes(folder, ['clone', '--quiet', '--mirror', forms.ledger, forms.mirror]);
  cpSync(forms.packed, forms.loose, { recursive: true });
  new Forge(forms.loose).unpack();
  return { people: all, now: clock + 10, pin, earlier, folder, forms };
}

/** The ledger of a test file. */
export interface GoodPlace {
  get(): GoodLedger;
  /** A fresh copy in one form, gone with the file's last test. */
  copy(form: Form): Forge;
  audit(path: string, question?: AuditQuestion): Promise<AuditReport>;
}

export function goodLedger(): GoodPlace {
  let made: GoodLedger | null = null;
  let copies = 0;
  const get = (): GoodLedger => {
    if (made === null) throw new Error('the ledger is made before the tests run');
    return made;
  };
  beforeAll(async () => {
    made = await makeLedger();
  });
  afterAll(() => {
    if (made !== null) rmSync(made.folder, { recursive: true, force: true });
  });
  return {
    get,
    copy(form) {
      const { folder, forms } = get();
      copies += 1;
      const path = join(folder, `copy-${copies}.git`);
      cpSync(forms[form], path, { recursive: true });
      return new Forge(path);
    },
    audit: (path, question = {}) => auditLedger({ path, now: () => get().now, ...question }),
  };
}
