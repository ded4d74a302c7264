/** The file in which a rollback is kept that the ledger does not know of. */

import fs, { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { UnreportedFile } from './live.mjs';
import { folder } from './scene.js';

const ROLLBACK = { reason: 'HEALTH_FAILURE', from: { version: 2, since: 7 }, to: 1 } as const;

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

it('is synced, and after it has its name every folder that was made for it', () => {
  const ledger = folder();
  const paths = new Map<number, string>();
  const done: string[] = [];
  const { openSync, fsyncSync, renameSync } = fs;
  vi.spyOn(fs, 'openSync').mockImplementation((path, ...more) => {
    const fd = openSync(path, ...more);
    paths.set(fd, String(path));
    return fd;
  });
  vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
    done.push(
      `sync ${paths
        .get(fd)
        ?.slice(ledger.length)
        .replace(/\.[0-9a-f-]{36}\./, '.id.')}`,
    );
    fsyncSync(fd);
  });
  vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    done.push('rename');
    renameSync(from, to);
  });
  syncBuiltinESMExports();
  new UnreportedFile(ledger, 'planner').keep(ROLLBACK);
  const made = ['sync '];
  expect(done).toEqual([...made, 'sync /unreported/planner.json.id.new', 'rename', 'sync /unreported']);
  expect(new UnreportedFile(ledger, 'planner').read()).toEqual(ROLLBACK);
});

it('is removed by whoever has kept it, or the like, and by nobody else', () => {
  const ledger = folder();
  const [one, other] = [new UnreportedFile(ledger, 'planner'), new UnreportedFile(ledger, 'planner')];
  one.keep(ROLLBACK);
  const later = { ...ROLLBACK, from: { version: 3, since: 9 } };
  other.keep(later);
  one.forget(ROLLBACK.from);
  expect(one.read()).toEqual(later);
  one.forget(later.from);
  expect(other.read()).toBeNull();
});

it('is as it was, with nothing beside it, where it cannot be replaced', () => {
  const ledger = folder();
  const path = join(ledger, 'unreported', 'planner.json');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'in the way'), '');
  new UnreportedFile(ledger, 'planner').keep(ROLLBACK);
  expect(readdirSync(dirname(path))).toEqual(['planner.json']);
});
