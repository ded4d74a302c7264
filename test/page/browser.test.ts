/** The page in a real browser: what it shows, that nothing written into a ledger becomes markup, and that everybody can use it. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchChromium, skipChromium } from './chromium.mjs';
import { hostilePage } from './hostile-ledger.js';
import { front } from './several-ledgers.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const VIEWS = {
  modules: '#/',
  module: '#/modules/planner',
  version: '#/modules/planner/4',
  pending: '#/pending',
  journal: '#/journal',
  search: '#/journal?type=rollback',
  moment: '#/at/3',
  ledger: '#/ledger',
} as const;

describe.skipIf(skipChromium)('in a browser, the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  /** An open page; whatever goes wrong in it, a script that runs included, is in `wrong`. */
  async function open(url: string, options: Parameters<Browser['newPage']>[0] = {}) {
    const page = await browser.newPage(options);
    onTestFinished(() => page.close());
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('request', (request) => {
      if (!/^(data:|http:\/\/127\.0\.0\.1:)/.test(request.url())) wrong.push(`asks for ${request.url()}`);
    });
    await page.goto(url);
    return { page, wrong };
  }

  async function show(page: Page, hash: string): Promise<void> {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await settled(page);
  }

  async function settled(page: Page): Promise<void> {
    await page.waitForSelector('main h1');
    await page.waitForSelector('.waiting', { state: 'detached' });
  }

  test('shows each view by its address, with a title of its own, without an error', async () => {
    const { server } = await hostilePage();
    const { page, wrong } = await open(server.url);
    const titles = new Set<string>();
    for (const hash of Object.values(VIEWS)) {
      await show(page, hash);
      expect(await page.locator('[role=alert]').count()).toBe(0);
      titles.add(await page.title());
    }
    expect([...titles]).toEqual(
      ['Modules', 'planner', 'planner v4', 'Pending', 'Journal', 'Time travel', 'Ledger'].map(
        (t) => `${t} · git-lineage`,
      ),
    );
    await page.goto(`${server.url}${VIEWS.version}`);
    await page.reload();
    await settled(page);
    expect(await page.locator('h1').innerText()).toBe('planner v4');
    await show(page, '#/nowhere');
    expect(await page.locator('h1').innerText()).toBe('Not here');
    expect(wrong).toEqual([]);
  });

  test('makes no markup of what was written into the ledger, and hides none of it', async () => {
    const { server } = await hostilePage();
    const { page, wrong } = await open(server.url);
    for (const hash of [...Object.values(VIEWS), '#/modules/planner/5', '#/modules/@acme+router']) {
      await show(page, hash);
      const open = page.getByRole('button', { name: 'Show what is in them' });
      if ((await open.count()) > 0) await open.click();
      await settled(page);
      expect(await page.locator('main script, main img, main iframe, main style, main object').count()).toBe(0);
      expect(await page.evaluate("Reflect.get(window, 'taken') === undefined")).toBe(true);
    }
    await show(page, VIEWS.version);
    const text = await page.locator('main').innerText();
    expect(text).toContain('<script>window.taken = 1</script>');
    expect(text).toContain('right\\u202eleft');
    expect(text).not.toContain('\u202e');
    expect(text).toContain('It is no text.');
    expect(text).toContain('It is too large to be shown here.');
    expect(wrong).toEqual([]);
  });

  test('draws the lineage: one node for each version, dashed where it was abandoned, red where it breaks', async () => {
    const { server } = await hostilePage();
    const { page } = await open(`${server.url}${VIEWS.module}`);
    await settled(page);
    await page.waitForSelector('.lineage');
    expect(await page.locator('.lineage tbody tr').count()).toBe(5);
    expect(await page.locator('.lineage .node').count()).toBe(5);
    expect(await page.locator('.lineage .node.active').count()).toBe(1);
    expect(await page.locator('.lineage .line.abandoned').count()).toBeGreaterThan(1);
    expect(await page.locator('.lineage .line.breaking').count()).toBeGreaterThan(0);
    const row = (version: number) =>
      page.locator('.lineage tbody tr', { has: page.getByText(`v${version}`, { exact: true }) });
    expect(await row(4).first().innerText()).toContain('active');
    const words = await page.locator('.lineage tbody tr').allInnerTexts();
    expect(words.find((text) => text.includes('rollback target'))).toMatch(/^\s*v1/);
    expect(words.find((text) => text.includes('HEALTH_FAILURE'))).toMatch(/^\s*v3[\s\S]*reverted/);
    expect(words.find((text) => text.includes('abandoned'))).toMatch(/^\s*v2/);
  });

  test('says by which capability a version waits', async () => {
    const { server, ledger } = await hostilePage();
    await ledger.policy.upgrade();
    await ledger.policy.set({ settings: { approveCapabilities: ['network'] } });
    await ledger.stage({ moduleId: 'planner', checksum: 'six' });
    const report = { moduleId: 'planner', fromVer: 4, toVer: 6, level: 'COMPATIBLE', assessor: 'engine 1' } as const;
    await ledger.assessCompatibility({ ...report, capabilitiesAdded: ['network', 'worker'] });
    const { page, wrong } = await open(`${server.url}${VIEWS.pending}`);
    await settled(page);
    const rows = await page.locator('main tbody tr').allInnerTexts();
    expect(rows.map((text) => text.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/^planner v4 → v5 BREAKING/),
      expect.stringMatching(/^planner v4 → v6 compatible gaining network, worker .*git-lineage approve planner 4 6$/i),
    ]);
    expect(wrong).toEqual([]);
  });

  test('lists the processes that follow, with one that never answered', async () => {
    const running = [
      { moduleId: 'planner', version: 4 },
      { moduleId: '@acme/router', version: 99 },
    ];
    const processes = () => [
      { name: 'web-1', at: Date.now() / 1000, running },
      { name: 'web-2', at: null, running: [] },
    ];
    const { server } = await hostilePage({ processes });
    const { page, wrong } = await open(`${server.url}${VIEWS.ledger}`);
    await settled(page);
    const rows = page.getByRole('table', { name: 'Processes that follow this ledger' }).locator('tbody tr');
    const [one, other] = await rows.allInnerTexts();
    expect(one).toMatch(/^web-1\s.*\s1 of 2\s[\s\S]*@acme\/router/);
    expect(other).toMatch(/^web-2\s+never\s+0 of 0/);
    expect(wrong).toEqual([]);
  });

  test('shows several ledgers, and walks to one of them and back', async () => {
    const { server, hostile } = await front();
    const { page, wrong } = await open(server.url);
    await settled(page);
    const rows = page.getByRole('table', { name: 'Ledgers and what waits in them' }).locator('tbody tr');
    const [calm, other, broken] = await rows.allInnerTexts();
    expect(calm).toMatch(/^calm\s+1\s+1\s+0\s+–\s+index just now/);
    expect(other).toMatch(/^hostile\s+2\s+1\s+2\s+1\s+planner just now/);
    expect(broken).toMatch(/^broken\s+INVALID_ARGUMENT/);
    await hostile.rollback('planner', 'MANUAL');
    await page.waitForSelector('td:has-text("MANUAL")');
    await page.getByRole('link', { name: 'hostile' }).click();
    await page.waitForSelector('h1:has-text("Modules")');
    expect(await page.locator('header').innerText()).toContain('All ledgers');
    await page.getByRole('link', { name: 'All ledgers' }).click();
    await page.waitForSelector('h1:has-text("Ledgers")');
    expect(wrong).toEqual([]);
  });

  test('is up to date without being asked, and says so', async () => {
    const { server, ledger } = await hostilePage();
    const { page } = await open(server.url);
    await settled(page);
    await page.waitForSelector('.connection.open');
    await ledger.rollback('planner', 'MANUAL');
    await page.waitForSelector('td:has-text("MANUAL")');
    expect(await page.locator('[aria-live=polite]').innerText()).toContain('new entry');
  });

  test('finds and sorts modules, and goes back by the browser', async () => {
    const { server } = await hostilePage();
    const { page } = await open(server.url);
    await settled(page);
    const names = () => page.locator('.modules tbody th').allInnerTexts();
    expect(await names()).toEqual(['@acme/router', 'planner']);
    await page.getByRole('button', { name: 'Module' }).click();
    expect(await names()).toEqual(['planner', '@acme/router']);
    expect(await page.locator('th[aria-sort=descending]').innerText()).toContain('Module');
    await page.getByLabel('Filter').fill('ROUT');
    expect(await names()).toEqual(['@acme/router']);
    await page.getByRole('link', { name: '@acme/router' }).click();
    await expect.poll(() => page.title()).toMatch(/^@acme\/router/);
    await page.goBack();
    await expect.poll(() => page.title()).toMatch(/^Modules/);
  });

  test('is used by keyboard alone: the skip link first, then every link, and the heading after each step', async () => {
    const { server } = await hostilePage();
    const { page } = await open(server.url);
    await settled(page);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement?.id')).toBe('content');
    const focused = () => page.evaluate<string>("document.activeElement?.textContent ?? ''");
    for (let i = 0; i < 60 && (await focused()) !== 'planner'; i++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.title()).toMatch(/^planner/);
    expect(await page.locator('h1:focus').innerText()).toBe('planner');
  });

  test.each(['light', 'dark'] as const)('has nothing that axe finds, %s', async (colorScheme) => {
    const { server } = await hostilePage();
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(server.url);
    for (const [view, hash] of Object.entries(VIEWS)) {
      await show(page, hash);
      await page.evaluate(AXE);
      const results = await page.evaluate<AxeResults>('axe.run()');
      const found = results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${view}: ${id}: ${html}`));
      expect(found).toEqual([]);
    }
  });

  test('fits a phone: nothing but tables and files scrolls sideways', async () => {
    const { server } = await hostilePage();
    const { page } = await open(server.url, { viewport: { width: 360, height: 740 } });
    for (const hash of Object.values(VIEWS)) {
      await show(page, hash);
      const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
      expect([hash, wide]).toEqual([hash, false]);
    }
  });
});
