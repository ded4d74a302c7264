/** A ledger that nobody touched passes, in whatever form git keeps it, with every honest pin and from every entry on. */

import nodeFs, { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AuditReport, auditLedger } from '../../src/api/audit.js';
import type { FileSystem } from '../../src/api/types.js';
import { gitBytes } from './forge.js';
import { FORMS, goodLedger } from './good-ledger.js';

const place = goodLedger();

/** Everything that an audit found wrong. */
function wrongs(report: AuditReport): string[] {
  return report.steps.flatMap(({ name, problems }) => problems.map((p) => `${name}: ${p.message}`));
}

function expectPassed(report: AuditReport): void {
  expect(wrongs(report)).toEqual([]);
  expect([report.outcome, report.gaps, report.inFlight]).toEqual(['passed', [], []]);
}

describe('an untouched ledger passes', () => {
  it.each(FORMS)('as it is: %s', async (form) => {
    const { pin } = place.get();
    const report = await place.audit(place.get().forms[form], { pin, trust: pin.trust });
    expectPassed(report);
    expect(report.kind).toBe(form === 'mirror' ? 'mirror' : 'ledger');
    expect(report.pin).toEqual(pin);
    expect(report.trusted).toBe(true);
    // Nobody asked for witnesses.
    for (const { name, checked } of report.steps)
      if (name !== 'witnesses' && name !== 'levels') expect(checked, name).toBeGreaterThan(0);
    expect(report.tainted.map((t) => t.principal)).toEqual(['thief@example.org', 'thief@example.org']);
  });

  const FORMED: readonly [string, (gitdir: string) => void][] = [
    [
      'repacked with deltas',
      (dir) => void gitBytes(dir, ['repack', '-q', '-a', '-d', '-f', '--depth=50', '--window=50']),
    ],
    ['with packed refs', (dir) => void gitBytes(dir, ['pack-refs', '--all', '--prune'])],
    ['with some refs packed, some loose', (dir) => void gitBytes(dir, ['pack-refs'])],
    ['with a commit-graph', (dir) => void gitBytes(dir, ['commit-graph', 'write', '--reachable'])],
    ['with objects that nothing names', (dir) => void gitBytes(dir, ['hash-object', '-w', '--stdin'], 'nobody\n')],
  ];
  it.each(FORMED)('%s', async (_, form) => {
    const forge = place.copy('ledger');
    form(forge.gitdir);
    expectPassed(await place.audit(forge.gitdir));
  });

  it('by a file system that reads nothing but bytes', async () => {
    const forge = place.copy('ledger');
    const fs = {
      ...nodeFs,
      readFileSync: (path: string) => Uint8Array.from(nodeFs.readFileSync(path)),
    } as unknown as FileSystem;
    expectPassed(await auditLedger({ path: forge.gitdir, fs }));
  });

  it('unpacked to loose objects', async () => {
    const forge = place.copy('packed');
    forge.unpack();
    expect(forge.packs()).toEqual([]);
    expectPassed(await place.audit(forge.gitdir));
  });

  it('as a plain clone with its notes, and as a bundle', async () => {
    const { folder, forms, pin } = place.get();
    const clone = join(folder, 'plain');
    gitBytes(folder, ['clone', '--quiet', forms.ledger, clone]);
    const partial = await place.audit(clone);
    expect([partial.outcome, wrongs(partial)]).toEqual(['incomplete', []]);
    gitBytes(clone, ['fetch', '--quiet', 'origin', 'refs/notes/*:refs/notes/*', 'refs/tags/*:refs/tags/*']);
    const whole = await place.audit(clone, { pin });
    expectPassed(whole);
    expect(whole.kind).toBe('clone');
    const bundle = join(folder, 'all.bundle');
    gitBytes(forms.packed, ['bundle', 'create', '-q', bundle, '--all']);
    const bundled = await place.audit(bundle, { pin });
    expectPassed(bundled);
    expect(bundled.kind).toBe('bundle');
  });

  it('as a mirror that was fetched into a new repository', async () => {
    const { folder, forms } = place.get();
    const path = join(folder, 'fetched.git');
    mkdirSync(path);
    gitBytes(path, ['init', '--quiet', '--bare', '--initial-branch=main']);
    gitBytes(path, ['fetch', '--quiet', forms.ledger, 'refs/*:refs/*']);
    expectPassed(await place.audit(path));
  });

  it('from every entry on that a pin covers', async () => {
    const { forms, pin, earlier } = place.get();
    for (let since = 0; since <= pin.seq; since++)
      expectPassed(await place.audit(forms.packed, { pin: since <= earlier.seq ? earlier : pin, since }));
  });
});
