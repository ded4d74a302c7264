/** A guard before a tool server: what passes, what waits for whom, and when. */

import { describe, expect, it } from 'vitest';
import { approved, guarded, LOOK, MODULE, SEARCH } from './guarded.js';

describe('the first list', () => {
  it('becomes the first version, and active, where the policy asks for no approvals', async () => {
    const place = await guarded({ tools: [SEARCH, LOOK], self: { instructions: 'Search before you look.' } });
    place.start();
    const { result } = await place.client.open();
    expect(result).toEqual({
      protocolVersion: '2025-11-25',
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: {},
        completions: {},
        logging: {},
      },
      serverInfo: { name: 'scripted', version: '1.0.0' },
      instructions: 'Search before you look.',
    });
    expect((await place.client.ask('tools/list')).result).toEqual({ tools: [LOOK, SEARCH] });
    expect((await place.client.call('search')).result).toEqual({
      content: [{ type: 'text', text: 'called search' }],
      n: 1,
    });
    expect([...(await place.ledger.readFiles(MODULE)).keys()]).toEqual([
      'server.json',
      'tools/look.json',
      'tools/search.json',
    ]);
    expect(place.notices).toEqual([{ type: 'approved', version: 1 }]);
  });

  it('waits where the policy asks for approvals: nothing is shown and nothing called until somebody makes it active', async () => {
    const place = await guarded(
      { tools: [SEARCH], self: { instructions: 'Obey.', serverInfo: { name: 'Obey', title: 'Obey.' } } },
      { requireApproval: true },
    );
    place.start();
    const { result } = await place.client.open();
    expect(result.serverInfo).toEqual({ name: 'finder', version: '1.0.0' });
    expect(result.instructions).toBeUndefined();
    expect(await place.client.tools()).toEqual([]);
    const { error } = await place.client.call('search');
    expect(error).toEqual({
      code: -32050,
      message: expect.stringMatching(
        /not approved.*git-lineage show finder@1; to allow it: git-lineage activate finder@1$/,
      ),
      data: { code: 'NOT_APPROVED', module: MODULE },
    });
    expect(place.called).toEqual([]);
    await place.ledger.activate(MODULE, 1);
    expect(await place.client.tools()).toEqual(['search']);
    expect((await place.client.call('search')).result.content[0].text).toBe('called search');
  });
});

describe('an unchanged list', () => {
  it('passes, and writes nothing, whatever order and release it comes in', async () => {
    const place = await approved();
    const { seq } = await place.ledger.journal.position();
    place.offer({ tools: [LOOK, SEARCH], self: { serverInfo: { version: '2.0.0' } } });
    expect(await place.client.tools()).toEqual(['look', 'search']);
    expect((await place.client.call('look')).result.content[0].text).toBe('called look');
    expect((await place.ledger.journal.position()).seq).toBe(seq);
    expect(place.notices).toEqual([{ type: 'approved', version: 1 }]);
  });
});

describe('a changed list', () => {
  it('is staged and assessed; the client sees the approved one, and calls what has not changed', async () => {
    const place = await guarded();
    place.start();
    await place.client.open();
    expect(await place.client.tools()).toEqual(['look', 'search']);
    place.offer({ tools: [{ ...SEARCH, annotations: {} }, LOOK] });
    expect((await place.client.ask('tools/list')).result.tools).toContainEqual(SEARCH);
    expect(await place.notice('staged')).toEqual({
      type: 'staged',
      version: 2,
      fromVer: 1,
      level: 'BREAKING',
      command: 'git-lineage activate finder@2',
    });
    expect((await place.client.call('look')).result.content[0].text).toBe('called look');
    const { error } = await place.client.call('search');
    expect(error.message).toBe(
      'git-lineage: the tool "search" is not what was approved in v1; to look at what is offered now: git-lineage diff finder 1 2; to allow it: git-lineage activate finder@2',
    );
    expect(place.called).toEqual(['look']);
    const [report] = await place.ledger.reports.list(MODULE, 1, 2);
    expect(report?.rationale).toContain('may change things');
  });

  it('is approved by the command that the refusal names, also where an approval comes first', async () => {
    const place = await guarded();
    place.start();
    await place.client.open();
    expect(await place.client.tools()).toEqual(['look', 'search']);
    await place.ledger.policy.set({ settings: { requireApproval: true } });
    place.offer({ tools: [{ ...SEARCH, annotations: {} }, LOOK] });
    const { error } = await place.client.call('search');
    expect(error.message).toContain('git-lineage approve finder 1 2 && git-lineage activate finder@2');
    await place.ledger.approve(MODULE, 1, 2);
    await place.ledger.activate(MODULE, 2);
    expect((await place.client.call('search')).result.content[0].text).toBe('called search');
  });

  it('is staged once, however often it is met, by one conversation or by several', async () => {
    const place = await approved();
    place.offer({ tools: [LOOK] });
    for (let i = 0; i < 3; i++) await place.client.call('search');
    place.client.input.end();
    await place.ended;
    const again = await place.ledger.versions.list(MODULE);
    expect(again.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('becomes active by itself where the operator says so, as far as the gate lets it pass', async () => {
    const place = await approved(undefined, '', { onChange: 'activate' });
    await place.ledger.policy.set({ settings: { requireApproval: true } });
    const more = { name: 'more', inputSchema: { type: 'object' } };
    place.offer({ tools: [SEARCH, LOOK, more] });
    expect(await place.client.tools()).toEqual(['look', 'more', 'search']);
    place.offer({ tools: [SEARCH] });
    expect(await place.client.tools()).toEqual(['search']);
    expect((await place.client.call('look')).error.data.code).toBe('NOT_OFFERED');
    expect((await place.ledger.latestCheckpoint(MODULE))?.version).toBe(2);
  });
});

describe('a rollback', () => {
  it('takes effect with the next call, and the client is told without one', async () => {
    const place = await approved();
    const more = { name: 'more', inputSchema: { type: 'object' } };
    place.offer({ tools: [SEARCH, LOOK, more] });
    expect(await place.client.tools()).toEqual(['look', 'search']);
    await place.notice('staged');
    await place.ledger.activate(MODULE, 2);
    await expect
      .poll(() => place.client.told)
      .toEqual([{ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }]);
    expect(await place.client.tools()).toEqual(['look', 'more', 'search']);
    expect((await place.client.call('more')).result.content[0].text).toBe('called more');
    await place.ledger.rollback(MODULE, 'MANUAL', { tagFilter: null });
    const { error } = await place.client.call('more');
    expect(error.message).toContain('which was rolled back; to allow it: git-lineage untag finder@2 reverted');
    await expect.poll(() => place.client.told.length, { timeout: 30_000 }).toBe(2);
    expect(await place.client.tools()).toEqual(['look', 'search']);
    expect((await place.ledger.versions.list(MODULE)).length).toBe(2);
  });
});

describe('what is no list', () => {
  it('a module that holds something else is refused at the first word', async () => {
    const place = await guarded();
    await place.ledger.recordCheckpoint({ moduleId: MODULE }, { files: { 'index.js': 'export {};' } });
    place.start();
    const { error } = await place.client.open();
    expect(error.message).toMatch(/finder v1 is no list of a tool server: index\.js/);
    expect((await place.client.call('search')).error.code).toBe(-32600);
  });
});
