/** "Did you mean": names that are a slip of the finger away. */

/** The Levenshtein distance of two short texts. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const MAX_DISTANCE = 3;
const MAX_SHOWN = 3;

/** The names nearest to `name`, at most three, none that differs in more than 3 letters or in half of them. */
export function closestTo(name: string, names: readonly string[]): readonly string[] {
  const limit = Math.min(MAX_DISTANCE, Math.floor(name.length / 2));
  return names
    .filter((other) => Math.abs(other.length - name.length) <= limit)
    .map((other) => ({ other, far: distance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far)
    .slice(0, MAX_SHOWN)
    .map(({ other }) => other);
}
