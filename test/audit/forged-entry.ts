/**
 * An entry made with a genuine key and the ledger's own encoders, one event after the other; `seal` publishes it, with at
 * most the one thing wrong that an attack is about.
 */

import { FanOut } from '../../src/git/fan-out.js';
import { changeNotes } from '../../src/git/notes.js';
import { encodeCommit, encodeTagPayload, encodeTree } from '../../src/git/object-codec.js';
import { journalTree } from '../../src/ledger/journal-tree.js';
import { digestOfHashes, sha256Hex } from '../../src/model/content-digest.js';
import { notesMessage } from '../../src/model/entry-subject.js';
import { type EntryText, formatEntry, gitSeconds, parseEntry, type RefUpdate } from '../../src/model/journal-entry.js';
import type { LedgerEvent } from '../../src/model/ledger-event.js';
import { SHA1 } from '../../src/model/object-id.js';
import type { Policy } from '../../src/model/policy.js';
import { formatPolicy, parsePolicy } from '../../src/model/policy-text.js';
import {
  branchRef,
  CHECKSUM_NOTES_REF,
  JOURNAL_REF,
  reportRef,
  reportTagName,
  TAG_NOTES_REF,
  versionRef,
} from '../../src/model/ref-names.js';
import { formatReport, type ReportText } from '../../src/model/report-text.js';
import type { RollbackReason } from '../../src/model/rollback-target.js';
import { formatTags, parseTags } from '../../src/model/tag-label.js';
import { formatVersion, type SealedVersion } from '../../src/model/version-commit.js';
import type { Signer } from '../../src/ports/keys.js';
import type { Oid, RefName } from '../../src/ports/objects.js';
import type { Forge } from './forge.js';

export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

type Change<T> = (value: T) => T;

/** What a forger may do otherwise when an entry is sealed. */
export interface SealChanges {
  readonly text?: Change<EntryText>;
  readonly message?: Change<string>;
  readonly parents?: readonly Oid[];
  readonly tree?: Oid;
  /** The commit before it is signed, and after. */
  readonly payload?: Change<string>;
  readonly signature?: Change<string>;
  readonly raw?: Change<string>;
  /** Who signs, the entry being the first signer's. */
  readonly signer?: Signer;
  /** A notes commit's text, and the oid of another one in its place. */
  readonly notesCommit?: Change<string>;
  readonly notesTree?: (tree: Oid, ref: RefName) => Oid;
}

export interface StageChanges {
  readonly files?: Readonly<Record<string, string>>;
  readonly tree?: Oid;
  readonly sealed?: Change<SealedVersion>;
  /** The event's own words, where the commit says something else. */
  readonly event?: Partial<Extract<LedgerEvent, { type: 'stage' }>>;
  readonly parents?: readonly Oid[];
  readonly principal?: string;
  readonly raw?: Change<string>;
  readonly note?: string;
}

export interface ReportChanges {
  readonly text?: Change<ReportText>;
  readonly event?: { readonly level?: ReportText['level']; readonly seq?: number; readonly payloadSha256?: string };
  readonly object?: Oid;
  readonly name?: string;
  readonly seconds?: number;
  readonly tagger?: string;
  readonly signer?: Signer;
  readonly payload?: Change<string>;
  readonly raw?: Change<string>;
}

export class ForgedEntry {
  readonly forge: Forge;
  readonly signer: Signer;
  readonly before: EntryText;
  readonly seq: number;
  readonly events: LedgerEvent[] = [];
  readonly moves = new Map<RefName, RefUpdate>();
  readonly checksums = new Map<Oid, string>();
  readonly tags = new Map<Oid, Set<string>>();
  timestamp: number;
  /** Of the entry; changed together with the policy, or past it. */
  tree: Oid;
  private readonly previous: Oid;

  constructor(forge: Forge, signer: Signer) {
    this.forge = forge;
    this.signer = signer;
    this.previous = forge.tip;
    const raw = forge.text(this.previous);
    const before = parseEntry(raw.slice(raw.indexOf('\n\n') + 2), SHA1);
    if (before === null) throw new Error('the journal cannot be continued');
    this.before = before;
    this.seq = before.seq + 1;
    this.timestamp = before.timestamp + 1;
    this.tree = forge.treeOf(this.previous);
  }

  /** The journal's first entry, which names the ledger. */
  get root(): Oid {
    return this.forge.journal()[0] ?? '';
  }

  event(event: LedgerEvent): this {
    this.events.push(event);
    return this;
  }

  move(ref: RefName, to: Oid | null, from = this.moves.get(ref)?.from ?? this.forge.find(ref)): this {
    this.moves.set(ref, { ref, from, to });
    return this;
  }

  /** Where a ref will be. */
  ref(ref: RefName): Oid | null {
    return this.moves.has(ref) ? (this.moves.get(ref)?.to ?? null) : this.forge.find(ref);
  }

  version(moduleId: string, version: number): Oid {
    const oid = this.ref(versionRef(moduleId, version));
    if (oid === null) throw new Error(`there is no ${moduleId} v${version}`);
    return oid;
  }

