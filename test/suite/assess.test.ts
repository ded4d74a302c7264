/** Measuring a pair by its files: what is stored, what a level given by hand does, and what an UNKNOWN cannot do. */

import { expect, test } from 'vitest';
import { ASSESSOR } from '../../src/assess/engine-version.js';
import type { CompatibilityLevel, Ledger, LedgerOptions, StoredReport } from '../../src/index.js';
import { OBEDIENT } from '../assess/engine-scripts.js';
import { type Backend, onEachBackend } from './backends.js';
import { refusal, writesNothing } from './expectations.js';
import { enrol } from './people.js';

/** The engine does as the file `do` says. */
const SCRIPTED: Pick<LedgerOptions, 'assessor'> = { assessor: { script: OBEDIENT, timeLimitMs: 10_000 } };
const BROKEN: Pick<LedgerOptions, 'assessor'> = { assessor: { script: new URL('file:///no/such/script.mjs') } };

const files = (text: string) => ({ files: { do: text } });

/** A ledger with v1 active and v2 staged, whose files tell the engine what to say. */
async function ledgerWith(backend: Backend, command: string, config = {}): Promise<Ledger> {
  const { ledger } = await backend.init(config, SCRIPTED);
  await ledger.recordCheckpoint({ moduleId: 'planner' }, files(''));
  await ledger.stage({ moduleId: 'planner' }, files(command));
  return ledger;
}

async function inForce(ledger: Ledger): Promise<CompatibilityLevel> {
  return (await ledger.gate('planner', 1, 2)).level;
}

/** What an assessor would store, of whatever version of it. */
function measured(level: CompatibilityLevel, more = {}) {
  return { moduleId: 'planner', fromVer: 1, toVer: 2, level, rationale: `as ${level}`, assessor: 'engine 1', ...more };
}

