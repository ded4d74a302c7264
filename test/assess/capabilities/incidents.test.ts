/** Releases of the kind that made headlines: each gains what it needed for it. */

import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from '../../../src/assess/capabilities/capabilities-of.js';
import { compareReach } from '../../../src/model/capability.js';
import { normalizeFiles } from '../../../src/model/module-files.js';
import { INCIDENTS } from './incidents.js';

describe('a release like the one of', () => {
  test.each(INCIDENTS.map((incident) => [incident.name, incident] as const))(
    '%s is flagged',
    (_, { before, after, gains }) => {
      const [old, now] = [capabilitiesOf(normalizeFiles(before)), capabilitiesOf(normalizeFiles(after))];
      expect(compareReach(old.reach, now.reach).added).toEqual(expect.arrayContaining([...gains]));
      expect(Object.values(old.reach).every((reach) => reach === 'none')).toBe(true);
      for (const { chain, file, line } of now.uses) {
        expect(line).toBeGreaterThan(0);
        expect(Object.keys(after)).toContain(file);
        for (const place of chain) expect(Object.keys(after)).toContain(place.file);
      }
    },
  );
});
