/** Something that is done at most once in a while, however often it is asked for: at once the first time, then when the pause is over. */

export class OnceInAWhile {
  private readonly run: () => void;
  private readonly pauseMs: number;
  private timer: NodeJS.Timeout | null = null;
  private wanted = false;
  private stopped = false;

  constructor(run: () => void, pauseMs: number) {
    this.run = run;
    this.pauseMs = pauseMs;
  }

  ask(): void {
    if (this.stopped) return;
    if (this.timer !== null) {
      this.wanted = true;
      return;
    }
    this.wanted = false;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.wanted) this.ask();
    }, this.pauseMs);
    this.timer.unref();
    this.run();
  }

  stop(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }
}
