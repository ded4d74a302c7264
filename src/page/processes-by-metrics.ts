/** The processes that follow a ledger, by the metrics that each of them serves. */

import type { InputIssue } from '../errors.js';
import { invalidInput, quoted } from '../errors.js';
import type { ProcessJson } from './answers.js';

/** A process that takes longer says nothing this time. */
const PATIENCE_MS = 2000;
/** Nobody is asked more often, however many pages are open. */
const PAUSE_MS = 1000;
/** So many bytes are read of an answer. */
const MAX_BYTES = 16 * 2 ** 20;

const SAMPLE = /^asm_swap_active_version\{(.*)\} ([0-9]+)$/gm;
const MODULE = /(?:^|,)module_id="((?:[^"\\]|\\.)*)"/;

/** The versions in the text of a scrape, by module. */
function runningIn(text: string): ProcessJson['running'] {
  return [...text.matchAll(SAMPLE)].flatMap(([, labels = '', version]) => {
    const [, escaped] = MODULE.exec(labels) ?? [];
    if (escaped === undefined) return [];
    const moduleId = escaped.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
    return [{ moduleId, version: Number(version) }];
  });
}

async function textOf(url: URL): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
  if (!answer.ok || answer.body === null) throw new Error(`${url.host} answered ${answer.status}`);
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`${url.host} answers without end`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Where a process serves its metrics. */
class Scraped {
  private readonly url: URL;
  private last: ProcessJson;

  constructor(url: URL) {
    this.url = url;
    this.last = { name: url.host, at: null, running: [] };
  }

  /** What it says, or has said last. */
  async report(): Promise<ProcessJson> {
    try {
      const running = runningIn(await textOf(this.url));
      this.last = { name: this.url.host, at: Math.floor(Date.now() / 1000), running };
    } catch {
      // The page tells how long ago the last answer was.
    }
    return this.last;
  }
}

function addressOf(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : null;
  const refused = (actual: string): Error => {
    const issue: InputIssue = { path: 'processes', expected: 'an http or https URL without a user', actual };
    return invalidInput(
      'INVALID_ARGUMENT',
      [issue],
      'for example http://127.0.0.1:9464/metrics, as metricsHandler answers',
    );
  };
  // Behind a user stands a password.
  if (url !== null && (url.username !== '' || url.password !== '')) throw refused(`a URL of ${url.host} with one`);
  if (url === null || !/^https?:$/.test(url.protocol)) throw refused(quoted(given));
  if (url.pathname === '/') url.pathname = '/metrics';
  return url;
}

/**
 * Asks processes what runs in each, for `processes` of a page: by `asm_swap_active_version` in the metrics that each serves. One that does
 * not answer stays in the list with what it has said last, and when.
 *
 * @param urls where they serve them; without a path, at `/metrics`
 * @throws `INVALID_ARGUMENT`
 * @example
 * const processes = processesByMetrics(['http://10.0.0.1:9464', 'http://10.0.0.2:9464']);
 * const page = pageHandler({ ledger, path: '/ledger/', processes });
 */
export function processesByMetrics(urls: readonly string[]): () => Promise<readonly ProcessJson[]> {
  const scraped = urls.map((url) => new Scraped(addressOf(url)));
  let asked = Number.NEGATIVE_INFINITY;
  let reports: Promise<readonly ProcessJson[]> = Promise.resolve([]);
  return () => {
    if (performance.now() - asked >= PAUSE_MS) {
      asked = performance.now();
      reports = Promise.all(scraped.map((each) => each.report()));
    }
    return reports;
  };
}
