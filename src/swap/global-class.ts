/** Whether a value is of one of the global classes for the web, asked without loading what `fetch` is made of. */

export type GlobalClass = 'FormData' | 'Headers' | 'Request' | 'Response' | 'URL' | 'URLSearchParams';

/**
 * True for an instance of the global class, or of one that extends it. The first time that anybody names `Response`, `Request`, `Headers`
 * or `FormData`, Node loads all of `fetch`, which holds the event loop for some 25 ms and takes as long at the start of a worker: so the
 * names of a value's own classes are looked at first.
 */
export function isOfGlobalClass<N extends GlobalClass>(
  value: object,
  name: N,
): value is InstanceType<(typeof globalThis)[N]> {
  let at: object | null = Object.getPrototypeOf(value);
  for (; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at))
    if (at.constructor?.name === name) return value instanceof globalThis[name];
  return false;
}
