/** Logging in at a tool server that asks for OAuth: once, by a person with a browser or by a client with a secret; what comes of it is in a file. */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { OAuthClientProvider, OAuthDiscoveryState } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { invalidInput, LedgerError, messageOf, numberIssues, quoted } from '../../errors.js';
import { listen } from '../../listen.js';
import { notInstalled } from '../../optional-package.js';
import { type KnownOptions, optionIssues } from '../../options-check.js';
import { NEWEST_PROTOCOL } from '../passed-methods.js';
import { authorizationFetch, fetchWithoutRedirect, isHttpsOrLoopback, serverAddress } from './server-address.js';
import { clientMetadata, replaceStored, type StoredContent, tokenRequest } from './stored-authorization.js';

/** How to log in at a tool server. */
export interface ToolServerLogin {
  /** The server: https, or http on this machine. */
  readonly url: string;
  /** The file that is written, for its owner alone. */
  readonly file: string;
  /** The client, where the authorization server knows one already; without it, one is registered there (RFC 7591). */
  readonly client?:
    | {
        readonly id: string;
        readonly secret?: string | undefined;
        /** The authorization server that knows it; with a secret it must be given: else the tool server would say who gets that. */
        readonly issuer?: string | undefined;
      }
    | undefined;
  /** True for a client that logs in by its secret, without a person (RFC 6749, section 4.4). */
  readonly clientCredentials?: boolean | undefined;
  readonly scope?: string | undefined;
  /** Where the browser comes back to on this machine; any port that is free by default. */
  readonly port?: number | undefined;
  /** Told the address that a person has to open. */
  readonly onAddress: (address: URL) => void;
  /** Ends the wait for that person. */
  readonly signal?: AbortSignal | undefined;
}

type SdkAuth = typeof import('@modelcontextprotocol/sdk/client/auth.js');
/** What a server's refusal says of how to be authorized (RFC 6750, RFC 9728). */
type Challenge = ReturnType<SdkAuth['extractWWWAuthenticateParams']>;

const CALLBACK = '/callback';

/** What comes of a login, as it comes. */
class Login implements OAuthClientProvider {
  readonly sentAs = randomUUID();
  address: URL | null = null;
  content: StoredContent;
  private verifier = '';

  constructor(content: StoredContent) {
    this.content = content;
  }

  get redirectUrl() {
    return this.content.redirectUrl ?? undefined;
  }

  get clientMetadata() {
    return clientMetadata(this.content);
  }

  state = () => this.sentAs;
  clientInformation = () => this.content.client ?? undefined;
  tokens = () => undefined;
  discoveryState = () => this.content.discovery ?? undefined;
  prepareTokenRequest = () => tokenRequest(this.content);
  codeVerifier = () => this.verifier;

  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.content = { ...this.content, client };
  }

  saveTokens(tokens: OAuthTokens): void {
    this.content = { ...this.content, tokens };
  }

  saveDiscoveryState(discovery: OAuthDiscoveryState): void {
    this.content = { ...this.content, discovery };
  }

  saveCodeVerifier(verifier: string): void {
    this.verifier = verifier;
  }

  redirectToAuthorization(address: URL): void {
    this.address = address;
  }
}

/** A listener on this machine for the browser that comes back; other requests are answered, and mean nothing. @throws `IO` */
async function listenForCode(port: number) {
  let answered: (parameters: URLSearchParams) => void = () => undefined;
  const answer = new Promise<URLSearchParams>((resolve) => {
    answered = resolve;
  });
  // Before the question is sent, nothing answers it.
  let state: string | null = null;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isAnswer =
      request.method === 'GET' &&
      pathname === CALLBACK &&
      state !== null &&
      searchParams.getAll('state').join() === state;
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    };
    response.writeHead(isAnswer ? 200 : 404, headers);
    response.end(isAnswer ? 'You can close this window.\n' : 'Nothing is here.\n');
    if (isAnswer) answered(searchParams);
  });
  const url = await listen(server, '127.0.0.1', port);
  return {
    redirectUrl: new URL(CALLBACK, url).href,
    /** The answer that names this state. */
    answerTo: (sentAs: string) => {
      state = sentAs;
      return answer;
    },
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}

const KNOWN: KnownOptions<ToolServerLogin> = {
  url: 'value',
  file: 'value',
  client: 'value',
  clientCredentials: 'flag',
  scope: 'value',
  port: 'value',
  onAddress: 'value',
  signal: 'value',
};

function checked(login: ToolServerLogin): URL {
  const { url, client, clientCredentials, port } = login;
  const address = serverAddress(url);
  const issues = [
    ...optionIssues(login, KNOWN),
    ...optionIssues(client, { id: 'value', secret: 'value', issuer: 'value' }),
    ...numberIssues('port', port, 0, 65_535),
  ];
  if (client?.secret !== undefined && client.issuer === undefined)
    issues.push({
      path: 'client.issuer',
      expected: 'the address of the authorization server that the secret is for',
      actual: 'none',
    });
  if (clientCredentials === true && client?.secret === undefined)
    issues.push({ path: 'client.secret', expected: 'the secret of a client that logs in by itself', actual: 'none' });
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, 'whoever runs the authorization server knows them');
  return address;
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Error('it was interrupted'));
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/**
 * The code of the browser's answer.
 *
 * @throws where it says that nothing was allowed, is another server's, or names none though its server's metadata promises it (RFC 9207)
 */
