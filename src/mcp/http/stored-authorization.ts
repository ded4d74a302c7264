/** What a person allowed a guard at a tool server, in a file: the client of OAuth that it is there, and its tokens, which are renewed in the file. */

import { open, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { OAuthClientProvider, OAuthDiscoveryState } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import { writeDurable } from '../../durable-file.js';
import { errnoOf, invalidInput, LedgerError, messageOf, quoted } from '../../errors.js';
import { nativeLocks } from '../../native-locks.js';
import { isJsonObject, type JsonObject, readJson } from '../json-reader.js';
import type { SharedProvider } from './authorization.js';
import { serverAddress } from './server-address.js';

/** The content of such a file. */
export interface StoredContent {
  /** The server that it is for: the tokens go to no other. */
  readonly url: string;
  /** Where a browser is sent with the answer; null where the client logs in by itself, with its secret. */
  readonly redirectUrl: string | null;
  readonly scope: string | null;
  /** The client, bound to the authorization server that knows it. */
  readonly client: OAuthClientInformationMixed | null;
  readonly tokens: OAuthTokens | null;
  readonly discovery: OAuthDiscoveryState | null;
}

/** Another process renews the tokens in less time than this, in milliseconds, or is not waited for. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

/** What a client says of itself where it is made known to an authorization server. */
export function clientMetadata({
  redirectUrl,
  scope,
}: Pick<StoredContent, 'redirectUrl' | 'scope'>): OAuthClientMetadata {
  const isPerson = redirectUrl !== null;
  return {
    client_name: 'git-lineage',
    redirect_uris: isPerson ? [redirectUrl] : [],
    grant_types: isPerson ? ['authorization_code', 'refresh_token'] : ['client_credentials'],
    response_types: isPerson ? ['code'] : [],
    ...(isPerson ? { token_endpoint_auth_method: 'none' } : {}),
    ...(scope === null ? {} : { scope }),
  };
}

/** The parameters by which a client that logs in by itself asks for tokens; undefined for any other. */
export function tokenRequest({ redirectUrl, scope }: Pick<StoredContent, 'redirectUrl' | 'scope'>) {
  if (redirectUrl !== null) return undefined;
  return new URLSearchParams({ grant_type: 'client_credentials', ...(scope === null ? {} : { scope }) });
}

function isObjectOrNull(value: JsonObject[string]): boolean {
  return value === null || isJsonObject(value);
}

/** @throws `NOT_FOUND` where there is no file, `INVALID_ARGUMENT` for one that no login wrote for this server; nothing of it is repeated */
async function readStored(file: string, url: string): Promise<StoredContent> {
  const hint = `git-lineage mcp login ${url} --credentials ${quoted(file)}`;
  const wrong = (actual: string) => {
    const issues = [{ path: 'credentials', expected: `a file that a login at ${url} wrote`, actual }];
    return invalidInput('INVALID_ARGUMENT', issues, hint);
  };
  const bytes = await readFile(file).catch((error: unknown) => {
    const message = `there is no file ${quoted(file)} that a login at ${url} wrote`;
    if (errnoOf(error) === 'ENOENT')
      throw new LedgerError('NOT_FOUND', message, { kind: 'FILE', what: file }, { hint, cause: error });
    throw wrong(`${errnoOf(error)} at ${quoted(file)}`);
  });
  const json = readJson(bytes);
  if ('fault' in json || !isJsonObject(json.value)) throw wrong('something else');
  const { url: own, redirectUrl, scope, client, tokens, discovery } = json.value;
  const isText = (value: JsonObject[string]) => value === null || typeof value === 'string';
  if (
    typeof own !== 'string' ||
    !isText(redirectUrl) ||
    !isText(scope) ||
    ![client, tokens, discovery].every(isObjectOrNull)
  )
    throw wrong('something else');
  if (own !== url) throw wrong(`one for ${quoted(own)}`);
  // By JSON.parse: objects of the reader have no prototype, and the SDK's schemas want one.
  return JSON.parse(json.text) as StoredContent;
}

class StoredAuthorization implements SharedProvider {
  private readonly file: string;
  private readonly url: string;
  private readonly content: StoredContent;
  /** Tokens that the authorization server takes no more. */
  private refused: string | null = null;

  constructor(file: string, content: StoredContent) {
    this.file = file;
    this.url = content.url;
    this.content = content;
  }

  get redirectUrl(): string | undefined {
    return this.content.redirectUrl ?? undefined;
  }

  get clientMetadata(): OAuthClientMetadata {
    return clientMetadata(this.content);
  }

  async clientInformation(): Promise<OAuthClientInformationMixed | undefined> {
    return (await this.read()).client ?? undefined;
  }

  /** Read each time: another guard may have renewed them, or a person have logged in again. */
  async tokens(): Promise<OAuthTokens | undefined> {
    const { tokens } = await this.read();
    return tokens === null || tokens.access_token === this.refused ? undefined : tokens;
  }

  async saveTokens(tokens: OAuthTokens): Promise<void> {
    await writeStored(this.file, { ...(await this.read()), tokens });
  }

  async discoveryState(): Promise<OAuthDiscoveryState | undefined> {
    return (await this.read()).discovery ?? undefined;
  }

  prepareTokenRequest(): URLSearchParams | undefined {
    return tokenRequest(this.content);
  }

  async invalidateCredentials(): Promise<void> {
    this.refused = (await this.read()).tokens?.access_token ?? null;
  }

  redirectToAuthorization(): never {
    throw new Error(`log in again: git-lineage mcp login ${this.url} --credentials ${quoted(this.file)}`);
  }

  saveCodeVerifier(): void {
    // Nobody is sent to a browser here.
  }

  codeVerifier(): never {
    throw new Error('nobody is sent to a browser here');
  }

  /** A token that renews others is often good for once: one process at a time uses it. */
  exclusively<T>(renew: () => Promise<T>): Promise<T> {
    return withFileLocked(this.file, renew);
  }

  private read(): Promise<StoredContent> {
    return readStored(this.file, this.url);
  }
}

/** Writes the file, for its owner alone. */
function writeStored(file: string, content: StoredContent): Promise<void> {
  return writeDurable(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** Does something while no other process renews the tokens in the file, or writes what comes of a login. */
async function withFileLocked<T>(file: string, act: () => Promise<T>): Promise<T> {
  const native = await nativeLocks();
  const lock = await open(`${file}.lock`, 'a', 0o600);
  try {
    for (let waited = 0; !native.tryLock(lock.fd); waited += PAUSE_MS) {
      if (waited >= PATIENCE_MS) throw new Error('another process has been renewing the tokens for a minute');
      await pause(PAUSE_MS);
    }
    return await act();
  } finally {
    await lock.close();
  }
}

/** Writes what came of a login in the place of what the file has. @throws `IO` */
export async function replaceStored(file: string, content: StoredContent): Promise<void> {
  try {
    await withFileLocked(file, () => writeStored(file, content));
  } catch (error) {
    throw new LedgerError(
      'IO',
      `cannot write ${quoted(file)}: ${messageOf(error)}`,
      { operation: 'write', path: file, errno: errnoOf(error) },
      { hint: 'nothing was written: name a file that you may write, and log in again', cause: error },
    );
  }
}

/**
 * The provider for OAuth whose client and tokens are in a file that `logInToToolServer` wrote for that server. Tokens that the server refuses are
 * renewed in the file, by one process at a time. Nobody is sent to a browser: where that is needed, the error says so.
 *
 * @throws `NOT_FOUND` where there is no file, `INVALID_ARGUMENT` for another
 */
export async function storedAuthorization(file: string, url: string): Promise<OAuthClientProvider> {
  return new StoredAuthorization(file, await readStored(file, serverAddress(url).href));
}
