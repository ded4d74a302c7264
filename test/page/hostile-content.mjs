// What somebody may write into a ledger so that it becomes markup where it is shown.

export const SCRIPT = '<script>window.taken = 1</script>';
export const IMAGE = '"><img src=x onerror="window.taken = 1">';
/** Turns the text after it round. */
export const OVERRIDE = 'right\u202eleft';

/**
 * `planner`: five versions, of which the third was rolled back, a BREAKING one that waits, and files of every kind.
 * @param {import('../../src/index.js').Ledger} ledger
 */
export async function fillHostile(ledger) {
  /** @param {number} n @param {Readonly<Record<string, string | Uint8Array>>} files @param {readonly string[]} [tags] */
  const record = (n, files, tags = []) =>
    ledger.recordCheckpoint(
      { moduleId: 'planner', tags, metadata: { semver: `1.${n}.0`, [SCRIPT]: IMAGE } },
      { files },
    );
  await record(1, { 'index.js': 'export const plan = 1;\n' }, ['stable']);
  await record(2, { 'index.js': 'export const plan = 2;\n' });
  await record(3, { 'index.js': 'export const plan = 3;\n' });
  await ledger.rollback('planner', 'HEALTH_FAILURE');
  await record(4, {
    'index.js': 'export const plan = 4;\n',
    'page.html': `${SCRIPT}\n${IMAGE}\n${OVERRIDE}\n`,
    'zero.txt': 'a\0b',
    'bytes.bin': new Uint8Array([0xff, 0xfe, 0xfd]),
    'large.txt': 'x'.repeat(300_000),
  });
  await ledger.stage({ moduleId: 'planner', metadata: { semver: SCRIPT } }, { files: { 'index.js': 'export {};\n' } });
  await ledger.policy.set({ settings: { requireApproval: true } });
  const rationale = `${SCRIPT}${IMAGE}`;
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 4, toVer: 5, level: 'BREAKING', rationale });
  await ledger.stage({ moduleId: '@acme/router', checksum: IMAGE });
}
