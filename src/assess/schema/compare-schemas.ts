/** Two JSON Schemas as a contract: what callers could send before is still taken, what they read is still what they knew. */

import type { Finding } from '../../model/assessment.js';
import type { SchemaDirection } from '../module/json-contracts.js';
import { isObject, type Json } from '../module/manifest.js';
import { Explanation } from './explain.js';
import { Relations } from './relation.js';
import { type LoadDocument, SchemaDocument, sameValue } from './schema-document.js';

/** Where references to files beside a schema lead, in each version; nowhere where it is not given. */
interface Neighbours {
  readonly from: LoadDocument;
  readonly to: LoadDocument;
}

const ALONE: Neighbours = { from: () => null, to: () => null };

function unknown(path: string, code: 'schema-invalid' | 'schema-unsupported', message: string): Finding {
  return { code, level: 'UNKNOWN', path, before: null, after: null, message };
}

function isSchema(value: Json): boolean {
  return isObject(value) || typeof value === 'boolean';
}

/**
 * The differences between two versions of a schema, by the direction in which its values go; none where both hold the
 * same values. A finding is BREAKING only where a value shows it, and additive only where the inclusion is proven;
 * all between is UNKNOWN. Of an input the values are those that callers send: an open object takes keys that it does not
 * describe, but nobody sends them, so that to describe one breaks nobody.
 */
export function compareSchemas(
  from: Json,
  to: Json,
  direction: SchemaDirection,
  path: string,
  neighbours: Neighbours = ALONE,
): Finding[] {
  try {
    const valid = [isSchema(from), isSchema(to)];
    if (valid.includes(false))
      return sameValue(from, to) ? [] : [unknown(path, 'schema-invalid', 'is no valid schema')];
    const old = { schema: from, document: new SchemaDocument(from, neighbours.from) };
    const now = { schema: to, document: new SchemaDocument(to, neighbours.to) };
    return [...new Explanation(new Relations(), direction, path).explainAll([old], [now])];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [unknown(path, 'schema-unsupported', 'is nested too deep to be compared')];
  }
}