  private checksumOf(tree: Oid): string {
    const listed = (at: Oid, prefix: string): { path: string; mode: string; sha256: string }[] =>
      this.forge
        .readTree(at)
        .flatMap(({ mode, name, oid }) =>
          mode === '40000'
            ? listed(oid, `${prefix}${name}/`)
            : [{ path: prefix + name, mode, sha256: sha256Hex(this.forge.read(oid)) }],
        );
    const files = listed(tree, '').sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
    return files.length === 0 ? 'by-hand' : digestOfHashes(files);
  }

  stage(moduleId: string, version: number, parentVer: number | null, changes: StageChanges = {}): this {
    const tree = changes.tree ?? (changes.files === undefined ? EMPTY_TREE : this.forge.files(changes.files));
    if (tree === EMPTY_TREE) this.forge.write('tree', '');
    const checksum = this.checksumOf(tree);
    const honest = { moduleId, version, parentVer, checksum, timestamp: this.timestamp, metadata: {} };
    const sealed = changes.sealed?.(honest) ?? honest;
    const principal = changes.principal ?? this.signer.principal;
    const identity = { name: principal, email: principal, seconds: gitSeconds(sealed.timestamp) };
    const parents = changes.parents ?? (parentVer === null ? [] : [this.version(moduleId, parentVer)]);
    const raw = Buffer.from(encodeCommit({ tree, parents, identity, message: formatVersion(sealed) }, null)).toString();
    const commit = changes.raw?.(raw) ?? raw;
    const oid = this.forge.write('commit', commit);
    const said = this.before.format === 1 ? {} : { commitSha256: sha256Hex(commit) };
    const { checksum: stated } = sealed;
    this.events.push({ type: 'stage', moduleId, version, parentVer, checksum: stated, ...said, ...changes.event });
    this.checksums.set(oid, changes.note ?? `${sealed.checksum}\n`);
    return this.move(versionRef(moduleId, version), oid);
  }

  activate(moduleId: string, version: number, to = this.version(moduleId, version)): this {
    this.events.push({ type: 'activate', moduleId, version });
    return this.move(branchRef(moduleId), to);
  }

  private tagsOf(oid: Oid): Set<string> {
    const known = this.tags.get(oid);
    if (known !== undefined) return known;
    let note = '';
    try {
      note = this.forge.git(['--no-replace-objects', 'notes', '--ref=tags', 'show', oid]);
    } catch {
      // It has none.
    }
    const tags = new Set(parseTags(note));
    this.tags.set(oid, tags);
    return tags;
  }

  tag(moduleId: string, version: number, tag: string): this {
    this.tagsOf(this.version(moduleId, version)).add(tag);
    return this.event({ type: 'tag', moduleId, version, tag });
  }

  untag(moduleId: string, version: number, tag: string): this {
    this.tagsOf(this.version(moduleId, version)).delete(tag);
    return this.event({ type: 'untag', moduleId, version, tag });
  }

  rollback(moduleId: string, fromVer: number, toVer: number, reason: RollbackReason = 'MANUAL'): this {
    const tags = this.tagsOf(this.version(moduleId, fromVer));
    tags.add('reverted');
    tags.delete('stable');
    this.events.push({ type: 'rollback', moduleId, fromVer, toVer, reason });
    return this.move(branchRef(moduleId), this.version(moduleId, toVer));
  }

  breakGlass(moduleId: string, fromVer: number | null, toVer: number, reason = 'a drill'): this {
    const oid = this.version(moduleId, toVer);
    const tags = this.tagsOf(oid);
    if (!tags.delete('reverted')) this.tags.delete(oid);
    this.events.push({ type: 'break-glass', moduleId, fromVer, toVer, reason });
    return this.move(branchRef(moduleId), oid);
  }

  /** A report, an approval or a withdrawal on a pair, by whoever signs the entry. */
  async report(
    type: 'report' | 'approve' | 'withdraw',
    [moduleId, fromVer, toVer]: readonly [string, number | null, number],
    given: Partial<ReportText>,
    changes: ReportChanges = {},
  ): Promise<this> {
    let seq = 1;
    while (this.ref(reportRef(moduleId, fromVer, toVer, seq)) !== null) seq += 1;
    seq = changes.event?.seq ?? seq;
    const version = this.ref(versionRef(moduleId, toVer));
    const toChecksum = version === null ? null : (/^Checksum: (.*)$/m.exec(this.forge.text(version))?.[1] ?? null);
    const approvedBy = type === 'approve' ? this.signer.principal : 'auto';
    const honest: ReportText = {
      ...{ ledger: this.root, moduleId, fromVer, toVer, toChecksum, level: 'COMPATIBLE', measuredLevel: null },
      ...{ approvedBy, withdraws: null, assessor: null, rationale: '' },
      ...given,
    };
    const text = changes.text?.(honest) ?? honest;
    const tagger = changes.tagger ?? this.signer.principal;
    const identity = { name: tagger, email: tagger, seconds: changes.seconds ?? gitSeconds(this.timestamp) };
    const name = changes.name ?? reportTagName(moduleId, fromVer, toVer, seq);
    const object = changes.object ?? version ?? this.root;
    const made = encodeTagPayload({ object, objectType: 'commit', name, identity, message: formatReport(text) });
    const payload = Buffer.from(changes.payload?.(Buffer.from(made).toString()) ?? made);
    const whole = payload.toString() + (await (changes.signer ?? this.signer).sign(payload));
    const oid = this.forge.write('tag', changes.raw?.(whole) ?? whole);
    const { level } = honest;
    const event = { type, moduleId, fromVer, toVer, seq, level, payloadSha256: sha256Hex(payload), ...changes.event };
    this.events.push(event);
    return this.move(reportRef(moduleId, fromVer, toVer, seq), oid);
  }

