// The same as fastify-host.mjs for Express, which passes what a handler throws to its error handling: 500.
import { once } from 'node:events';
import express from 'express';

/**
 * @param {import('git-lineage/swap').ModuleHandle<{ plan(dish: string): Promise<string[]> }>} planner
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startHost(planner) {
  const app = express();
  // Express prints the errors that it answers with otherwise.
  app.set('env', 'test');
  app.get('/plan/:dish', async (request, response) => {
    const answer = await planner.call(async ({ plan }, version) => {
      response.set('x-planner-version', String(version));
      return plan(request.params.dish);
    });
    response.json(answer);
  });
  const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
