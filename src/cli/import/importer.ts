/** Recording releases in a ledger, in batches, whatever of them is there already. */

import { Complaint, invalidArgument } from '../complaint.js';
import { assertNoKey, assertNoSecrets } from '../content/read-module.js';
import type { CheckpointContent, NormalizedFiles, VersionCheckpoint } from '../library.js';
import type { ModuleSelection } from '../options/module-selection.js';
import type { Context } from '../verb.js';
import type { Opened } from '../with-ledger.js';
import { isRefusal, withRelease } from './import-errors.js';
import { ImportedLineage, type Place } from './lineage.js';
import { type FetchedRelease, type Release, ReleaseError, type Source } from './release.js';
import { dateWarnings, inOrder, type Order } from './release-order.js';

/** A transaction has at most so many releases, and so many bytes: that much is held in memory. */
const MAX_RELEASES = 32;
const MAX_BYTES = 32 * 2 ** 20;

interface ImportOptions {
  readonly order: Order;
  /** Nothing becomes active. */
  readonly stageOnly: boolean;
  /** Tags for what becomes active. */
  readonly tags: readonly string[];
  readonly selection: ModuleSelection;
  readonly onProgress: (done: number, total: number) => void;
}

interface ImportedRelease {
  readonly name: string;
  readonly semver: string;
  readonly version: number;
  readonly timestamp: number;
  readonly activated: boolean;
}

/** A release whose files are checked. */
interface Checked {
  readonly release: Release;
  readonly files: NormalizedFiles;
  readonly bytes: number;
}

interface Placed extends Checked {
  readonly place: Place;
}

export class Importer {
  readonly imported: ImportedRelease[] = [];
  /** Versions that were in the ledger already, and became active now. */
  readonly activated: number[] = [];
  /** Releases that were there already. */
  present = 0;
  /** Releases of the main line that stay staged, because something else is active. */
  readonly heldBack: string[] = [];
  /** What the dates say that versions contradict, where releases are numbered by date. */
  readonly warnings: string[] = [];
  private readonly context: Context;
  private readonly opened: Opened;
  private readonly source: Source;
  private readonly options: ImportOptions;
  private lineage: ImportedLineage;

  private constructor(
    context: Context,
    opened: Opened,
    source: Source,
    options: ImportOptions,
    lineage: ImportedLineage,
  ) {
    this.context = context;
    this.opened = opened;
    this.source = source;
    this.options = options;
    this.lineage = lineage;
  }

  static async of(context: Context, opened: Opened, source: Source, options: ImportOptions): Promise<Importer> {
    context.library.assertModuleId(source.moduleId);
    const lineage = await lineageOf(opened, source.moduleId);
    if (!lineage.isComparable) {
      const actual = `version ${lineage.active} of ${source.moduleId}, which has none`;
      const hint = 'import into a module of its own, with --module NAME';
      throw invalidArgument('--module', 'a module whose active version has the metadata semver', actual, hint);
    }
    return new Importer(context, opened, source, options, lineage);
  }

  /** The active version, when all is done. */
  get active(): number | null {
    return this.lineage.active;
  }

  async run(): Promise<void> {
    try {
      await this.runAll();
    } catch (error) {
      throw withRelease(this.context.library, error, this.source.leaveOut);
    }
  }

  private async runAll(): Promise<void> {
    const { source, options } = this;
    const total = source.candidates.length;
    const missing = source.candidates.filter((candidate) => !this.lineage.has(candidate));
    this.present = total - missing.length;
    const releases = inOrder(await source.prepare(missing), options.order, this.lineage);
    if (options.order === 'date') this.warnings.push(...(await dateWarnings(releases)));
    await this.activateStaged();
    const { requireApproval, approveCapabilities } = await this.opened.ledger.policy.get();
    const isMeasured = requireApproval || approveCapabilities.length > 0;
    const maxReleases = isMeasured && !options.stageOnly ? 1 : MAX_RELEASES;
    let batch: Checked[] = [];
    const progress = () => options.onProgress(this.present + this.imported.length + batch.length, total);
    progress();
    const flush = async (): Promise<void> => {
      const full = batch;
      batch = [];
      await this.write(full);
    };
    try {
      for await (const fetched of source.fetch(releases)) {
        const checked = await this.checked(fetched);
        if (checked === null) continue;
        batch.push(checked);
        progress();
        if (batch.length >= maxReleases || bytesOf(batch) >= MAX_BYTES) await flush();
      }
    } catch (error) {
      // What came before it is whole.
      await flush();
      throw error;
    }
    await flush();
  }

  /** Checks files as `record` does. Null where a version that was recorded otherwise is this release. */
  private async checked({ release, files }: FetchedRelease): Promise<Checked | null> {
    const { library } = this.context;
    try {
      await assertNoKey(files, this.opened.key?.path ?? null);
      assertNoSecrets(files, (path) => this.options.selection.isNamed(path));
      const normal = library.normalizeFiles(files);
      const others = this.lineage.withSemver(release);
      const [other] = others;
      if (other !== undefined) {
        this.assertSame(others, library.contentDigest(normal), other);
        this.present += 1;
        return null;
      }
      return { release, files: normal, bytes: [...normal.values()].reduce((sum, { data }) => sum + data.length, 0) };
    } catch (error) {
      throw new ReleaseError(release, error);
    }
  }

