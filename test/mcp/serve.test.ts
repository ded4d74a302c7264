/** The ledger as tools for an agent: what it may do with them, and what nothing of it can be talked into. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveLedgerTools } from '../../src/api/mcp.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { initLedger, type Ledger, openLedger, type Role } from '../../src/index.js';
import { Client, type Message } from './guarded.js';

interface Served {
  readonly ops: Ledger;
  readonly client: Client;
  /** Calls a tool; what it answered, and whether that is an error. */
  readonly call: (name: string, given?: object) => Promise<{ isError: boolean; value: Message }>;
}

async function agentOf(roles: readonly Role[]) {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-serve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const gitdir = join(folder, 'modules.git');
  const config = { requireApproval: true };
  const ops = await initLedger({ gitdir, signer: await ephemeralSigner('ops@example.org'), thread: false, config });
  const signer = await ephemeralSigner('agent@example.org');
  await ops.policy.set({ signers: [{ principal: signer.principal, publicKey: signer.publicKey, roles }] });
  const ledger = await openLedger({ gitdir, signer, thread: false });
  onTestFinished(async () => {
    await ledger.close();
    await ops.close();
  });
  return { ops, ledger, fingerprint: signer.publicKey.fingerprint };
}

async function served(objections?: Parameters<typeof serveLedgerTools>[0]['objections']): Promise<Served> {
  const { ops, ledger, fingerprint } = await agentOf(['recorder']);
  const client = new Client();
  const { input, output } = client;
  const ended = serveLedgerTools({ ledger, fingerprint, input, output, objections });
  onTestFinished(async () => {
    input.end();
    await ended;
  });
  await client.open();
  const call: Served['call'] = async (name, given = {}) => {
    const { result } = await client.ask('tools/call', { name, arguments: given });
    return { isError: result.isError, value: JSON.parse(result.content[0].text) };
  };
  return { ops, client, call };
}

const one = { 'index.js': 'export const plan = (dish) => [dish];' };
const other = { 'index.js': 'export const schedule = () => [];' };

describe('an agent', () => {
  it('stages, asks for an approval, is told the command, and goes back', async () => {
    const { ops, call } = await served();
    expect((await call('stage', { module: 'planner', files: one })).value).toMatchObject({ version: 1 });
    await ops.activate('planner', 1);
    await ops.tag('planner', 1, 'stable');
    expect((await call('stage', { module: 'planner', files: other })).value).toMatchObject({
      version: 2,
      parentVer: 1,
    });
    expect((await call('stage', { module: 'planner', files: other })).value).toMatchObject({ version: 2 });
    expect((await call('assess', { module: 'planner', from: 1, to: 2 })).value).toMatchObject({ level: 'BREAKING' });
    expect(await ops.reports.list('planner')).toEqual([]);
    expect((await call('request_approval', { module: 'planner', version: 2 })).value).toMatchObject({
      waits: true,
      command: 'git-lineage approve planner 1 2',
    });
    expect((await ops.pendingApprovals()).length).toBe(1);
    await ops.approve('planner', 1, 2);
    await ops.activate('planner', 2);
    expect((await call('rollback', { module: 'planner', from: 1 })).value).toMatchObject({ code: 'NOT_ACTIVE' });
    expect((await call('rollback', { module: 'planner', from: 2 })).value).toMatchObject({
      version: 1,
      tags: ['stable'],
    });
    expect((await call('status', { module: 'planner' })).value).toMatchObject({ active: 1 });
    expect((await call('status')).value.modules).toMatchObject([{ moduleId: 'planner', active: 1 }]);
    expect((await call('log', { module: 'planner' })).value).toHaveLength(2);
    expect((await call('show', { module: 'planner', version: 1 })).value).toMatchObject({
      files: [{ path: 'index.js' }],
    });
    expect((await call('diff', { module: 'planner', from: 1, to: 2 })).value).toMatchObject({ level: 'BREAKING' });
    expect((await call('why', { module: 'planner', version: 2 })).value.activations).toHaveLength(1);
  });

  it('has no tool that approves, activates, breaks the glass or changes the policy', async () => {
    const { client } = await served();
    const { result } = await client.ask('tools/list');
    expect(result.tools.map(({ name }: Message) => name)).toEqual([
      ...['status', 'log', 'show', 'diff', 'why', 'assess', 'stage', 'request_approval', 'rollback'],
    ]);
    for (const name of ['approve', 'activate', 'break-glass', 'policy', 'signers', 'constructor', '__proto__'])
      expect((await client.ask('tools/call', { name, arguments: {} })).error.code).toBe(-32602);
  });

  it.each([
    ['an argument that there is not', 'log', { module: 'planner', command: 'rm -rf /' }, 'INVALID_ARGUMENT'],
    ['an argument that every object inherits', 'log', { module: 'planner', constructor: 'x' }, 'INVALID_ARGUMENT'],
    ['a version that is a text', 'show', { module: 'planner', version: '1; approve' }, 'INVALID_ARGUMENT'],
    ['no module', 'stage', { files: {} }, 'INVALID_ARGUMENT'],
    ['a module that is a path', 'stage', { module: '../../etc', files: { a: 'b' } }, 'INVALID_MODULE_ID'],
    ['a file outside', 'stage', { module: 'planner', files: { '../x': 'b' } }, 'INVALID_FILES'],
    [
      'a file that is no text',
      'stage',
      { module: 'planner', files: { x: { data: 'b', mode: '120000' } } },
      'INVALID_ARGUMENT',
    ],
    ['a module that is not there', 'status', { module: 'nobody' }, 'NOT_FOUND'],
  ])('is refused %s', async (_, name, given, code) => {
    const { ops, call } = await served();
    expect(await call(name, given)).toMatchObject({ isError: true, value: { code } });
    expect(await ops.versions.modules()).toEqual([]);
  });

  it('is refused a secret, where whoever serves looks for them', async () => {
    const { call } = await served((files) =>
      files.has('.env') ? [{ path: '.env', expected: 'no secret', actual: 'an environment' }] : [],
    );
    expect((await call('stage', { module: 'planner', files: { '.env': 'A=1' } })).value.code).toBe('INVALID_FILES');
  });

  it('gets no answer that is longer than it reads, rather than a part of it', async () => {
    const { call } = await served();
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${'x'.repeat(150)}${i}.js`, '']));
    expect((await call('stage', { module: 'planner', files })).isError).toBe(false);
    expect(await call('show', { module: 'planner', version: 1 })).toMatchObject({
      isError: true,
      value: { message: expect.stringContaining('at most 100000 bytes') },
    });
  });
});

it.each<[Role]>([['approver'], ['admin']])('refuses a key with the role %s', async (role) => {
  const { ledger, fingerprint } = await agentOf(['recorder', role]);
  const { input, output } = new Client();
  await expect(serveLedgerTools({ ledger, fingerprint, input, output })).rejects.toMatchObject({
    code: 'ROLE_REQUIRED',
    data: { roles: ['recorder'], fingerprint },
  });
});
