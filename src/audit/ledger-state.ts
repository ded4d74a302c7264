/** What a ledger was at one entry of its journal, as the audit pieces it together from objects and nothing else. */

import { findingStatus, selfApproval } from '../model/level-in-force.js';
import { forbidsSelfApproval, type Policy } from '../model/policy.js';
import { type PolicyFiles, parsePolicy } from '../model/policy-text.js';
import { pairName, reportRef, TAG_NOTES_REF, versionRef } from '../model/ref-names.js';
import type { StoredReport } from '../model/report.js';
import { parseReport, type ReportText } from '../model/report-text.js';
import { isTainted } from '../model/revocation.js';
import { parseTags } from '../model/tag-label.js';
import { parseVersion, type SealedVersion } from '../model/version-commit.js';
import { highestFirst, type UsedNumbers } from '../model/version-numbers.js';
import type { Commit, LedgerObjects, Oid, RefName } from '../ports/objects.js';
import type { Projection, ReportOrigin } from './projection.js';
import type { Redactions } from './redactions.js';

/** A version commit that reads as one. */
export interface SealedCommit {
  readonly commit: Commit;
  readonly sealed: SealedVersion;
}

/** A report of the journal, with the entry that brought it and the key that signed both. */
interface RecordedReport extends ReportOrigin {
  readonly text: ReportText;
  readonly seq: number;
  readonly object: Oid;
}

const NO_TAGS: ReadonlySet<string> = new Set();

/** The text of an object's bytes, or null where it is not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Where a replay begins: nowhere, or at a state that was verified before. */
interface LedgerStateBase {
  readonly projection: Projection;
  readonly policy: Policy | null;
  /** The tree of the last entry. */
  readonly tree: Oid | null;
  /** What is redacted, by entries that are still to be replayed too. */
  readonly redactions: Redactions;
}

/**
 * The state before the entry that is being replayed, with what its events have added so far. Begins empty, or with a
 * projection that was verified before; what it is asked of that is read then.
 */
export class LedgerState {
  readonly objects: LedgerObjects;
  readonly redactions: Redactions;
  readonly projection: Projection;
  policy: Policy | null;
  /** The tree of the last entry. */
  tree: Oid | null;
  private readonly tags = new Map<Oid, ReadonlySet<string>>();
  private readonly pairs = new Map<string, RecordedReport[]>();
  /** Of the entry being replayed: refs at their new values, and modules as its events leave them. */
  private readonly moved = new Map<RefName, Oid | null>();
  private readonly modules = new Map<string, { active: number | null; highest: number }>();
  /** The versions that it stages so far, by module. */
  private readonly staged = new Map<string, Set<number>>();
  /** True where every entry is replayed event by event: then there are no tags and reports but those that it was told. */
  private readonly whole: boolean;

  constructor(objects: LedgerObjects, { projection, policy, tree, redactions }: LedgerStateBase, whole = false) {
    this.objects = redactions.in(objects);
    this.redactions = redactions;
    this.projection = projection;
    this.policy = policy;
    this.tree = tree;
    this.whole = whole;
  }

  /** The value of a ref, moves of this entry included. */
  ref(name: RefName): Oid | null {
    const moved = this.moved.get(name);
    return moved === undefined ? this.projection.ref(name) : moved;
  }

  move(name: RefName, to: Oid | null): void {
    this.moved.set(name, to);
  }

  module(moduleId: string): { readonly active: number | null; readonly highest: number } | null {
    return this.modules.get(moduleId) ?? this.projection.module(moduleId);
  }

  setModule(moduleId: string, state: { active: number | null; highest: number }): void {
    this.modules.set(moduleId, state);
  }

  stage(moduleId: string, version: number): void {
    this.staged.set(moduleId, (this.staged.get(moduleId) ?? new Set()).add(version));
  }

  /** The numbers that a module has used, those of the entry that is being replayed included. Its signer is believed. */
  numbers(moduleId: string): UsedNumbers {
    const { projection } = this;
    const own = [...(this.staged.get(moduleId) ?? [])].sort((a, b) => b - a);
    const staged = own.map((version) => ({ version, entry: 0, fingerprint: '' }));
    return {
      highest: this.module(moduleId)?.highest ?? 0,
      stagings: () => highestFirst(staged, projection.stagings(moduleId)),
      isUsed: (version) => own.includes(version) || projection.ref(versionRef(moduleId, version)) !== null,
    };
  }

  /** Every name in use: of modules, and of those that only have reports so far. */
  *names(): Generator<string> {
    yield* this.modules.keys();
    yield* this.projection.names();
  }

