/**
 * What tests leave behind, and how it goes away after each of them.
 *
 * A process runs many test files and loads what they share once, so a shared file may not ask for `afterEach` itself: that would count for the
 * first test file alone. The setup file clean-up-after-each.ts runs for each of them.
 */

const cleanUps: (() => unknown)[] = [];

/** To be done after the test that runs now; what was asked for last is done first. */
export function cleanUp(act: () => unknown): void {
  cleanUps.push(act);
}

/** @throws what the clean-ups threw, once all of them were tried */
export async function cleanUpAll(): Promise<void> {
  const errors: unknown[] = [];
  for (const act of cleanUps.splice(0).reverse()) {
    try {
      await act();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, 'what tests left behind did not go away');
}
