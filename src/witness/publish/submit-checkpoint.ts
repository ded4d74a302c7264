/** A log asks a witness for its cosignature (C2SP tlog-witness, `add-checkpoint`). */

import { invalidInput, LedgerError, messageOf, quoted } from '../../errors.js';
import { formatAddCheckpoint, SIZE_TYPE } from '../format/add-checkpoint.js';
import { cosignedAt } from '../format/cosignature.js';
import { parseSize } from '../format/log-checkpoint.js';
import { consistencyProof } from '../format/merkle-tree.js';
import { MAX_NOTE_BYTES, type NoteSignature, parseNote, parseSignatures } from '../format/note.js';
import type { NoteKey } from '../format/note-key.js';

/** So often a witness may tell another size: another submission of the same log may overtake this one. */
const ROUNDS = 4;

/** A checkpoint to be cosigned, and what proves that it continues others. */
interface Submission {
  /** The whole note, signed by the log. */
  readonly note: string;
  /** The entries that it is of. */
  readonly leaves: readonly Uint8Array[];
  /** The size that witnesses are thought to know; they say where they know another one. */
  readonly knownSize: number;
  readonly timeoutMs: number;
}

/** The address of a witness, ending in "/". @throws `INVALID_ARGUMENT` */
export function submissionPrefix(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.search === '' && parsed.hash === '') {
    parsed.pathname = parsed.pathname.replace(/\/*$/, '/');
    return parsed;
  }
  const issue = { path: 'witnesses', expected: 'the http(s) address of a witness', actual: quoted(url) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'git-lineage witness prints its address');
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** As much of a body as a witness ever answers. */
async function readSome({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_NOTE_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function post(url: URL, body: string, timeoutMs: number): Promise<Answer> {
  try {
    const response = await fetch(new URL('add-checkpoint', url), {
      method: 'POST',
      body,
      // Whoever it would lead to is not the witness that was named.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, body: await readSome(response) };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const reason = messageOf(cause);
    const data = { remote: url.host, reason };
    const hint = 'try again; the others have been asked all the same';
    throw new LedgerError('REMOTE_UNREACHABLE', `the witness at ${url.host} does not answer: ${reason}`, data, {
      hint,
      cause: error,
    });
  }
}

function refused(url: URL, reason: string, hint: string): LedgerError<'REMOTE_REFUSED'> {
  return new LedgerError(
    'REMOTE_REFUSED',
    `the witness at ${url.host} ${reason}`,
    { remote: url.host, reason },
    { hint },
  );
}

const STATUS_HINT: Readonly<Record<number, string>> = {
  403: 'give the witness the public key of this log: git-lineage checkpoint key',
  404: 'give the witness the public key of this log (--log), and check the address',
  409: 'it has seen another journal of this size: the ledger was forked; keep both, and find out by whom',
  422: 'it has seen another journal: the ledger was forked; keep both, and find out by whom',
};

/** The cosignature of this witness among what it answered. */
function cosignatureIn({ note, leaves }: Submission, url: URL, key: NoteKey, body: string): NoteSignature {
  const text = parseNote(note)?.text ?? '';
  const found = parseSignatures(body)?.find((signature) => cosignedAt(text, signature, key) !== null);
  if (found !== undefined) return found;
  throw refused(
    url,
    `did not cosign ${leaves.length} entries with ${key.name}`,
    'compare its public key with its owner',
  );
}

/**
 * Submits a checkpoint, from the size that the witness says it knows.
 *
 * @throws `REMOTE_UNREACHABLE` where it does not answer, or others submit at the same time; `REMOTE_REFUSED` where it does not
 * cosign, or with another key
 */
export async function submitCheckpoint(submission: Submission, url: URL, key: NoteKey): Promise<NoteSignature> {
  const { note, leaves, timeoutMs } = submission;
  let known = Math.min(submission.knownSize, leaves.length);
  for (let round = 0; round < ROUNDS; round++) {
    const answer = await post(url, formatAddCheckpoint(known, consistencyProof(leaves, known), note), timeoutMs);
    if (answer.status === 200) return cosignatureIn(submission, url, key, answer.body);
    const size = answer.status === 409 && answer.type.startsWith(SIZE_TYPE) ? parseSize(answer.body.trimEnd()) : null;
    if (size !== null && size > leaves.length)
      throw refused(
        url,
        `has seen ${size} entries; here are ${leaves.length}`,
        'publish from a ledger that is up to date: git-lineage pull; if this one is, it was rewound',
      );
    if (size === null || size === known) {
      const said = quoted(answer.body.trim());
      const hint = STATUS_HINT[answer.status] ?? 'ask whoever runs it';
      throw refused(url, `answers ${answer.status}: ${said}`, hint);
    }
    known = size;
  }
  const reason = `its size moved ${ROUNDS} times`;
  const data = { remote: url.host, reason };
  const hint = 'one publisher holds the key of a log: see whether another one runs';
  throw new LedgerError('REMOTE_UNREACHABLE', `the witness at ${url.host}: ${reason}`, data, { hint });
}
