/** A registry of the packages in node_modules, so that `npm install` runs as for a stranger, without the network. */

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/**
 * @typedef {{ folder: string, manifest: { name: string, version: string } }} Installed
 * @typedef {{ url: string, close: () => void }} Registry
 */

/**
 * Every package below a folder `node_modules`, those within packages included.
 * @param {string} modules
 * @returns {Installed[]}
 */
function packagesIn(modules) {
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

/** @param {string} folder @param {import('node:http').ServerResponse} response */
function sendTarball(folder, response) {
  const args = ['-c', '-I', 'gzip -1', '--exclude=./node_modules', '--transform=s,^\\.,package,', '-C', folder, '.'];
  spawn('tar', args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout.pipe(response);
}

/** @param {string} root @returns {Promise<Registry>} */
export async function serveInstalledPackages(root) {
  const packages = packagesIn(join(root, 'node_modules'));
  let url = '';
  const server = createServer((request, response) => {
    const [name = '', version] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('/-/');
    const found = packages.filter(({ manifest }) => manifest.name === name);
    const [last] = found;
    if (last === undefined) return response.writeHead(404).end('{}');
    const wanted = found.find(({ manifest }) => `${manifest.version}.tgz` === version);
    if (wanted !== undefined) return sendTarball(wanted.folder, response);
    const versions = found.map(({ manifest }) => [
      manifest.version,
      { ...manifest, dist: { tarball: `${url}${name}/-/${manifest.version}.tgz` } },
    ]);
    const latest = last.manifest.version;
    const document = { name, 'dist-tags': { latest }, versions: Object.fromEntries(versions) };
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  url = `http://127.0.0.1:${port}/`;
  return {
    url,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
