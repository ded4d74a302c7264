/** What a report of format 2 says beside the level: what going back would break, and the hash of what was found. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { returnLevelOf } from '../../src/api/assess.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { initLedger, type Ledger, type NewReport } from '../../src/index.js';
import { parseReport } from '../../src/model/report-text.js';
import { inFolder } from '../interop/ledger-on-disk.js';
import { onEachBackend, type Place } from './backends.js';
import { refusal, writesNothing } from './expectations.js';

const ONE = { files: { 'index.ts': 'export function plan(): number { return 1; }\n' } };
const MORE = { files: { 'index.ts': 'export function plan(): number { return 1; }\nexport const extra = 2;\n' } };

/** v1 active, and v2 staged that adds something. */
async function adding(place: Place): Promise<Place> {
  await place.ledger.recordCheckpoint({ moduleId: 'planner' }, ONE);
  await place.ledger.stage({ moduleId: 'planner' }, MORE);
  return place;
}

onEachBackend('a version that adds something', (backend) => {
  test('breaks who began to use it where it is taken back, and its report says so in format 2', async () => {
    const { ledger, open } = await adding(await backend.init(undefined, { format: 2 }));
    const report = await ledger.assess('planner', 1, 2);
    expect(report).toMatchObject({ level: 'MINOR_CHANGE', measuredLevel: null, returnLevel: 'BREAKING' });
    expect(await ledger.reports.preview('planner', 1, 2)).toMatchObject({
      level: 'MINOR_CHANGE',
      returnLevel: 'BREAKING',
    });
    // The gate is about the way there.
    expect((await ledger.gate('planner', 1, 2)).level).toBe('MINOR_CHANGE');
    expect(returnLevelOf(await ledger.reports.list('planner', 1, 2))).toBe('BREAKING');
    await writesNothing(ledger, () => ledger.assess('planner', 1, 2));
    // Of a first version there is no way back.
    expect(await ledger.assess('planner', null, 1)).not.toHaveProperty('returnLevel');
    const again = await open();
    expect(await again.reports.list('planner', 1, 2)).toEqual([report]);
    expect((await again.audit()).outcome).toBe('passed');
  });

  test('is measured both ways as well where the policy has it measured first', async () => {
    const { ledger } = await adding(await backend.init({ requireApproval: true }, { format: 2 }));
    await ledger.activate('planner', 2);
    expect(await ledger.reports.list('planner', 1, 2)).toMatchObject([
      { level: 'MINOR_CHANGE', returnLevel: 'BREAKING' },
    ]);
  });

  test('has no such level in format 1, and none can be given there', async () => {
    const { ledger } = await adding(await backend.init());
    expect(await ledger.assess('planner', 1, 2)).not.toHaveProperty('returnLevel');
    expect(returnLevelOf(await ledger.reports.list('planner', 1, 2))).toBeNull();
    const given = {
      moduleId: 'planner',
      fromVer: 1,
      toVer: 2,
      level: 'MINOR_CHANGE',
      returnLevel: 'BREAKING',
    } as const;
    await writesNothing(ledger, () => refusal(() => ledger.assessCompatibility(given), 'INVALID_REPORT'));
  });

  test('pins what was found of it in format 2, in its first report as well, and in none of format 1', async () => {
    const { ledger, open } = await adding(await backend.init(undefined, { format: 2 }));
    const first = await ledger.assess('planner', null, 1);
    const { findingsSha256, ...measured } = await ledger.reports.preview('planner', 1, 2);
    const { level, findings, omitted, notes } = measured;
    expect(findings.map(({ code }) => code)).toEqual(['export-added']);
    const text = JSON.stringify({ level, findings, omitted, notes });
    expect(findingsSha256).toBe(createHash('sha256').update(text).digest('hex'));
    expect(await ledger.assess('planner', 1, 2)).toMatchObject({ findingsSha256 });
    const reports = await (await open()).reports.list('planner');
    expect(reports.map((report) => report.findingsSha256)).toEqual([first.findingsSha256, findingsSha256]);
    const old = await adding(await backend.init());
    expect(await old.ledger.assess('planner', 1, 2)).not.toHaveProperty('findingsSha256');
    const pair = { moduleId: 'planner', fromVer: 1, toVer: 2, level: 'COMPATIBLE', assessor: 'engine 1' } as const;
    const refused = async (by: Ledger, report: NewReport, message: string) =>
      writesNothing(by, async () => {
        const error = await refusal(() => by.assessCompatibility(report), 'INVALID_REPORT');
        expect(error.message).toContain(message);
      });
    await refused(old.ledger, { ...pair, findingsSha256: 'e'.repeat(64) }, 'findingsSha256');
    await refused(ledger, { ...pair, findingsSha256: 'E'.repeat(64) }, 'lower-case');
    const { assessor: _assessor, ...byHand } = pair;
    await refused(ledger, { ...byHand, findingsSha256: 'e'.repeat(64) }, 'none without an assessor');
  });
});

describe('the text of a report', () => {
  test('has Return-Level after Measured-Level, as git shows it', async () => {
    await inFolder(async (dir) => {
      const gitdir = `${dir}/ledger.git`;
      const ledger = await initLedger({ gitdir, signer: await ephemeralSigner('ops@example.org'), format: 2 });
      await ledger.recordCheckpoint({ moduleId: 'planner' }, ONE);
      await ledger.stage({ moduleId: 'planner' }, MORE);
      await ledger.assess('planner', 1, 2, { level: 'BREAKING' });
      const tag = execFileSync('git', ['-C', gitdir, 'cat-file', 'tag', 'compat/planner/1-2/1'], { encoding: 'utf8' });
      expect(tag).toContain(
        '\nLevel: BREAKING\nMeasured-Level: MINOR_CHANGE\nReturn-Level: BREAKING\nApproved-By: auto\n',
      );
      expect(tag).toMatch(/\nAssessor: .*\nFindings-SHA256: [0-9a-f]{64}\n-----BEGIN SSH SIGNATURE-----\n/);
      const message = `${tag.slice(tag.indexOf('\n\n') + 2).split('-----BEGIN SSH')[0]}`;
      expect(parseReport(message)).toMatchObject({ returnLevel: 'BREAKING' });
      for (const wrong of [
        message.replace('Return-Level: BREAKING', 'Return-Level: WORSE'),
        message.replace(
          'Measured-Level: MINOR_CHANGE\nReturn-Level: BREAKING',
          'Return-Level: BREAKING\nMeasured-Level: MINOR_CHANGE',
        ),
        message.replace(/Findings-SHA256: ../, 'Findings-SHA256: '),
        message.replace(/(Findings-SHA256: )(.*)/, (_, key, hex) => `${key}${hex.toUpperCase()}`),
        message.replace(/Assessor: .*\n/, ''),
      ])
        expect(parseReport(wrong)).toBeNull();
      await ledger.close();
    });
  });
});
