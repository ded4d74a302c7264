import { defineConfig } from 'vitest/config';

/**
 * What `npm run mutation` runs for each change that it makes of the model: the tests of its rules, which need no ledger. The random
 * journals take longer than all the others, and would be run for nearly every change.
 */
export default defineConfig({
  test: {
    include: ['test/model/**/*.test.ts'],
    exclude: ['test/model/records-model.test.ts'],
    testTimeout: 60_000,
    isolate: false,
  },
});
