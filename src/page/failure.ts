/** What a page is told where its question cannot be answered. */

import { familyOf, isLedgerError } from '../errors.js';
import type { FailureAnswer } from './answers.js';

export class UnknownQuestion extends Error {}

/** What is told of an error. Of one that is no answer to the question, the code alone: messages may name places of this machine. */
export function failureOf(error: unknown): readonly [status: number, failure: FailureAnswer] {
  if (error instanceof UnknownQuestion) return [404, { code: 'NOT_FOUND', message: 'there is nothing of this name' }];
  if (!isLedgerError(error)) return [500, { code: 'INTERNAL', message: 'this cannot be answered' }];
  const { code, message } = error;
  if (code === 'NOT_FOUND') return [404, { code, message }];
  if (familyOf(code) === 'usage') return [400, { code, message }];
  return [500, { code, message: 'the ledger cannot be read: git-lineage doctor says more' }];
}
