/** Alternatives of unions that lead back to a type that is being held against another one. */

import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { normalizeFiles } from '../../src/model/module-files.js';

const BEFORE = `
interface Cat { box: Box; purr: string }
interface Dog { bone: string }
interface Box { basket: Basket }
interface Basket { cat?: Cat }
interface Kennel { dog: string }
export declare function pet(): Cat | Dog;
export declare function bed(): Box | Kennel;
export {};`;

/** A lion's box fits a cat's for as long as a lion is taken for a cat. */
const AFTER = `
interface Lion { box: Crate; bone: string }
interface Wolf { bone: string; howl: number }
interface Crate { basket: Nest }
interface Nest { cat?: Lion; size: number }
interface Den { dog: string; depth: number }
export declare function pet(): Lion | Wolf;
export declare function bed(): Crate | Den;
export {};`;

test('does not believe of an alternative what only held while another one was taken for equal', async () => {
  const [fromFiles, toFiles] = [BEFORE, AFTER].map((text) => normalizeFiles({ 'index.d.ts': text }));
  if (fromFiles === undefined || toFiles === undefined) throw new Error('expected two versions');
  const { findings } = await assessFiles({ fromFiles, toFiles });
  // A caller that breaks: `const b = bed(); if ('basket' in b) b.basket.cat?.purr;`. What comes of pet() fits a Dog.
  expect(findings.map(({ code, level, path }) => `${level} ${code} ${path}`)).toEqual([
    'BREAKING return-widened bed()',
    'MINOR_CHANGE return-narrowed pet()',
  ]);
});
