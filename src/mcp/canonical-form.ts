/**
 * What a tool server describes to a model, as the files of a version: one a tool, a prompt and a template of resources, and one of the server
 * itself. The same description has the same files, whatever the order, the pages and the white space it came in.
 *
 * | file | is |
 * |---|---|
 * | `server.json` | `{"info", "instructions"}`: what the server says of itself, without its version, and how to use it (null where it does not say) |
 * | `tools/NAME.json`, `prompts/NAME.json` | all that the server says of one, by its name |
 * | `resource-templates/TEMPLATE.json` | the same of a template, by its `uriTemplate` |
 *
 * Each is in the form of RFC 8785. Fields that no protocol knows are in it: a client may hand them to a model.
 */

import { sha256Hex } from '../model/content-digest.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { canonicalJson } from './canonical-json.js';
import { depthOf, type Fault, isJsonObject, type Json, type JsonObject, readJson } from './json-reader.js';

/** What a list is of. */
export type ItemKind = 'tools' | 'prompts' | 'resourceTemplates';

export const ITEM_KINDS: readonly ItemKind[] = ['tools', 'prompts', 'resourceTemplates'];

/** The member by which one is told from another, and the folder for them. */
const PLACE_OF_KIND: Readonly<Record<ItemKind, { readonly key: string; readonly folder: string }>> = {
  tools: { key: 'name', folder: 'tools' },
  prompts: { key: 'name', folder: 'prompts' },
  resourceTemplates: { key: 'uriTemplate', folder: 'resource-templates' },
};

/** One tool, prompt or template: all that is said of it, in canonical form. Two are the same where the texts are. */
export type ItemText = string;

/** All that a server describes. */
export interface ServerDescription {
  /** What it says of itself, without the version. */
  readonly info: JsonObject;
  readonly instructions: string | null;
  readonly items: Readonly<Record<ItemKind, ReadonlyMap<string, ItemText>>>;
}

/** A schema that nests deeper is none that a person approves. */
const MAX_ITEM_DEPTH = 64;

/** More is not a list that a person approves. */
export const MAX_ITEMS = 2_000;

const MAX_NAME = 1_024;
/** What a server says of itself. */
export const SERVER_FILE = 'server.json';

/** Names that are files of the same name on every system: others would be one file with a neighbour where case is folded, or no name there. */
const PLAIN_NAME = /^[a-z0-9][a-z0-9_-]{0,99}$/;
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/** The file of a name. Two names never have the same: all but plain ones end in a digest, after a `+`, which no plain one holds. */
function fileName(name: string): string {
  if (PLAIN_NAME.test(name) && !DEVICE.test(name)) return `${name}.json`;
  const readable = name.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 80);
  return `${readable}+${sha256Hex(name).slice(0, 16)}.json`;
}

/** An item in its canonical form, or why it has none. */
function itemText(kind: ItemKind, item: Json): { name: string; text: ItemText } | Fault {
  const { key } = PLACE_OF_KIND[kind];
  const name = isJsonObject(item) ? item[key] : undefined;
  if (typeof name !== 'string' || name === '') return { fault: `an entry of ${kind} without a ${key}` };
  const shown = JSON.stringify(name.slice(0, 60));
  if (name.length > MAX_NAME) return { fault: `the ${key} ${shown}… of ${name.length} characters in ${kind}` };
  if (depthOf(item) > MAX_ITEM_DEPTH) return { fault: `more than ${MAX_ITEM_DEPTH} levels in ${shown} of ${kind}` };
  const text = canonicalJson(item);
  return text === null ? { fault: `a text or number in ${shown} of ${kind} that JSON cannot carry` } : { name, text };
}

/** The items of a list by name, or why the list is none: an entry without a name, or a name twice. */
export function itemsOf(kind: ItemKind, list: readonly Json[]): ReadonlyMap<string, ItemText> | Fault {
  if (list.length > MAX_ITEMS) return { fault: `more than ${MAX_ITEMS} ${kind}` };
  const items = new Map<string, ItemText>();
  for (const entry of list) {
    const item = itemText(kind, entry);
    if ('fault' in item) return item;
    if (items.has(item.name)) return { fault: `${JSON.stringify(item.name.slice(0, 60))} twice in ${kind}` };
    items.set(item.name, item.text);
  }
  return items;
}

/** What a server says of itself in the answer to `initialize`; `version` is not compared, so that a release without a change is none. */
export function selfDescription(result: JsonObject): Pick<ServerDescription, 'info' | 'instructions'> | Fault {
  const { serverInfo, instructions } = result;
  if (instructions !== undefined && instructions !== null && typeof instructions !== 'string')
    return { fault: 'instructions that are no text' };
  const { version: _, ...info } = isJsonObject(serverInfo) ? serverInfo : {};
  const said = { info, instructions: instructions ?? null };
  if (depthOf(said) > MAX_ITEM_DEPTH || canonicalJson(said) === null) return { fault: 'a serverInfo that is none' };
  return said;
}

/** The file of an item. */
export function pathOf(kind: ItemKind, name: string): string {
  return `${PLACE_OF_KIND[kind].folder}/${fileName(name)}`;
}

/** The files of a version that holds the description. */
export function filesOf({ info, instructions, items }: ServerDescription): ReadonlyMap<string, string> {
  const files = new Map([[SERVER_FILE, canonicalJson({ info, instructions }) ?? '']]);
  for (const kind of ITEM_KINDS) for (const [name, text] of items[kind]) files.set(pathOf(kind, name), text);
  return files;
}

function kindOfPath(path: string): ItemKind | null {
  return ITEM_KINDS.find((kind) => path.startsWith(`${PLACE_OF_KIND[kind].folder}/`)) ?? null;
}

/** The inverse of `filesOf`: the description that a version holds, or why it holds none. Nothing but what `filesOf` writes is one. */
export function descriptionOf(files: NormalizedFiles): ServerDescription | Fault {
  const lists: Record<ItemKind, Json[]> = { tools: [], prompts: [], resourceTemplates: [] };
  let server: JsonObject | null = null;
  for (const [path, { data }] of files) {
    const read = readJson(data);
    if ('fault' in read) return { fault: `${path}: ${read.fault}` };
    const kind = kindOfPath(path);
    if (kind !== null) lists[kind].push(read.value);
    else if (path === SERVER_FILE && isJsonObject(read.value)) server = read.value;
    else return { fault: `${path}, which is no file of a tool server's description` };
  }
  if (server === null) return { fault: `no ${SERVER_FILE}` };
  const said = selfDescription({ serverInfo: server['info'], instructions: server['instructions'] });
  if ('fault' in said) return said;
  const items: Partial<Record<ItemKind, ReadonlyMap<string, ItemText>>> = {};
  for (const kind of ITEM_KINDS) {
    const found = itemsOf(kind, lists[kind]);
    if ('fault' in found) return found;
    items[kind] = found;
  }
  const description: ServerDescription = { ...said, items: items as ServerDescription['items'] };
  const again = filesOf(description);
  for (const [path, { data }] of files)
    if (again.get(path) !== Buffer.from(data).toString('utf8'))
      return { fault: `${path}, which is not written as a guard writes it` };
  return again.size === files.size ? description : { fault: 'two files of one name' };
}
