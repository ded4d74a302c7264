/**
 * Abort signals across threads: a signal stays where it can be aborted, and its stand-in on the other side is aborted with it.
 *
 * A signal has one stand-in for each connection, however often it is sent, and one listener. The stand-in is kept until the signal was aborted or
 * cannot be any more, because nobody holds it: a listener is often all that is left of a signal where it is waited for.
 */

import { fromWire, toWire, type WireThrown } from './worker-errors.js';
import type { Note, Ref } from './worker-protocol.js';

type SignalRef = Extract<Ref, { readonly kind: 'signal' }>;

interface Heard {
  readonly signal: WeakRef<AbortSignal>;
  readonly listener: (event: Event) => void;
}

export class RemoteSignals {
  private readonly say: (note: Note) => void;
  private readonly ids = new WeakMap<AbortSignal, number>();
  private readonly heard = new Map<number, Heard>();
  private readonly standIns = new Map<number, AbortController>();
  private readonly lost = new FinalizationRegistry<number>((of) => {
    if (this.heard.delete(of)) this.say({ type: 'forget', of });
  });

  constructor(say: (note: Note) => void) {
    this.say = say;
  }

  /** Names a signal of this side; `nextId` gives a number that is not in use. */
  refOf(signal: AbortSignal, nextId: () => number): SignalRef {
    const aborted = signal.aborted ? toWire(signal.reason) : null;
    const of = this.ids.get(signal) ?? nextId();
    if (aborted === null && !this.ids.has(signal)) this.listen(signal, of);
    return { kind: 'signal', of, aborted };
  }

  /** The stand-in of a signal of the other side. */
  standIn({ of, aborted }: SignalRef): AbortSignal {
    if (aborted !== null) return AbortSignal.abort(fromWire(aborted));
    const controller = this.standIns.get(of) ?? new AbortController();
    this.standIns.set(of, controller);
    return controller.signal;
  }

  aborted(of: number, error: WireThrown): void {
    const controller = this.standIns.get(of);
    this.standIns.delete(of);
    controller?.abort(fromWire(error));
  }

  forget(of: number): void {
    this.standIns.delete(of);
  }

  /** The other side is gone. */
  close(): void {
    for (const { signal, listener } of this.heard.values()) signal.deref()?.removeEventListener('abort', listener);
    this.heard.clear();
    this.standIns.clear();
  }

  private listen(signal: AbortSignal, of: number): void {
    const listener = ({ target }: Event): void => {
      this.heard.delete(of);
      this.say({ type: 'aborted', of, error: toWire((target as AbortSignal).reason) });
    };
    signal.addEventListener('abort', listener, { once: true });
    this.ids.set(signal, of);
    this.heard.set(of, { signal: new WeakRef(signal), listener });
    this.lost.register(signal, of);
  }
}
