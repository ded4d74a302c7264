/** A tool server that asks for OAuth, and the authorization server that it names, each at an origin of its own. */

import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LOOK, SEARCH } from './guarded.js';
import { answer, bodyOf, JSON_TYPE, listening, OPENING } from './http-servers.js';

export const RESULT = { content: [{ type: 'text', text: 'it was called' }] };
export const CLIENT = { id: 'a-service', secret: 'the-secret-of-a-service' };

/** A request as it came. */
interface Seen {
  readonly method: string | undefined;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** Gives each token that renews others once: whoever brings it again loses all. */
export class AuthorizationServer {
  origin = '';
  readonly seen: Seen[] = [];
  /** Tokens that the tool server takes. */
  readonly valid = new Set<string>();
  /** What the page to log in answers with, beside the state. */
  denies: Record<string, string> | null = null;
  isClosed = false;
  /** Whether its answers say whose they are, and whether its metadata says that they do (RFC 9207). */
  readonly issuerInAnswers = { said: true, promised: false };
  /** Refuses whoever asks for tokens, and repeats what came. */
  repeats = false;
  /** Before a client is registered: with where it wants the browser to come back to. */
  onRegister: (redirect: string) => Promise<unknown> = () => Promise.resolve();
  private readonly renewing = new Set<string>();
  private readonly codes = new Map<string, { challenge: string; client: string }>();

  static async open(): Promise<AuthorizationServer> {
    const made = new AuthorizationServer();
    made.origin = new URL(await listening((request, response) => made.handle(request, response))).origin;
    return made;
  }

  private tokens(renews: boolean): object {
    const [access_token, refresh_token] = [`access-${randomUUID()}`, `refresh-${randomUUID()}`];
    this.valid.add(access_token);
    if (renews) this.renewing.add(refresh_token);
    return { access_token, token_type: 'Bearer', expires_in: 3600, ...(renews ? { refresh_token } : {}) };
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', this.origin || 'http://127.0.0.1');
    const body = await textOf(request);
    const { authorization } = request.headers;
    this.seen.push({ method: request.method, path: url.pathname, authorization, body });
    const json = (status: number, value: object) => response.writeHead(status, JSON_TYPE).end(JSON.stringify(value));
    if (this.isClosed) return json(503, { error: 'server_error' });
    switch (url.pathname) {
      case '/.well-known/oauth-authorization-server':
        return json(200, {
          issuer: this.origin,
          authorization_endpoint: `${this.origin}/authorize`,
          token_endpoint: `${this.origin}/token`,
          registration_endpoint: `${this.origin}/register`,
          response_types_supported: ['code'],
          code_challenge_methods_supported: ['S256'],
          token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
          authorization_response_iss_parameter_supported: this.issuerInAnswers.promised,
        });
      case '/register':
        await this.onRegister(JSON.parse(body).redirect_uris[0]);
        return json(201, { ...JSON.parse(body), client_id: 'registered' });
      case '/authorize':
        return response.writeHead(302, { location: this.answerTo(url.searchParams) }).end();
      case '/token': {
        if (this.repeats) return response.writeHead(400).end(authorization ?? body);
        const given = this.given(new URLSearchParams(body), authorization);
        return json('error' in given ? 400 : 200, given);
      }
      default:
        return response.writeHead(404).end();
    }
  }

  private answerTo(asked: URLSearchParams): string {
    const back = new URL(asked.get('redirect_uri') ?? '');
    const code = randomUUID();
    this.codes.set(code, { challenge: asked.get('code_challenge') ?? '', client: asked.get('client_id') ?? '' });
    const iss = this.issuerInAnswers.said ? { iss: this.origin } : {};
    const said = { ...iss, ...(this.denies ?? { code }), state: asked.get('state') ?? '' };
    for (const [name, value] of Object.entries(said)) back.searchParams.set(name, value);
    return back.href;
  }

  private given(asked: URLSearchParams, authorization: string | undefined): object {
    const basic = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`;
    switch (asked.get('grant_type')) {
      case 'client_credentials':
        return authorization === basic ? this.tokens(false) : { error: 'invalid_client' };
      case 'authorization_code': {
        const code = this.codes.get(asked.get('code') ?? '');
        const digest = createHash('sha256')
          .update(asked.get('code_verifier') ?? '')
          .digest('base64url');
        const isRight = code?.challenge === digest && code.client === asked.get('client_id');
        return isRight && asked.get('resource') !== null ? this.tokens(true) : { error: 'invalid_grant' };
      }
      default: {
        if (this.renewing.delete(asked.get('refresh_token') ?? '')) return this.tokens(true);
        this.renewing.clear();
        return { error: 'invalid_grant' };
      }
    }
  }

  /** Every token that was given is taken no more; those that renew them are. */
  expire(): void {
    this.valid.clear();
  }
}

/** A tool server whose tools are for whoever brings a token of that authorization server's. */
export class ProtectedServer {
  url = '';
  readonly authorization: AuthorizationServer;
  readonly seen: Seen[] = [];
  /** The authorization server that its metadata names. */
  names: string;
  /** Asked for beside a token: then 403. */
  scope: string | null = null;
  /** Opens for everybody, and asks of whoever wants more. */
  asksLate = false;

  constructor(authorization: AuthorizationServer) {
    this.authorization = authorization;
    this.names = authorization.origin;
  }

  static async open(): Promise<ProtectedServer> {
    const made = new ProtectedServer(await AuthorizationServer.open());
    made.url = await listening((request, response) => made.handle(request, response));
    return made;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { authorization = '' } = request.headers;
    const { pathname } = new URL(request.url ?? '/', this.url);
    const message = pathname === '/mcp' ? await bodyOf(request) : {};
    this.seen.push({ method: request.method, path: pathname, authorization, body: message.method });
    const { origin } = new URL(this.url);
    const metadata = '/.well-known/oauth-protected-resource/mcp';
    if (pathname === metadata) {
      response.writeHead(200, JSON_TYPE);
      return response.end(JSON.stringify({ resource: this.url, authorization_servers: [this.names] }));
    }
    if (pathname !== '/mcp') return response.writeHead(404).end();
    const challenge = (words: string) => ({
      'www-authenticate': `Bearer ${words}resource_metadata="${origin}${metadata}"`,
    });
    const isOpen = this.asksLate && message.method === 'initialize';
    if (!isOpen && !this.authorization.valid.has(authorization.replace('Bearer ', '')))
      return response.writeHead(401, challenge('error="invalid_token", ')).end();
    if (this.scope !== null)
      return response.writeHead(403, challenge(`error="insufficient_scope", scope="${this.scope}", `)).end();
    if (request.method !== 'POST') return response.writeHead(405).end();
    const { id, method } = message;
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'initialize') return answer(response, id, OPENING);
    return answer(response, id, method === 'tools/list' ? { tools: [SEARCH, LOOK] } : RESULT);
  }
}
