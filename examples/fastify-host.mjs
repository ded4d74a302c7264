// A Fastify server whose answers come from a module under git-lineage. Fastify holds the port and the routes, the module what is
// behind them: routes cannot be taken away from a running server, handles can be switched.
import fastify from 'fastify';

/**
 * @param {import('git-lineage/swap').ModuleHandle<{ plan(dish: string): Promise<string[]> }>} planner
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startHost(planner) {
  const app = fastify();
  app.get('/plan/:dish', async (request, reply) => {
    const { dish } = /** @type {{ dish: string }} */ (request.params);
    // The number is that of the version on which this call began, and on which it ends.
    return planner.call(async ({ plan }, version) => {
      reply.header('x-planner-version', version);
      return plan(dish);
    });
  });
  const url = await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) });
  return { url, close: () => app.close() };
}
