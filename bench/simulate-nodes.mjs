// How long a write waits where many nodes share a ledger, up to 10,000 of them, which nobody has at hand: a simulation of what a node does
// at its remote (src/ledger/through-remote.ts, src/ledger/replica.ts), fed with times that `npm run bench -- --only nodes` has measured.
// The same seed, the same table.
//
//   node bench/simulate-nodes.mjs --offer 41 --look 46 --adopt 1.5 --an-hour 4 --seconds 300 --seed 1
//
//   --offer MS    a write through the remote, while nobody else writes there      --look MS     a sync that finds nothing new
//   --adopt MS    for each entry of another node                                  --an-hour N   writes of each node
import { parseArgs } from 'node:util';
import { seededRandom } from '../test/crash/seeded-random.mjs';
import { quantile } from './statistics.mjs';

const number = (/** @type {string} */ value) => ({ type: /** @type {const} */ ('string'), default: value });
const { values } = parseArgs({
  options: {
    offer: number('194'),
    look: number('176'),
    adopt: number('1.5'),
    'an-hour': number('4'),
    seconds: number('300'),
    seed: number('1'),
  },
});
const [offerMs, lookMs, adoptMs] = [Number(values.offer), Number(values.look), Number(values.adopt)];
const everyMs = 3_600_000 / Number(values['an-hour']);
const untilMs = Number(values.seconds) * 1000;

/** As in src/ledger: how long a transaction may lose races, and the most writers that one waits for. */
const PATIENCE_MS = 60_000;
const MAX_PRESSURE = 4;
/** A time is between so much less and so much more. */
const SPREAD = 0.25;

/** @typedef {{ at: number, node: Node, then: (node: Node, now: number) => void }} Event */
/** @typedef {{ waiting: number[], batch: number[], busy: boolean, since: number, view: number, pressure: number }} Node */

/** Events by time: a binary heap. */
class Agenda {
  /** @type {Event[]} */
  #events = [];

  /** @param {Event} event */
  add(event) {
    const events = this.#events;
    let i = events.push(event) - 1;
    for (; i > 0; i = (i - 1) >> 1) {
      const above = /** @type {Event} */ (events[(i - 1) >> 1]);
      if (above.at <= event.at) break;
      events[i] = above;
    }
    events[i] = event;
  }

  /** @returns {Event | undefined} */
  next() {
    const events = this.#events;
    const [first, last] = [events[0], events.pop()];
    if (last === undefined || events.length === 0) return first;
    let i = 0;
    for (;;) {
      let below = 2 * i + 1;
      if (below >= events.length) break;
      const [left, right] = [events[below], events[below + 1]];
      if (right !== undefined && left !== undefined && right.at < left.at) below += 1;
      const least = /** @type {Event} */ (events[below]);
      if (last.at <= least.at) break;
      events[i] = least;
      i = below;
    }
    events[i] = last;
    return first;
  }
}

/** One ledger and the nodes that write to it, for some time. */
class SharedLedger {
  #agenda = new Agenda();
  /** Entries in the remote's journal. */
  #journal = 0;
  /** @type {number[]} */
  waits = [];
  offers = 0;
  gaveUp = 0;
  asked = 0;

  /** @param {number} nodes @param {() => number} random */
  constructor(nodes, random) {
    this.random = random;
    for (let i = 0; i < nodes; i++) {
      /** @type {Node} */
      const node = { waiting: [], batch: [], busy: false, since: 0, view: 0, pressure: 0 };
      this.#later(-Math.log(1 - random()) * everyMs, node, this.#write);
    }
  }

  run() {
    for (let event = this.#agenda.next(); event !== undefined; event = this.#agenda.next())
      event.then.call(this, event.node, event.at);
    return this;
  }

  /** @param {number} at @param {Node} node @param {Event['then']} then */
  #later(at, node, then) {
    this.#agenda.add({ at, node, then });
  }

