/** `signers`: whose keys the ledger knows, and what they may sign. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { oneOf } from './arguments.js';
import { errnoOf, quoted } from './complaint.js';
import { invalidKey } from './find-key.js';
import { type SignerJson, signerJson } from './json.js';
import type { Answer, Context, Verb } from './verb.js';
import { withLedger, written } from './with-ledger.js';

async function list(context: Context): Promise<Answer> {
  return withLedger(context, 'read', async ({ ledger }) => {
    const signers = (await ledger.policy()).signers.map(signerJson);
    const rows = signers.map(({ principal, roles, type, fingerprint }) => [
      principal,
      rolesText({ roles }),
      type,
      fingerprint,
    ]);
    return { json: signers, blocks: [{ columns: ['PRINCIPAL', 'ROLES', 'TYPE', 'FINGERPRINT'], rows }] };
  });
}

function rolesText({ roles }: Pick<SignerJson, 'roles'>): string {
  return roles.length === 0 ? 'retired' : roles.join(', ');
}

async function publicLine(context: Context, file: string): Promise<string> {
  try {
    return (await readFile(resolve(context.io.cwd, file), 'utf8')).trim();
  } catch (error) {
    throw invalidKey(
      `cannot read the public key ${quoted(file)}: ${errnoOf(error)}`,
      'give a .pub file, such as ~/.ssh/id_ed25519.pub',
      error,
    );
  }
}

async function add(context: Context): Promise<Answer> {
  const { given, library } = context;
  const names = given.list('role').flatMap((text) => text.split(','));
  const roles = names.map((name) => oneOf(Object.values(library.Role), name.trim(), '--role'));
  const { key: publicKey } = library.parsePublicKeyLine(await publicLine(context, given.required('KEY.pub')));
  const principal = given.required('PRINCIPAL');
  return withLedger(context, 'write', async (opened) => {
    const policy = await opened.ledger.setPolicy({ signers: [{ principal, publicKey, roles }] });
    const added = policy.signers.find((s) => s.publicKey.fingerprint === publicKey.fingerprint);
    const signer = signerJson(added ?? { principal, publicKey, roles });
    const line = `${signer.principal} signs as ${rolesText(signer)} with ${signer.fingerprint}`;
    return written(opened, { signer }, [{ line }]);
  });
}

export const signers: Verb = {
  name: 'signers',
  group: 'The ledger:',
  summary: 'List the keys that the ledger knows, or add one',
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
        { name: '<KEY.pub>', description: 'the file of the public key' },
      ],
      options: [
        {
          flags: '--role <ROLE>',
          description: 'admin, approver or recorder; several with commas, or by repeating it',
          repeat: true,
          mandatory: true,
        },
      ],
      example: 'git-lineage signers add ops@example.org ops.pub --role approver',
      run: add,
    },
  ],
};
