/** The end of a version's own: its entry is imported, and its exports answer calls. The same in a thread and in a process. */

import type { TransferListItem } from 'node:worker_threads';
import { importEntry } from '../load/import-entry.js';
import type { PreparedContent } from '../load/prepare-content.js';
import { endResolution } from '../load/resolution-end.js';
import { withFileNamed } from '../load/syntax-place.js';
import { describe } from './export-shape.js';
import { WorkerChannel } from './worker-channel.js';
import { toWire } from './worker-errors.js';
import { receivedArgs } from './worker-lifecycle.js';
import type { Greeting, Message } from './worker-protocol.js';

interface ServedVersion {
  readonly content: PreparedContent;
  readonly isCurrent: () => boolean;
  readonly post: (message: Message | Greeting, transfer: readonly TransferListItem[]) => void;
}

function callAt(exports: unknown, path: readonly string[], args: readonly unknown[]): unknown {
  let owner: unknown;
  let target: unknown = exports;
  for (const name of path) {
    owner = target;
    target = (target as Record<string, unknown>)[name];
  }
  return Reflect.apply(target as (...args: readonly unknown[]) => unknown, owner, args);
}

/** Greets the host once the version is imported, or could not be; answers with what takes the host's messages, null where it failed. */
export async function serveVersion({
  content,
  isCurrent,
  post,
}: ServedVersion): Promise<((message: Message) => void) | null> {
  try {
    endResolution(content.folder, content.packages);
    const exports = await importEntry(content.entry);
    const channel = new WorkerChannel({
      post,
      onCall: (path, args) => callAt(exports, path, receivedArgs(path, args, isCurrent)),
      onWaiting: () => undefined,
    });
    post({ type: 'ready', shape: describe(exports) ?? { kind: 'object', members: [] } }, []);
    return (message) => channel.receive(message);
  } catch (error) {
    post({ type: 'failed', error: toWire(await withFileNamed(error, content)) }, []);
    return null;
  }
}
