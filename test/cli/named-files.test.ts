import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withLedger } from './sandbox.js';

describe.runIf(existsSync('/proc/self'))('a folder that cannot be made', () => {
  it.each([
    ['report', '/proc/x'],
    ['report', '/proc/x/y'],
    ['init', '/proc/x'],
    ['checkout', 'planner@1', '/proc/x/y'],
    ['clone', 'modules.git', '/proc/x'],
  ])('%s %s %s is an error at once', async (...argv) => {
    const box = await withLedger();
    box.write('planner/index.js', 'export const a = 1;');
    await box.ok('record', 'planner', box.path('planner'));
    const error = await box.failure(argv.filter((word) => word !== undefined));
    expect(error).toMatchObject({ exit: 5, code: 'IO', data: { errno: 'ENOENT' } });
    expect(error.message).toContain('/proc/');
  });
});
