/** The page as files, for a server of static files or to be opened as they are: the answers that its views ask for, each in a file. */

import { invalidInput, numberIssues, quoted } from '../errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { JournalPosition } from '../ledger/ledger-journal.js';
import { moduleFolder } from '../model/module-folder.js';
import { type KnownOptions, optionIssues } from '../options-check.js';
import type { AuditAnswer, LogAnswer, MomentsAnswer, OverviewAnswer } from './answers.js';
import { JOURNAL_PAGE } from './answers.js';
import { ask } from './ask.js';
import type { PageLedger } from './module-rows.js';
import { MARKER, markerText, replaceFolder, type WriteFile } from './report-folder.js';
import { readSiteFile } from './site-files.js';

/** Which ledger a report shows, where it is written, and how much is in it. */
export interface WriteReportOptions {
  /** The ledger to show. */
  readonly ledger: PageLedger & Pick<Ledger, 'audit'>;
  /** A new folder, an empty one, or an earlier report, which is replaced. */
  readonly dir: string;
  /** How many versions of each module have a page of their own, the newest; the active one and the rollback target have one too. 20 by default. */
  readonly versions?: number | undefined;
  /** Audits the ledger, and shows the steps. False by default: it reads every object. */
  readonly audit?: boolean | undefined;
  /** Told before each module is written how many are, and how many there will be. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What `writeReport` wrote. */
export interface WrittenReport {
  /** The folder, absolute, with links followed. */
  readonly dir: string;
  /** How many files are in it. */
  readonly files: number;
  /** Their size together. */
  readonly bytes: number;
  /** Where the journal stood when it was begun. What was written to the ledger meanwhile may be in some of the views. */
  readonly position: JournalPosition;
}

const DEFAULT_VERSIONS = 20;
/** So many rows of modules at earlier moments are written, spread over the journal. */
const MAX_MOMENT_ROWS = 50_000;

/** As the server's, where a file may state it: that needs a tag of its own. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";

async function indexHtml(): Promise<string> {
  const text = (await readSiteFile('index.html')).toString('utf8');
  return text
    .replace('<html lang="en">', '<html lang="en" data-source="report">')
    .replace(/ *<link rel="preload"[^>]*>\n/, '')
    .replace('<head>', `<head>\n    <meta http-equiv="content-security-policy" content="${POLICY}">`);
}

/** Writes answers as scripts that hand their JSON over as text: no name in it means anything to JavaScript. */
class Report {
  private readonly ledger: WriteReportOptions['ledger'];
  private readonly write: WriteFile;
  files = 0;
  bytes = 0;

  constructor(ledger: WriteReportOptions['ledger'], write: WriteFile) {
    this.ledger = ledger;
    this.write = async (path, content) => {
      await write(path, content);
      this.files += 1;
      this.bytes += Buffer.byteLength(content);
    };
  }

  private answer(name: string, value: unknown): Promise<void> {
    const text = JSON.stringify(JSON.stringify(value));
    return this.write(`data/${name}.js`, `gitLineageData(${JSON.stringify(name)},${text});\n`);
  }

  private async asked<T>(name: string): Promise<T> {
    const value = await ask({ ledger: this.ledger }, name);
    await this.answer(name, value);
    return value as T;
  }

  async site(): Promise<void> {
    await this.write(MARKER, markerText());
    await this.write('index.html', await indexHtml());
    for (const name of ['page.js', 'page.css', 'licenses.txt'] as const)
      await this.write(name, await readSiteFile(name));
  }

  async all(
    versions: number,
    audit: boolean,
    onProgress: (done: number, total: number) => void,
  ): Promise<JournalPosition> {
    const overview = await this.asked<OverviewAnswer>('overview');
    const { position, modules } = overview;
    await this.audit(audit);
    for (let page = 0; page <= Math.floor(position.seq / JOURNAL_PAGE); page++) await this.asked(`journal/${page}`);
    await this.moments(position.seq, modules.length);
    for (const [done, { moduleId, active, stable }] of modules.entries()) {
      onProgress(done, modules.length);
      await this.module(moduleId, [active, stable], versions);
    }
    return position;
  }

  private async audit(wanted: boolean): Promise<void> {
    const report = wanted ? await this.ledger.audit() : null;
    const answer = (await ask({ ledger: this.ledger }, 'audit')) as AuditAnswer;
    // Where the ledger lies is nobody's business who is shown the report.
    await this.answer('audit', { ...answer, report: report === null ? null : { ...report, location: '' } });
  }

  private async moments(last: number, modules: number): Promise<void> {
    const step = Math.ceil(((last + 1) * Math.max(1, modules)) / MAX_MOMENT_ROWS);
    const seqs: number[] = [];
    for (let seq = 0; seq < last; seq += step) seqs.push(seq);
    seqs.push(last);
    for (const seq of seqs) await this.asked(`at/${seq}`);
    const answer: MomentsAnswer = { seqs };
    await this.answer('moments', answer);
  }

  private async module(moduleId: string, named: readonly (number | null)[], count: number): Promise<void> {
    const folder = `modules/${moduleFolder(moduleId)}`;
    await this.asked(`${folder}/summary`);
    const parents = new Map<number, number | null>();
    let before: number | null = null;
    do {
      const { versions, next }: LogAnswer = await this.asked(`${folder}/log/${before ?? 'latest'}`);
      for (const { version } of versions)
        if (parents.size < count || named.includes(version.version)) parents.set(version.version, version.parentVer);
      before = next;
    } while (before !== null);
    for (const [version, parent] of parents) {
      await this.asked(`${folder}/versions/${version}`);
      await this.asked(`${folder}/files/${version}`);
      await this.asked(`${folder}/changes/${parent ?? 0}-${version}`);
    }
  }
}

const KNOWN_OPTIONS: KnownOptions<WriteReportOptions> = {
  ledger: 'value',
  dir: 'value',
  versions: 'value',
  audit: 'flag',
  onProgress: 'value',
};

function assertOptions(options: WriteReportOptions): void {
  const { dir, versions, onProgress }: Partial<WriteReportOptions> = options;
  const issues = optionIssues(options, KNOWN_OPTIONS);
  if (typeof dir !== 'string' || dir === '') issues.push({ path: 'dir', expected: 'a folder', actual: quoted(dir) });
  issues.push(...numberIssues('versions', versions, 0, Number.MAX_SAFE_INTEGER));
  if (onProgress !== undefined && typeof onProgress !== 'function')
    issues.push({ path: 'onProgress', expected: 'a function', actual: quoted(onProgress) });
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, 'a report goes into a new folder, such as public/lineage');
}

/**
 * Writes the page as static files, with the whole journal and every lineage in parts of a hundred. The folder is built beside `dir` and
 * moved into place; a folder that holds anything but an earlier report is left alone.
 * @throws `INVALID_ARGUMENT`, `IO`, and what the ledger throws
 */
export async function writeReport(options: WriteReportOptions): Promise<WrittenReport> {
  assertOptions(options);
  const { ledger, versions = DEFAULT_VERSIONS, audit = false, onProgress = () => undefined } = options;
  let written: Omit<WrittenReport, 'dir'> | null = null;
  const dir = await replaceFolder(options.dir, async (write) => {
    const report = new Report(ledger, write);
    await report.site();
    const position = await report.all(versions, audit, onProgress);
    written = { files: report.files, bytes: report.bytes, position };
  });
  if (written === null) throw new TypeError('the folder was not filled');
  return { dir, ...(written as Omit<WrittenReport, 'dir'>) };
}
