/** The journal against what an auditor brings along: a fingerprint, or the point that was seen before. */

import type { Oid } from '../ports/objects.js';
import type { Pin } from './audit-report.js';
import type { Place } from './findings.js';

interface PinQuestion {
  readonly trust: string | undefined;
  readonly pin: Pin | undefined;
  /** The first entry, the key that signed it, and the last entry, as far as they could be read. */
  readonly root: Oid | null;
  readonly key: string | null;
  readonly last: { readonly seq: number; readonly oid: Oid } | null;
  readonly entryAt: (seq: number) => Oid | null;
}

type PinProblem = Place & { readonly message: string };

/** Every way in which the journal is not the one that was expected, or does not continue it. */
export function checkPin({ trust, pin, root, key, last, entryAt }: PinQuestion): PinProblem[] {
  const problems: PinProblem[] = [];
  const expected = [...new Set([trust, pin?.trust])].filter((f) => f !== undefined);
  for (const fingerprint of expected)
    if (key !== fingerprint)
      problems.push({
        message: `the first entry is signed by ${key ?? 'no key that could be read'}, not by ${fingerprint}`,
        seq: 0,
        oid: root,
      });
  if (pin === undefined) return problems;
  if (root !== pin.root)
    problems.push({
      message: `the first entry is ${root ?? 'missing'}, not ${pin.root}: it is another ledger`,
      seq: 0,
      oid: root,
    });
  if (last === null) return problems;
  const there = entryAt(pin.seq);
  if (last.seq < pin.seq)
    problems.push({
      message: `the journal ends at entry ${last.seq}; entry ${pin.seq} had been seen: it was rewound`,
      seq: last.seq,
      oid: last.oid,
    });
  else if (there !== pin.oid)
    problems.push({
      message: `entry ${pin.seq} is ${there ?? 'missing'}; it had been ${pin.oid}: the journal was forked`,
      seq: pin.seq,
      oid: there,
    });
  return problems;
}
