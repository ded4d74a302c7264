/** Which keys an object's schema speaks of: callers go by what is described, and send nothing else of their own accord. */

import { memberAt, type ObjectBranch, type TextConstraints } from './branches.js';
import { fits } from './plain-pattern.js';
import { isInvalid } from './unsupported.js';

/** Schemas as they are written that may speak of any key, here or further down: what they say of which is not read. */
const SPEAKS = /roperties|propertyNames|dependen|\$(?:ref|dynamicRef|recursiveRef)\b/;

/** True where what is only known by its text may describe keys. */
export function speaksInText({ texts }: { readonly texts: TextConstraints }): boolean {
  return [...texts.keys()].some((text) => SPEAKS.test(text));
}

/** True where `properties` names a key. */
export function isDeclared(branch: ObjectBranch, key: string): boolean {
  return branch.groups.some((group) => group.properties.has(key));
}

/** True where a schema says anything of a key, or may; false where it only fails to forbid it. */
export function isDescribed(branch: ObjectBranch, key: string): boolean {
  if (branch.keys !== 'listed' || branch.required.has(key) || isDeclared(branch, key)) return true;
  if (branch.groups.some((group) => [...group.patterns.keys()].some((pattern) => fits(pattern, key) !== false)))
    return true;
  const quoted = JSON.stringify(key);
  return speaksInText(branch) || [...branch.texts.keys()].some((text) => text.includes(quoted));
}

/** True for a key that `old` does not speak of and `now` lets callers send. To forbid a key is not to describe it. */
export function isNewlyDescribed(old: ObjectBranch, now: ObjectBranch, key: string): boolean {
  if (!isDeclared(now, key) || isDescribed(old, key)) return false;
  return memberAt(now, key, 'atMost').every((site) => site.schema !== false && !isInvalid(site));
}
