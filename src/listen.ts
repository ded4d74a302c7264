/** Taking a port for a server. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { invalidInput, LedgerError, numberIssues } from './errors.js';

/** @throws `INVALID_ARGUMENT` */
export function checkPort(port: number): void {
  const issues = numberIssues('port', port, 0, 65535);
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, '0 is any free port');
}

/** Listens and answers with the URL of the server. @throws `IO` where the address cannot be had */
export function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'EADDRINUSE' ? 'choose another port, or 0 for any' : 'check --host and --port';
      const data = { operation: 'listen', path: `${host}:${port}`, errno: error.code ?? null };
      failed(new LedgerError('IO', `cannot listen at ${host}:${port}: ${error.message}`, data, { hint, cause: error }));
    });
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      done(`http://${name}:${address.port}/`);
    });
  });
}