  policyNow(): Policy {
    const files = new Map(this.forge.readTree(this.tree).map((e) => [e.name, this.forge.text(e.oid)]));
    const read = (name: string) => files.get(name) ?? '';
    const policy = parsePolicy({ policyJson: read('policy.json'), allowedSigners: read('allowed_signers') });
    if (policy === null) throw new Error('the policy cannot be read');
    return policy;
  }

  /** States another policy; `files` changes the text of its two files, `stated` what the event says of them. */
  policy(
    policy: Policy,
    files: Change<{ policyJson: string; allowedSigners: string }> = (same) => same,
    stated = true,
  ): this {
    const made = formatPolicy(policy);
    const given = files(made);
    const told = stated ? given : made;
    const whole = [...journalTree(given)].map(([name, { data }]) => [name, Buffer.from(data).toString()] as const);
    this.tree = this.forge.files(Object.fromEntries(whole));
    const hashes = { policySha256: sha256Hex(told.policyJson), signersSha256: sha256Hex(told.allowedSigners) };
    return this.event({ type: 'policy', ...hashes });
  }

  /** A notes commit on top of a notes ref. */
  async note(ref: RefName, notes: ReadonlyMap<Oid, string | null>, changes: SealChanges): Promise<Oid> {
    const parent = this.forge.ref(ref);
    const objects = {
      format: SHA1,
      readTree: (oid: Oid) => this.forge.readTree(oid),
      readBlob: (oid: Oid) => this.forge.text(oid),
      writeTree: (entries: Parameters<Forge['tree']>[0]) => this.forge.tree(entries),
      readFanOut: (oid: Oid) => FanOut.of(encodeTree(this.forge.readTree(oid)), SHA1),
      writeFanOut: (tree: FanOut, folders: ReadonlyMap<string, Oid>) => this.forge.write('tree', tree.with(folders)),
      writeBlob: (text: string) => this.forge.write('blob', text),
    };
    const honest = changeNotes(objects, this.forge.treeOf(parent), notes);
    const tree = changes.notesTree?.(honest, ref) ?? honest;
    const { principal } = this.signer;
    const identity = { name: principal, email: principal, seconds: gitSeconds(this.timestamp) };
    const parts = { tree, parents: [parent], identity, message: notesMessage(this.events) };
    const raw = Buffer.from(encodeCommit(parts, null)).toString();
    return this.forge.write('commit', changes.notesCommit?.(raw) ?? raw);
  }

  private async notes(changes: SealChanges): Promise<void> {
    const tags = new Map([...this.tags].map(([oid, labels]) => [oid, formatTags(labels)] as const));
    for (const [ref, notes] of [
      [CHECKSUM_NOTES_REF, this.checksums],
      [TAG_NOTES_REF, tags],
    ] as const)
      if (notes.size > 0 && !this.moves.has(ref)) this.move(ref, await this.note(ref, notes, changes));
  }

  /** Makes the entry the journal's last, and moves the refs that it names. */
  async seal(changes: SealChanges = {}): Promise<Oid> {
    await this.notes(changes);
    const { principal } = this.signer;
    const honest: EntryText = {
      format: this.before.format,
      seq: this.seq,
      previousSha256: sha256Hex(this.forge.read(this.previous)),
      actor: principal,
      timestamp: this.timestamp,
      events: this.events,
      updates: [...this.moves.values()],
    };
    const text = changes.text?.(honest) ?? honest;
    const identity = { name: text.actor, email: text.actor, seconds: gitSeconds(text.timestamp) };
    const message = changes.message?.(formatEntry(text, SHA1)) ?? formatEntry(text, SHA1);
    const parts = { tree: changes.tree ?? this.tree, parents: changes.parents ?? [this.previous], identity, message };
    const made = Buffer.from(encodeCommit(parts, null)).toString();
    const payload = changes.payload?.(made) ?? made;
    const signed = await (changes.signer ?? this.signer).sign(Buffer.from(payload));
    const armour = changes.signature?.(signed) ?? signed;
    const header = `\ngpgsig ${armour.trimEnd().replaceAll('\n', '\n ')}\n\n`;
    const whole = payload.replace('\n\n', () => header);
    const oid = this.forge.write('commit', changes.raw?.(whole) ?? whole);
    this.forge.setRef(JOURNAL_REF, oid);
    for (const { ref, to } of text.updates) {
      if (to === null) this.forge.removeRef(ref);
      else if (ref.startsWith('refs/') && ref !== JOURNAL_REF) this.forge.setRef(ref, to);
    }
    return oid;
  }
}
