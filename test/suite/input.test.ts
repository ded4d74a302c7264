/** Bad input: each kind is refused with its code and a remedy, and writes nothing; odd but valid input is kept exactly. */

import { expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { FileContent } from '../../src/api/types.js';
import { initLedger, type NewCheckpoint, type NewReport, openLedger, sshSigner } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { recordRange, refusal, writesNothing } from './expectations.js';

const BAD_MODULE_IDS = [
  ...['', '.', '..', 'a..b', '.a', 'a.', '-a', '_a', 'a.lock', 'A.LOCK', '@a/b.lock', '@a.lock/b'],
  ...['ledger', 'LEDGER', 'compat', 'heads', 'tags', 'notes', 'remotes', 'refs', 'origin', 'README.md', 'policy.json'],
  ...['HEAD', 'head', 'x_HEAD', 'FETCH_HEAD', 'x_head', '0123456789abcdef0123456789abcdef01234567', 'A'.repeat(40)],
  ...['with space', ' a', 'a ', 'a\tb', 'a\nb', 'a\0b', 'a\u001bb', 'a\u007fb', 'a\u202eb', 'ünïcode', 'a\u200bb'],
  ...['@a', '@', '@/a', '@a/', '@a/b/c', 'a/b', '/a', 'a/', '@@a/b', 'a@b', '@a/@b', '@a//b'],
  ...['con', 'CON', 'con.js', 'nul', 'aux.x', 'com1', 'LPT9.txt', '@con/a', '@a/prn'],
  ...['a~b', 'a^b', 'a:b', 'a?b', 'a*b', 'a[b', 'a\\b', 'a@{b', '{a}', '$a', 'a;b', '~'],
  ...['x'.repeat(129), 'x'.repeat(300), `@${'s'.repeat(64)}/${'x'.repeat(64)}`],
];

const NOT_STRINGS = [null, undefined, 5, {}, [], true, Symbol.iterator];
const BAD_VERSIONS = [0, -0, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '1', '', null, {}, [1], true, 1n];

onEachBackend('module ids', (backend) => {
  test('that git or a file system would read in two ways are refused by every call', async () => {
    const ledger = await newLedger(backend);
    for (const moduleId of [...BAD_MODULE_IDS, ...NOT_STRINGS] as string[]) {
      const error = await refusal(() => ledger.recordCheckpoint({ moduleId, checksum: 'x' }), 'INVALID_MODULE_ID');
      expect(error.data.issues.every((issue) => issue.path === 'moduleId')).toBe(true);
    }
    const id = '../up';
    const calls: (() => unknown)[] = [
      () => ledger.stage({ moduleId: id, checksum: 'x' }),
      () => ledger.recordCheckpoints([{ checkpoint: { moduleId: id, checksum: 'x' } }]),
      () => ledger.activate(id, 1),
      () => ledger.tag(id, 1, 'x'),
      () => ledger.untag(id, 1, 'x'),
      () => ledger.assessCompatibility({ moduleId: id, fromVer: 1, toVer: 2, level: 'BREAKING' }),
      () => ledger.approve(id, 1, 2),
      () => ledger.withdraw(id, 1, 2),
      () => ledger.rollback(id, 'MANUAL'),
      () => ledger.rollbackTarget(id, 'MANUAL'),
      () => ledger.live.explainRollback(id),
      () => ledger.live.requireTarget(id, 1),
      () => ledger.gate(id, 1, 2),
      () => ledger.getLineage(id),
      () => ledger.latestCheckpoint(id),
      () => ledger.versions.get(id, 1),
      () => ledger.versions.list(id),
      () => ledger.versions.status(id, 1),
      () => ledger.readFiles(id),
      () => ledger.reports.list(id),
      () => ledger.history({ moduleId: id }),
    ];
    for (const call of calls) await refusal(call, 'INVALID_MODULE_ID');
    expect(await ledger.versions.modules()).toEqual([]);
    expect((await ledger.journal.position()).seq).toBe(0);
  });

  test('that are valid are kept as they are', async () => {
    const ledger = await newLedger(backend);
    const ids = [
      'a',
      '9',
      'core.planner',
      'a-b_c.d',
      '@acme/sink',
      '@a.b/c-d',
      'x'.repeat(128),
      'head2',
      'constructor',
      'toString',
    ];
    for (const moduleId of ids) await ledger.recordCheckpoint({ moduleId, checksum: 'x' });
    expect(await ledger.versions.modules()).toEqual([...ids].sort());
    for (const moduleId of ids) expect((await ledger.latestCheckpoint(moduleId))?.moduleId).toBe(moduleId);
    expect(await ledger.latestCheckpoint('valueOf')).toBeNull();
  });

  test('that differ from another in case alone are refused, scopes too, reported modules too', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    await ledger.stage({ moduleId: '@acme/sink', checksum: 'x' });
    await ledger.assessCompatibility({ moduleId: 'Reported', fromVer: null, toVer: 1, level: 'COMPATIBLE' });
    for (const twin of ['Planner', 'PLANNER', '@Acme/sink', '@acme/Sink', '@ACME/other', 'reported']) {
      const record = () => ledger.recordCheckpoint({ moduleId: twin, checksum: 'x' });
      const error = await writesNothing(ledger, () => refusal(record, 'INVALID_MODULE_ID'));
      expect(error.data.issues[0]?.actual).toBe(JSON.stringify(twin));
      const assess = () => ledger.assessCompatibility({ moduleId: twin, fromVer: 1, toVer: 2, level: 'BREAKING' });
      await writesNothing(ledger, () => refusal(assess, 'INVALID_MODULE_ID'));
    }
    const both = ['Left', 'left'].map((moduleId) => ({ checkpoint: { moduleId, checksum: 'x' } }));
    await writesNothing(ledger, () => refusal(() => ledger.recordCheckpoints(both), 'INVALID_MODULE_ID'));
    await recordRange(ledger, '@acme/other', 1, 1);
    await recordRange(ledger, 'Reported', 1, 1);
  });
});