function codeOf(answer: URLSearchParams, server: OAuthDiscoveryState | null): string {
  const [code, error, from] = ['code', 'error', 'iss'].map((name) => answer.get(name));
  const issuer = server?.authorizationServerUrl ?? '';
  const same = (one: string, other: string) => one.replace(/\/$/, '') === other.replace(/\/$/, '');
  if (typeof from === 'string' && !same(from, issuer))
    throw new Error(`the answer is of ${quoted(from)}, not of ${quoted(issuer)}`);
  const metadata: Readonly<Record<string, unknown>> = server?.authorizationServerMetadata ?? {};
  if (typeof from !== 'string' && metadata['authorization_response_iss_parameter_supported'] === true)
    throw new Error(
      `the answer does not say whose it is: expected iss=${issuer}, which the server's metadata promises`,
    );
  if (typeof code === 'string') return code;
  throw new Error(`the authorization server answers ${quoted(error ?? 'nothing')}`);
}

/**
 * Logs in at a tool server that asks for OAuth, and writes what comes of it to a file, for `storedAuthorization`. Its authorization server is found by the
 * server's own metadata (RFC 9728, RFC 8414). Nothing is written where it fails.
 *
 * @throws `INVALID_ARGUMENT`, `IO` where the port is taken or the file cannot be written, `REMOTE_REFUSED` where no token comes
 */
export async function logInToToolServer(login: ToolServerLogin): Promise<void> {
  const address = checked(login);
  const { file, client, scope, clientCredentials = false, port = 0, onAddress, signal } = login;
  const sdk = await import('@modelcontextprotocol/sdk/client/auth.js').catch(
    notInstalled('url', '@modelcontextprotocol/sdk'),
  );
  const listener = clientCredentials ? null : await listenForCode(port);
  try {
    const known =
      client === undefined ? null : { client_id: client.id, client_secret: client.secret, issuer: client.issuer };
    const provider = new Login({
      url: address.href,
      redirectUrl: listener?.redirectUrl ?? null,
      scope: scope ?? null,
      client: known === null ? null : (JSON.parse(JSON.stringify(known)) as OAuthClientInformationMixed),
      tokens: null,
      discovery: null,
    });
    const challenge = await challengeOf(address, sdk);
    const options = {
      serverUrl: address,
      ...(challenge.resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl: challenge.resourceMetadataUrl }),
      ...(scope === undefined ? (challenge.scope === undefined ? {} : { scope: challenge.scope }) : { scope }),
      fetchFn: authorizationFetch(address),
    };
    if ((await sdk.auth(provider, options)) === 'REDIRECT') {
      const { address: page, content } = provider;
      if (listener === null || page === null) throw new Error('a person has to log in');
      if (!isHttpsOrLoopback(page)) throw new Error(`its page to log in is ${quoted(page.origin)}: expected https`);
      const answer = listener.answerTo(provider.sentAs);
      onAddress(page);
      const authorizationCode = codeOf(await Promise.race([answer, aborted(signal)]), content.discovery ?? null);
      await sdk.auth(provider, { ...options, authorizationCode });
    }
    await replaceStored(file, provider.content);
  } catch (error) {
    throw error instanceof LedgerError ? error : noLogin(address, error, client?.secret ?? '');
  } finally {
    listener?.close();
  }
}

/** The error where no login came about, without the client's secret, which the server may have sent back. */
function noLogin({ host }: URL, error: unknown, secret: string): LedgerError<'REMOTE_REFUSED'> {
  const why = (secret === '' ? messageOf(error) : messageOf(error).replaceAll(secret, '***')).slice(0, 300);
  const hint = 'nothing was written; ask whoever runs the server which client and scope it wants';
  return new LedgerError('REMOTE_REFUSED', `no login at ${host}: ${why}`, { remote: host, reason: why }, { hint });
}

/** What a server asks for of whoever brings nothing. @throws where it asks for nothing */
async function challengeOf(address: URL, sdk: SdkAuth): Promise<Challenge> {
  const params = {
    protocolVersion: NEWEST_PROTOCOL,
    capabilities: {},
    clientInfo: { name: 'git-lineage', version: '1' },
  };
  const response = await fetchWithoutRedirect(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  await response.body?.cancel();
  if (response.status === 401) return sdk.extractWWWAuthenticateParams(response);
  // It may ask later, of whoever lists or calls: then it says what protects it.
  await sdk.discoverOAuthProtectedResourceMetadata(address, {}, authorizationFetch(address)).catch(() => {
    throw new Error(`it does not ask for authorization: expected 401 or metadata of RFC 9728, got ${response.status}`);
  });
  return {};
}
