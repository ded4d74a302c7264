/** `policy`: the ledger's settings, and how to change them. */

import type { PolicyChange, PolicySettings } from '../library.js';
import { settingsFrom } from '../options/arguments.js';
import { COUNTERSIGN_OPTIONS, countersigned } from '../options/countersigning.js';
import { type PolicyJson, policyJson } from '../terminal/json-answers.js';
import type { Table } from '../terminal/render.js';
import { rolesText } from '../terminal/show-signer.js';
import type { Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';

export function settingsTable({ settings }: PolicyJson): Table {
  return { columns: ['SETTING', 'VALUE'], rows: Object.entries(settings).map(([name, v]) => [name, String(v)]) };
}

export function signersTable({ signers }: PolicyJson): Table {
  const rows = signers.map((s) => [s.principal, rolesText(s), s.fingerprint]);
  return { columns: ['SIGNER', 'ROLES', 'FINGERPRINT'], rows };
}

/** What may be set, for completion. */
export const SETTING_VALUES = [
  'maxCheckpoints=',
  'requireApproval=',
  'autoRollbackOnBreaking=',
  'approveUnknown=',
  'requiredApprovals=',
  'promoteStable=',
  'clockTolerance=',
  'maxVersionJump=',
  'forbidSelfApproval=',
  'allowUnportableNames=',
  'measuredBy=any',
  'measuredBy=assessor',
  'measuredBy=recheck',
  'approveCapabilities=',
  'adminThreshold=',
  'rootThreshold=',
  'logKey=',
] satisfies readonly `${keyof PolicySettings}=${string}`[];

export const policy: Verb = {
  name: 'policy',
  group: 'The ledger:',
  summary: "Show the ledger's settings and signers, or change a setting",
  example: 'git-lineage policy set requireApproval=true maxCheckpoints=50',
  run: (context) =>
    withLedger(context, 'read', async ({ ledger }) => {
      const json = policyJson(await ledger.policy.get(), context.library);
      return { json, blocks: [settingsTable(json), signersTable(json)] };
    }),
  verbs: [
    {
      name: 'set',
      summary: 'Change settings, all or none; takes a key with the role admin, or root for a threshold',
      arguments: [
        {
          name: '<KEY=VALUE...>',
          description: 'a setting, as policy shows it, and its new value',
          values: SETTING_VALUES,
        },
      ],
      options: COUNTERSIGN_OPTIONS,
      example: 'git-lineage policy set requireApproval=true maxCheckpoints=50',
      run: async (context) => {
        const settings: NonNullable<PolicyChange['settings']> = settingsFrom(context.given.list('KEY=VALUE'));
        return withLedger(context, 'write', (opened) =>
          countersigned(context, opened, { policy: { settings } }, async (options) => {
            const json = policyJson(await opened.ledger.policy.set({ settings }, options), context.library);
            return written(opened, { ...json }, [settingsTable(json)]);
          }),
        );
      },
    },
  ],
};
