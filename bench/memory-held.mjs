// The most memory that this process has held so far, in megabytes.
import { existsSync, readFileSync } from 'node:fs';

const STATUS = '/proc/self/status';

/** On Linux from its status: getrusage(2) starts a process with the peak of the process that made it. */
export function peakMegabytes() {
  const told = existsSync(STATUS) ? /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8'))?.[1] : undefined;
  return Number(told ?? process.resourceUsage().maxRSS) / 1024;
}
