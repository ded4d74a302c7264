/** An answer in plain text, for what a git client shows of it. */

import type { ServerResponse } from 'node:http';

export function answer(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache', ...headers });
  response.end(`${text}\n`);
}
