/**
 * What authorizes a guard at a tool server: headers that the operator gives, or tokens of a provider for OAuth, which are renewed where the
 * server refuses one. Both go to the server's own origin and nowhere else, and stand in no message.
 */

import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { type InputIssue, invalidInput, messageOf, quoted } from '../../errors.js';
import type { ServerUrl } from '../guard-types.js';
import { authorizationFetch, fetchWithoutRedirect } from './server-address.js';

type SdkAuth = typeof import('@modelcontextprotocol/sdk/client/auth.js');

/** A provider whose tokens others use as well lets one renew them at a time. */
export interface SharedProvider extends OAuthClientProvider {
  exclusively?<T>(renew: () => Promise<T>): Promise<T>;
}

type Headers = Readonly<Record<string, string>>;

/** Why a server refuses a request, where that is for want of authorization. */
class NotAuthorized extends Error {}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Those that the transport writes itself, and those that say how long the message is and for whom. */
const OWN_HEADERS: readonly string[] = [
  'accept',
  'connection',
  'content-length',
  'content-type',
  'host',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
  'transfer-encoding',
];

/** A shorter value would be found in words that are none. */
const LEAST_SECRET = 6;

function headerIssues(headers: Headers): InputIssue[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const path = `headers.${quoted(name).slice(1, -1)}`;
    if (!NAME.test(name)) return [{ path, expected: 'the name of a header', actual: quoted(name) }];
    if (OWN_HEADERS.includes(name.toLowerCase()))
      return [{ path, expected: 'a header that the transport does not write itself', actual: 'one that it does' }];
    // The value may be secret, also where it is none.
    return VALUE.test(value) ? [] : [{ path, expected: 'a value on one line, in Latin-1', actual: 'another' }];
  });
}

/** @throws `INVALID_ARGUMENT` for what is no header */
export function checkHeaders(headers: Headers): void {
  const issues = headerIssues(headers);
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'for example: { authorization: "Bearer …" }');
}

interface AuthorizationParts extends Pick<ServerUrl, 'headers' | 'authProvider'> {
  readonly address: URL;
  readonly sdk: SdkAuth;
  /** Told of each refusal. */
  readonly onRefused: (why: string) => void;
}

export class Authorization {
  private readonly parts: AuthorizationParts;
  private readonly provider: SharedProvider | undefined;
  private readonly secrets = new Set<string>();
  private renewing: Promise<void> | null = null;

  constructor(parts: AuthorizationParts) {
    this.parts = parts;
    this.provider = parts.authProvider;
  }

  /** Sends a request to the server. @throws NotAuthorized where it is refused for want of what authorizes it */
  async request(url: string | URL, init: RequestInit): Promise<Response> {
    const { address, onRefused } = this.parts;
    if (new URL(url).origin !== address.origin) throw new Error('a request to another origin than the server is');
    try {
      return await this.authorized(url, init);
    } catch (error) {
      if (error instanceof NotAuthorized) onRefused(error.message);
      throw error;
    }
  }

  /** A text without what is secret. */
  scrubbed(text: string): string {
    let scrubbed = text;
    for (const secret of this.secrets) scrubbed = scrubbed.replaceAll(secret, '***');
    return scrubbed;
  }

  private async authorized(url: string | URL, init: RequestInit): Promise<Response> {
    const given = await this.givenHeaders();
    const token = await this.token();
    const first = await fetchWithoutRedirect(url, this.withHeaders(init, given, token));
    const challenge = await this.challengeOf(first);
    if (challenge === null) return first;
    // More rights than it was given a token does not get by being renewed.
    if (this.provider === undefined || challenge.status !== 401) throw new NotAuthorized(this.refusalText(challenge));
    await this.renewed(token, challenge);
    const second = await fetchWithoutRedirect(url, this.withHeaders(init, given, await this.token()));
    const again = await this.challengeOf(second);
    if (again !== null) throw new NotAuthorized(this.refusalText(again));
    return second;
  }

