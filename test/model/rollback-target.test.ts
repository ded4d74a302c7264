/** The rollback rule for one ancestor: which is the target, and why another is passed over. */

import { describe, expect, test } from 'vitest';
import {
  type Candidate,
  isRollbackReason,
  RollbackReason,
  type SkipCode,
  type TagFilter,
  whyPassedOver,
} from '../../src/model/rollback-target.js';

const STABLE: Candidate = { tags: ['stable'], redacted: false, breaking: false, sameContent: false };

describe('an ancestor', () => {
  test.each<readonly [what: string, change: Partial<Candidate>, filter: TagFilter]>([
    ['with the tag that is looked for', {}, 'stable'],
    ['with another tag beside it', { tags: ['eu', 'stable'] }, 'eu'],
    ['without a tag where none is looked for', { tags: [] }, null],
    // The tag is somebody's word that it works; what the assessor says of the pair does not take that back.
    ['with the tag, whatever the pair is assessed as', { breaking: true }, 'stable'],
  ])('%s is the target', (_, change, filter) => {
    expect(whyPassedOver({ ...STABLE, ...change }, filter)).toBeNull();
  });

  test.each<readonly [code: SkipCode, change: Partial<Candidate>, filter: TagFilter, reason: string]>([
    ['REVERTED', { tags: ['reverted'] }, null, 'it was reverted'],
    ['REVERTED', { tags: ['eu', 'reverted'] }, 'eu', 'it was reverted'],
    // Not even where somebody looks for the very tag.
    ['REVERTED', { tags: ['reverted'] }, 'reverted', 'it was reverted'],
    ['NOT_TAGGED', { tags: ['eu'] }, 'stable', 'not tagged stable'],
    ['REDACTED', { redacted: true }, 'stable', 'a file of it was redacted'],
    ['REDACTED', { redacted: true }, null, 'a file of it was redacted'],
    ['SAME_CONTENT', { sameContent: true }, 'stable', 'it has the content of the active version'],
    ['SAME_CONTENT', { sameContent: true, breaking: true }, null, 'it has the content of the active version'],
    ['BREAKING', { breaking: true }, null, 'assessed BREAKING towards the active version'],
  ])('is passed over as %s: %o, looked for %s', (code, change, filter, reason) => {
    expect(whyPassedOver({ ...STABLE, ...change }, filter)).toEqual({ code, reason });
  });

  test('is passed over for the reason that nothing can change, where there are several', () => {
    const all: Candidate = { tags: ['reverted'], redacted: true, breaking: true, sameContent: true };
    expect(whyPassedOver(all, 'stable')?.code).toBe('REVERTED');
    expect(whyPassedOver({ ...all, tags: [] }, 'stable')?.code).toBe('NOT_TAGGED');
    expect(whyPassedOver({ ...all, tags: [] }, null)?.code).toBe('REDACTED');
  });
});

test('a reason of a rollback is one of four words, and nothing that an object has by itself', () => {
  for (const reason of Object.keys(RollbackReason)) expect(isRollbackReason(reason)).toBe(true);
  for (const other of ['manual', '', 'toString', '__proto__', null, 1, ['MANUAL']])
    expect(isRollbackReason(other)).toBe(false);
});
