/** Lists that differ from the approved one: each is staged once, assessed, and waits for whoever decides. */

import { isLedgerError, messageOf } from '../errors.js';
import type { Ledger } from '../ledger/ledger.js';
import { contentDigest } from '../model/content-digest.js';
import { type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
import type { CompatibilityLevel } from '../model/report.js';
import type { Approved } from './approved-list.js';
import { filesOf, type ServerDescription } from './canonical-form.js';
import type { GuardNotice } from './guard-types.js';
import { sharedNames } from './shared-names.js';

/** What became of a list that is not the approved one. */
export interface Change {
  /** The version that it is; null where it could not be staged. */
  readonly version: number | null;
  readonly level: CompatibilityLevel | null;
  /** The command that allows it; null where there is none. */
  readonly command: string | null;
  /** Why it is not staged; null where it is. */
  readonly problem: string | null;
}

interface StagedChangesParts {
  readonly ledger: Ledger;
  readonly moduleId: string;
  readonly onChange: 'hold' | 'activate';
  readonly tell: (notice: GuardNotice) => void;
}

/** A server whose list is another one each time fills no ledger: so many are staged in a conversation. */
const MAX_STAGED = 20;

export class StagedChanges {
  private readonly parts: StagedChangesParts;
  /** By checksum: what was found when the journal stood at `tip`. What somebody writes meanwhile may make it otherwise. */
  private readonly known = new Map<string, { readonly at: string; readonly change: Promise<Change | null> }>();
  private readonly told = new Set<string>();

  constructor(parts: StagedChangesParts) {
    this.parts = parts;
  }

  /** What became of a list; null where it is the approved one, or has become that. Never rejects. */
  async of(offer: ServerDescription, approved: Approved | null): Promise<Change | null> {
    const files = normalizeFiles(filesOf(offer));
    const checksum = contentDigest(files);
    if (checksum === approved?.checksum) return null;
    try {
      const { oid } = await this.parts.ledger.journal.position();
      const at = `${oid} ${approved?.version ?? '-'}`;
      const known = this.known.get(checksum);
      if (known?.at === at) return await known.change;
      if (known === undefined && this.known.size >= MAX_STAGED)
        return this.refused(
          `the server offered ${MAX_STAGED} other lists in this conversation, and no more are staged`,
        );
      const change = this.stage(files, checksum, approved?.version ?? null);
      this.known.set(checksum, { at, change });
      // Once for each list: the paths of every module are read for it.
      const shared = known === undefined ? this.tellSharedNames(offer) : null;
      return (await Promise.all([change, shared]))[0];
    } catch (error) {
      // Tried again when the list is looked at again: another process may have been faster, or the remote not there.
      this.known.delete(checksum);
      return this.refused(messageOf(error));
    }
  }

  /** Tells what was not told before. */
  private tell(notice: GuardNotice): void {
    const text = JSON.stringify(notice);
    if (this.told.has(text)) return;
    this.told.add(text);
    this.parts.tell(notice);
  }

  private refused(problem: string, command: string | null = null): Change {
    this.tell({ type: 'not-staged', message: problem });
    return { version: null, level: null, command, problem };
  }

  private async tellSharedNames(offer: ServerDescription): Promise<void> {
    const { ledger, moduleId } = this.parts;
    for (const shared of await sharedNames(ledger, moduleId, offer)) this.tell({ type: 'names-shared', ...shared });
  }

  private async stage(files: NormalizedFiles, checksum: string, fromVer: number | null): Promise<Change | null> {
    const { ledger, moduleId } = this.parts;
    const reverted = await ledger.versions.revertedLike(moduleId, checksum);
    if (reverted !== null) {
      const name = `${moduleId}@${reverted}`;
      const command = `git-lineage untag ${name} reverted && git-lineage activate ${name}`;
      return this.refused(`it is ${moduleId} v${reverted}, which was rolled back`, command);
    }
    const { version } = await ledger.stage({ moduleId, parentVer: fromVer }, { files }, { reuse: true });
    if (await this.activated(version, fromVer)) return null;
    const level = await this.assessed(fromVer, version);
    const command = await this.commandFor(fromVer, version);
    this.tell({ type: 'staged', version, fromVer, level, command });
    return { version, level, command, problem: null };
  }

  /** The first list is taken on its word where the policy asks for no approvals; a later one where the operator said so. */
  private async activated(version: number, fromVer: number | null): Promise<boolean> {
    const { ledger, moduleId, onChange } = this.parts;
    const isTrusted = fromVer === null ? !(await ledger.policy.get()).requireApproval : onChange === 'activate';
    if (!isTrusted) return false;
    try {
      await ledger.activate(moduleId, version);
      return true;
    } catch (error) {
      if (isLedgerError(error) && error.family === 'refused') return false;
      throw error;
    }
  }

  private async assessed(fromVer: number | null, version: number): Promise<CompatibilityLevel | null> {
    try {
      return (await this.parts.ledger.assess(this.parts.moduleId, fromVer, version)).level;
    } catch {
      // Whoever activates it is told why: the gate asks again.
      return null;
    }
  }

  private async commandFor(fromVer: number | null, version: number): Promise<string> {
    const { ledger, moduleId } = this.parts;
    const { allow, reasons } = await ledger.gate(moduleId, fromVer, version);
    const activate = `git-lineage activate ${moduleId}@${version}`;
    const needsApproval = !allow && reasons.some(({ code }) => code === 'APPROVAL_MISSING');
    return needsApproval ? `git-lineage approve ${moduleId} ${fromVer ?? '-'} ${version} && ${activate}` : activate;
  }
}
