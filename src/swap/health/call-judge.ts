/** What a call came to, unless the service says so itself. */

import { isOfGlobalClass } from '../global-class.js';
import type { CallJudge } from './call-counts.js';

/** How a service tells calls that failed from those that did not. */
export interface LiveHealthOptions {
  /** True where what a call threw counts as a failure of the version; by default all but an `AbortError`, which is its caller's doing. */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
  /** True where an answer counts as a failure; by default a `Response` with a status of 500 or more. */
  readonly isFailedAnswer?: ((answer: unknown) => boolean) | undefined;
  /** A call without an answer after so many milliseconds counts as failed; it is not ended. 30 s by default. */
  readonly callTimeoutMs?: number | undefined;
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { readonly name?: unknown }).name === 'AbortError';
}

function isFailedResponse(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && isOfGlobalClass(answer, 'Response') && answer.status >= 500;
}

/** The answer to a question about what a call threw or answered; a question that throws means no, also by a getter or a proxy of the module. */
function asked(question: (value: unknown) => boolean, value: unknown): boolean {
  try {
    return question(value) === true;
  } catch {
    return false;
  }
}

export function callJudge({ isFailure, isFailedAnswer = isFailedResponse }: LiveHealthOptions = {}): CallJudge {
  return {
    thrown(error) {
      if (isFailure !== undefined) return asked(isFailure, error) ? 'failed' : 'well';
      return asked(isAbort, error) ? 'aborted' : 'failed';
    },
    answered: (value) => (asked(isFailedAnswer, value) ? 'failed' : 'well'),
  };
}

/** The judge where nothing else is said. */
export const DEFAULT_JUDGE: CallJudge = callJudge();
