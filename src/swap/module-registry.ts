/** The versions of modules with their statuses, each derived from the ledger: nothing is kept here. */

import { invalidInput, quoted } from '../errors.js';
import type { Ledger } from '../ledger/ledger.js';
import { ModuleStatus, type NewCheckpoint, type VersionCheckpoint } from '../model/checkpoint.js';
import type { ModuleFiles } from '../model/module-files.js';
import { REVERTED } from '../model/tag-label.js';
import { assertLedger } from './ledger/is-ledger.js';

/** A version to register. */
export interface Registration extends Pick<NewCheckpoint, 'version' | 'parentVer' | 'tags' | 'metadata'> {
  readonly moduleId: string;
  readonly files: ModuleFiles;
}

/** A version and its status at the time of the question. */
export interface RegisteredVersion {
  readonly checkpoint: VersionCheckpoint;
  readonly status: ModuleStatus;
}

/** How many versions have each status, over all modules. */
export interface RegistryStats {
  /** Modules with a version, staged ones included. */
  readonly modules: number;
  /** The sum of the four below. */
  readonly versions: number;
  readonly staged: number;
  readonly active: number;
  readonly archived: number;
  readonly reverted: number;
}

/** Where each status may lead by `setStatus`. ARCHIVED comes of being replaced, and from REVERTED only a signed event leads back. */
const TRANSITIONS: Readonly<Record<ModuleStatus, readonly ModuleStatus[]>> = {
  STAGED: ['ACTIVE', 'REVERTED'],
  ACTIVE: ['REVERTED'],
  ARCHIVED: ['REVERTED'],
  REVERTED: [],
};

const HINTS: Readonly<Record<ModuleStatus, string>> = {
  STAGED: 'activate it, or revert it',
  ACTIVE: 'swap another version in: this one is then ARCHIVED; or revert it, which rolls back',
  ARCHIVED: 'roll back to it, or record its content as a new version',
  REVERTED: 'clear it first with a signed event: ledger.untag(moduleId, version, "reverted"), or tag it stable',
};

function isStatus(value: unknown): value is ModuleStatus {
  return typeof value === 'string' && Object.hasOwn(ModuleStatus, value);
}

function assertStatus(value: unknown): ModuleStatus {
  if (isStatus(value)) return value;
  const issue = { path: 'status', expected: Object.keys(ModuleStatus).join(', '), actual: quoted(value) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'see ModuleStatus');
}

/** A view of a ledger by status. Each answer is as fresh as the ledger's, and as safe to ask from several processes. */
export class ModuleRegistry {
  private readonly ledger: Ledger;

  /** @throws `INVALID_ARGUMENT` for what is no ledger */
  constructor(ledger: Ledger) {
    this.ledger = assertLedger(ledger);
  }

  /** Puts a version into the ledger, STAGED. @throws what `Ledger.stage` throws */
  register({ files, ...checkpoint }: Registration): Promise<VersionCheckpoint> {
    return this.ledger.stage(checkpoint, { files });
  }

  /** The version that runs, or null. */
  getActive(moduleId: string): Promise<VersionCheckpoint | null> {
    return this.ledger.latestCheckpoint(moduleId);
  }

  /** The versions of a module in ascending order, of one status if given; empty for an unknown module. */
  async listVersions(moduleId: string, status?: ModuleStatus): Promise<readonly RegisteredVersion[]> {
    if (status !== undefined) assertStatus(status);
    const found: RegisteredVersion[] = [];
    for (const checkpoint of await this.ledger.versions.list(moduleId)) {
      const actual = await this.ledger.versions.status(moduleId, checkpoint.version);
      if (status === undefined || actual === status) found.push({ checkpoint, status: actual });
    }
    return found;
  }

  /**
   * Leads a version to another status by the ledger's own calls: STAGED → ACTIVE activates it, ACTIVE → REVERTED rolls
   * the module back (MANUAL), STAGED or ARCHIVED → REVERTED tags it. The status it has already is no change.
   * @throws `INVALID_ARGUMENT` for every other transition, `NOT_FOUND`, and what the ledger's call throws
   */
  async setStatus(moduleId: string, version: number, status: ModuleStatus): Promise<void> {
    const wanted = assertStatus(status);
    const actual = await this.ledger.versions.status(moduleId, version);
    if (actual === wanted) return;
    if (!TRANSITIONS[actual].includes(wanted)) {
      const legal = TRANSITIONS[actual];
      const expected = `${legal.length === 0 ? 'no other status' : legal.join(' or ')}, as v${version} is ${actual}`;
      throw invalidInput('INVALID_ARGUMENT', [{ path: 'status', expected, actual: quoted(status) }], HINTS[actual]);
    }
    if (wanted === 'ACTIVE') await this.ledger.activate(moduleId, version);
    else if (actual === 'ACTIVE') await this.ledger.rollback(moduleId, 'MANUAL');
    else await this.ledger.tag(moduleId, version, REVERTED);
  }

  /** The version with the highest number, whatever its status, or null. */
  async latestVersion(moduleId: string): Promise<VersionCheckpoint | null> {
    return (await this.ledger.versions.list(moduleId)).at(-1) ?? null;
  }

  /** The STAGED version with the highest number, or null. */
  async latestStaged(moduleId: string): Promise<VersionCheckpoint | null> {
    return (await this.listVersions(moduleId, 'STAGED')).at(-1)?.checkpoint ?? null;
  }

  /** The modules with a version that is STAGED, in bytewise order. */
  async listStagedModules(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const moduleId of await this.ledger.versions.modules()) {
      if ((await this.latestStaged(moduleId)) !== null) found.push(moduleId);
    }
    return found;
  }

  /** How many versions have each status. */
  async stats(): Promise<RegistryStats> {
    const count = { STAGED: 0, ACTIVE: 0, ARCHIVED: 0, REVERTED: 0 };
    const modules = await this.ledger.versions.modules();
    for (const moduleId of modules) {
      for (const { status } of await this.listVersions(moduleId)) count[status] += 1;
    }
    const { STAGED: staged, ACTIVE: active, ARCHIVED: archived, REVERTED: reverted } = count;
    const versions = staged + active + archived + reverted;
    return { modules: modules.length, versions, staged, active, archived, reverted };
  }
}
