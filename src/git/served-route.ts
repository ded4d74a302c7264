/** What a client asks for by the path of its request, where ledgers are served to git. */

/** What is served: git's two requests of a fetch, and the last checkpoint. */
export interface Asked {
  /** What stands before `.git` in the path; null where nothing does. */
  readonly name: string | null;
  /** Within the repository. */
  readonly path: '/info/refs' | '/git-upload-pack' | '/checkpoint';
  readonly query: string;
}

/** Why a request is refused. */
export interface Refused {
  readonly status: number;
  readonly text: string;
}

/** `/info/refs?service=git-upload-pack`, `/git-upload-pack` and `/checkpoint`, also below `/<name>.git`. */
const ROUTE = /^(?:\/([\w.~-]+)\.git)?\/(info\/refs|git-upload-pack|git-receive-pack|checkpoint)$/;

function methodIs(expected: string, method: string, asked: Asked): Asked | Refused {
  return method === expected ? asked : { status: 405, text: `${expected} is what this takes` };
}

/** What a request asks for, or why it is refused. */
export function routeOf(method: string, target: string): Asked | Refused {
  const [path = '', query = ''] = target.split('?', 2);
  const [, given, service] = ROUTE.exec(path) ?? [];
  const name = given ?? null;
  if (service === 'git-receive-pack' || query === 'service=git-receive-pack')
    return { status: 403, text: 'this copy of the ledger is read-only: push to where it is written' };
  if (service === 'info/refs' && query === 'service=git-upload-pack')
    return methodIs('GET', method, { name, path: '/info/refs', query });
  if (service === 'git-upload-pack') return methodIs('POST', method, { name, path: '/git-upload-pack', query: '' });
  if (service === 'checkpoint' && query === '') return methodIs('GET', method, { name, path: '/checkpoint', query });
  return { status: 404, text: 'here is a git repository, for git clone and git fetch alone (smart HTTP)' };
}
