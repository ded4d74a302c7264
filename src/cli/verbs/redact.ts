/** `redact MODULE@N PATH --reason TEXT`: takes a file out of the ledger that must not stay. */

import type { Redaction } from '../library.js';
import { versionReference } from '../options/arguments.js';
import { COUNTERSIGN_OPTIONS, countersigned } from '../options/countersigning.js';
import type { Block } from '../terminal/render.js';
import type { Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';

/** What nobody but the reader can do. */
const BEYOND =
  'change the secret anyway: a short one can be guessed from its digest; backups, stock hosts and checkouts are yours to clean';

function blocksOf({ oid, sha256, versions }: Redaction, done: boolean): Block[] {
  const names = versions.map(({ moduleId, version }) => `${moduleId}@${version}`).join(', ');
  return [
    { line: `${done ? 'redacted' : 'would redact'} ${oid} in ${names}`, tone: done ? 'good' : 'plain' },
    { line: `its digest stays: sha256 ${sha256}`, tone: 'faint' },
    { line: BEYOND, tone: 'warn' },
  ];
}

export const redact: Verb = {
  name: 'redact',
  group: 'The ledger:',
  summary:
    'Take a file out of the ledger that must not stay: a secret, personal data; every version that holds it is lost; takes a key with the role admin',
  arguments: [
    { name: '<MODULE@N>', description: 'a version that holds the file' },
    { name: '<PATH>', description: 'the path of the file in the version, as show lists it' },
  ],
  options: [
    {
      flags: '--reason <TEXT>',
      description: 'why, in one line; the journal shows it for good, so leave out what must not stay',
      mandatory: true,
    },
    {
      flags: '--dry-run',
      description: 'say what would be redacted, and change nothing',
      conflicts: ['countersign', 'countersignature'],
    },
    ...COUNTERSIGN_OPTIONS,
  ],
  example: "git-lineage redact planner@2 config/key.pem --reason 'the key of the shop got in'",
  run: (context) => {
    const { moduleId, version } = versionReference(context.given.required('MODULE@N'));
    const [path, reason] = [context.given.required('PATH'), context.given.required('reason')];
    if (context.given.flag('dry-run'))
      return withLedger(context, 'read', async ({ ledger }) => {
        const planned = await ledger.versions.redact(moduleId, version, path, { reason, dryRun: true });
        return { json: planned, blocks: blocksOf(planned, false) };
      });
    return withLedger(context, 'write', (opened) =>
      countersigned(context, opened, { redact: { moduleId, version, path, reason } }, async (options) => {
        const redaction = await opened.ledger.versions.redact(moduleId, version, path, { reason, ...options });
        return written(opened, { ...redaction }, blocksOf(redaction, true));
      }),
    );
  },
};
