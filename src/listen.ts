/** Taking a port for a server. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type InputIssue, invalidInput, LedgerError, quoted } from './errors.js';

/** What is wrong with a number that may be left out; nothing where it is left out. */
export function numberIssues(path: string, value: unknown, least: number, most: number): InputIssue[] {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)) return [];
  return [{ path, expected: `an integer from ${least} to ${most}`, actual: quoted(value) }];
}

/** What is wrong with the names that a server goes by. */
export function hostIssues(hosts: unknown): InputIssue[] {
  if (hosts === undefined || (Array.isArray(hosts) && hosts.every((host) => typeof host === 'string'))) return [];
  return [{ path: 'hosts', expected: 'a list of host names, without ports', actual: quoted(hosts) }];
}

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
