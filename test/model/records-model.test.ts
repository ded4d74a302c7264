/** The index against a model that is too simple to be wrong: lists, and walks over all of them. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerEvent } from '../../src/model/ledger-event.js';
import { REVERTED, STABLE } from '../../src/model/tag-label.js';
import { taggedTarget } from '../../src/model/tagged-target.js';
import { ReplayedJournal } from './replayed-journal.js';

interface ModelVersion {
  readonly parent: number | null;
  readonly checksum: string;
  readonly tags: Set<string>;
  ever: boolean;
}

const MODULE = 'planner';
const TAGS = [STABLE, REVERTED, 'blue'];

/** One module as plain data. */
class Model {
  readonly versions = new Map<number, ModelVersion>();
  active: number | null = null;
  readonly breaking = new Map<string, { from: number | null; to: number; approved: boolean; reports: number }>();

  lineage(): number[] {
    const found: number[] = [];
    for (let at = this.active; at !== null; at = this.versions.get(at)?.parent ?? null) found.push(at);
    return found;
  }

  target(tag: string): number | null {
    const [active, ...ancestors] = this.lineage().map((n) => ({ n, ...this.versions.get(n) }));
    const found = ancestors.find(
      ({ tags, checksum }) => tags?.has(tag) && !tags.has(REVERTED) && checksum !== active?.checksum,
    );
    return found?.n ?? null;
  }

  pending(): string[] {
    return [...this.breaking.values()]
      .filter(({ to, approved }) => {
        const version = this.versions.get(to);
        if (approved) return false;
        if (version === undefined) return true;
        return !version.tags.has(REVERTED) && (version.ever || (this.active ?? 0) <= to);
      })
      .map(({ from, to }) => `${from ?? 0}-${to}`)
      .sort();
  }
}

const command = fc.record({
  act: fc.constantFrom(
    'record',
    'record',
    'record',
    'stage',
    'activate',
    'rollback',
    'tag',
    'untag',
    'report',
    'approve',
    'glass',
  ),
  pick: fc.nat(1000),
  other: fc.nat(1000),
});

function choose<T>(list: readonly T[], pick: number): T | undefined {
  return list.length === 0 ? undefined : list[pick % list.length];
}

/** The events that a command comes to here, the model changed with them; none where it is impossible. */
function eventsOf(model: Model, { act, pick, other }: { act: string; pick: number; other: number }): LedgerEvent[] {
  const moduleId = MODULE;
  const numbers = [...model.versions.keys()];
  const next = Math.max(0, ...numbers) + 1 + (other % 3 === 0 ? 1 : 0);
  const stage = (parent: number | null): LedgerEvent => {
    // Some versions have the content of another.
    const checksum = `sum ${next % 3 === 0 ? 'again' : next}`;
    model.versions.set(next, { parent, checksum, tags: new Set(), ever: false });
    return { type: 'stage', moduleId, version: next, parentVer: parent, checksum };
  };
  const become = (version: number) => {
    model.active = version;
    const found = model.versions.get(version);
    if (found !== undefined) found.ever = true;
  };
  const onTop = numbers.filter((n) => model.versions.get(n)?.parent === model.active && n !== model.active);
  switch (act) {
    case 'record': {
      const events = [stage(model.active), { type: 'activate' as const, moduleId, version: next }];
      become(next);
      return events;
    }
    case 'stage':
      return [stage(choose([null, ...numbers], pick) ?? null)];
    case 'activate': {
      const version = choose(onTop, pick);
      if (version === undefined) return [];
      become(version);
      return [{ type: 'activate', moduleId, version }];
    }
    case 'glass': {
      const toVer = choose(onTop, pick);
      if (toVer === undefined) return [];
      const fromVer = model.active;
      become(toVer);
      model.versions.get(toVer)?.tags.delete(REVERTED);
      return [{ type: 'break-glass', moduleId, fromVer, toVer, reason: 'fire' }];
    }
    case 'rollback': {
      const [fromVer, ...ancestors] = model.lineage();
      const toVer = choose(ancestors, pick);
      if (fromVer === undefined || toVer === undefined) return [];
      model.active = toVer;
      model.versions.get(fromVer)?.tags.add(REVERTED).delete(STABLE);
      return [{ type: 'rollback', moduleId, fromVer, toVer, reason: 'MANUAL' }];
    }
    case 'tag':
    case 'untag': {
      const version = choose(numbers, pick);
      const tag = choose(TAGS, other) ?? STABLE;
      const tags = model.versions.get(version ?? 0)?.tags;
      if (version === undefined || tags === undefined || tags.has(tag) === (act === 'tag')) return [];
      if (act === 'tag') tags.add(tag);
      else tags.delete(tag);
      return [{ type: act, moduleId, version, tag }];
    }
    default:
      return reportEvents(model, act === 'approve', pick, other);
  }
}

function reportEvents(model: Model, approve: boolean, pick: number, other: number): LedgerEvent[] {
  const moduleId = MODULE;
  const numbers = [...model.versions.keys()];
  const to = choose([...numbers, Math.max(0, ...numbers) + 1], pick) ?? 1;
  const from = choose([null, ...numbers.filter((n) => n < to)], other) ?? null;
  const name = `${from ?? 0}-${to}`;
  const pair = model.breaking.get(name) ?? { from, to, approved: false, reports: 0 };
  if (approve && (pair.reports === 0 || !model.versions.has(to))) return [];
  pair.reports += 1;
  pair.approved ||= approve;
  model.breaking.set(name, pair);
  const type = approve ? 'approve' : 'report';
  const payloadSha256 = '0'.repeat(64);
  return [{ type, moduleId, fromVer: from, toVer: to, seq: pair.reports, level: 'BREAKING', payloadSha256 }];
}

/** What both must agree on. */
function told(journal: ReplayedJournal) {
  const { records } = journal;
  return {
    lineage: [...records.lineage(MODULE)],
    targets: TAGS.map((tag) => taggedTarget(records, MODULE, tag)),
    pending: [...records.pending()].map(({ fromVer, toVer }) => `${fromVer ?? 0}-${toVer}`).sort(),
    versions: [...records.versions(MODULE)].map(([n, { tags, ever }]) => ({ n, tags: [...tags].sort(), ever })),
    checkpoints: records.head()?.checkpoints,
    pairs: records.head()?.pairs,
  };
}

function expected(model: Model): ReturnType<typeof told> {
  const versions = [...model.versions].sort(([a], [b]) => a - b);
  return {
    lineage: model.lineage(),
    targets: TAGS.map((tag) => model.target(tag)),
    pending: model.pending(),
    versions: versions.map(([n, { tags, ever }]) => ({ n, tags: [...tags].sort(), ever })),
    checkpoints: versions.filter(([, { ever }]) => ever).length,
    pairs: model.breaking.size,
  };
}

test('the index agrees with plain lists after every entry, and remembers what each entry left', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const journal = new ReplayedJournal();
      const model = new Model();
      const moments: { seq: number; active: number | null; target: number | null }[] = [];
      for (const each of commands) {
        const events = eventsOf(model, each);
        if (events.length === 0) continue;
        journal.tell(events);
        expect(told(journal)).toEqual(expected(model));
        const seq = journal.records.head()?.seq ?? -1;
        moments.push({ seq, active: model.active, target: model.target(STABLE) });
      }
      for (const { seq, active, target } of moments) {
        const [then] = journal.records.moments(MODULE, seq);
        expect(then).toMatchObject([seq, { active, target }]);
      }
    }),
    { numRuns: 300 },
  );
});
