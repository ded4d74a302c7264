/** A witness without its network: what it answers to a checkpoint, one after the other. */

import { parseAddCheckpoint, SIZE_TYPE } from '../format/add-checkpoint.js';
import { cosign } from '../format/cosignature.js';
import { isConsistent, type TreeHead, treeRoot } from '../format/merkle-tree.js';
import { formatSignature, signedBy } from '../format/note.js';
import type { NoteKey, NoteSigner } from '../format/note-key.js';
import type { WitnessState } from './witness-state.js';

/** The statuses of C2SP tlog-witness. */
type WitnessStatus = 200 | 400 | 403 | 404 | 409 | 422;

export interface WitnessAnswer {
  readonly status: WitnessStatus;
  /** Ends with a line feed. */
  readonly body: string;
  readonly type: string;
  /** The log, where its signature was verified; else null: anybody can name a log. */
  readonly origin: string | null;
}

const NOTHING: TreeHead = { size: 0, root: treeRoot([]) };
const TEXT = 'text/plain; charset=utf-8';

export class Cosigner {
  private readonly state: WitnessState;
  private readonly signer: NoteSigner;
  /** The keys of the logs, each named after the origin of its log. */
  private readonly logs: readonly NoteKey[];
  private readonly now: () => number;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(state: WitnessState, signer: NoteSigner, logs: readonly NoteKey[], now: () => number) {
    this.state = state;
    this.signer = signer;
    this.logs = logs;
    this.now = now;
  }

  /**
   * Answers one request, after those before it: what is compared is still so when it is written.
   *
   * | status | when |
   * |---|---|
   * | 400 | it is not written as a request, or the old size is larger than the checkpoint's |
   * | 404 | no key of a log of that origin is known |
   * | 403 | none of its known keys signed it, or a signature of one is wrong |
   * | 409 | another size was cosigned last, which the body tells; or the same size with another root: a fork |
   * | 422 | the proof does not show that the checkpoint continues what was cosigned last |
   * | 200 | it does: that is durable, and the body is the cosignature |
   *
   * @throws `IO` where it cannot be remembered; then nothing was cosigned
   */
  add(body: string): Promise<WitnessAnswer> {
    const answer = this.turn.then(() => this.answer(body));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  /** Waits for the requests before: then nothing is written any more. */
  async settled(): Promise<void> {
    await this.turn;
  }

  private async answer(body: string): Promise<WitnessAnswer> {
    const asked = parseAddCheckpoint(body);
    if (typeof asked === 'string') return said(400, asked);
    const { oldSize, proof, note, checkpoint } = asked;
    const { origin } = checkpoint;
    const keys = this.logs.filter(({ name }) => name === origin);
    if (keys.length === 0) return said(404, 'this witness does not know that log');
    const signed = keys.map((key) => signedBy(note, key));
    if (signed.includes('wrong') || !signed.includes('signed'))
      return said(403, 'the checkpoint is not signed by a key of that log which this witness knows');
    const latest = this.state.latest(origin) ?? NOTHING;
    const isFork = latest.size === checkpoint.size && !isConsistent(latest, checkpoint, []);
    if (oldSize !== latest.size || isFork) return { status: 409, body: `${latest.size}\n`, type: SIZE_TYPE, origin };
    if (!isConsistent(latest, checkpoint, proof))
      return said(422, `the proof does not show that the checkpoint continues ${latest.size} entries`, origin);
    // A log that is idle has the same size cosigned again and again: it is remembered already.
    if (checkpoint.size !== latest.size) await this.state.remember(origin, checkpoint);
    const cosignature = cosign(note.text, Math.floor(this.now()), this.signer);
    return { status: 200, body: formatSignature(cosignature), type: TEXT, origin };
  }
}

function said(status: WitnessStatus, text: string, origin: string | null = null): WitnessAnswer {
  return { status, body: `${text}\n`, type: TEXT, origin };
}
