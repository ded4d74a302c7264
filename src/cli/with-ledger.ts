/** Opening the ledger for one verb, and closing it again. */

import { closestTo } from './completion/suggest.js';
import type { JournalPosition, Ledger, LedgerNotice, Signer } from './library.js';
import type { SigningKey } from './options/find-key.js';
import { findLedger } from './options/find-ledger.js';
import type { OnProgress } from './options/open-signer.js';
import { journalJson } from './terminal/json-answers.js';
import { type ProgressLine, progressLine } from './terminal/progress-line.js';
import type { Block } from './terminal/render.js';
import type { Answer, Context } from './verb.js';

type Warning = Extract<LedgerNotice, { readonly type: 'warning' }>;

/** A ledger that is open. */
export interface Opened {
  readonly ledger: Ledger;
  /** The key that signs, where the ledger was opened to write. */
  readonly key: SigningKey | null;
  /** What it signs by; null likewise. */
  readonly signer: Signer | null;
  /** What the ledger announced so far, in order. */
  readonly notices: readonly LedgerNotice[];
  /** Says how far the verb is; it is cleared when the verb has ended. */
  readonly progress: ProgressLine;
}

/** For a module that is not there, the hint names those whose names are close. */
async function withSuggestion(context: Context, ledger: Ledger, error: unknown): Promise<unknown> {
  const { isLedgerError, LedgerError } = context.library;
  if (!isLedgerError(error, 'NOT_FOUND') || error.data.kind !== 'MODULE') return error;
  const modules = await ledger.versions.modules().catch((): readonly string[] => []);
  // Time travel: it was not there then, and is now.
  if (modules.includes(error.data.what)) return error;
  const close = closestTo(error.data.what, modules);
  if (close.length === 0) return error;
  const hint = `did you mean ${close.join(' or ')}? ${error.hint}`;
  return new LedgerError(error.code, error.message, error.data, { hint, cause: error });
}

/** Where the ledger lets a key do nothing, or too little, the hint says which key was taken, and who named it. */
function withKey(context: Context, key: SigningKey | null, error: unknown): unknown {
  const { isLedgerError, LedgerError } = context.library;
  if (key === null) return error;
  const from = key.from === 'git-lineage' ? 'the key that init made' : `from ${key.from}`;
  const taken = `the key is ${key.name} (${from}), another is given with --key FILE or GIT_LINEAGE_KEY`;
  if (isLedgerError(error, 'UNTRUSTED_SIGNER'))
    return new LedgerError(error.code, error.message, error.data, { hint: `${taken}; ${error.hint}`, cause: error });
  if (isLedgerError(error, 'ROLE_REQUIRED'))
    return new LedgerError(error.code, error.message, error.data, { hint: `${taken}; ${error.hint}`, cause: error });
  return error;
}

/**
 * Runs `body` with the ledger open: to read, which takes no key, to write, or to mend what may not even verify. It is that in
 * `at`, or the one to be found.
 */
export async function withLedger<T>(
  context: Context,
  purpose: 'read' | 'write' | 'mend',
  body: (opened: Opened) => Promise<T>,
  at?: string,
): Promise<T> {
  const { openLedger } = context.library;
  const gitdir = at ?? (await findLedger(context, purpose === 'read' ? 'read' : 'write'));
  // What finds keys, and asks for passphrases, is loaded by verbs that sign.
  const signing = purpose === 'read' ? null : await import('./options/open-signer.js');
  const key = (await signing?.findKey(context)) ?? null;
  const notices: LedgerNotice[] = [];
  const onEvent = (notice: LedgerNotice) => notices.push(notice);
  const progress = progressLine(context);
  const onProgress: OnProgress = (done, total) => progress.show('verifying the journal', done, total);
  const onTransfer = progress.active ? progress.showTransfer : undefined;
  try {
    const from = { gitdir, mend: purpose === 'mend', progress, onProgress };
    const signer = key === null ? undefined : await signing?.signerFor(context, key, from);
    const ledger = await openLedger({ gitdir, signer, thread: false, onEvent, onProgress, onTransfer });
    try {
      return await body({ ledger, key, signer: signer ?? null, notices, progress });
    } catch (error) {
      throw withKey(context, key, await withSuggestion(context, ledger, error));
    } finally {
      await ledger.close();
    }
  } finally {
    progress.clear();
  }
}

/** Where the journal stands after this verb's own transaction; where nothing had to be written, where it stands. */
async function positionAfter({ ledger, notices }: Opened): Promise<JournalPosition> {
  const committed = notices.findLast((notice) => notice.type === 'committed');
  return journalJson(committed ?? (await ledger.journal.position()));
}

/** The warnings of the ledger, as `--json` prints them. */
function warningsJson({ notices }: Opened): Omit<Warning, 'type'>[] {
  return notices.flatMap((n) =>
    n.type === 'warning' ? [{ moduleId: n.moduleId, code: n.code, message: n.message }] : [],
  );
}

/** The answer of a verb that makes or activates a version: that of one that writes, with the warnings in its JSON too. */
export async function writtenWithWarnings(
  opened: Opened,
  json: Readonly<Record<string, unknown>>,
  blocks: readonly Block[],
): Promise<Answer> {
  const answer = await written(opened, json, blocks);
  return { ...answer, json: { ...(answer.json as object), warnings: warningsJson(opened) } };
}

/** The answer of a verb that writes: it ends with the position of the journal, for whoever witnesses it outside. */
export async function written(
  opened: Opened,
  json: Readonly<Record<string, unknown>>,
  blocks: readonly Block[],
): Promise<Answer> {
  const journal = await positionAfter(opened);
  const warnings = opened.notices.flatMap((n) => (n.type === 'warning' ? [`${n.moduleId} ${n.message}`] : []));
  return {
    json: { ...json, journal },
    blocks: [...blocks, { line: `journal ${journal.seq} ${journal.oid}`, tone: 'faint' }],
    warnings,
  };
}
