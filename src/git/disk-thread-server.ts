/** The thread's end: does what it is asked, and answers each call once. */

import nodeFs from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type { Published } from '../ports/publisher.js';
import { type DiskReply, type DiskRequest, type DiskThreadData, sentError } from './disk-protocol.js';
import type { FileSystem } from './file-system.js';
import { IndexFolderWriter } from './index/index-writer.js';
import { InlinePublisher } from './inline-publisher.js';
import { RepositoryReader } from './repository-reader.js';
import { WritePlace } from './write-place.js';

/** Ends a transaction whose caller said no; the caller knows its own error. */
const STOPPED = new Error('the caller stopped the transaction');

export function serveDisk(port: MessagePort, fs: FileSystem, { gitdir, indexFolder }: DiskThreadData): void {
  const reader = new RepositoryReader(fs, gitdir);
  const index = indexFolder === null ? null : new IndexFolderWriter(nodeFs, indexFolder);
  const publisher = new InlinePublisher(new WritePlace(reader), index);
  const answers = new Map<number, (go: boolean) => void>();
  const say = (reply: DiskReply): void => port.postMessage(reply);

  /** Says that a transaction is ready, and waits for the answer. */
  const confirmation = (call: number) => async (): Promise<void> => {
    const answer = new Promise<boolean>((resolve) => answers.set(call, resolve));
    say({ say: 'ready', call });
    const go = await answer;
    answers.delete(call);
    if (!go) throw STOPPED;
  };

  const perform = async (request: Exclude<DiskRequest, { ask: 'go' | 'stop' | 'release' }>): Promise<unknown> => {
    const { call } = request;
    const happens = (): void => say({ say: 'happens', call });
    switch (request.ask) {
      case 'stage':
        return publisher.stageAs(request.files, call);
      case 'publish': {
        const { plan, confirms } = request;
        // Told as soon as it lasts: nobody waits for tidying up.
        const lasts = (published: Published): void => say({ say: 'done', call, value: published });
        return publisher.publish(plan, confirms ? confirmation(call) : undefined, { happens, lasts });
      }
      case 'adopt':
        return publisher.adopt(request.from, request.tip, { happens });
      case 'reserve':
        return publisher.reserve();
      case 'unreserve':
        return publisher.unreserve();
      case 'close':
        await publisher.close();
        return reader.release();
    }
  };

  port.on('message', (request: DiskRequest) => {
    if (request.ask === 'go') answers.get(request.call)?.(true);
    else if (request.ask === 'stop') answers.get(request.call)?.(false);
    else if (request.ask === 'release') publisher.releaseFiles(request.ids);
    else
      perform(request).then(
        (value) => say({ say: 'done', call: request.call, value }),
        (error: unknown) => say({ say: 'failed', call: request.call, error: sentError(error) }),
      );
  });
}
