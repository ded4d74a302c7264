/** `init [DIR]`: a new ledger, and a key for it where there is none. */

import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { Complaint, invalidArgument, quoted } from '../complaint.js';
import { gitConfig } from '../git/git-config.js';
import type { PolicySettings, PublicKey } from '../library.js';
import { settingsFrom, wholeNumber } from '../options/arguments.js';
import { assertOutside, findKey, ownKeyPath, type SigningKey } from '../options/find-key.js';
import { isLedgerFolder, namedLedger } from '../options/find-ledger.js';
import { loadSigner } from '../options/load-signer.js';
import { makeKey } from '../options/make-key.js';
import { namedPrincipal } from '../options/open-signer.js';
import { readPublicKey } from '../options/read-public-key.js';
import { journalJson } from '../terminal/json-answers.js';
import type { Block } from '../terminal/render.js';
import type { Context, Verb } from '../verb.js';
import { SETTING_VALUES } from './policy.js';

/** The folder of the new ledger: DIR, or what would name an existing one. */
function newLedger(context: Context): string {
  const { io, given } = context;
  const dir = given.text('DIR');
  if (dir !== undefined && given.text('ledger') !== undefined) {
    throw invalidArgument('DIR', 'either DIR or --ledger', 'both', 'leave one of them out');
  }
  const folder = dir === undefined ? namedLedger(context) : resolve(io.cwd, dir);
  if (folder !== undefined && dir !== '') return folder;
  throw invalidArgument('DIR', 'the folder of the new ledger', 'none', 'git-lineage init DIR, e.g. modules.git');
}