  /** @param {number} ms */
  #about(ms) {
    return ms * (1 - SPREAD + 2 * SPREAD * this.random());
  }

  /** Somebody calls record. @param {Node} node @param {number} now */
  #write(node, now) {
    if (now > untilMs) return;
    this.asked += 1;
    node.waiting.push(now);
    this.#later(now - Math.log(1 - this.random()) * everyMs, node, this.#write);
    if (!node.busy) this.#begin(node, now);
  }

  /** What waits shares a transaction. @param {Node} node @param {number} now */
  #begin(node, now) {
    [node.busy, node.since, node.batch, node.waiting] = [true, now, node.waiting, []];
    this.#attempt(node, now);
  }

  /** @param {Node} node @param {number} now */
  #attempt(node, now) {
    if (node.pressure < 1) return this.#offer(node, now);
    const pause = this.random() * node.pressure * offerMs;
    this.#later(now + pause + this.#about(lookMs) / 2, node, this.#read);
  }

  /** The remote says what it has. @param {Node} node @param {number} now */
  #read(node, now) {
    const missed = this.#journal - node.view;
    node.view = this.#journal;
    this.#later(now + this.#about(lookMs) / 2 + missed * adoptMs, node, this.#offer);
  }

  /** @param {Node} node @param {number} now */
  #offer(node, now) {
    this.offers += 1;
    this.#later(now + this.#about(offerMs) / 2, node, this.#compare);
  }

  /** The remote takes the entry, or has another one. @param {Node} node @param {number} now */
  #compare(node, now) {
    const answered = now + this.#about(offerMs) / 2;
    if (node.view === this.#journal) {
      this.#journal += 1;
      node.view = this.#journal;
      node.pressure *= 0.7;
      this.waits.push(...node.batch.map((asked) => answered - asked));
      return this.#later(answered, node, this.#end);
    }
    node.pressure = Math.min(MAX_PRESSURE, node.pressure + 1);
    if (answered - node.since < PATIENCE_MS) return this.#later(answered + this.#about(lookMs), node, this.#lost);
    this.gaveUp += node.batch.length;
    return this.#later(answered, node, this.#end);
  }

  /** It has looked what there is instead, and decides anew. @param {Node} node @param {number} now */
  #lost(node, now) {
    const missed = this.#journal - node.view;
    node.view = this.#journal;
    this.#attempt(node, now + missed * adoptMs);
  }

  /** @param {Node} node @param {number} now */
  #end(node, now) {
    node.busy = false;
    if (node.waiting.length > 0) this.#begin(node, now);
  }
}

/** @param {number} nodes @param {number} ledgers @returns {string[]} */
function simulate(nodes, ledgers) {
  const random = seededRandom(Number(values.seed));
  const all = Array.from({ length: ledgers }, () => new SharedLedger(nodes / ledgers, random).run());
  const total = (/** @type {(ledger: SharedLedger) => number} */ of) =>
    all.reduce((sum, ledger) => sum + of(ledger), 0);
  const waits = all.flatMap((ledger) => ledger.waits);
  const asked = total((ledger) => ledger.asked);
  const seconds = (/** @type {number} */ share) =>
    waits.length === 0 ? '-' : (quantile(waits, share) / 1000).toFixed(1);
  const gaveUp = `${((100 * total((ledger) => ledger.gaveUp)) / asked).toFixed(1)} %`;
  const offers = (total((ledger) => ledger.offers) / asked).toFixed(1);
  const rate = (asked / (untilMs / 1000) / ledgers).toFixed(2);
  return [String(nodes), String(ledgers), rate, offers, seconds(0.5), seconds(0.99), gaveUp];
}

/** Nodes and ledgers. @type {readonly (readonly [number, number])[]} */
const CASES = [
  [100, 1],
  [500, 1],
  [1000, 1],
  [2000, 1],
  [10_000, 1],
  [10_000, 10],
  [10_000, 50],
  [10_000, 200],
];

console.log(
  `a write takes ${offerMs} ms, a look ${lookMs} ms, another's entry ${adoptMs} ms; ${values['an-hour']} writes an hour from each node`,
);
console.log(
  '| nodes | ledgers | writes a second, each ledger | pushes for a write | half wait, s | 99 of 100 wait, s | gave up |',
);
console.log('|---|---|---|---|---|---|---|');
for (const [nodes, ledgers] of CASES) console.log(`| ${simulate(nodes, ledgers).join(' | ')} |`);
