/** How much is looked at in one version. */

/** Expressions to look at, each as often as there is something new to know of it: some 7 s of one core at 2.5 GHz. */
const MAX_STEPS = 1_500_000;

export class StepBudget {
  #spent = 0;

  spend(steps: number): void {
    this.#spent += steps;
  }

  get isSpent(): boolean {
    return this.#spent > MAX_STEPS;
  }
}
