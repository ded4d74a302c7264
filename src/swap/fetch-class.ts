/** Whether a value is of one of the classes around `fetch`, asked without loading them. */

type FetchClass = 'FormData' | 'Headers' | 'Request' | 'Response';

/**
 * True for an instance of the global class, or of one that extends it. The first time that anybody names one of these classes, Node
 * loads all that `fetch` is made of, which holds the event loop for some 25 ms and takes as long at the start of a worker: so the names of
 * a value's own classes are looked at first.
 */
export function isOfFetchClass<N extends FetchClass>(
  value: object,
  name: N,
): value is InstanceType<(typeof globalThis)[N]> {
  let at: object | null = Object.getPrototypeOf(value);
  for (; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at))
    if (at.constructor?.name === name) return value instanceof globalThis[name];
  return false;
}