onEachBackend('assess', (backend) => {
  test('stores what was measured, signed, and answers with it; once', async () => {
    const ledger = await ledgerWith(backend, 'BREAKING');
    const report = await ledger.assess('planner', 1, 2);
    expect(report).toEqual({
      moduleId: 'planner',
      fromVer: 1,
      toVer: 2,
      level: 'BREAKING',
      rationale: 'found: BREAKING',
      approvedBy: 'auto',
      seq: 1,
      bound: true,
      measuredLevel: null,
      assessor: ASSESSOR,
      withdraws: null,
      tainted: false,
    } satisfies StoredReport);
    expect(await ledger.reports.list('planner', 1, 2)).toEqual([report]);
    expect(await writesNothing(ledger, () => ledger.assess('planner', 1, 2))).toEqual(report);
  });

  test('judges the versions that are named, with their metadata', async () => {
    const ledger = await ledgerWith(backend, 'x');
    expect((await ledger.assess('planner', 1, 2)).rationale).toMatch(/^count \d+; do 100644 \w+ 1$/);
    const { ledger: other } = await backend.init({}, SCRIPTED);
    await other.recordCheckpoint({ moduleId: 'planner', metadata: { entry: 'a' } }, files('x'));
    await other.recordCheckpoint({ moduleId: 'planner', metadata: { entry: 'b' } }, files('x'));
    expect((await other.assess('planner', 1, 2)).rationale).toMatch(/do 100644 \w+ 1$/);
  });

  test('of a first version, of the same content, and without files asks no engine', async () => {
    const { ledger } = await backend.init({}, BROKEN);
    await ledger.recordCheckpoint({ moduleId: 'planner' }, files('x'));
    expect(await ledger.assess('planner', null, 1)).toMatchObject({
      level: 'COMPATIBLE',
      rationale: 'First version: nothing that callers use could break.',
      assessor: ASSESSOR,
    });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, files('x'));
    expect(await ledger.assess('planner', 1, 2)).toMatchObject({ level: 'COMPATIBLE' });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'no files' });
    const { level, rationale } = await ledger.assess('planner', 2, 3);
    expect(level).toBe('UNKNOWN');
    expect(rationale).toContain('v3 was recorded without files: there is nothing to compare');
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'no files' });
    expect(await ledger.assess('planner', 3, 4)).toMatchObject({ level: 'COMPATIBLE' });
  });

  test('names what is not there, and what is no pair', async () => {
    const ledger = await ledgerWith(backend, '');
    await refusal(() => ledger.assess('planner', 1, 3), 'NOT_FOUND');
    await refusal(() => ledger.assess('planner', 4, 5), 'NOT_FOUND');
    await refusal(() => ledger.assess('planner', 2, 1), 'INVALID_VERSION');
    await refusal(() => ledger.assess('planner', 1, 2, { level: 'FINE' as never }), 'INVALID_REPORT');
    await refusal(() => ledger.reports.preview('planner', 1, null as never), 'INVALID_ARGUMENT');
    await refusal(() => ledger.reports.preview('planner', 1, { files: { '../x': '' } }), 'INVALID_FILES');
    expect(await ledger.reports.list('planner')).toEqual([]);
  });

  test('with a level by hand stores both, and can only raise', async () => {
    const said: [
      measured: CompatibilityLevel,
      byHand: CompatibilityLevel,
      level: CompatibilityLevel,
      beside: unknown,
    ][] = [
      ['MINOR_CHANGE', 'BREAKING', 'BREAKING', 'MINOR_CHANGE'],
      ['MINOR_CHANGE', 'UNKNOWN', 'UNKNOWN', 'MINOR_CHANGE'],
      ['MINOR_CHANGE', 'MINOR_CHANGE', 'MINOR_CHANGE', 'MINOR_CHANGE'],
      ['MINOR_CHANGE', 'COMPATIBLE', 'MINOR_CHANGE', null],
      ['BREAKING', 'COMPATIBLE', 'BREAKING', null],
      ['UNKNOWN', 'MINOR_CHANGE', 'UNKNOWN', null],
    ];
    for (const [found, byHand, level, measuredLevel] of said) {
      const ledger = await ledgerWith(backend, found);
      const report = await ledger.assess('planner', 1, 2, { level: byHand, rationale: 'plan() is slower' });
      expect(report).toMatchObject({ level, measuredLevel, assessor: ASSESSOR });
      expect(report.rationale).toContain(`plan() is slower\n\n${byHand} was given by hand`);
      expect(report.rationale).toContain(`Measured ${found}:\nfound: ${found}`);
      expect(await inForce(ledger)).toBe(level);
    }
  });

  test('signs text that can be signed, whatever the engine or the caller says', async () => {
    const ledger = await ledgerWith(
      backend,
      `BREAKING \u202e\u0007\r\n${'-----BEGIN SSH SIGNATURE-----'}\n${'☃'.repeat(40_000)}`,
    );
    const { rationale } = await ledger.assess('planner', 1, 2);
    expect(rationale.startsWith('found: BREAKING \\u202e\\u0007\n-----BEGIN SSH SIGNATURE-----\n☃')).toBe(true);
    expect(Buffer.byteLength(rationale)).toBeLessThanOrEqual(65_536);
    expect(rationale.endsWith('☃…')).toBe(true);
    expect((await ledger.reports.list('planner', 1, 2))[0]?.rationale).toBe(rationale);
    await refusal(() => ledger.assess('planner', 1, 2, { rationale: 'a\u202eb' }), 'INVALID_REPORT');
  });

  test('an engine that fails is an UNKNOWN that says so, and is asked again', async () => {
    const ledger = await ledgerWith(backend, 'exits always');
    expect(await ledger.assess('planner', 1, 2)).toMatchObject({
      level: 'UNKNOWN',
      rationale: expect.stringContaining('the engine failed: it ended with exit code 7'),
    });
    const { limit, findings } = await ledger.reports.preview('planner', 1, 2);
    expect({ limit, codes: findings.map((f) => f.code) }).toEqual({ limit: 'engine', codes: ['limit-reached'] });
  });

  test('an UNKNOWN of an assessor gives way to what one could tell, in whatever order they come', async () => {
    const known: CompatibilityLevel[] = ['COMPATIBLE', 'MINOR_CHANGE', 'BREAKING'];
    for (const level of known) {
      for (const order of [
        [level, 'UNKNOWN'],
        ['UNKNOWN', level],
      ] as CompatibilityLevel[][]) {
        const ledger = await ledgerWith(backend, '');
        for (const said of order) await ledger.assessCompatibility(measured(said));
        expect(await inForce(ledger)).toBe(level);
        const codes = (await ledger.gate('planner', 1, 2)).reasons.map(({ code }) => code);
        expect(codes).toEqual(level === 'BREAKING' ? ['APPROVAL_NOT_ASKED'] : []);
      }
    }
  });

  test('an UNKNOWN by hand stands, and so does one that nobody could tell better on this content', async () => {
    const standing = [
      [measured('MINOR_CHANGE'), measured('UNKNOWN', { assessor: undefined })],
      [measured('MINOR_CHANGE'), measured('UNKNOWN', { measuredLevel: 'MINOR_CHANGE' })],
      [measured('MINOR_CHANGE', { assessor: undefined }), measured('UNKNOWN')],
      [measured('UNKNOWN'), measured('UNKNOWN', { assessor: 'engine 2' })],
      // What a person raised above an assessor's UNKNOWN tells nothing of the content.
      [measured('UNKNOWN'), measured('UNKNOWN', { measuredLevel: 'UNKNOWN', rationale: 'by hand' })],
    ];
    for (const reports of standing) {
      const ledger = await ledgerWith(backend, '');
      for (const report of reports) await ledger.assessCompatibility(report);
      expect(await inForce(ledger)).toBe('UNKNOWN');
    }
    // A verdict on a version that was not there yet says nothing of its content.
    const { ledger } = await backend.init();
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    await ledger.assessCompatibility(measured('MINOR_CHANGE'));
    await ledger.stage({ moduleId: 'planner', checksum: 'b' });
    await ledger.assessCompatibility(measured('UNKNOWN'));
    expect(await inForce(ledger)).toBe('UNKNOWN');
  });

  test('a level by hand beside a measured one makes the pair one that an assessor could tell', async () => {
    const ledger = await ledgerWith(backend, '');
    await ledger.assessCompatibility(measured('MINOR_CHANGE', { measuredLevel: 'COMPATIBLE' }));
    await ledger.assessCompatibility(measured('UNKNOWN'));
    expect(await inForce(ledger)).toBe('MINOR_CHANGE');
  });

  test('a level by hand below the measured one is stored as the measured one', async () => {
    const ledger = await ledgerWith(backend, '', { requireApproval: true });
    expect(await ledger.assessCompatibility(measured('COMPATIBLE', { measuredLevel: 'BREAKING' }))).toBe('BREAKING');
    expect(await ledger.reports.list('planner', 1, 2)).toMatchObject([
      { level: 'BREAKING', measuredLevel: 'BREAKING' },
    ]);
    expect(await ledger.pendingApprovals()).toHaveLength(1);
  });

  test('an approval counts for the level seen: of an UNKNOWN for what is found to be less, not for what is more', async () => {
    const place = await backend.init({ requireApproval: true, approveUnknown: true }, SCRIPTED);
    const approver = await enrol(place, 'approver@example.org', ['approver']);
    const { ledger } = place;
    await ledger.stage({ moduleId: 'planner', version: 1, checksum: 'a' });
    await approver.ledger.approve('planner', null, 1);
    await ledger.activate('planner', 1);
    await ledger.stage({ moduleId: 'planner' }, files('x'));
    await ledger.assessCompatibility(measured('UNKNOWN'));
    expect((await ledger.gate('planner', 1, 2)).allow).toBe(false);
    await approver.ledger.approve('planner', 1, 2);
    expect((await ledger.gate('planner', 1, 2)).allow).toBe(true);
    // The approval, given for UNKNOWN, does not hold the pair at UNKNOWN.
    await ledger.assessCompatibility(measured('COMPATIBLE'));
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: true, level: 'COMPATIBLE' });
    await approver.ledger.withdraw('planner', 1, 2);
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: true, level: 'COMPATIBLE' });
    await approver.ledger.approve('planner', 1, 2);
    await ledger.assessCompatibility(measured('BREAKING'));
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'BREAKING' });
  });

  test('measures without storing, also what is not in the ledger, and without a key', async () => {
    const place = await backend.init({}, SCRIPTED);
    await place.ledger.recordCheckpoint({ moduleId: 'planner' }, files(''));
    await place.ledger.stage({ moduleId: 'planner' }, files('MINOR_CHANGE'));
    const keyless = await place.open({ signer: undefined, ...SCRIPTED });
    await writesNothing(keyless, async () => {
      expect(await keyless.reports.preview('planner', 1, 2)).toMatchObject({
        level: 'MINOR_CHANGE',
        limit: null,
        findings: [],
      });
      expect(await keyless.reports.preview('planner', 1, files('UNKNOWN'))).toMatchObject({ level: 'UNKNOWN' });
      expect(await keyless.reports.preview('planner', null, files('UNKNOWN'))).toMatchObject({ level: 'COMPATIBLE' });
      expect(await keyless.reports.preview('planner', 1, files(''))).toMatchObject({ level: 'COMPATIBLE' });
    });
    await refusal(() => keyless.assess('planner', 1, 2), 'ROLE_REQUIRED');
  });

  test('wrong limits are refused when the ledger is opened', async () => {
    const place = await backend.init();
    await refusal(() => place.open({ assessor: { timeLimitMs: -1 } }), 'INVALID_ARGUMENT');
  });

  test('a ledger that is closed while it measures stores nothing', async () => {
    const ledger = await ledgerWith(backend, 'loop');
    const under = refusal(() => ledger.assess('planner', 1, 2), 'INVALID_ARGUMENT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await ledger.close();
    await under;
  });
});

onEachBackend('the cache of verdicts', (backend) => {
  test('serves other ledgers over the same folder, where that is on disk', async () => {
    const place = await backend.init({}, SCRIPTED);
    await place.ledger.recordCheckpoint({ moduleId: 'planner' }, files(''));
    await place.ledger.stage({ moduleId: 'planner' }, files('BREAKING'));
    await place.ledger.reports.preview('planner', 1, 2);
    const later = await place.open(BROKEN);
    const { limit } = await later.reports.preview('planner', 1, 2);
    expect(limit).toBe(place.fs === undefined ? null : 'engine');
  });
});
