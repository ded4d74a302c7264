/** A registry of npm packages on this machine, for as long as a test runs. */

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Sandbox } from './sandbox.js';
import { type Entry, tarball } from './tarball.js';

export interface PublishedRelease {
  readonly version: string;
  /** ISO 8601. */
  readonly date: string;
  readonly tarball: Buffer;
  /** What the registry states of it. */
  dist: { integrity?: string | undefined; shasum?: string | undefined };
  /** False: the packument names it, and its tarball is gone. */
  served: boolean;
}

export class NpmRegistry {
  url = '';
  /** The token that every request must bring. */
  token: string | null = null;
  /** Told of each tarball that is asked for; it is sent when that is settled. */
  onTarball: (name: string) => Promise<void> = async () => undefined;
  readonly tarballs: string[] = [];
  private readonly packages = new Map<string, PublishedRelease[]>();
  private readonly gone = new Map<string, Record<string, string>>();

  static async start(): Promise<NpmRegistry> {
    const registry = new NpmRegistry();
    const server = createServer((request, response) => {
      void registry
        .answer(decodeURIComponent(request.url ?? ''), request.headers.authorization)
        .then(({ status, body }) => {
          response.writeHead(status, {
            'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json',
          });
          response.end(body);
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    registry.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return registry;
  }

  /** The environment of a user whose npm asks this registry. */
  envFor(box: Pick<Sandbox, 'path'>): Record<string, string> {
    return {
      npm_config_registry: this.url,
      npm_config_cache: box.path('npm-cache'),
      npm_config_fetch_retries: '0',
      npm_config_audit: 'false',
    };
  }

  publish(name: string, version: string, date: string, files: readonly Entry[] = []): PublishedRelease {
    const manifest = JSON.stringify({ name, version });
    const bytes = tarball(
      { name: 'package/package.json', data: manifest },
      { name: 'package/index.js', data: `module.exports = '${version}';\n` },
      ...files,
    );
    const digest = (algorithm: string) => createHash(algorithm).update(bytes);
    const release = {
      version,
      date,
      tarball: bytes,
      dist: { integrity: `sha512-${digest('sha512').digest('base64')}`, shasum: digest('sha1').digest('hex') },
      served: true,
    };
    this.packages.set(name, [...(this.packages.get(name) ?? []), release]);
    return release;
  }

  /** A version that has a date, and is there no more. */
  unpublish(name: string, version: string, date: string): void {
    this.gone.set(name, { ...this.gone.get(name), [version]: date });
  }

  private packument(name: string, releases: readonly PublishedRelease[]): string {
    const versions = releases.map(({ version, dist }) => {
      const file = `${this.url}${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`;
      return [version, { name, version, dist: { ...dist, tarball: file } }];
    });
    return JSON.stringify({
      name,
      'dist-tags': { latest: releases.at(-1)?.version },
      versions: Object.fromEntries(versions),
      time: { ...Object.fromEntries(releases.map(({ version, date }) => [version, date])), ...this.gone.get(name) },
    });
  }

  private async answer(
    path: string,
    authorization: string | undefined,
  ): Promise<{ status: number; body: string | Buffer }> {
    if (this.token !== null && authorization !== `Bearer ${this.token}`)
      return { status: 401, body: '{"error":"a token is needed"}' };
    const [, name = '', version] = /^\/(.+?)(?:\/-\/.*?-([0-9].*)\.tgz)?$/.exec(path) ?? [];
    const releases = this.packages.get(name);
    if (releases === undefined) return { status: 404, body: '{"error":"not found"}' };
    if (version === undefined) return { status: 200, body: this.packument(name, releases) };
    this.tarballs.push(`${name}@${version}`);
    await this.onTarball(`${name}@${version}`);
    const release = releases.find((r) => r.version === version);
    return release?.served === true
      ? { status: 200, body: release.tarball }
      : { status: 404, body: '{"error":"gone"}' };
  }
}
