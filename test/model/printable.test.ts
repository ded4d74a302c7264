/** Text as bytes: the order of UTF-8, whatever JavaScript makes of it. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareBytes } from '../../src/model/printable.js';

it('strings are ordered as their UTF-8 bytes are, halves of pairs included', () => {
  // Few units, so that most strings begin alike: ASCII, two and three bytes, both ends of the surrogates, what comes after them.
  const unit = fc.constantFrom('a', 'b', '/', '\u00e9', '\ud7ff', '\ud800', '\ud83d', '\udbff', '\udc00', '\ude00');
  const text = fc.array(fc.oneof(unit, fc.constantFrom('\udfff', '\ue000', '\uffff')), { maxLength: 5 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [ours, theirs] = [a.join(''), b.join('')];
      expect(Math.sign(compareBytes(ours, theirs))).toBe(Buffer.compare(Buffer.from(ours), Buffer.from(theirs)));
    }),
    { numRuns: 5000 },
  );
});
