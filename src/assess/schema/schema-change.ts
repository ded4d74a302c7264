/** What the relation of two schemas means for callers, by the direction in which values go. */

import type { FindingCode } from '../../model/finding-codes.js';
import type { CompatibilityLevel } from '../../model/report.js';
import type { SchemaDirection } from '../module/json-contracts.js';
import type { Json } from '../module/manifest.js';
import type { Included } from './relation.js';

/** The old schema in the new one, and the new one in the old. */
export interface SchemaRelation {
  readonly forth: Included;
  readonly back: Included;
  /** True where the old schema is in the new one only because nobody sends what it does not describe. */
  readonly undescribed?: boolean;
}

const LEVELS: Readonly<Record<Included['is'], CompatibilityLevel | null>> = {
  yes: null,
  no: 'BREAKING',
  unknown: 'UNKNOWN',
};

/**
 * What callers write must still be taken: input is old ⊆ new, of what they send who go by what the old schema describes.
 * What they read must be what they knew: output is new ⊆ old. Null where the two schemas hold the same values.
 */
export function levelOfRelation(relation: SchemaRelation, direction: SchemaDirection): CompatibilityLevel | null {
  const { forth, back, undescribed = false } = relation;
  if (forth.is === 'yes' && back.is === 'yes' && !undescribed) return null;
  if (direction === 'input') return LEVELS[forth.is] ?? 'MINOR_CHANGE';
  if (direction === 'output') return LEVELS[back.is] ?? 'MINOR_CHANGE';
  return forth.is === 'no' || back.is === 'no' ? 'BREAKING' : 'UNKNOWN';
}

/** A value in a sentence. */
export function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** A key that callers may send from now on. */
export const OPTIONAL_ADDED = 'optional property added';

/** How a change is told where no member of the schema tells it better. */
interface SchemaFinding {
  readonly code: FindingCode;
  readonly message: string;
}

function narrowed(included: Included, direction: SchemaDirection): SchemaFinding {
  if (included.is !== 'no') return { code: 'schema-narrowed', message: 'takes less than before' };
  const example = shown(included.example);
  const message =
    direction === 'output' ? `is never ${example} any more` : `refuses ${example} now, which it took before`;
  return { code: 'schema-narrowed', message };
}

function widened(included: Included, direction: SchemaDirection): SchemaFinding {
  if (included.is !== 'no') return { code: 'schema-widened', message: 'takes more than before, or the same' };
  const example = shown(included.example);
  const message =
    direction === 'input' ? `takes ${example} too` : `can be ${example} now, which it could not be before`;
  return { code: 'schema-widened', message };
}

/** What a relation is told as: the worse side first. */
export function schemaFindingOf(
  relation: SchemaRelation,
  direction: SchemaDirection,
  level: CompatibilityLevel,
): SchemaFinding {
  const { forth, back, undescribed = false } = relation;
  if (level === 'UNKNOWN') {
    return { code: 'schema-unsupported', message: 'changed in a way that cannot be decided' };
  }
  if (undescribed && back.is === 'yes') return { code: 'member-added', message: OPTIONAL_ADDED };
  const isNarrower = direction === 'output' ? back.is === 'yes' : forth.is === 'no';
  return isNarrower ? narrowed(forth, direction) : widened(back, direction);
}