function userAtHost({ library }: Context): string {
  const user = (() => {
    try {
      return userInfo().username;
    } catch {
      return 'operator';
    }
  })();
  const name = `${user}@${hostname() || 'localhost'}`.replace(/[^A-Za-z0-9._+@-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return library.isPrincipal(name) ? name : 'operator@localhost';
}

/** Who founds the ledger: whom the command line names, whom git knows, or who is logged in. */
async function founder(context: Context): Promise<string> {
  const named = namedPrincipal(context);
  if (named !== undefined) return named;
  const email = await gitConfig(context.io, 'user.email');
  return context.library.isPrincipal(email) ? email : userAtHost(context);
}

function settingsOf({ given }: Context): Partial<PolicySettings> {
  const max = given.text('max-checkpoints');
  return {
    ...settingsFrom(given.list('set')),
    ...(given.flag('require-approval') ? { requireApproval: true } : {}),
    ...(max === undefined ? {} : { maxCheckpoints: wholeNumber(max, '--max-checkpoints') }),
  };
}

function formatOf({ given }: Context): 1 | 2 {
  const text = given.text('ledger-format') ?? '1';
  if (text === '1' || text === '2') return text === '1' ? 1 : 2;
  throw invalidArgument('--ledger-format', '1 or 2', quoted(text), 'leave it out for format 1');
}

function objectFormatOf({ given }: Context): 'sha1' | 'sha256' {
  const text = given.text('object-format') ?? 'sha1';
  if (text === 'sha1' || text === 'sha256') return text;
  throw invalidArgument('--object-format', 'sha1 or sha256', quoted(text), 'leave it out for sha1');
}

async function keyFor(
  context: Context,
  gitdir: string,
  principal: string,
): Promise<{ key: SigningKey; made: boolean }> {
  const found = await findKey(context);
  if (found !== null) {
    if (found.path !== null) await assertOutside(gitdir, found.path);
    return { key: found, made: false };
  }
  const path = ownKeyPath(context.io);
  await assertOutside(gitdir, path);
  const { made } = await makeKey(path, principal);
  return { key: { path, agent: null, name: path, from: 'git-lineage' }, made };
}

/** Who holds the recovery key: the option, the key's comment, or `recovery` at the founder's own domain. */
function recoveryPrincipal({ given, library }: Context, comment: string, principal: string): string {
  const named = given.text('recovery-principal');
  if (named !== undefined) return named;
  if (library.isPrincipal(comment) && comment !== principal) return comment;
  const at = principal.lastIndexOf('@');
  const name = at < 0 ? 'recovery' : `recovery${principal.slice(at)}`;
  return library.isPrincipal(name) ? name : 'recovery';
}

async function recoveryKey(
  context: Context,
  principal: string,
): Promise<{ principal: string; publicKey: PublicKey } | null> {
  const { given } = context;
  const file = given.text('recovery-key');
  if (file !== undefined) {
    const { key: publicKey, comment } = await readPublicKey(context, file);
    return { principal: recoveryPrincipal(context, comment, principal), publicKey };
  }
  if (given.text('recovery-principal') === undefined) return null;
  const hint = 'give the file of its public half with --recovery-key KEY.pub';
  throw invalidArgument('--recovery-principal', 'a --recovery-key that is theirs', 'none', hint);
}

function recoveryBlocks(recovery: Awaited<ReturnType<typeof recoveryKey>>, format: 1 | 2): Block[] {
  if (recovery === null) return [];
  const { principal, publicKey } = recovery;
  return [
    {
      line: `recovery key ${publicKey.fingerprint} of ${principal}: ${format === 2 ? 'the one root, which' : 'an admin that'} signs nothing else`,
    },
    {
      line: 'keep its private half offline, away from this machine, for the day when the other admins’ keys are lost or stolen',
    },
  ];
}

/** What format 1 lacks. It is the default only so that release 0.1.0 can read the ledger. */
function formatBlocks(format: 1 | 2): Block[] {
  if (format === 2) return [];
  const lacks = 'no root key, no bounds on clocks and version numbers, no approval of what a version newly reaches';
  return [
    { line: `format 1, which release 0.1.0 reads too: ${lacks}; git-lineage upgrade brings them`, tone: 'faint' },
  ];
}

export const init: Verb = {
  name: 'init',
  group: 'The ledger:',
  summary: 'Create a ledger, and a key where there is none',
  arguments: [
    { name: '[DIR]', description: 'its folder, new or empty (default: that of --ledger or GIT_LINEAGE_DIR)' },
  ],
  options: [
    { flags: '--require-approval', description: 'a BREAKING version needs an approval' },
    { flags: '--max-checkpoints <COUNT>', description: 'how many versions log shows' },
    {
      flags: '--ledger-format <NUMBER>',
      description: '1 (default), which release 0.1.0 reads too, or 2',
      values: ['1', '2'],
    },
    {
      flags: '--object-format <NAME>',
      description: 'sha1 (default), or sha256: how git names the objects, in every copy and for good',
      values: ['sha1', 'sha256'],
    },
    {
      flags: '--recovery-key <KEY.pub>',
      description: 'public half of a key kept offline: a second admin, in format 2 the root',
    },
    { flags: '--recovery-principal <NAME>', description: "its owner (default: the key's comment)" },
    { flags: '--set <KEY=VALUE>', description: 'any setting of policy', values: SETTING_VALUES, repeat: true },
  ],
  example: 'git-lineage init modules.git --require-approval',
  run: async (context) => {
    const gitdir = newLedger(context);
    const config = settingsOf(context);
    const format = formatOf(context);
    if (await isLedgerFolder(gitdir)) {
      const hint = 'open it with --ledger, or choose another folder';
      throw new Complaint('LEDGER_EXISTS', `${quoted(gitdir)} is a ledger already`, { gitdir }, hint);
    }
    const principal = await founder(context);
    const recovery = await recoveryKey(context, principal);
    const { key, made } = await keyFor(context, gitdir, principal);
    const signer = await loadSigner(context, key, principal);
    const { initLedger } = await import('../rare-library.js');
    const ledger = await initLedger({
      gitdir,
      signer,
      thread: false,
      config,
      format,
      objectFormat: objectFormatOf(context),
      recoveryKey: recovery ?? undefined,
    });
    try {
      const journal = journalJson(await ledger.journal.position());
      const { fingerprint } = signer.publicKey;
      return {
        json: {
          ledger: ledger.gitdir,
          principal,
          key: { path: key.path, fingerprint, made },
          recovery: recovery && { principal: recovery.principal, fingerprint: recovery.publicKey.fingerprint },
          journal,
        },
        blocks: [
          { line: `created the ledger ${ledger.gitdir}`, tone: 'good' },
          { line: `${made ? 'made the key' : 'used the key'} ${key.name} for ${principal}` },
          { line: `pin ${fingerprint}: auditors compare the first entry with it` },
          ...recoveryBlocks(recovery, format),
          ...formatBlocks(format),
          { line: `journal ${journal.seq} ${journal.oid}`, tone: 'faint' },
        ],
      };
    } finally {
      await ledger.close();
    }
  },
};
