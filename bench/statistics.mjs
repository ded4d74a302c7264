// What the timings have in common.

/** @param {readonly number[]} numbers @param {number} share */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @param {readonly number[]} numbers */
export function median(numbers) {
  return quantile(numbers, 0.5);
}

/** @param {() => unknown} body */
export async function seconds(body) {
  const start = performance.now();
  await body();
  return (performance.now() - start) / 1000;
}
