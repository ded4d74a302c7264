// Debian's Firefox, driven by WebDriver BiDi (w3.org/TR/webdriver-bidi), which it speaks without a driver.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { keyActions } from './key-actions.mjs';

/** The address that a starting Firefox says it listens on. @param {import('node:stream').Readable} said */
async function addressIn(said) {
  for await (const line of createInterface(said)) {
    const [, url] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error('firefox-esr ended before it listened');
}

/** @param {string} url */
async function connect(url) {
  const socket = new WebSocket(`${url}/session`);
  await once(socket, 'open');
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  /** @type {string[]} */
  const errors = [];
  socket.addEventListener('message', ({ data }) => {
    const { id, type, result, error, message, method, params } = JSON.parse(String(data));
    if (method === 'log.entryAdded' && params.level === 'error') errors.push(`in the page: ${params.text}`);
    if (type === 'success') waiting.get(id)?.resolve(result);
    if (type === 'error') waiting.get(id)?.reject(new Error(`${error}: ${message}`));
    waiting.delete(id);
  });
  let last = 0;
  /** @param {string} method @param {object} params @returns {Promise<any>} */
  const ask = (method, params) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  return { ask, errors, close: () => socket.close() };
}

/** @returns {Promise<import('./other-browsers.mjs').OtherBrowser>} */
export async function startFirefox() {
  const profile = mkdtempSync(join(tmpdir(), 'git-lineage-firefox-'));
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'];
  const child = spawn('firefox-esr', args, {
    env: { ...process.env, HOME: profile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  const { ask, errors, close } = await connect(await addressIn(child.stderr));
  child.stderr.resume();
  const { capabilities } = await ask('session.new', { capabilities: {} });
  await ask('session.subscribe', { events: ['log.entryAdded'] });
  const { contexts } = await ask('browsingContext.getTree', {});
  const { context } = contexts[0];
  return {
    name: `Firefox ${capabilities.browserVersion}`,
    open: async (url) => {
      await ask('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    evaluate: async (script) => {
      // Values come as they are in JSON, and not as the protocol spells them.
      const expression = `(async () => JSON.stringify((await (0, eval)(${JSON.stringify(script)})) ?? null))()`;
      const { result, exceptionDetails } = await ask('script.evaluate', {
        ...{ expression, target: { context, sandbox: '' }, awaitPromise: true },
      });
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
      return JSON.parse(result.value);
    },
    widen: async (width) => {
      await ask('browsingContext.setViewport', { context, viewport: { width, height: 900 } });
    },
    press: async (...keys) => {
      await ask('input.performActions', { context, actions: keyActions(keys) });
    },
    shoot: async () => Buffer.from((await ask('browsingContext.captureScreenshot', { context })).data, 'base64'),
    errors: () => errors,
    close: async () => {
      await ask('browser.close', {}).catch(() => child.kill());
      close();
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