  private withHeaders(init: RequestInit, given: Headers, token: string | null): RequestInit {
    const headers = new globalThis.Headers(init.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    return { ...init, headers };
  }

  private async givenHeaders(): Promise<Headers> {
    const { headers = {} } = this.parts;
    const given = typeof headers === 'function' ? await headers() : headers;
    checkHeaders(given);
    for (const value of Object.values(given)) {
      this.keepSecret(value);
      // Of "Bearer TOKEN" the token alone.
      this.keepSecret(value.slice(value.indexOf(' ') + 1));
    }
    return given;
  }

  private async token(): Promise<string | null> {
    const tokens = await this.provider?.tokens();
    for (const secret of [tokens?.access_token, tokens?.refresh_token]) this.keepSecret(secret ?? '');
    const token = tokens?.access_token ?? null;
    if (token !== null && !VALUE.test(token)) throw new NotAuthorized('the token that is stored fits into no header');
    return token;
  }

  private keepSecret(value: string): void {
    const secret = value.trim();
    if (secret.length < LEAST_SECRET) return;
    this.secrets.add(secret);
    // As it stands in the body of a request for tokens, which a server may repeat.
    this.secrets.add(new URLSearchParams({ '': secret }).toString().slice(1));
  }

  /** The client's own secret, which goes to the authorization server alone. */
  private async keepClientSecret(): Promise<void> {
    const { client_id: id = '', client_secret: secret = '' } = (await this.provider?.clientInformation()) ?? {};
    this.keepSecret(secret);
    if (secret !== '') this.keepSecret(Buffer.from(`${id}:${secret}`).toString('base64'));
  }

  /** What a refusal asks for; null where it is none. */
  private async challengeOf(response: Response): Promise<Challenge | null> {
    const { status } = response;
    const asked = this.parts.sdk.extractWWWAuthenticateParams(response);
    if (status !== 401 && !(status === 403 && asked.error === 'insufficient_scope')) return null;
    await response.body?.cancel();
    return { status, ...asked };
  }

  /** One renewal for all requests that are refused while it goes on; none where the token is another meanwhile. */
  private async renewed(refused: string | null, challenge: Challenge): Promise<void> {
    if ((await this.token()) !== refused) return;
    this.renewing ??= this.renew(refused, challenge).finally(() => {
      this.renewing = null;
    });
    await this.renewing;
  }

  private async renew(refused: string | null, challenge: Challenge): Promise<void> {
    const { provider } = this;
    const { address, sdk } = this.parts;
    if (provider === undefined) return;
    const { resourceMetadataUrl, scope } = challenge;
    const options = {
      serverUrl: address,
      ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }),
      ...(scope === undefined ? {} : { scope }),
      fetchFn: authorizationFetch(address),
    };
    const renew = async () => {
      // Another process has renewed it meanwhile.
      if ((await this.token()) !== refused) return 'AUTHORIZED';
      return sdk.auth(provider, options);
    };
    try {
      await this.keepClientSecret();
      const result = await (provider.exclusively === undefined ? renew() : provider.exclusively(renew));
      if (result !== 'AUTHORIZED') throw new Error('somebody has to log in');
    } catch (error) {
      const why = this.scrubbed(messageOf(error)).slice(0, 200);
      throw new NotAuthorized(`${this.refusalText(challenge)}; no new token: ${why}`);
    }
  }

  private refusalText({ status, error, scope }: Challenge): string {
    const said = [error, scope === undefined ? undefined : `scope ${scope}`].filter((word) => word !== undefined);
    const words = said.length === 0 ? '' : `, ${quoted(said.join(', '))}`;
    return status === 401
      ? `it asks for authorization (401${words}): give a token or other headers, or log in: git-lineage mcp login`
      : `what authorizes the guard does not suffice (403${words}): log in with that scope, or ask whoever runs the server`;
  }
}

interface Challenge extends ReturnType<SdkAuth['extractWWWAuthenticateParams']> {
  readonly status: number;
}