onEachBackend('numbers', (backend) => {
  test('that are no versions are refused', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    for (const version of BAD_VERSIONS as number[]) {
      const calls = [
        () => ledger.recordCheckpoint({ moduleId: 'planner', version, checksum: 'x' }),
        () => ledger.stage({ moduleId: 'planner', version, checksum: 'x' }),
        () => ledger.activate('planner', version),
        () => ledger.tag('planner', version, 'x'),
        () => ledger.untag('planner', version, 'x'),
        () => ledger.versions.get('planner', version),
        () => ledger.versions.status('planner', version),
        () => ledger.readFiles('planner', version),
        () => ledger.gate('planner', 1, version),
        () => ledger.approve('planner', null, version),
        () => ledger.rollback('planner', 'MANUAL', { to: version }),
      ];
      for (const call of calls) await writesNothing(ledger, () => refusal(call, 'INVALID_VERSION'));
      if (version === null) continue;
      await refusal(
        () => ledger.recordCheckpoint({ moduleId: 'planner', parentVer: version, checksum: 'x' }),
        'INVALID_VERSION',
      );
      await refusal(() => ledger.gate('planner', version, 2), 'INVALID_VERSION');
    }
  });

  test('end at 2^53-1: there is no next version after it', async () => {
    const place = await backend.init();
    const { ledger } = place;
    const version = Number.MAX_SAFE_INTEGER;
    await ledger.recordCheckpoint({ moduleId: 'planner', version, checksum: 'last' });
    for (const call of [
      () => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'after' }),
      () => ledger.stage({ moduleId: 'planner', checksum: 'after' }),
    ]) {
      await writesNothing(ledger, () => refusal(call, 'INVALID_VERSION'));
    }
    expect((await (await place.open()).latestCheckpoint('planner'))?.version).toBe(version);
    expect(await ledger.versions.list('planner')).toHaveLength(1);
  });

  test('of seconds are kept with their fractions, exactly', async () => {
    const place = await backend.init();
    const times = [0, 0.1, 1_795_423_762.125, 1_795_423_762.1234567, 1e-7, Number.MIN_VALUE, 253_402_300_799, 1 / 3];
    for (const [i, timestamp] of times.entries()) {
      await place.ledger.recordCheckpoint({ moduleId: 'planner', version: i + 1, timestamp, checksum: 'x' });
    }
    const lineage = await (await place.open()).getLineage('planner');
    expect(lineage.map((v) => v.timestamp)).toEqual(times);
  });

  test('of milliseconds, or of no time at all, are refused', async () => {
    const ledger = await newLedger(backend);
    const bad = [1_795_423_762_125, -1, -0, Number.NaN, Number.POSITIVE_INFINITY, '1795423762', null, new Date(0)];
    for (const timestamp of bad as number[]) {
      const call = () => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'x', timestamp });
      const error = await writesNothing(ledger, () => refusal(call, 'INVALID_CHECKPOINT'));
      expect(error.message).toContain('seconds (not milliseconds)');
    }
  });

  test('from a clock that counts milliseconds, or nothing, never reach the journal', async () => {
    let now = 1_700_000_000;
    const place = await backend.init({}, { now: () => now });
    for (const wrong of [Date.now(), Number.NaN, -1, Number.POSITIVE_INFINITY, '1700000000' as unknown as number]) {
      now = wrong;
      await refusal(() => place.ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'x' }), 'INVALID_ARGUMENT');
      const timed = { moduleId: 'planner', checksum: 'x', timestamp: 5 };
      await refusal(() => place.ledger.recordCheckpoint(timed), 'INVALID_ARGUMENT');
    }
    now = 1_700_000_001;
    expect((await place.ledger.journal.position()).seq).toBe(0);
    await recordRange(place.ledger, 'planner', 1, 1);
    expect((await (await place.open()).latestCheckpoint('planner'))?.timestamp).toBe(1_700_000_001);
    await refusal(() => backend.init({}, { now: Date.now }), 'INVALID_ARGUMENT');
  });
});

