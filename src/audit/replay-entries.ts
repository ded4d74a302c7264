/** The heart of the audit: one entry after the other, each held against everything before it: its place in the chain, its moves, who signed it. */

import { isLedgerError } from '../errors.js';
import { earliestDate } from '../model/clock.js';
import { sha256Hex } from '../model/content-digest.js';
import { formatObjection } from '../model/format-succession.js';
import { type EntryText, formatEntry, gitSeconds, parseEntry, unreadableEntry } from '../model/journal-entry.js';
import { ANY_OID_PATTERN, formatOf } from '../model/object-id.js';
import { isAssessor, type PolicySigner, signerOf } from '../model/policy.js';
import { parseRef } from '../model/ref-names.js';
import { signerObjection } from '../model/signer-objection.js';
import type { Verifier } from '../ports/keys.js';
import type { Measurer } from '../ports/measuring.js';
import type { AnnotatedTag, Commit, Oid, RefName } from '../ports/objects.js';
import type { ActivatedPair } from './activated-pair.js';
import { EntryReplay, type ReadEntry, type Signature } from './entry-replay.js';
import type { Findings } from './findings.js';
import type { LedgerState } from './ledger-state.js';
import { commitObjection } from './object-text.js';
import type { ReportOrigin } from './projection.js';
import { replayEvents } from './replay-events.js';

/** An entry as it was replayed. */
export interface Replayed {
  readonly oid: Oid;
  readonly text: EntryText;
  readonly fingerprint: string | null;
  readonly judged: readonly ActivatedPair[];
}

/** A report that an entry brings, as its Ref-Update line names it. */
const NEW_REPORT = new RegExp(`^Ref-Update: refs/tags/compat/\\S+ 0+ (${ANY_OID_PATTERN})$`, 'gm');

export class Replay {
  private readonly state: LedgerState;
  private readonly verifier: Verifier;
  private readonly findings: Findings;
  private readonly measurer: Measurer | null;
  private readonly ahead = new Map<Oid, Signature>();

  /** @param measurer what measures an activation again where the policy asks for that; null: the reports are taken as they are */
  constructor(state: LedgerState, verifier: Verifier, findings: Findings, measurer: Measurer | null = null) {
    this.measurer = measurer;
    this.state = state;
    this.verifier = verifier;
    this.findings = findings;
  }

  /**
   * Replays the next entry and tells everything that is wrong with it; with `trusted`, only its place in the chain and
   * its moves of refs. `signature` is what `signature()` says of it, where that was asked before. Null where it cannot be read as an entry: nothing after it can be replayed.
   */
  async entry(commit: Commit, trusted = false, signature?: Signature): Promise<Replayed | null> {
    const { state, findings } = this;
    const text = parseEntry(commit.message, formatOf(commit.oid));
    findings.checked('journal');
    if (text === null) {
      findings.problem('journal', unreadableEntry(commit.message), { oid: commit.oid });
      return null;
    }
    const place = { seq: text.seq, oid: commit.oid };
    for (const objection of this.chainObjections(commit, text)) findings.problem('journal', objection, place);
    this.checkMoves(text, commit.oid);
    // The root vouches for itself: its own policy says whether its key may found a ledger.
    if (state.projection.seq === -1) state.policy = await state.policyOf(commit.tree);
    const before = state.policy;
    const fingerprint = trusted ? null : await this.fingerprint(signature ?? this.signature(commit), place);
    const signer = fingerprint === null ? null : this.signer(text, fingerprint, place);
    const signed = this.signedBy(fingerprint ?? (trusted ? await this.unchecked(commit, text) : null));
    const judged = trusted
      ? await this.adopt(commit, text)
      : await this.events({ oid: commit.oid, text, signer }, commit);
    state.projection.apply(text, commit.oid, sha256Hex(commit.raw), signed);
    if (before !== state.policy) state.projection.stated(before, state.policy, fingerprint);
    state.settle();
    return { oid: commit.oid, text, fingerprint, judged };
  }

  private chainObjections(commit: Commit, text: EntryText): string[] {
    const { projection } = this.state;
    const isRoot = projection.seq === -1;
    const found: string[] = [];
    const [parent] = commit.parents;
    if (commit.parents.length > 1) found.push(`it has ${commit.parents.length} parents: a journal has no merges`);
    if (parent !== (isRoot ? undefined : projection.tip)) found.push('its parent is not the entry before it');
    if (text.seq !== projection.seq + 1) found.push(`its Seq is ${text.seq}, not ${projection.seq + 1}`);
    if (text.previousSha256 !== projection.tipSha256)
      found.push('its Previous-SHA256 is not the hash of the entry before it');
    if (text.events.some((e) => e.type === 'init') !== isRoot)
      found.push(isRoot ? 'the journal must begin with Init' : 'Init may come once');
    const format = formatObjection(projection.format, text);
    if (format !== null) found.push(format);
    const objection = commitObjection(commit, {
      parents: commit.parents,
      principal: text.actor,
      seconds: gitSeconds(text.timestamp),
      message: formatEntry(text, formatOf(commit.oid)),
      signed: true,
    });
    if (objection !== null) found.push(objection);
    const { earliest, objection: misdated } = earliestDate(text, projection.timestamp, (seq) => projection.dateOf(seq));
    const place = { seq: text.seq, oid: commit.oid };
    if (misdated !== null) this.findings.problem('dates', misdated, place);
    if (text.timestamp < earliest) {
      const what = earliest === projection.timestamp ? 'that of the entry before' : 'that of the last good entry';
      this.findings.problem('dates', `its Timestamp ${text.timestamp} is before ${earliest}, ${what}`, place);
    }
    this.findings.checked('dates');
    return found;
  }

