/** What a client is told of a server when they meet: what is approved of it, and what both can. */

import type { Ledger } from '../ledger/ledger.js';
import type { ApprovedList } from './approved-list.js';
import { type ServerDescription, selfDescription } from './canonical-form.js';
import type { Agreement } from './conversation.js';
import { type Fault, isJsonObject, type JsonObject } from './json-reader.js';
import { type Request, type Response, responseText } from './message.js';
import { clientCapabilities, NEWEST_PROTOCOL, PROTOCOL_VERSIONS, serverCapabilities } from './passed-methods.js';

/** A version is a name for people, and passes unapproved: nothing that a sentence fits into. */
const VERSION = /^[A-Za-z0-9.+_-]{1,64}$/;

type SelfDescription = Pick<ServerDescription, 'info' | 'instructions'>;

/** What the server says, as far as both go on with it. */
export interface Opening {
  readonly agreement: Agreement;
  /** What the server says that it can, before a guard has its say. */
  readonly capabilities: JsonObject;
  readonly self: SelfDescription | Fault;
}

interface OpeningParts {
  readonly approvedList: ApprovedList;
  readonly ledger: Ledger;
  readonly moduleId: string;
}

/** The parameters of `initialize` as they go to the server: a revision that a guard reads, and capabilities that it passes on. */
export function initializeParams({ params }: Request): string {
  const { protocolVersion } = params;
  const isKnown = typeof protocolVersion === 'string' && PROTOCOL_VERSIONS.includes(protocolVersion);
  const capabilities = clientCapabilities(params);
  return JSON.stringify({ ...params, protocolVersion: isKnown ? protocolVersion : NEWEST_PROTOCOL, capabilities });
}

/** What a server answers to `initialize`; null where it speaks a revision that no guard reads. */
export function openingOf(request: Request, { value }: Response): Opening | null {
  const { protocolVersion, capabilities } = value;
  if (typeof protocolVersion !== 'string' || !PROTOCOL_VERSIONS.includes(protocolVersion)) return null;
  return {
    agreement: {
      protocol: protocolVersion,
      client: clientCapabilities(request.params),
      server: serverCapabilities(value),
    },
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    self: selfDescription(value),
  };
}

/**
 * The answer to `initialize` that the client gets: of the server what is approved. While nothing is, what the server says itself where the policy
 * asks for no approvals, and else nothing: the module's name stands for it. Rejects where the ledger cannot be read.
 */
export async function openingText(
  request: Request,
  response: Response,
  { agreement, self }: Opening,
  { approvedList, ledger, moduleId }: OpeningParts,
): Promise<string> {
  let said: SelfDescription = { info: { name: moduleId }, instructions: null };
  const approved = await approvedList.now();
  if (approved !== null) said = approved.description;
  else if (!('fault' in self) && !(await ledger.policy.get()).requireApproval) said = self;
  const { serverInfo } = response.value;
  const version = isJsonObject(serverInfo) ? serverInfo['version'] : undefined;
  const result = {
    protocolVersion: agreement.protocol,
    capabilities: agreement.server,
    serverInfo: {
      name: '',
      ...said.info,
      version: typeof version === 'string' && VERSION.test(version) ? version : '',
    },
    ...(said.instructions === null ? {} : { instructions: said.instructions }),
  };
  return responseText(request.id, 'result', JSON.stringify(result));
}