  private assertSame(others: readonly VersionCheckpoint[], actual: string, first: VersionCheckpoint): void {
    if (others.some(({ checksum }) => checksum === actual)) return;
    const { moduleId, version, checksum: expected } = first;
    const message = `${moduleId}@${version} is recorded as the same release with ${expected}, its files have ${actual}`;
    const hint = `find out which of the two is right; to have both, import into another module, with --module NAME; or ${this.source.leaveOut}`;
    throw new Complaint('CHECKSUM_MISMATCH', message, { expected, actual }, hint);
  }

  /** Activates what an earlier run staged because it was not approved yet, or because it was asked to stage. */
  private async activateStaged(): Promise<void> {
    const { ledger } = this.opened;
    const { moduleId, candidates } = this.source;
    const wanted = new Set(candidates.map(({ semver }) => semver));
    while (!this.options.stageOnly) {
      const next = this.lineage.nextStaged((semver) => wanted.has(semver));
      if (next === null) return;
      await ledger.activate(moduleId, next);
      for (const tag of this.options.tags) await ledger.tag(moduleId, next, tag);
      this.lineage.activated(next);
      this.activated.push(next);
    }
  }

  /** Writes a batch, in as few transactions as its lineage allows. */
  private async write(batch: readonly Checked[]): Promise<void> {
    let left = batch;
    while (left.length > 0) {
      const group = this.nextGroup(left);
      try {
        await this.writeGroup(group);
      } catch (error) {
        left = await this.afterConflict(left, error);
        continue;
      }
      left = left.slice(group.length);
    }
  }

  /** The releases at the beginning of a batch that are to be recorded in one way, with their places. */
  private nextGroup(batch: readonly Checked[]): readonly Placed[] {
    const group: Placed[] = [];
    const lineage = this.lineage.copy();
    for (const checked of batch) {
      const place = lineage.place(checked.release, this.options.stageOnly);
      if (group[0] !== undefined && group[0].place.activates !== place.activates) break;
      lineage.add(checked.release, place);
      group.push({ ...checked, place });
    }
    return group;
  }

  private async writeGroup(group: readonly Placed[]): Promise<void> {
    const { ledger } = this.opened;
    if (group[0]?.place.activates !== true) {
      // Calls of the same turn share a transaction.
      await settled(group.map((placed) => ledger.stage(this.checkpointOf(placed), content(placed))));
      for (const placed of group) this.added(placed);
      return;
    }
    try {
      const list = group.map((placed) => ({ checkpoint: this.checkpointOf(placed), files: placed.files }));
      await ledger.recordCheckpoints(list);
    } catch (error) {
      if (!isRefusal(this.context.library, error)) throw error;
      await this.recordEach(group);
      return;
    }
    for (const placed of group) this.added(placed);
  }

  /** One after the other, up to the one that is refused: that is staged, for an operator to look at. */
  private async recordEach(group: readonly Placed[]): Promise<void> {
    const { ledger } = this.opened;
    for (const placed of group) {
      try {
        await ledger.recordCheckpoint(this.checkpointOf(placed), content(placed));
        this.added(placed);
      } catch (error) {
        if (!isRefusal(this.context.library, error)) throw error;
        await ledger.stage(this.checkpointOf(placed), content(placed));
        this.added({ ...placed, place: { ...placed.place, activates: false } });
        // Its level is stored with what is in the ledger, and the error names a version that can be approved.
        await ledger.activate(this.source.moduleId, placed.place.version);
        this.lineage.activated(placed.place.version);
      }
    }
  }

  private added({ release, place }: Placed): void {
    this.lineage.add(release, place);
    const { name, semver, date } = release;
    this.imported.push({ name, semver, version: place.version, timestamp: date, activated: place.activates });
    if (place.isMain && !place.activates && !this.options.stageOnly) this.heldBack.push(name);
  }

  private checkpointOf({ release, place }: Placed) {
    const { semver, metadata, date: timestamp } = release;
    const { version, parentVer, activates } = place;
    const tags = activates ? this.options.tags : [];
    return { moduleId: this.source.moduleId, version, parentVer, timestamp, tags, metadata: { semver, ...metadata } };
  }

  /** What is left of a batch where somebody else wrote to the module meanwhile. Any other error is thrown. */
  private async afterConflict(batch: readonly Checked[], error: unknown): Promise<readonly Checked[]> {
    const { isLedgerError } = this.context.library;
    const codes = ['NOT_ACTIVE', 'VERSION_EXISTS'] as const;
    const before = this.lineage;
    if (!codes.some((code) => isLedgerError(error, code))) throw error;
    this.lineage = await lineageOf(this.opened, this.source.moduleId);
    if (this.lineage.isLike(before)) throw error;
    const left = batch.filter(({ release }) => !this.lineage.has(release));
    const done = new Set(this.imported.map(({ name }) => name));
    this.present += batch.filter((checked) => !left.includes(checked) && !done.has(checked.release.name)).length;
    return left;
  }
}

function content({ files }: Checked): CheckpointContent {
  return { files };
}

function bytesOf(batch: readonly Checked[]): number {
  return batch.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Waits for all before the first failure is thrown. */
async function settled(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) if (outcome.status === 'rejected') throw outcome.reason;
}

async function lineageOf({ ledger }: Opened, moduleId: string): Promise<ImportedLineage> {
  const { default: semver } = await import('semver');
  const versions = await ledger.versions.list(moduleId);
  if (versions.length === 0) return new ImportedLineage(semver, [], null, []);
  const { active, staged } = await ledger.versions.summary(moduleId);
  return new ImportedLineage(semver, versions, active, staged);
}
