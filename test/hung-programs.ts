/**
 * Ends programs that the tests have started and that do not end. A test that waits for one in its own turn of the event loop (`spawnSync`)
 * holds up its process, and no time limit of the test is looked at: without this, the run would stand still and not say where.
 */

import { readdirSync, readFileSync } from 'node:fs';

/** Longer than any program of a test runs, on a busy machine too. */
const LIMIT_MS = 10 * 60_000;
const LOOK_MS = 15_000;

interface Program {
  readonly pid: number;
  readonly parent: number;
  /** Tells it from one that has the same number later. */
  readonly startedAt: string;
}

/** Null where there is none, or no more. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** All that run on this machine; none where the system has no /proc. */
function programs(): Program[] {
  let names: string[] = [];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    // Not Linux.
  }
  return names.flatMap((name) => {
    // proc_pid_stat(5): the name may hold spaces and brackets; after it come the state, the parent, and as the 20th the start.
    const fields = textOf(`/proc/${name}/stat`)?.replace(/^.*\) /s, '') ?? '';
    const { 1: parent, 19: startedAt } = fields.split(' ');
    return parent === undefined || startedAt === undefined
      ? []
      : [{ pid: Number(name), parent: Number(parent), startedAt }];
  });
}

/** What it is, and what each of its threads waits for. */
function described(pid: number): string {
  const command = (textOf(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' ').trim();
  let threads: string[] = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    // It has ended meanwhile.
  }
  const waits = threads.map((id) => {
    const [name, wait] = ['comm', 'wchan'].map((file) => (textOf(`/proc/${pid}/task/${id}/${file}`) ?? '?').trim());
    return `  thread ${id} ${name}: ${wait}`;
  });
  return [`${pid}: ${command}`, ...waits].join('\n');
}

export class HungPrograms {
  private readonly root: number;
  private readonly limitMs: number;
  /** When each was seen first. */
  private since = new Map<string, number>();

  /** @param root a process: what its children have started is looked at, and not they, which run as long as the tests */
  constructor(root: number, limitMs: number) {
    this.root = root;
    this.limitMs = limitMs;
  }

  /** Ends those that were seen for too long and have no program below them; returns what they were. `now` is in milliseconds. */
  look(now: number): string[] {
    const all = programs();
    const below = (parents: ReadonlySet<number>): Program[] => all.filter(({ parent }) => parents.has(parent));
    const found: Program[] = [];
    let next = below(new Set(below(new Set([this.root])).map(({ pid }) => pid)));
    while (next.length > 0) {
      found.push(...next);
      next = below(new Set(next.map(({ pid }) => pid)));
    }
    const before = this.since;
    const key = ({ pid, startedAt }: Program): string => `${pid} ${startedAt}`;
    this.since = new Map(found.map((program) => [key(program), before.get(key(program)) ?? now]));
    const waiting = new Set(found.map(({ parent }) => parent));
    return found
      .filter((program) => !waiting.has(program.pid) && now - (this.since.get(key(program)) ?? now) > this.limitMs)
      .map(({ pid }) => {
        const text = described(pid);
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has ended meanwhile.
        }
        return text;
      });
  }
}

export function setup(): () => void {
  const hung = new HungPrograms(process.pid, LIMIT_MS);
  const timer = setInterval(() => {
    for (const text of hung.look(performance.now()))
      process.stderr.write(`a program of a test ran for ${LIMIT_MS / 60_000} minutes and was ended:\n${text}\n`);
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
