/** Keys are in the order of their bytes in UTF-8, which is the order of their code points. */

/** A surrogate stands for a code point above every one that needs a single unit. */
function weight(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** The first of `keys`, which are in order, that is not before `key`. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  // How many units the key has in common with the one before `low`, and with the one at `high`: keys between these two
  // have the fewer of them in common with it too.
  let lowCommon = 0;
  let highCommon = 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = keys[middle] as string;
    const length = other.length < key.length ? other.length : key.length;
    let common = lowCommon < highCommon ? lowCommon : highCommon;
    while (common < length && other.charCodeAt(common) === key.charCodeAt(common)) common++;
    const difference =
      common < length ? weight(other.charCodeAt(common)) - weight(key.charCodeAt(common)) : other.length - key.length;
    if (difference === 0) return middle;
    if (difference < 0) {
      low = middle + 1;
      lowCommon = common;
    } else {
      high = middle;
      highCommon = common;
    }
  }
  return low;
}

/** Below zero where `a` comes before `b`, above zero where it comes after, zero where they are equal. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return weight(x) - weight(y);
  }
  return a.length - b.length;
}

/** What two keys both begin with; every key between them does. */
export function commonBeginning(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return a.slice(0, length);
}
