/** What the host of a process says to it beside the messages that a worker gets: threads share this, processes do not. */

import type { PreparedContent } from '../load/prepare-content.js';

/** The descriptor of the pipe on which they speak, in the process. */
export const CHANNEL_FD = 3;

export type HostNote =
  /** Said first, once. */
  | { readonly type: 'start'; readonly content: PreparedContent }
  /** Whether calls begin on the version. */
  | { readonly type: 'current'; readonly is: boolean };
