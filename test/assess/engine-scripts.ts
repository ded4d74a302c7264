/** Engines that do what no engine should, as scripts that run in its place. */

import { ASSESSOR } from '../../src/assess/engine-version.js';

/** A script that is given each task as `task`, and may `say(answer)`. */
function script(body: string): URL {
  const source = `
    import { parentPort } from 'node:worker_threads';
    const say = (message) => parentPort.postMessage(message);
    const verdict = (level, words) => ({
      level, findings: [], omitted: 0, notes: [], caller: null, capabilities: { added: [], removed: [] }, rationale: words, assessor: ${JSON.stringify(ASSESSOR)}, limit: null,
    });
    const done = (task, level, words) => say({ type: 'done', id: task.id, assessment: verdict(level, words), heapMb: 1 });
    let count = 0;
    parentPort.on('message', async (task) => {
      count += 1;
      ${body}
    });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/** One that does as the file `do` of the new version says, and else answers with what it was given. */
export const OBEDIENT = script(`
  const text = Buffer.from(task.input.toFiles.get('do')?.data ?? '').toString();
  const by = task.why === null ? '' : ' by names';
  const command = task.why !== null && !text.includes('always') ? '' : text;
  if (command.includes('judged')) say({ type: 'judged', id: task.id, assessment: verdict('BREAKING', 'it stands') });
  if (command.includes('loop')) for (;;);
  if (command.includes('regexp')) /^(a+)+$/.test('a'.repeat(60) + 'b');
  if (command.includes('objects')) { const all = []; for (;;) all.push({ all, n: all.length }); }
  if (command.includes('map')) { const all = new Map(); for (let i = 0; ; i++) all.set(i, { i }); }
  if (command.includes('buffers')) { const all = []; for (;;) all.push(Buffer.alloc(2 ** 26, 1)); }
  if (command.includes('recursion')) { const dive = (n) => dive(n + 1) + 1; dive(0); }
  if (command.includes('throws')) throw new TypeError('it is\\nbroken');
  if (command.includes('says')) return say({ type: 'failed', id: task.id, message: 'it says so' });
  if (command.includes('exits')) process.exit(7);
  if (command.includes('garbage')) return say({ hello: 'world' });
  if (command.includes('flood')) for (;;) say('x'.repeat(1000));
  if (command.includes('function')) return say({ type: 'done', id: task.id, heapMb: 1, assessment: 'COMPATIBLE' });
  if (command.includes('level')) return done(task, 'FINE', 'no such level');
  if (command.includes('other')) { done({ id: task.id + 1 }, 'COMPATIBLE', 'not mine'); return done(task, 'BREAKING', 'mine'); }
  if (command.includes('hoards')) return say({ type: 'done', id: task.id, heapMb: 1e6, assessment: verdict('COMPATIBLE', 'count ' + count) });
  const level = /COMPATIBLE|MINOR_CHANGE|BREAKING|UNKNOWN/.exec(command)?.[0];
  if (level !== undefined) return done(task, level, 'found: ' + command);
  if (command.includes('waits')) await new Promise((resolve) => setTimeout(resolve, 200));
  if (command.includes('env')) return done(task, 'COMPATIBLE', JSON.stringify([process.execArgv, process.env.NODE_OPTIONS, process.env.MALLOC_MMAP_THRESHOLD_, process.cwd()]));
  if (command.includes('rss')) return done(task, 'COMPATIBLE', String(process.memoryUsage.rss()));
  const files = [...task.input.toFiles].map(([path, { data, mode }]) => path + ' ' + mode + ' ' + data.constructor.name + ' ' + data.length);
  done(task, 'MINOR_CHANGE', ['count ' + count + by, ...files].join('; '));
`);

/** One that finds everything COMPATIBLE, and waits for the file that the file `do` of the new version names; `….begun` says that it waits. */
export const WAITING = script(`
  const { existsSync, writeFileSync } = await import('node:fs');
  const path = Buffer.from(task.input.toFiles.get('do')?.data ?? '').toString();
  if (path.startsWith('/')) writeFileSync(path + '.begun', '');
  while (path.startsWith('/') && !existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
  done(task, 'COMPATIBLE', 'it waited');
`);
