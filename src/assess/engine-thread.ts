/** What runs in the engine's thread: judges one pair after another, and stays warm in between. */

import { parentPort } from 'node:worker_threads';
import type { Assessment } from '../model/assessment.js';
import { type EngineAnswer, type EngineTask, firstLine } from './engine-protocol.js';

function judged(id: number, assessment: Assessment): void {
  parentPort?.postMessage({ type: 'judged', id, assessment } satisfies EngineAnswer);
}

async function judge({ id, input, why }: EngineTask): Promise<EngineAnswer> {
  try {
    // The engine loads TypeScript: only when it is needed.
    const assessment =
      why === null
        ? await (await import('./assess-files.js')).assessFiles(input, (verdict) => judged(id, verdict))
        : await (await import('./assess-by-names.js')).assessByNames(input, why);
    return { type: 'done', id, assessment, heapMb: process.memoryUsage().heapUsed / 2 ** 20 };
  } catch (error) {
    return { type: 'failed', id, message: firstLine(error) };
  }
}

parentPort?.on('message', (task: EngineTask) => {
  void judge(task).then((answer) => parentPort?.postMessage(answer));
});
