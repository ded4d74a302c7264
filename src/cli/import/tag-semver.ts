/** The semver that the name of a tag ends in: `v1.2.3`, `1.2.3`, `pkg@1.2.3`, `@acme/pkg@1.2.3`, `pkg/v1.2.3-beta.1`. */

type Semver = typeof import('semver');

/** Begins where a number does that belongs to no word or number before it. */
const BEGIN = /(?<![0-9A-Za-z.+])[vV]?(?=[0-9])/g;

/** Null where the name ends in none. */
export function semverOfTag({ valid }: Semver, tag: string): string | null {
  for (const { index, 0: prefix } of tag.matchAll(BEGIN)) {
    const text = tag.slice(index + prefix.length);
    if (valid(text) !== null && /^[0-9]/.test(text)) return text;
  }
  return null;
}
