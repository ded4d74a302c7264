// The page in Firefox and in WebKit, beside the tests in chromium: each view, as files too, what moves by itself, the keyboard, narrow
// screens, axe.
//
//   npm run build && xvfb-run -a node --experimental-websocket test/page/other-browsers.mjs [--shots DIR]
//
// Debian: apt-get install --no-install-recommends firefox-esr webkit2gtk-driver xvfb. From Node 22 on without the flag. Ends with 1 where
// anything is wrong, or a browser is missing.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { servePage, writeReport } from 'git-lineage/server';
import { makeVersionManager } from 'git-lineage/testing';
import { startFirefox } from './firefox.mjs';
import { fillHostile, SCRIPT } from './hostile-content.mjs';
import { startWebKit } from './webkit.mjs';

/**
 * @typedef {object} OtherBrowser
 * @property {string} name with its version
 * @property {(url: string) => Promise<void>} open
 * @property {(script: string) => Promise<any>} evaluate the value of an expression, or of the promise that it is
 * @property {(width: number) => Promise<void>} widen
 * @property {(...keys: string[]) => Promise<void>} press as WebDriver names them
 * @property {() => Promise<Buffer>} shoot
 * @property {() => string[]} errors what went wrong in the page, as far as the browser tells
 * @property {() => Promise<void>} close
 */

const [TAB, ENTER] = ['\uE004', '\uE007'];
const NARROW = 390;
const WIDE = 1280;
const WAIT_MS = 20_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Each view by its address, and its title. */
const VIEWS = [
  ['#/', 'Modules'],
  ['#/modules/planner', 'planner'],
  ['#/modules/planner/4', 'planner v4'],
  ['#/modules/@acme+router', '@acme/router'],
  ['#/pending', 'Pending'],
  ['#/journal', 'Journal'],
  ['#/journal?type=rollback', 'Journal'],
  ['#/at/3', 'Time travel'],
  ['#/ledger', 'Ledger'],
  ['#/nowhere', 'Not here'],
];

/** @param {OtherBrowser} browser @param {string} script @param {string} what */
async function until(browser, script, what) {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await pause(50))
    if ((await browser.evaluate(script)) === true) return;
  throw new Error(`${what} did not happen: ${script}`);
}

const text = (/** @type {string} */ selector) =>
  `(document.querySelector(${JSON.stringify(selector)})?.innerText ?? '')`;
const count = (/** @type {string} */ selector) => `document.querySelectorAll(${JSON.stringify(selector)}).length`;

/** @param {OtherBrowser} browser @param {string} hash @param {string} title */
async function show(browser, hash, title) {
  await browser.evaluate(`void (location.hash = ${JSON.stringify(hash)})`);
  await until(
    browser,
    `document.title === ${JSON.stringify(`${title} · git-lineage`)} && ${count('main h1')} === 1 && ${count('.waiting')} === 0`,
    hash,
  );
}

