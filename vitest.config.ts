import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.js';
import { suiteOf } from './test/suites.js';

export default defineConfig(({ mode }) => ({
  test: {
    ...suiteOf(mode),
    globalSetup: ['test/build-once.ts', 'test/folders-in-memory.ts', 'test/hung-programs.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // What is built is imported by Node itself, as in a service: loaders are tested on what Node does with what they import.
    server: { deps: { external: [/\/build\//] } },
    // A process runs many files, and loads what they share once: no file may leave anything behind in it.
    isolate: false,
    // More than there are cores: most of the long files wait a third of their time, for git, ssh-keygen and the disk.
    maxWorkers: availableParallelism() * 2,
    sequence: { sequencer: LongestFirst },
    // What this process runs of the source itself: the command line and the page are tested as they are built, by processes of their own.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.{ts,tsx}'],
      reporter: ['text-summary', 'html'],
    },
  },
}));
