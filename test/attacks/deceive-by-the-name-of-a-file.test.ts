/** A file whose name a checkout on Windows or macOS changes, loses, or shows as another. */

import { expect, test } from 'vitest';
import { onEachBackend } from '../suite/backends.js';
import { refusal, writesNothing } from '../suite/expectations.js';
import { expectFoundAndRefused } from './forged-push.js';

const DECEIVING: readonly (readonly string[])[] = [
  ['CON'],
  ['lib/aux.js'],
  ['com\u00b9.txt'],
  ['nul.tar.gz'],
  ['a:b'],
  ['what?.js'],
  ['index.js.'],
  ['index.js '],
  ['a./b.js'],
  ['stra\u00dfe.js', 'strasse.js'],
  ['gpj.\u202etxt.exe'],
  ['in\u200bdex.js'],
  ['cafe\u0301.js'],
];

function filesOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, 'export {};\n']));
}

onEachBackend('a file with a name that deceives', (backend) => {
  test.each(DECEIVING.map((names) => [names]))('%j is refused in a ledger of format 2', async (names) => {
    const { ledger } = await backend.init(undefined, { format: 2 });
    const error = await writesNothing(ledger, () =>
      refusal(() => ledger.stage({ moduleId: 'planner' }, { files: filesOf(names) }), 'INVALID_FILES'),
    );
    expect(error.hint).toContain('allowUnportableNames');
  });

  test('is taken in one of format 1, and where the policy allows it; the audit holds to the policy of the moment', async () => {
    const place = await backend.init();
    const { ledger } = place;
    await ledger.stage({ moduleId: 'planner' }, { files: filesOf(['aux.js']) });
    await ledger.policy.upgrade();
    await refusal(() => ledger.stage({ moduleId: 'planner' }, { files: filesOf(['nul.js']) }), 'INVALID_FILES');
    await ledger.policy.set({ settings: { allowUnportableNames: true } });
    await ledger.stage({ moduleId: 'planner' }, { files: filesOf(['nul.js']) });
    await ledger.policy.set({ settings: { allowUnportableNames: false } });
    await ledger.stage({ moduleId: 'planner' }, { files: filesOf(['straße.js', 'naïve.js', 'console.js', '.hidden']) });
    expect((await ledger.audit()).outcome).toBe('passed');
  });
});

test('a forged entry with such a name is found by the audit, and refused where it is pushed to', async () => {
  await expectFoundAndRefused(
    (entry) => entry.stage('planner', 3, 2, { files: { 'lib/aux.js': 'export {};\n' } }),
    /no Windows device name, got the file "lib\/aux\.js"/,
    'read on',
  );
});
