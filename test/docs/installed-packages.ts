/** A registry of the packages in node_modules, so that `npm install` runs as for a stranger, without the network. */

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface Installed {
  readonly folder: string;
  readonly manifest: { readonly name: string; readonly version: string };
}

/** Every package below a folder `node_modules`, those within packages included. */
function packagesIn(modules: string): Installed[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((n) => join(name, n)) : [name]))
    .map((name) => join(modules, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .flatMap((folder) => [
      { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) },
      ...packagesIn(join(folder, 'node_modules')),
    ]);
}

function sendTarball(folder: string, response: ServerResponse): void {
  const args = ['-cz', '--exclude=./node_modules', '--transform=s,^\\.,package,', '-C', folder, '.'];
  spawn('tar', args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout.pipe(response);
}

export interface Registry {
  readonly url: string;
  readonly close: () => void;
}

export async function serveInstalledPackages(root: string): Promise<Registry> {
  const packages = packagesIn(join(root, 'node_modules'));
  const server = createServer((request, response) => {
    const [name = '', version] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('/-/');
    const found = packages.filter(({ manifest }) => manifest.name === name);
    const [last] = found;
    if (last === undefined) return response.writeHead(404).end('{}');
    const wanted = found.find(({ manifest }) => `${manifest.version}.tgz` === version);
    if (wanted !== undefined) return sendTarball(wanted.folder, response);
    const { port } = server.address() as AddressInfo;
    const versions = found.map(({ manifest }) => [
      manifest.version,
      { ...manifest, dist: { tarball: `http://127.0.0.1:${port}/${name}/-/${manifest.version}.tgz` } },
    ]);
    const latest = last.manifest.version;
    const document = { name, 'dist-tags': { latest }, versions: Object.fromEntries(versions) };
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
