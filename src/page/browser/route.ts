/** The address of each view, in the part of the URL after `#`: the same for a server and for files. */

import { moduleFolder, moduleOfFolder } from '../../model/module-folder.js';

export type Route =
  | { readonly view: 'modules' }
  | { readonly view: 'module'; readonly moduleId: string }
  | { readonly view: 'version'; readonly moduleId: string; readonly version: number; readonly against: number | null }
  | { readonly view: 'pending' }
  | { readonly view: 'journal'; readonly page: number | null; readonly query: URLSearchParams }
  | { readonly view: 'moment'; readonly at: string | null }
  | { readonly view: 'ledger' }
  | { readonly view: 'missing' };

const NUMBER = /^[0-9]{1,16}$/;

function versionRoute(moduleId: string, number: string, query: URLSearchParams): Route {
  const against = query.get('against');
  if (!NUMBER.test(number)) return { view: 'missing' };
  return {
    view: 'version',
    moduleId,
    version: Number(number),
    against: against !== null && NUMBER.test(against) ? Number(against) : null,
  };
}

/** The view that a hash names. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [name = '', first, second, ...rest] = path.split('/').filter((part) => part !== '');
  const asked = new URLSearchParams(query);
  if (rest.length > 0) return { view: 'missing' };
  if (name === '') return { view: 'modules' };
  if (name === 'modules' && first !== undefined) {
    const moduleId = moduleOfFolder(first);
    return second === undefined ? { view: 'module', moduleId } : versionRoute(moduleId, second, asked);
  }
  if (second !== undefined) return { view: 'missing' };
  if (name === 'journal') {
    const page = first !== undefined && NUMBER.test(first) ? Number(first) : null;
    return { view: 'journal', page, query: asked };
  }
  if (name === 'at') return { view: 'moment', at: first !== undefined && /^t?[0-9]{1,16}$/.test(first) ? first : null };
  if (first !== undefined) return { view: 'missing' };
  return name === 'pending' || name === 'ledger' ? { view: name } : { view: 'missing' };
}

export const LINK = {
  modules: '#/',
  pending: '#/pending',
  journal: '#/journal',
  ledger: '#/ledger',
  now: '#/at',
  module: (moduleId: string) => `#/modules/${moduleFolder(moduleId)}`,
  version: (moduleId: string, version: number) => `#/modules/${moduleFolder(moduleId)}/${version}`,
  pair: (moduleId: string, from: number | null, to: number) =>
    `#/modules/${moduleFolder(moduleId)}/${to}${from === null ? '' : `?against=${from}`}`,
  page: (page: number) => `#/journal/${page}`,
  at: (seq: number) => `#/at/${seq}`,
  search: (asked: Readonly<Record<string, string>>) => {
    const given = Object.entries(asked).filter(([, value]) => value !== '');
    return given.length === 0 ? '#/journal' : `#/journal?${new URLSearchParams(Object.fromEntries(given))}`;
  },
} as const;
