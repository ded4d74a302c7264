/** What a request is about, of what is approved: a list, or one of its items by name. */

import type { ItemKind } from './canonical-form.js';
import { isJsonObject } from './json-reader.js';
import type { Request } from './message.js';

export type Target =
  /** `name` is null of the list itself. */
  { readonly kind: ItemKind; readonly name: string | null } | { readonly invalid: string };

const LISTS: Readonly<Record<string, ItemKind>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/templates/list': 'resourceTemplates',
};

const NAMED: Readonly<Record<string, ItemKind>> = { 'tools/call': 'tools', 'prompts/get': 'prompts' };

/** A completion is of an argument of a prompt or a template: its texts come from there. */
function completionTarget({ params }: Request): Target {
  const { ref } = params;
  const { type, name, uri } = isJsonObject(ref) ? ref : {};
  if (type === 'ref/prompt' && typeof name === 'string') return { kind: 'prompts', name };
  if (type === 'ref/resource' && typeof uri === 'string') return { kind: 'resourceTemplates', name: uri };
  return { invalid: 'completion/complete takes a ref: a prompt by its name, or a template by its uri' };
}

/** Null for what is about nothing that is approved: it passes. */
export function targetOf(request: Request): Target | null {
  const { method, params } = request;
  const list = LISTS[method];
  if (list !== undefined) {
    // The whole list is one page.
    if (params['cursor'] === undefined) return { kind: list, name: null };
    return { invalid: 'a cursor that no list gave' };
  }
  if (method === 'completion/complete') return completionTarget(request);
  const named = NAMED[method];
  if (named === undefined) return null;
  const { name } = params;
  return typeof name === 'string' ? { kind: named, name } : { invalid: `${method} takes a name` };
}
