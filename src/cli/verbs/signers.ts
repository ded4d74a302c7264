/** `signers`: whose keys the ledger knows, and what they may sign. */

import { invalidArgument } from '../complaint.js';
import type { PolicyChange, PolicySigner, Role } from '../library.js';
import { oneOf, wholeNumber } from '../options/arguments.js';
import { COUNTERSIGN_OPTIONS, countersigned } from '../options/countersigning.js';
import { findSigner, SIGNER_ARGUMENT } from '../options/find-signer.js';
import { readPublicKey } from '../options/read-public-key.js';
import { entryJson, signerJson } from '../terminal/json-answers.js';
import type { Block } from '../terminal/render.js';
import { rolesText, signersTable } from '../terminal/show-signer.js';
import { isoTime } from '../terminal/show-version.js';
import type { Answer, Context, Verb } from '../verb.js';
import { type Opened, withLedger, written } from '../with-ledger.js';
import { eventText } from './history.js';
import { type Taint, taintOf } from './taint.js';

async function list(context: Context): Promise<Answer> {
  return withLedger(context, 'read', async ({ ledger }) => {
    const signers = (await ledger.policy.get()).signers.map(signerJson);
    return { json: signers, blocks: [signersTable(signers)] };
  });
}

/** Changes the policy, and answers with the key as it is then. */
function changing(
  context: Context,
  opened: Opened,
  fingerprint: string,
  change: PolicyChange,
  answer: (signer: PolicySigner) => Promise<Answer>,
): Promise<Answer> {
  return countersigned(context, opened, { policy: change }, async (options) => {
    const policy = await opened.ledger.policy.set(change, options);
    const signer = policy.signers.find((s) => s.publicKey.fingerprint === fingerprint);
    if (signer === undefined) throw new TypeError(`the policy lost the key ${fingerprint}`);
    return answer(signer);
  });
}

function givenRoles({ given, library }: Context): Role[] {
  const names = given.list('role').flatMap((text) => text.split(','));
  return names.map((name) => oneOf(Object.values(library.Role), name.trim(), '--role'));
}

async function add(context: Context): Promise<Answer> {
  const { given } = context;
  const roles = givenRoles(context);
  const { key: publicKey } = await readPublicKey(context, given.required('KEY.pub'));
  const principal = given.required('PRINCIPAL');
  return withLedger(context, 'write', async (opened) => {
    const change = { signers: [{ principal, publicKey, roles }] };
    return changing(context, opened, publicKey.fingerprint, change, async (changed) => {
      const signer = signerJson(changed);
      const line = `${signer.principal} signs as ${rolesText(signer)} with ${signer.fingerprint}`;
      return written(opened, { signer }, [{ line }]);
    });
  });
}

async function retire(context: Context): Promise<Answer> {
  return withLedger(context, 'write', async (opened) => {
    const name = context.given.required('SIGNER');
    const found = await findSigner(context, await opened.ledger.policy.get(), name, (s) => s.roles.length > 0);
    const { principal, publicKey } = found;
    const change = { signers: [{ principal, publicKey, roles: [] }] };
    return changing(context, opened, publicKey.fingerprint, change, async (changed) => {
      const signer = signerJson(changed);
      const line = `${principal} signs nothing more with ${signer.fingerprint}; what that key signed stays valid`;
      return written(opened, { signer }, [{ line }]);
    });
  });
}

/** Mandatory, and nothing to guess: the owner alone knows since when somebody else may have had the key. */
function firstEntry({ given }: Context): number {
  const from = given.text('from');
  const name = given.required('SIGNER');
  if (from !== undefined) return wholeNumber(from, '--from');
  throw invalidArgument(
    '--from',
    'the number of the first entry whose signature by this key is not to be believed',
    'none',
    `git-lineage history --by ${name.endsWith('.pub') ? 'FINGERPRINT' : name} shows what the key signed: take the first entry that its owner did not make, or an earlier one`,
  );
}

function taintBlocks({ entries, active, approvals }: Taint): Block[] {
  const rows = entries.map(({ seq, oid, timestamp, events }) => [
    { text: String(seq), tone: 'strong' as const },
    { text: oid, short: oid.slice(0, 10), tone: 'faint' as const },
    isoTime(timestamp),
    events.map(eventText).join('; '),
  ]);
  const count = entries.length === 1 ? '1 entry' : `${entries.length} entries`;
  return [
    { line: entries.length === 0 ? 'it signed nothing from there on' : `not to be believed, ${count}:` },
    { columns: ['SEQ', 'ENTRY', 'TIME', 'EVENTS'], rows },
    ...active.map((a): Block => {
      const line = `${a.moduleId}@${a.version} is active, by entry ${a.entries.join(', ')}: look at it, or git-lineage rollback ${a.moduleId}`;
      return { line, tone: 'bad' };
    }),
    ...approvals.map(({ moduleId, fromVer, toVer, seq }): Block => {
      const line = `its approval ${seq} of ${moduleId} ${fromVer ?? '-'} -> ${toVer} counts no more; where it is right all the same: git-lineage approve ${moduleId} ${fromVer ?? '-'} ${toVer}`;
      return { line, tone: 'bad' };
    }),
  ];
}

