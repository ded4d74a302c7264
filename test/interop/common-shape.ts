/** An answer in the shape that releases before and after a change of shape have in common: the only place that knows of such changes. */

/** Reasons count by what they say to people. */
function messageOf(reason: unknown): unknown {
  return typeof reason === 'object' && reason !== null && 'message' in reason ? reason.message : reason;
}

function withoutCodes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCodes);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([key, part]) => [
    key,
    key === 'reasons' && Array.isArray(part) ? part.map(messageOf) : withoutCodes(part),
  ]);
  return Object.fromEntries(parts);
}

interface Explained {
  readonly target: unknown;
  readonly skipped: readonly { readonly version: number; readonly reason: string }[];
}

/** The first release named every version that it passed over; since then the nearest hundred are named, and all are counted. */
function explained({ target, skipped }: Explained): unknown {
  return { target, skipped: skipped.slice(0, 100).map(({ version, reason }) => ({ version, reason })) };
}

/**
 * Where an audit took no entry on a pin's word, release 0.1.0 said 0; without a pin, as here, both mean none. It knew neither entries that are misdated
 * nor witnesses: such a ledger has none.
 */
function audited(report: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const steps = (report['steps'] as readonly { readonly name: string }[]).filter(
    ({ name }) => !['witnesses', 'levels'].includes(name),
  );
  const since = report['since'] === 0 ? null : report['since'];
  return { misdated: [], redacted: [], witnessed: null, notWitnessed: null, remeasured: null, ...report, steps, since };
}

/** A policy has what release 0.1.0 knew of, and beyond it what a ledger of format 1 cannot set: that is what it is for every such ledger. */
function policy(answer: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...ONLY_2, ...answer };
}

const ONLY_2 = {
  format: 1,
  clockTolerance: 300,
  maxVersionJump: 1000,
  forbidSelfApproval: false,
  allowUnportableNames: false,
  measuredBy: 'any',
  approveCapabilities: [],
  adminThreshold: 1,
  rootThreshold: 1,
  logKey: null,
};

/**
 * What is compared of an answer, of an earlier release's and of today's alike.
 *
 * @param question as `answers.json` has it: `live.explainRollback("planner")`
 */
export function commonShape(question: string, answer: unknown): unknown {
  if (question === 'audit') return withoutCodes(audited(answer as Readonly<Record<string, unknown>>));
  if (question === 'policy.get()') return withoutCodes(policy(answer as Readonly<Record<string, unknown>>));
  return withoutCodes(question.startsWith('live.explainRollback(') ? explained(answer as Explained) : answer);
}
