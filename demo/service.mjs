// An HTTP service whose session store is a module under git-lineage, and clients that never stop asking.
import { createServer } from 'node:http';
import { HotSwapper } from 'git-lineage/swap';
import { checkSessions, sessionStore } from './health-check.mjs';

const CLIENTS = 8;

/**
 * @param {{ assessor: import('git-lineage/swap').Assessor, onEvent: (notice: import('git-lineage/swap').SwapNotice) => void }} options
 */
export async function startService({ assessor, onEvent }) {
  const swapper = new HotSwapper({
    validator: { validate: ({ exports }) => typeof sessionStore(exports).get === 'function' },
    healthCheck: { check: ({ exports }) => checkSessions(exports) },
    healthWindowMs: 400,
    assessor,
    onEvent,
  });
  /** @type {import('git-lineage/swap').ModuleHandle<object>} */
  const cache = swapper.handle('cache');
  /** One store a release: it goes when the release goes. @type {WeakMap<object, any>} */
  const stores = new WeakMap();

  const server = createServer(async (request, response) => {
    try {
      const version = await cache.call(async (exported, number) => {
        const store = stores.get(exported) ?? sessionStore(exported);
        stores.set(exported, store);
        store.set(request.url, 'seen');
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        return number;
      });
      response.end(String(version));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  /** @type {{ served: number, failed: number, by: Record<string, number> }} */
  const counts = { served: 0, failed: 0, by: {} };
  let stopping = false;
  /** @param {number} client */
  const ask = async (client) => {
    for (let i = 0; !stopping; i++) {
      const answer = await fetch(`http://127.0.0.1:${port}/${client}/${i % 50}`).catch(() => null);
      const body = await answer?.text();
      if (answer?.ok && body !== undefined) {
        counts.served += 1;
        counts.by[`v${body}`] = (counts.by[`v${body}`] ?? 0) + 1;
      } else counts.failed += 1;
    }
  };
  /** @type {Promise<void>[]} */
  let clients = [];

  return {
    swapper,
    counts,
    startClients: () => {
      clients = Array.from({ length: CLIENTS }, (_, i) => ask(i));
    },
    async stop() {
      stopping = true;
      await Promise.all(clients);
      server.close();
      await swapper.close();
    },
  };
}