/** @param {string} shots @param {OtherBrowser} browser */
async function check(browser, shots) {
  /** @type {string[]} */
  const wrong = [];
  const expect = (/** @type {unknown} */ found, /** @type {unknown} */ wanted, /** @type {string} */ what) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      wrong.push(`${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
  };
  const ledger = await makeVersionManager();
  const server = await servePage({ ledger, pollMs: 20 });
  const files = mkdtempSync(join(tmpdir(), 'git-lineage-report-'));
  try {
    await fillHostile(ledger);
    await browser.widen(WIDE);
    await browser.open(server.url);
    for (const width of [WIDE, NARROW]) {
      await browser.widen(width);
      for (const [hash = '', title = ''] of VIEWS) {
        const at = `${hash} at ${width} pixels`;
        await show(browser, hash, title);
        expect(await browser.evaluate(count('[role=alert]')), 0, `alerts of ${at}`);
        expect(await browser.evaluate(count('main script, main img, main iframe, main style')), 0, `markup in ${at}`);
        expect(await browser.evaluate("Reflect.has(window, 'taken')"), false, `a script that ran in ${at}`);
        const beyond = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
        expect(await browser.evaluate(beyond), false, `it is wider than the window: ${at}`);
        // What was changed is painted then.
        await browser.evaluate(
          'new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(() => then(true))))',
        );
        writeFileSync(join(shots, `${width}${hash.replace(/[^a-z0-9]+/gi, '-')}.png`), await browser.shoot());
      }
    }
    await browser.widen(WIDE);
    await writeReport({ ledger, dir: files });
    await browser.open(pathToFileURL(join(files, 'index.html')).href);
    for (const [hash = '', title = ''] of VIEWS) {
      await show(browser, hash, title);
      expect(await browser.evaluate(count('[role=alert]')), 0, `alerts of ${hash} in a file`);
    }
    await browser.open(server.url);
    await show(browser, '#/modules/planner/4', 'planner v4');
    await browser.evaluate(
      `void [...document.querySelectorAll('button')].find((b) => b.innerText.includes('Show what is in them'))?.click()`,
    );
    await until(browser, `${text('main')}.includes(${JSON.stringify(SCRIPT)})`, 'the files are shown as text');
    await browser.evaluate(AXE).catch(() => undefined);
    for (const [hash = '', title = ''] of VIEWS) {
      await show(browser, hash, title);
      const rules = 'axe.run().then(({ violations }) => violations.map(({ id }) => id))';
      expect(await browser.evaluate(rules), [], `what axe finds in ${hash}`);
    }
    await show(browser, '#/modules/planner', 'planner');
    expect(await browser.evaluate(count('.lineage tbody tr')), 5, 'rows of the lineage');
    expect(await browser.evaluate(count('.lineage .node')), 5, 'nodes of the lineage');
    expect(await browser.evaluate(count('.lineage .node.active')), 1, 'active nodes');
    await show(browser, '#/', 'Modules');
    const names = "[...document.querySelectorAll('.modules tbody th')].map((cell) => cell.innerText)";
    expect(await browser.evaluate(names), ['@acme/router', 'planner'], 'modules');
    const sort = "[...document.querySelectorAll('th button')].find((b) => b.innerText.includes('Module')).click()";
    await browser.evaluate(`void ${sort}`);
    await until(browser, `(${names}).join() === 'planner,@acme/router'`, 'sorting');
    await browser.evaluate("void document.querySelector('main input').focus()");
    await browser.press(...'ROUT');
    await until(browser, `(${names}).join() === '@acme/router'`, 'filtering');
    await browser.open(server.url);
    await until(browser, `${count('main h1')} === 1 && ${count('.waiting')} === 0`, 'the first view');
    await browser.press(TAB);
    expect(
      await browser.evaluate('document.activeElement.textContent'),
      'Skip to the content',
      'the first stop of Tab',
    );
    await browser.press(ENTER);
    expect(await browser.evaluate('document.activeElement.id'), 'content', 'where the skip link leads');
    const focused = "document.activeElement?.textContent ?? ''";
    for (let i = 0; i < 60 && (await browser.evaluate(focused)) !== 'planner'; i++) await browser.press(TAB);
    await browser.press(ENTER);
    await until(browser, "document.title.startsWith('planner')", 'a link that Enter follows');
    await until(browser, "document.activeElement?.tagName === 'H1'", 'the heading has the focus');
    await browser.evaluate('void history.back()');
    await until(browser, "document.title.startsWith('Modules')", 'going back');
    await until(browser, `${count('.connection.open')} === 1`, 'the stream of changes');
    await ledger.rollback('planner', 'MANUAL');
    await until(browser, `${text('main')}.includes('MANUAL')`, 'the rollback is shown');
    await until(browser, `${text('[aria-live=polite]')}.includes('new entry')`, 'it is said');
  } catch (error) {
    wrong.push(String(error));
    writeFileSync(join(shots, 'at-the-error.png'), await browser.shoot().catch(() => ''));
  } finally {
    await browser.close();
    await server.close();
    await ledger.close();
    rmSync(files, { recursive: true });
  }
  return [...wrong, ...browser.errors()];
}

const { values } = parseArgs({ options: { shots: { type: 'string', default: 'shots' } } });
for (const start of [startFirefox, startWebKit]) {
  const browser = await start();
  const shots = join(values.shots, browser.name.replace(/\W+/g, '-'));
  mkdirSync(shots, { recursive: true });
  const wrong = await check(browser, shots);
  process.stdout.write(`${[`${browser.name}: ${wrong.length === 0 ? 'well' : 'NOT WELL'}`, ...wrong].join('\n  ')}\n`);
  if (wrong.length > 0) process.exitCode = 1;
}
