/** What a guard before a tool server takes and tells: the interfaces that callers see. */

import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { Ledger } from '../ledger/ledger.js';
import type { CompatibilityLevel } from '../model/report.js';
import type { ItemKind } from './canonical-form.js';

/** A server that is started and spoken to on its standard input and output. */
export interface ServerCommand {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string | undefined;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A server that is reached over streamable HTTP; takes the package `@modelcontextprotocol/sdk`. */
export interface ServerUrl {
  /** https, or http on this machine. No redirect is followed. */
  readonly url: string;
  /**
   * Sent with each request, such as `authorization`; a function is asked before each. Nothing that the client says goes into a header, and no
   * value into a message.
   */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /** The SDK's provider for OAuth: its token goes with each request, and is renewed where the server refuses it. */
  readonly authProvider?: OAuthClientProvider | undefined;
}

/** Why a guard answers a call itself, and does not pass it on. */
export type GuardCallCode =
  /** What is called is another than the approved one. */
  | 'CHANGED'
  /** The approved list does not have it. */
  | 'NOT_APPROVED'
  /** The server does not offer it any more. */
  | 'NOT_OFFERED'
  /** What the server offers is no list: a name twice, pages without end, too large. */
  | 'LIST_REJECTED'
  /** The ledger could not be read. */
  | 'LEDGER_UNREADABLE';

/** What happens at a guard. Texts of the server's are quoted in messages, with what cannot be seen spelled out. */
export type GuardNotice =
  /** The approved version that calls are held to; null while there is none. */
  | { readonly type: 'approved'; readonly version: number | null }
  /** The server offers something else than what is approved; `command` allows it. */
  | {
      readonly type: 'staged';
      readonly version: number;
      readonly fromVer: number | null;
      readonly level: CompatibilityLevel | null;
      readonly command: string;
    }
  /** What is offered has names that another tool server of the ledger has as well: a client may take the one for the other. */
  | { readonly type: 'names-shared'; readonly kind: ItemKind; readonly names: readonly string[]; readonly with: string }
  /** What is offered could not be staged, or will not be. */
  | { readonly type: 'not-staged'; readonly message: string }
  | {
      readonly type: 'refused';
      readonly code: GuardCallCode;
      readonly kind: ItemKind;
      readonly name: string;
      readonly message: string;
    }
  /** The server refuses what authorizes the guard, or asks for something that does. */
  | { readonly type: 'unauthorized'; readonly message: string }
  | { readonly type: 'list-rejected'; readonly message: string }
  /** A message was not passed on. Each kind is told once. */
  | { readonly type: 'dropped'; readonly message: string };

/** How a guarded conversation ended. */
export interface GuardEnd {
  /** Who ended it: the client or its operator, the server, or the guard, because the server broke the protocol. */
  readonly by: 'client' | 'server' | 'guard';
  readonly message: string;
}

/** Which tool server is guarded, by which module of which ledger, and for whom. */
export interface GuardOptions {
  /** Opened with a key that may stage versions; the guard does not close it. */
  readonly ledger: Ledger;
  /** The module whose active version is the approved list. */
  readonly moduleId: string;
  readonly server: ServerCommand | ServerUrl;
  /** What the client writes. */
  readonly input: NodeJS.ReadableStream;
  /** What the client reads. */
  readonly output: NodeJS.WritableStream;
  /**
   * What becomes of a list that differs from the approved one: `hold` (default), it waits until somebody makes it active; `activate`, it
   * becomes active by itself where the gate lets it pass without anybody's approval. A changed text is COMPATIBLE, whatever it says.
   */
  readonly onChange?: 'hold' | 'activate' | undefined;
  /** How old what is known of the server's list may be when a call is passed on, in milliseconds; 5,000 by default. */
  readonly maxListAgeMs?: number | undefined;
  /** How often the ledger is looked at between calls, in milliseconds; 1,000 by default. At each call it is looked at anyway. */
  readonly pollMs?: number | undefined;
  /** How long the server may take for a page of a list, in milliseconds; 30,000 by default. */
  readonly listTimeoutMs?: number | undefined;
  /** Told what happens; what it throws is ignored. */
  readonly onNotice?: ((notice: GuardNotice) => void) | undefined;
  /** Ends the conversation. */
  readonly signal?: AbortSignal | undefined;
}
