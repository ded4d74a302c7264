// WebKitGTK, driven by plain WebDriver (w3.org/TR/webdriver2) through Debian's WebKitWebDriver. It needs a display.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { keyActions } from './key-actions.mjs';

/** A port that nobody listens on: the driver says none. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** @returns {Promise<import('./other-browsers.mjs').OtherBrowser>} */
export async function startWebKit() {
  const base = `http://127.0.0.1:${await freePort()}`;
  const child = spawn('WebKitWebDriver', [`--port=${new URL(base).port}`], { stdio: 'ignore' });
  const ended = once(child, 'close');
  /** @param {'GET' | 'POST' | 'DELETE'} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  const ask = async (method, path, body) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const { value } = /** @type {any} */ (await (await fetch(base + path, { method, ...sent })).json());
    if (value?.error !== undefined) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  for (let left = 100; ; left--) {
    const status = await ask('GET', '/status').catch(() => null);
    if (status?.ready === true) break;
    if (left === 0 || child.exitCode !== null) throw new Error('WebKitWebDriver does not answer');
    await pause(100);
  }
  const options = { args: ['--automation'] };
  const wanted = { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } };
  const { sessionId, capabilities } = await ask('POST', '/session', wanted);
  const session = `/session/${sessionId}`;
  return {
    name: `${capabilities.browserName} (WebKitGTK) ${capabilities.browserVersion}`,
    open: (url) => ask('POST', `${session}/url`, { url }),
    evaluate: async (script) => {
      // The page allows no eval, and the script of WebDriver is not the page's.
      const body = `const done = arguments[0];
        Promise.resolve((() => { ${script.length > 10_000 ? script : `return (${script});`} })())
          .then((value) => done({ value: value ?? null }), (error) => done({ error: String(error) }));`;
      const { value, error } = await ask('POST', `${session}/execute/async`, { script: body, args: [] });
      if (error !== undefined) throw new Error(error);
      return value;
    },
    widen: (width) => ask('POST', `${session}/window/rect`, { width, height: 900 }),
    press: (...keys) => ask('POST', `${session}/actions`, { actions: keyActions(keys) }),
    shoot: async () => Buffer.from(await ask('GET', `${session}/screenshot`), 'base64'),
    errors: () => [],
    close: async () => {
      await ask('DELETE', session).catch(() => undefined);
      child.kill();
      await ended;
    },
  };
}
