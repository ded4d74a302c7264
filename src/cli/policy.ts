/** `policy`: the ledger's settings, and how to change them. */

import type { PolicyChange, PolicySettings } from '../index.js';
import { settingsFrom } from './arguments.js';
import { type PolicyJson, policyJson } from './json.js';
import type { Table } from './render.js';
import { rolesText } from './show-signer.js';
import type { Verb } from './verb.js';
import { withLedger, written } from './with-ledger.js';

function settingsTable({ settings }: PolicyJson): Table {
  return { columns: ['SETTING', 'VALUE'], rows: Object.entries(settings).map(([name, v]) => [name, String(v)]) };
}

function signersTable({ signers }: PolicyJson): Table {
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
] satisfies readonly `${keyof PolicySettings}=`[];

export const policy: Verb = {
  name: 'policy',
  group: 'The ledger:',
  summary: "Show the ledger's settings and signers, or change a setting",
  example: 'git-lineage policy set requireApproval=true maxCheckpoints=50',
  run: (context) =>
    withLedger(context, 'read', async ({ ledger }) => {
      const json = policyJson(await ledger.policy());
      return { json, blocks: [settingsTable(json), signersTable(json)] };
    }),
  verbs: [
    {
      name: 'set',
      summary: 'Change settings, all or none; takes a key with the role admin',
      arguments: [
        {
          name: '<KEY=VALUE...>',
          description: 'a setting, as policy shows it, and its new value',
          values: SETTING_VALUES,
        },
      ],
      example: 'git-lineage policy set requireApproval=true maxCheckpoints=50',
      run: async (context) => {
        const settings = settingsFrom(context.given.list('KEY=VALUE')) as PolicyChange['settings'];
        return withLedger(context, 'write', async (opened) => {
          const json = policyJson(await opened.ledger.setPolicy({ ...(settings === undefined ? {} : { settings }) }));
          return written(opened, { ...json }, [settingsTable(json)]);
        });
      },
    },
  ],
};