  /** Called when the projection has taken the entry over. */
  settle(): void {
    this.moved.clear();
    this.modules.clear();
    this.staged.clear();
  }

  /** A commit as a version, or null where it is not written as one. */
  async version(oid: Oid): Promise<SealedCommit | null> {
    const commit = await this.objects.readCommit(oid);
    const sealed = parseVersion(commit.message);
    return sealed === null ? null : { commit, sealed };
  }

  async versionNumbered(moduleId: string, version: number): Promise<SealedCommit | null> {
    const oid = this.ref(versionRef(moduleId, version));
    return oid === null ? null : this.version(oid);
  }

  async tagsOf(oid: Oid): Promise<ReadonlySet<string>> {
    const known = this.tags.get(oid);
    if (known !== undefined || this.whole) return known ?? NO_TAGS;
    const notes = this.projection.ref(TAG_NOTES_REF);
    const found = notes === null ? NO_TAGS : parseTags(await this.note(notes, oid));
    this.tags.set(oid, found);
    return found;
  }

  setTags(oid: Oid, tags: ReadonlySet<string>): void {
    this.tags.set(oid, tags);
  }

  /** The note of a target in a notes commit that was found sound. */
  private async note(notes: Oid, target: Oid): Promise<string | null> {
    let tree = (await this.objects.readCommit(notes)).tree;
    for (let rest: string = target; ; ) {
      const entries = await this.objects.readTree(tree);
      const leaf = entries.find((e) => e.name === rest && e.mode === '100644');
      if (leaf !== undefined) return textOf(await this.objects.readBlob(leaf.oid));
      const folder = entries.find((e) => e.mode === '40000' && e.name.length === 2 && rest.startsWith(e.name));
      if (folder === undefined) return null;
      tree = folder.oid;
      rest = rest.slice(2);
    }
  }

  /** The reports of a pair so far. */
  async reports(moduleId: string, fromVer: number | null, toVer: number): Promise<StoredReport[]> {
    const { policy, projection } = this;
    // Who staged a version is its commit's author: the audit holds the one against the other.
    const forbidden = policy !== null && forbidsSelfApproval(policy);
    const stagedBy = forbidden ? ((await this.versionNumbered(moduleId, toVer))?.commit.author.name ?? null) : null;
    return (await this.told(moduleId, fromVer, toVer)).map(({ text, seq, object, entry, fingerprint, byAssessor }) => {
      const { ledger: _ledger, toChecksum: _toChecksum, ...report } = text;
      const tainted = policy !== null && isTainted(policy, fingerprint, entry);
      const self = selfApproval(report, stagedBy, forbidden);
      const status = findingStatus({ ...report, tainted }, byAssessor === true, policy?.measuredBy ?? 'any');
      return { ...report, seq, bound: object !== projection.root, tainted, ...self, ...status };
    });
  }

  private async told(moduleId: string, fromVer: number | null, toVer: number): Promise<RecordedReport[]> {
    const name = pairName(moduleId, fromVer, toVer);
    const known = this.pairs.get(name);
    if (known !== undefined) return known;
    const found: RecordedReport[] = [];
    this.pairs.set(name, found);
    const lines = this.whole ? [] : this.projection.reports({ moduleId, fromVer, toVer });
    for (const [i, origin] of lines.entries()) {
      const oid = this.projection.ref(reportRef(moduleId, fromVer, toVer, i + 1));
      const tag = oid === null ? null : await this.objects.readTag(oid);
      const text = tag === null ? null : parseReport(tag.message);
      if (tag !== null && text !== null) found.push({ ...origin, text, seq: i + 1, object: tag.object });
    }
    return found;
  }

  async addReport(
    { moduleId, fromVer, toVer }: Pick<ReportText, 'moduleId' | 'fromVer' | 'toVer'>,
    report: RecordedReport,
  ): Promise<void> {
    (await this.told(moduleId, fromVer, toVer)).push(report);
  }

  /** A file of an entry's tree; empty where the tree has none of that name, or one that is no text. */
  async file(tree: Oid, name: string): Promise<string> {
    const entry = (await this.objects.readTree(tree)).find((e) => e.name === name && e.mode === '100644');
    return entry === undefined ? '' : (textOf(await this.objects.readBlob(entry.oid)) ?? '');
  }

  /** The two policy files of an entry's tree; empty where the tree has none. */
  async policyFiles(tree: Oid): Promise<PolicyFiles> {
    return {
      policyJson: await this.file(tree, 'policy.json'),
      allowedSigners: await this.file(tree, 'allowed_signers'),
    };
  }

  async policyOf(tree: Oid): Promise<Policy | null> {
    return parsePolicy(await this.policyFiles(tree));
  }
}
