/** The page as files: whole or not at all, never over something else, and opened as they are. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { writeReport } from '../../src/api/server.js';
import { refusal } from '../suite/expectations.js';
import { launchChromium, skipChromium } from './chromium.mjs';
import { hostileLedger } from './hostile-ledger.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'git-lineage-report-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a report is written into a new or an empty folder, and over an earlier report', async () => {
  const ledger = await hostileLedger();
  const place = folder();
  const dir = join(place, 'new', 'report');
  const { files, bytes, position } = await writeReport({ ledger, dir, versions: 2 });
  expect(position).toEqual(await ledger.journal.position());
  const written = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(written).toHaveLength(files);
  expect(bytes).toBeGreaterThan(80_000);
  // The newest two, and the rollback target.
  expect(readdirSync(join(dir, 'data/modules/planner/versions')).sort()).toEqual(['1.js', '4.js', '5.js']);
  await ledger.tag('planner', 2, 'seen');
  writeFileSync(join(dir, 'index.html'), 'old');
  await writeReport({ ledger, dir });
  expect(readFileSync(join(dir, 'index.html'), 'utf8')).toContain('data-source="report"');
  expect(readdirSync(join(place, 'new'))).toEqual(['report']);
  mkdirSync(join(place, 'empty'));
  await writeReport({ ledger, dir: join(place, 'empty') });
  expect(existsSync(join(place, 'empty', 'index.html'))).toBe(true);
});

test('no other folder is touched, and nothing is left where the ledger cannot be read', async () => {
  const ledger = await hostileLedger();
  const place = folder();
  const dir = join(place, 'mine');
  mkdirSync(dir);
  for (const name of ['notes.txt', 'report.json']) {
    writeFileSync(join(dir, name), '{}');
    await refusal(() => writeReport({ ledger, dir }), 'INVALID_ARGUMENT');
  }
  writeFileSync(join(place, 'file'), '');
  await refusal(() => writeReport({ ledger, dir: join(place, 'file') }), 'INVALID_ARGUMENT');
  await refusal(() => writeReport({ ledger, dir: join(place, 'new'), versions: -1 }), 'INVALID_ARGUMENT');
  await ledger.close();
  await refusal(() => writeReport({ ledger, dir: join(place, 'new') }), 'INVALID_ARGUMENT');
  expect(readdirSync(place).sort()).toEqual(['file', 'mine']);
  expect(readdirSync(dir).sort()).toEqual(['notes.txt', 'report.json']);
});

test.skipIf(skipChromium)('a report is opened as a file: every view of it, without a server', async () => {
  const ledger = await hostileLedger();
  const dir = join(folder(), 'report');
  await writeReport({ ledger, dir, audit: true });
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  const url = pathToFileURL(join(dir, 'index.html')).href;
  for (const [hash, words] of [
    ['#/', 'planner'],
    ['#/modules/planner', 'rollback target'],
    ['#/modules/planner/4', '<script>window.taken = 1</script>'],
    ['#/journal', 'HEALTH_FAILURE'],
    ['#/journal?type=rollback', '1 found'],
    ['#/at/3', 'Modules after entry 3'],
    ['#/ledger', 'What it makes sure of'],
  ] as const) {
    await page.goto('about:blank');
    await page.goto(`${url}${hash}`);
    await expect.poll(() => page.locator('main').innerText()).toContain(words);
    expect(await page.locator('main script, main img').count()).toBe(0);
  }
  expect(await page.locator('.connection').innerText()).toContain('a report');
  expect(wrong).toEqual([]);
});
