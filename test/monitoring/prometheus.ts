/** A real Prometheus (Debian: prometheus) over services of a test, with the alerts of this project a minute to the second. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { freePort } from '../free-port.js';
import { folderWith } from './promtool.js';

const ALERTS = fileURLToPath(new URL('../../monitoring/alerts.yml', import.meta.url));

/** How often is asked, and for how long: no assertion is about how long it takes. */
const ASK_MS = 100;
const PATIENCE_MS = 120_000;

/** The alerts with seconds for minutes: windows and waits keep their proportions. */
function inSeconds(alerts: string): string {
  return alerts.replaceAll(/(\[|for: )(\d+)m\b/g, '$1$2s');
}

/** Serves what a scrape of a registry finds; returns its address. */
export async function served(registry: Registry): Promise<string> {
  const server = createServer((_, response) => {
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

export class Prometheus {
  private readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  /** Scrapes these addresses as one job, four times a second. */
  static async over(...targets: readonly string[]): Promise<Prometheus> {
    const config = {
      global: { scrape_interval: '250ms', scrape_timeout: '250ms', evaluation_interval: '250ms' },
      rule_files: ['alerts.yml'],
      scrape_configs: [{ job_name: 'edge', static_configs: [{ targets }] }],
    };
    // JSON is YAML.
    const files = { 'prometheus.yml': JSON.stringify(config), 'alerts.yml': inSeconds(readFileSync(ALERTS, 'utf8')) };
    const folder = folderWith(files);
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const ended = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`);
    await prometheus.until('it is up', async () => (await fetch(`${prometheus.url}/-/ready`)).ok);
    return prometheus;
  }

  /** Waits for something to be so. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const last = Date.now() + PATIENCE_MS;
    while (!(await isSo().catch(() => false))) {
      if (Date.now() > last) throw new Error(`Prometheus never said that ${what}`);
      await pause(ASK_MS);
    }
  }

  async firing(): Promise<readonly Alert[]> {
    const response = await fetch(`${this.url}/api/v1/alerts`);
    const { data } = (await response.json()) as { data: { alerts: readonly Alert[] } };
    return data.alerts.filter(({ state }) => state === 'firing');
  }

  /** Waits until an alert with these labels fires, and returns it. */
  async fires(name: string, labels: Readonly<Record<string, string>> = {}): Promise<Alert> {
    const wanted = Object.entries({ ...labels, alertname: name });
    let found: Alert | undefined;
    await this.until(`${name} fires`, async () => {
      found = (await this.firing()).find((alert) => wanted.every(([label, value]) => alert.labels[label] === value));
      return found !== undefined;
    });
    return found as Alert;
  }

  async resolves(name: string): Promise<void> {
    const isOver = async () => (await this.firing()).every(({ labels }) => labels['alertname'] !== name);
    await this.until(`${name} is over`, isOver);
  }

  /** The values of an expression now, by its labels. */
  async query(expr: string): Promise<readonly { readonly metric: Record<string, string>; readonly value: number }[]> {
    const response = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query: expr })}`);
    const { data, error } = (await response.json()) as {
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
      error?: string;
    };
    if (data === undefined) throw new Error(`${expr}: ${error}`);
    return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }
}