onEachBackend('labels and texts', (backend) => {
  test('tags are one printable line of up to 128 bytes', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    const bad = [
      '',
      ' ',
      ' a',
      'a ',
      'a\nb',
      'a\rb',
      'a\tb',
      'a\0b',
      'a\u202eb',
      'a\u2066b',
      'a\u200bb',
      'a\u2028b',
      '\u0085',
      '\ud800',
      'x'.repeat(129),
      'ü'.repeat(65),
    ];
    for (const tag of [...bad, ...NOT_STRINGS.filter((v) => typeof v !== 'symbol')] as string[]) {
      await writesNothing(ledger, () => refusal(() => ledger.tag('planner', 1, tag), 'INVALID_TAG'));
      await refusal(() => ledger.untag('planner', 1, tag), 'INVALID_TAG');
      await refusal(() => ledger.stage({ moduleId: 'planner', checksum: 'x', tags: ['ok', tag] }), 'INVALID_TAG');
    }
    for (const tags of ['stable', 5, null, {}]) {
      await refusal(() => ledger.stage({ moduleId: 'planner', checksum: 'x', tags: tags as string[] }), 'INVALID_TAG');
    }
    for (const tag of ['x'.repeat(128), '日本語', '🚀', 'a  b', '#1', '-rf', 'a: b'])
      await ledger.tag('planner', 1, tag);
    expect((await ledger.versions.get('planner', 1)).tags.size).toBe(7);
  });

  test('a checksum is one printable line of up to 256 bytes', async () => {
    const ledger = await newLedger(backend);
    for (const checksum of ['', ' a', 'a\nb', 'a\u202eb', 'x'.repeat(257), 5, null, {}] as string[]) {
      await refusal(() => ledger.stage({ moduleId: 'planner', checksum }), 'INVALID_CHECKPOINT');
    }
    for (const [i, checksum] of ['x'.repeat(256), 'a  b', 'sha256:', 'ü 🚀', '0 0'].entries()) {
      await ledger.recordCheckpoint({ moduleId: 'planner', version: i + 1, checksum });
      expect((await ledger.latestCheckpoint('planner'))?.checksum).toBe(checksum);
    }
  });

  test('every issue of a checkpoint comes at once', async () => {
    const ledger = await newLedger(backend);
    const cp = {
      moduleId: 'planner',
      version: 0,
      parentVer: 1.5,
      checksum: '',
      timestamp: -1,
      tags: ['a\nb'],
      metadata: { a: 1 },
    };
    const error = await refusal(() => ledger.stage(cp as unknown as NewCheckpoint), 'INVALID_CHECKPOINT');
    expect(error.data.issues.map((i) => i.path)).toEqual([
      'version',
      'parentVer',
      'checksum',
      'timestamp',
      'tags[0]',
      'metadata["a"]',
    ]);
    for (const nothing of [null, undefined, 'planner', 5] as unknown as NewCheckpoint[]) {
      await refusal(() => ledger.stage(nothing), 'INVALID_CHECKPOINT');
      await refusal(() => ledger.recordCheckpoint(nothing), 'INVALID_CHECKPOINT');
    }
  });

  test('calls of the wrong shape are refused with a code', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    for (const list of [null, undefined, 'x', {}, 5] as never[]) {
      await refusal(() => ledger.recordCheckpoints(list), 'INVALID_ARGUMENT');
    }
    await refusal(() => ledger.recordCheckpoints([null] as never), 'INVALID_CHECKPOINT');
    await refusal(() => ledger.recordCheckpoint({ moduleId: 'planner' }, null as never), 'INVALID_CHECKPOINT');
    expect(await ledger.getLineage('planner', null as never)).toHaveLength(1);
    expect((await ledger.live.explainRollback('planner', null as never)).target).toBeNull();
    await refusal(() => ledger.rollback('planner', 'MANUAL', null as never), 'NOT_FOUND');
  });

  test('metadata comes back exactly, whatever is in it', async () => {
    const place = await backend.init();
    const everyByte = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    const metadata = Object.fromEntries([
      ['__proto__', 'own'],
      ['constructor', ''],
      ['', 'empty key'],
      ['10', 'ten'],
      ['9', 'nine'],
      ['-1', 'minus'],
      ['bytes', everyByte],
      [everyByte, 'bytes'],
      ['lone', '\ud800 \udfff \udc00\ud83d'],
      ['\ud800', 'lone key'],
      ['\udfff', 'other lone key'],
      ['bidi', '\u202eabc\u2069\u200b\ufeff\u2028\u2029'],
      ['astral', '🚀 𝕏'],
      ['newline\nkey', 'a\n\nMetadata: {}\n-----BEGIN SSH SIGNATURE-----\n'],
    ]);
    await place.ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'x', metadata });
    for (const ledger of [place.ledger, await place.open()]) {
      const found = (await ledger.latestCheckpoint('planner'))?.metadata ?? {};
      expect(Object.entries(found).sort()).toEqual(Object.entries(metadata).sort());
      expect(Object.hasOwn(found, '__proto__')).toBe(true);
      expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    }
    await writesNothing(place.ledger, () =>
      place.ledger.recordCheckpoint({ moduleId: 'planner', version: 1, checksum: 'x', metadata }),
    );
  });

  test('metadata is an object of strings, up to 64 KiB', async () => {
    const ledger = await newLedger(backend);
    for (const metadata of [
      null,
      [],
      'x',
      5,
      { a: 1 },
      { a: null },
      { a: undefined },
      { a: 'x'.repeat(65_536) },
    ] as never[]) {
      await refusal(() => ledger.stage({ moduleId: 'planner', checksum: 'x', metadata }), 'INVALID_CHECKPOINT');
    }
    await ledger.stage({ moduleId: 'planner', checksum: 'x', metadata: { a: 'x'.repeat(65_000) } });
  });

  test('a report is printable text of bounded size on an ordered pair', async () => {
    const ledger = await newLedger(backend);
    const report: NewReport = { moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' };
    const bad: [object, 'INVALID_REPORT' | 'INVALID_VERSION'][] = [
      [{ rationale: 'x'.repeat(5 * 1024 * 1024) }, 'INVALID_REPORT'],
      ...['\u0007', 'a\rb', 'a\0b', '\u001b[31m', '\u202e', '\u0085', '\ud800', 5, null, {}].map(
        (rationale): [object, 'INVALID_REPORT'] => [{ rationale }, 'INVALID_REPORT'],
      ),
      ...['breaking', '', null, undefined, 3, 'toString'].map((level): [object, 'INVALID_REPORT'] => [
        { level },
        'INVALID_REPORT',
      ]),
      [{ measuredLevel: 'MAYBE' }, 'INVALID_REPORT'],
      [{ assessor: 'a\nb' }, 'INVALID_REPORT'],
      [{ assessor: '' }, 'INVALID_REPORT'],
      [{ fromVer: 2 }, 'INVALID_VERSION'],
      [{ fromVer: 3 }, 'INVALID_VERSION'],
      [{ fromVer: 0 }, 'INVALID_VERSION'],
      [{ toVer: 2 ** 53 }, 'INVALID_VERSION'],
      [{ fromVer: undefined }, 'INVALID_VERSION'],
    ];
    for (const [change, code] of bad) {
      await refusal(() => ledger.assessCompatibility({ ...report, ...change } as NewReport), code);
    }
    for (const nothing of [null, undefined, 'x'] as unknown as NewReport[]) {
      await refusal(() => ledger.assessCompatibility(nothing), 'INVALID_REPORT');
    }
    const twoIssues = { ...report, level: 'x', fromVer: 9 } as unknown as NewReport;
    const error = await refusal(() => ledger.assessCompatibility(twoIssues), 'INVALID_REPORT');
    expect(error.data.issues.map((i) => i.path)).toEqual(['toVer', 'level']);
    expect((await ledger.journal.position()).seq).toBe(0);
    await ledger.assessCompatibility({ ...report, rationale: 'x'.repeat(65_536) });
  });

  test('principals are names that can stand in an allowed_signers file and a git identity', async () => {
    const { fs } = await backend.init();
    const owner = await ephemeralSigner('owner@example.org');
    for (const principal of [
      'a\nb',
      '<a@example.org>',
      'a b',
      '',
      ' a',
      'auto',
      '-a',
      '*',
      'a,b',
      '"a"',
      'ü',
      'x'.repeat(129),
      null,
      5,
    ] as string[]) {
      await refusal(() => ephemeralSigner(principal), 'INVALID_PRINCIPAL');
      await refusal(() => sshSigner({ privateKey: '', principal }), 'INVALID_PRINCIPAL');
      const init = () => initLedger({ gitdir: '/nowhere.git', fs, signer: { ...owner, principal } });
      await refusal(init, 'INVALID_PRINCIPAL');
    }
  });

  test('a place that is no ledger, or holds one already, is named', async () => {
    const { gitdir, fs, owner } = await backend.init();
    await refusal(() => initLedger({ gitdir, fs, signer: owner }), 'LEDGER_EXISTS');
    await refusal(() => openLedger({ gitdir: `${gitdir}-not`, fs }), 'NOT_A_LEDGER');
    await refusal(() => initLedger({ gitdir: `${gitdir}-other`, fs }), 'ROLE_REQUIRED');
    for (const bad of ['', 'a\0b', 5, null] as string[]) {
      await refusal(() => openLedger({ gitdir: bad, fs }), 'INVALID_ARGUMENT');
    }
  });
});

