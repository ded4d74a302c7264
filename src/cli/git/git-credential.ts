/** Credentials for a server that asks for them, from where git keeps the user's: `git credential fill`. */

import { spawn } from 'node:child_process';
import type { OnAuth } from '../library.js';
import type { Io } from '../verb.js';

/** What `git credential` reads and prints: `key=value` lines. */
function parse(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
  });
  return new Map(pairs);
}

function gitCredential(io: Io, action: 'fill' | 'reject', lines: readonly string[]): Promise<string | null> {
  // Who is not at a terminal is asked nothing, in a window neither.
  const asked = io.stdin.isTTY === true && io.stderr.isTTY === true;
  const quiet = asked ? {} : { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', SSH_ASKPASS: '' };
  return new Promise((resolve) => {
    const settings = asked ? [] : ['-c', 'core.askPass=', '-c', 'credential.interactive=never'];
    const child = spawn('git', [...settings, 'credential', action], {
      cwd: io.cwd,
      env: { ...io.env, ...quiet },
      stdio: ['pipe', 'pipe', asked ? 'inherit' : 'ignore'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code === 0 ? out : null));
    child.stdin.on('error', () => undefined).end(`${lines.join('\n')}\n\n`);
  });
}

/** Asks git; what a server refused is forgotten first, so that git does not answer with it again. */
export function credentialsFromGit(io: Io): OnAuth {
  return async ({ url, refused }) => {
    const { protocol, host, pathname } = new URL(url);
    const about = [`protocol=${protocol.replace(/:$/, '')}`, `host=${host}`, `path=${pathname.slice(1)}`];
    if (refused?.username !== undefined) {
      const wrong = [`username=${refused.username}`, `password=${refused.password ?? ''}`];
      await gitCredential(io, 'reject', [...about, ...wrong]);
    }
    const filled = parse((await gitCredential(io, 'fill', about)) ?? '');
    const [username, password] = [filled.get('username'), filled.get('password')];
    return username === undefined || password === undefined ? null : { username, password };
  };
}
