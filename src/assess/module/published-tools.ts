/** The tools that a module describes to a model (Model Context Protocol and its like): what it promises of each, and says of it. */

import { isManifest, jsonDocument, labelledChildren, SCHEMA_KEYS } from './json-contracts.js';
import { isObject, type Json, member } from './manifest.js';
import type { ModuleTree } from './module-tree.js';

/** What a client may rely on where it decides whether to ask a person before it calls a tool. */
export interface ToolPromises {
  /** It changes nothing. */
  readonly readOnly: boolean;
  /** It destroys nothing: what it changes, it adds. */
  readonly additive: boolean;
  /** The same call twice does no more than once. */
  readonly idempotent: boolean;
  /** It reaches nothing outside a closed world, such as the web. */
  readonly closedWorld: boolean;
}

/** One tool as a version describes it. */
export interface PublishedTool {
  /** `tools.json#/tools/search`, with the tool's name where its place in a list stands. */
  readonly path: string;
  readonly promises: ToolPromises;
  /** All that is said to whoever chooses and calls it, by its place within the tool: `/description`. */
  readonly texts: ReadonlyMap<string, string>;
  /** True where it says more: nobody looked at that. */
  readonly isTextCut: boolean;
}

/** More is not a list of tools but a corpus. */
export const MAX_TOOLS = 2_000;
export const MAX_TEXTS = 2_000;
const MAX_DEPTH = 32;

const TEXT_KEYS: ReadonlySet<string> = new Set(['description', 'title', 'instructions']);

/**
 * Model Context Protocol, revision 2025-06-18, `ToolAnnotations`: a tool changes and destroys things, twice is worse than
 * once, and it reaches the open world, unless it says otherwise; what only reads neither destroys nor repeats.
 */
function promisesOf(tool: Json): ToolPromises {
  const annotations = member(tool, 'annotations');
  const readOnly = member(annotations, 'readOnlyHint') === true;
  return {
    readOnly,
    additive: readOnly || member(annotations, 'destructiveHint') === false,
    idempotent: readOnly || member(annotations, 'idempotentHint') === true,
    closedWorld: member(annotations, 'openWorldHint') === false,
  };
}

function isTool(value: Json): boolean {
  if (!isObject(value) || typeof member(value, 'name') !== 'string') return false;
  return Object.keys(SCHEMA_KEYS).some((key) => isObject(member(value, key)));
}

interface Place {
  readonly value: Json;
  readonly label: string;
  readonly depth: number;
}

/** What lies within a value, the value itself first, in the order of the file; not what lies within what `stops` at. */
function* walk(root: Place, stops: (place: Place) => boolean): Generator<Place> {
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    if (next.depth >= MAX_DEPTH || (next !== root && stops(next))) continue;
    const { depth } = next;
    const within = [...labelledChildren(next.value, '', next.label)].reverse();
    for (const [value, , label] of within) pending.push({ value, label, depth: depth + 1 });
  }
}

function textsOf(tool: Json): Pick<PublishedTool, 'texts' | 'isTextCut'> {
  const texts = new Map<string, string>();
  for (const { value, label } of walk({ value: tool, label: '', depth: 0 }, ({ value: at }) => isTool(at))) {
    if (typeof value !== 'string' || !TEXT_KEYS.has(label.slice(label.lastIndexOf('/') + 1))) continue;
    if (texts.size === MAX_TEXTS) return { texts, isTextCut: true };
    texts.set(label, value);
  }
  return { texts, isTextCut: false };
}

/** The tools that a module describes. */
interface PublishedTools {
  readonly tools: readonly PublishedTool[];
  /** True where it may describe more: nobody looked for them. */
  readonly isCut: boolean;
}

/** Every tool that the module's JSON files describe, in order of paths. */
export function toolsOf(tree: ModuleTree): PublishedTools {
  const found: PublishedTool[] = [];
  for (const path of tree.paths()) {
    if (!path.endsWith('.json') || isManifest(path)) continue;
    const root = jsonDocument(tree, path);
    if (root === undefined) continue;
    for (const { value, label } of walk({ value: root, label: '', depth: 0 }, () => false)) {
      if (!isTool(value)) continue;
      const of = label === '' ? path : `${path}#${label}`;
      found.push({ path: of, promises: promisesOf(value), ...textsOf(value) });
      if (found.length >= MAX_TOOLS) return { tools: found, isCut: true };
    }
  }
  return { tools: found, isCut: false };
}
