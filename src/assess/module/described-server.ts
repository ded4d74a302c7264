/** What a module says of a tool server beside its tools, in the files that a guard stages: how to use it, its prompts, its resource templates. */

import { jsonDocument } from './json-contracts.js';
import { isObject, type Json, member } from './manifest.js';
import type { ModuleTree } from './module-tree.js';

/** A prompt or a resource template. */
export interface DescribedItem {
  readonly path: string;
  /** The arguments that a prompt takes; true for those that must be given. */
  readonly arguments: ReadonlyMap<string, boolean>;
  /** What is said to whoever chooses it, by its place: `/description`. */
  readonly texts: ReadonlyMap<string, string>;
}

interface DescribedServer {
  /** What the server says of itself, by its place: `/instructions`. */
  readonly texts: ReadonlyMap<string, string>;
  readonly items: readonly DescribedItem[];
}

const SERVER_FILE = 'server.json';
const ITEM_FILE = /^(?:prompts|resource-templates)\/[^/]+\.json$/;

function textsOf(value: Json | undefined, names: readonly string[], place = ''): [string, string][] {
  return names.flatMap((name): [string, string][] => {
    const text = member(value, name);
    return typeof text === 'string' ? [[`${place}/${name}`, text]] : [];
  });
}

function itemOf(path: string, item: Json): DescribedItem {
  const given = member(item, 'arguments');
  const list = Array.isArray(given) ? given.filter(isObject) : [];
  const named = list.map((argument) => ({ argument, name: String(member(argument, 'name')) }));
  const texts = named.flatMap(({ argument, name }) =>
    textsOf(argument, ['title', 'description'], `/arguments/${name}`),
  );
  return {
    path,
    arguments: new Map(named.map(({ argument, name }) => [name, member(argument, 'required') === true])),
    texts: new Map([...textsOf(item, ['title', 'description']), ...texts]),
  };
}

/** The server that a version describes; null where it describes none. */
export function describedServer(tree: ModuleTree): DescribedServer | null {
  const root = jsonDocument(tree, SERVER_FILE);
  if (!isObject(root) || !isObject(member(root, 'info')) || member(root, 'instructions') === undefined) return null;
  const items: DescribedItem[] = [];
  for (const path of tree.paths()) {
    const item = ITEM_FILE.test(path) ? jsonDocument(tree, path) : undefined;
    if (item !== undefined) items.push(itemOf(path, item));
  }
  const said = textsOf(member(root, 'info'), ['name', 'title', 'description'], '/info');
  return { texts: new Map([...textsOf(root, ['instructions']), ...said]), items };
}