onEachBackend('what a ledger gives', (backend) => {
  test('is frozen: changing it throws', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    const recorded = await ledger.recordCheckpoint({
      moduleId: 'planner',
      checksum: 'x',
      tags: ['a'],
      metadata: { k: 'v' },
    });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: null, toVer: 1, level: 'BREAKING' });
    const approval = await ledger.approve('planner', null, 1);
    const read = await ledger.versions.get('planner', 1);
    const policy = await ledger.policy.get();
    for (const cp of [recorded, read]) {
      expect(() => Object.assign(cp, { version: 2 })).toThrow(TypeError);
      expect(() => Object.assign(cp.metadata, { k: 'other' })).toThrow(TypeError);
      expect(() => Object.assign(cp.metadata, { more: 'x' })).toThrow(TypeError);
      for (const change of ['add', 'delete', 'clear'] as const) {
        expect(() => (cp.tags as Set<string>)[change]('a')).toThrow(TypeError);
      }
    }
    const frozen: object[] = [
      approval,
      policy,
      policy.signers,
      ...policy.signers,
      ...(await ledger.reports.list('planner')),
    ];
    for (const signer of policy.signers) frozen.push(signer.roles, signer.publicKey);
    for (const value of frozen) {
      expect(Object.isFrozen(value)).toBe(true);
      expect(() => Object.assign(value, { level: 'COMPATIBLE' })).toThrow(TypeError);
    }
    expect([...(await ledger.versions.get('planner', 1)).tags]).toEqual(['a']);
  });

  test('of a buffer that was transferred elsewhere is refused by its path', async () => {
    const ledger = await newLedger(backend);
    const bytes = new Uint8Array(8);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    const record = () => ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': bytes } });
    const { data } = await refusal(record, 'INVALID_FILES');
    expect(data.issues[0]?.path).toBe('"index.js"');
  });

  test('does not change when the caller changes what he gave', async () => {
    const ledger = await newLedger(backend);
    const metadata = { k: 'v' };
    const tags = ['a'];
    const bytes = Buffer.from('one');
    const executable = Buffer.from('two');
    const files: Record<string, FileContent> = {
      'bytes.js': bytes,
      'index.js': 'one',
      run: { data: executable, mode: '100755' },
    };
    const recording = ledger.recordCheckpoint({ moduleId: 'planner', tags, metadata }, { files });
    metadata.k = 'other';
    tags.push('b');
    files['index.js'] = 'two';
    bytes.fill('x');
    executable.fill('x');
    const recorded = await recording;
    expect(recorded.metadata).toEqual({ k: 'v' });
    expect([...recorded.tags]).toEqual(['a']);
    const kept = [...(await ledger.readFiles('planner')).values()].map((f) => Buffer.from(f.data).toString());
    expect(kept).toEqual(['one', 'one', 'two']);
  });
});
