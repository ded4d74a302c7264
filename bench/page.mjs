// The first view of the page: what is sent for it, and when it is there, beside the same rows as a page without a script.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../test/page/chromium.mjs';
import { git } from './peers.mjs';
import { seconds } from './statistics.mjs';
import { atMost, Table, timesAsMuch } from './table.mjs';

const CLI = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
const MODULES = 500;

/** @typedef {import('playwright-core').Browser} Browser */
/** @typedef {{ plain: number, sent: number, painted: number, there: number, html: string }} View kilobytes; milliseconds since the navigation began */

/** @param {string} gitdir */
async function serve(gitdir) {
  const child = spawn(process.execPath, [CLI, 'ui', '--ledger', gitdir, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  const end = async () => {
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
  };
  return { url: JSON.parse(line).url, end };
}

/** Opens a page in a browser that has nothing of it yet. @param {Browser} browser @param {string} url @returns {Promise<View>} */
async function view(browser, url) {
  // Waiting for something evaluates it in the page, whose policy forbids that.
  const page = await browser.newPage({ bypassCSP: true });
  /** @type {Promise<{ plain: number, sent: number }>[]} */
  const answers = [];
  page.on('requestfinished', (request) => {
    const size = async () => {
      const { responseBodySize } = await request.sizes();
      const body = await (await request.response())?.body();
      return { plain: (body?.byteLength ?? 0) / 1024, sent: responseBodySize / 1024 };
    };
    answers.push(size());
  });
  await page.goto(url, { waitUntil: 'commit' });
  const there = await page.waitForFunction(
    `document.querySelectorAll('main tbody tr').length >= 10 && performance.now()`,
  );
  const painted = await page.waitForFunction(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime`);
  const html = await page.content();
  const sizes = await Promise.all(answers);
  const sum = (/** @type {'plain' | 'sent'} */ of) => sizes.reduce((all, size) => all + size[of], 0);
  const times = { there: Number(await there.jsonValue()), painted: Number(await painted.jsonValue()) };
  await page.close();
  return { plain: sum('plain'), sent: sum('sent'), html, ...times };
}

/** What the browser has made of the page, as a file with its style in it. @param {string} html @param {string} style */
async function serveStill(html, style) {
  const still = html.replace(/<script[^>]*>[^<]*<\/script>/g, '').replace(/<link[^>]*>/g, '');
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(request.url === '/' ? `${still}<style>${style}</style>` : '');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const end = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, end };
}

/** @param {{ rounds: number, versions: number, ledgers: import('./large-ledgers.mjs').LargeLedgers }} options */
export async function benchPage({ rounds, versions, ledgers }) {
  const { gitdir } = ledgers.get(MODULES, versions);
  const table = new Table(`the first view of the page, ${versions} versions of ${MODULES} modules`);
  const still = 'the same rows without a script';
  const rows = {
    sent: { name: 'sent, compressed', unit: 'KB', peer: '', goal: atMost(40) },
    plain: { name: 'the same before compression', unit: 'KB', peer: '', goal: atMost(300) },
    painted: { name: 'first paint', unit: 'ms', peer: still, goal: timesAsMuch(2) },
    there: { name: 'its rows are there', unit: 'ms', peer: still, goal: timesAsMuch(3) },
    answer: {
      name: 'the answer that it shows',
      unit: 'ms',
      peer: 'git log of the heads, a process',
      goal: timesAsMuch(1),
    },
  };
  const heads = ['log', '--no-walk', '--branches', '--notes=tags', '--notes=checksum', '--format=%H %ct %an %s %N'];
  const ms = async (/** @type {() => unknown} */ body) => (await seconds(body)) * 1000;
  const browser = await launchChromium();
  try {
    for (let round = 0; round < rounds; round++) {
      const server = await serve(gitdir);
      const ours = await view(browser, server.url);
      const style = await (await fetch(new URL('page.css', server.url))).text();
      const peer = await serveStill(ours.html, style);
      const theirs = await view(browser, peer.url);
      peer.end();
      table.note(rows.sent, ours.sent, Number.NaN);
      table.note(rows.plain, ours.plain, Number.NaN);
      table.note(rows.painted, ours.painted, theirs.painted);
      table.note(rows.there, ours.there, theirs.there);
      const answer = await ms(async () => (await fetch(new URL('data/overview.json', server.url))).text());
      table.note(rows.answer, answer, await ms(() => git(gitdir, heads)));
      await server.end();
    }
  } finally {
    await browser.close();
  }
  table.print();
}