async function revoke(context: Context): Promise<Answer> {
  const from = firstEntry(context);
  return withLedger(context, 'write', async (opened) => {
    const name = context.given.required('SIGNER');
    const found = await findSigner(context, await opened.ledger.policy.get(), name, (s) => s.revokedFrom === null);
    const { fingerprint } = found.publicKey;
    return changing(context, opened, fingerprint, { revoke: [{ fingerprint, from }] }, async (changed) => {
      const signer = signerJson(changed);
      const taint = await taintOf(opened.ledger, fingerprint, from);
      const line = `${signer.principal}'s key ${fingerprint} is ${rolesText(signer)}`;
      const json = { signer, tainted: taint.entries.map(entryJson), active: taint.active, approvals: taint.approvals };
      return written(opened, json, [{ line }, ...taintBlocks(taint)]);
    });
  });
}

async function lift(context: Context): Promise<Answer> {
  const roles = givenRoles(context);
  return withLedger(context, 'write', async (opened) => {
    const name = context.given.required('SIGNER');
    const found = await findSigner(context, await opened.ledger.policy.get(), name, (s) => s.revokedFrom !== null);
    const { principal, publicKey } = found;
    const change = {
      lift: [publicKey.fingerprint],
      ...(roles.length === 0 ? {} : { signers: [{ principal, publicKey, roles }] }),
    };
    return changing(context, opened, publicKey.fingerprint, change, async (changed) => {
      const signer = signerJson(changed);
      const line = `${principal}'s key ${signer.fingerprint} is believed again; it is ${rolesText(signer)}`;
      const still = `${principal}'s key ${signer.fingerprint} is ${rolesText(signer)}, as a key that is believed has said`;
      return written(opened, { signer }, [{ line: signer.revokedFrom === null ? line : still }]);
    });
  });
}

const ROLE_OPTION = {
  flags: '--role <ROLE>',
  description:
    'admin, approver or recorder, in format 2 also root or assessor; several with commas, or by repeating it',
  values: ['root', 'admin', 'approver', 'recorder', 'assessor'] satisfies Role[],
  repeat: true,
} as const;

export const signers: Verb = {
  name: 'signers',
  group: 'The ledger:',
  summary: 'List the keys that the ledger knows; add, retire or revoke one, or lift a revocation',
  example: 'git-lineage signers add ops@example.org ops.pub --role approver',
  run: list,
  verbs: [
    {
      name: 'list',
      summary: 'List the keys that the ledger knows',
      example: 'git-lineage signers list',
      run: list,
    },
    {
      name: 'add',
      summary: 'Add a key, or give a known one other roles; takes a key with the role admin',
      arguments: [
        { name: '<PRINCIPAL>', description: 'whose key it is, e.g. ops@example.org' },
        { name: '<KEY.pub>', description: 'the file of the public key; - for standard input' },
      ],
      options: [{ ...ROLE_OPTION, mandatory: true }, ...COUNTERSIGN_OPTIONS],
      example: 'git-lineage signers add ops@example.org ops.pub --role approver',
      run: add,
    },
    {
      name: 'retire',
      summary: 'Take all roles from a key: what it signed stays valid; takes a key with the role admin',
      arguments: [SIGNER_ARGUMENT],
      options: COUNTERSIGN_OPTIONS,
      example: 'git-lineage signers retire leaver@example.org',
      run: retire,
    },
    {
      name: 'revoke',
      summary: 'Stop believing a key from an entry on, for good; takes the key of another admin',
      arguments: [SIGNER_ARGUMENT],
      options: [
        { flags: '--from <SEQ>', description: 'the first entry whose signature by this key is not believed' },
        ...COUNTERSIGN_OPTIONS,
      ],
      example: 'git-lineage signers revoke ci@example.org --from 42',
      run: revoke,
    },
    {
      name: 'lift',
      summary: 'Take back a revocation that a thief signed, whose own key was revoked since; takes the role root',
      arguments: [SIGNER_ARGUMENT],
      options: [ROLE_OPTION, ...COUNTERSIGN_OPTIONS],
      example: 'git-lineage signers lift boss@example.org --role admin',
      run: lift,
    },
  ],
};