  /** Each move starts where the ref was; no ref is moved twice, none that the ledger has no name for. */
  private checkMoves(text: EntryText, oid: Oid): void {
    const seen = new Set<RefName>();
    for (const { ref, from } of text.updates) {
      const place = { seq: text.seq, oid, ref };
      const value = this.state.projection.ref(ref);
      if (value !== from)
        this.findings.problem(
          'refs',
          `it moves ${ref} from ${from ?? 'nothing'}; it was at ${value ?? 'nothing'}`,
          place,
        );
      if (seen.has(ref)) this.findings.problem('refs', `it moves ${ref} twice`, place);
      const kind = parseRef(ref)?.kind;
      if (kind === undefined || kind === 'journal')
        this.findings.problem('refs', `it moves ${ref}, which is no ref that an entry can move`, place);
      seen.add(ref);
    }
  }

  /** Has the signatures of an entry's reports verified before its turn comes. */
  async verifyAhead({ message }: Commit): Promise<void> {
    for (const [, oid = ''] of message.matchAll(NEW_REPORT)) {
      // One that cannot be read is told when its turn comes.
      const tag = await this.state.objects.readTag(oid).catch(() => null);
      if (tag === null) continue;
      const signature = this.signature(tag);
      signature.catch(() => undefined);
      this.ahead.set(oid, signature);
    }
  }

  private signatureOf(tag: AnnotatedTag): Signature {
    const known = this.ahead.get(tag.oid) ?? this.signature(tag);
    this.ahead.delete(tag.oid);
    return known;
  }

  /** Who signed an entry or a report, or what is wrong with its signature; null where it has none. */
  async signature({ signature, payload }: Pick<Commit, 'signature' | 'payload'>): Signature {
    if (signature === null) return null;
    try {
      return await this.verifier.verifyLater(payload, signature, 'its signature');
    } catch (error) {
      if (isLedgerError(error, 'BAD_SIGNATURE')) return error;
      throw error;
    }
  }

  private async fingerprint(signature: Signature, place: { seq: number; oid: Oid }): Promise<string | null> {
    this.findings.checked('signers');
    const found = await signature;
    if (!isLedgerError(found)) return found?.fingerprint ?? null;
    this.findings.problem('signers', found.message, place);
    return null;
  }

  /**
   * Who signed an entry that is taken on trust, where it brings reports of which that decides what they may do; else null. A ledger of
   * format 1 is not asked: it has no assessors.
   */
  private async unchecked(commit: Commit, text: EntryText): Promise<string | null> {
    if (text.format === 1 || !text.events.some(({ type }) => type === 'report')) return null;
    const found = await this.signature(commit);
    return found === null || isLedgerError(found) ? null : found.fingerprint;
  }

  /** Who signed an entry, by the policy before it, as far as what its reports may do depends on it. */
  private signedBy(fingerprint: string | null): Omit<ReportOrigin, 'entry'> {
    const { policy } = this.state;
    const byAssessor = fingerprint !== null && policy !== null && isAssessor(policy, fingerprint);
    return { fingerprint: fingerprint ?? '', ...(byAssessor ? { byAssessor } : {}) };
  }

  private signer(text: EntryText, fingerprint: string, place: { seq: number; oid: Oid }): PolicySigner | null {
    const { policy } = this.state;
    const signer = policy === null ? undefined : signerOf(policy, fingerprint);
    if (policy === null || signer === undefined) {
      this.findings.problem('signers', `it is signed by ${fingerprint}, which the ledger does not know`, place);
      return null;
    }
    const objection = signerObjection(signer, text, policy);
    if (objection !== null) this.findings.problem('signers', objection, place);
    return signer;
  }

  /** Takes over what an entry says without asking: its policy, and who is where. */
  private async adopt(commit: Commit, text: EntryText): Promise<readonly ActivatedPair[]> {
    const { state } = this;
    if (text.events.some((e) => e.type === 'policy')) state.policy = await state.policyOf(commit.tree);
    state.tree = commit.tree;
    return [];
  }

  private async events(entry: ReadEntry, commit: Commit): Promise<readonly ActivatedPair[]> {
    const replay = new EntryReplay(entry, this.state, (tag) => this.signatureOf(tag), this.findings, this.measurer);
    await replayEvents(replay, commit, this.verifier);
    return replay.judged;
  }
}
