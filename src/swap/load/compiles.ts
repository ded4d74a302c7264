/** Whether a text is CommonJS: compiled as Node compiles such a module, beside the event loop where that takes long. */

import { compileFunction } from 'node:vm';
import { Worker } from 'node:worker_threads';

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/** So many characters are compiled within some milliseconds. */
const MAX_HERE = 128 << 10;

const IN_THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { compileFunction } = require('node:vm');
  let compiles = true;
  try {
    compileFunction(workerData.source, workerData.parameters);
  } catch {
    compiles = false;
  }
  parentPort.postMessage(compiles);
`;

function compilesHere(source: string): boolean {
  try {
    compileFunction(source, PARAMETERS);
    return true;
  } catch {
    return false;
  }
}

function compilesInThread(source: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const workerData = { source, parameters: PARAMETERS };
    const thread = new Worker(IN_THREAD, { eval: true, workerData, execArgv: [], env: {} });
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the thread ended with exit code ${code}`)));
  });
}

/** True where the text is a CommonJS module by its syntax. Nothing of it is run. */
export async function compiles(source: string): Promise<boolean> {
  if (source.length <= MAX_HERE) return compilesHere(source);
  // Where there is no thread, it takes the time that it takes.
  return compilesInThread(source).catch(() => compilesHere(source));
}
