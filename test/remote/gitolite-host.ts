/**
 * gitolite3, as Debian packages it, behind sshd: who may do what in which repository is said in its configuration and held by its own
 * `update` hook. It is used where it is installed, demanded in CI, and skipped for all to see elsewhere.
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostEnvironment, makeKeys, skipSsh, startSshd } from './git-host.js';

const GITOLITE = '/usr/bin/gitolite';

/** True where gitolite3 or openssh-server is not installed and may be missing. In CI neither may: there the tests fail. */
export const skipGitolite = skipSsh || ((process.env['CI'] ?? '') === '' && !existsSync(GITOLITE));

export interface GitoliteHost {
  /** `ssh://USER@127.0.0.1:PORT/NAME` for the repository NAME. */
  url(name: string): string;
  /** A person's ssh command, by the name that the configuration has for them. */
  command(person: string): string;
  /** Where the host keeps a repository. */
  repository(name: string): string;
}

/** A host with the repositories that `configuration` names, in gitolite's own words, for people with a key each. */
export async function gitoliteHost(
  dir: string,
  configuration: string,
  people: readonly string[],
  path = process.env['PATH'] ?? '',
): Promise<GitoliteHost> {
  const home = join(dir, 'home');
  mkdirSync(home);
  makeKeys(dir, ['admin', ...people]);
  const environment = { ...hostEnvironment(path), HOME: home, USER: 'git' };
  const gitolite = (...args: string[]) => execFileSync(GITOLITE, args, { cwd: dir, env: environment, stdio: 'pipe' });
  gitolite('setup', '-pk', 'admin.pub');
  // What a push to gitolite-admin would bring.
  writeFileSync(join(home, '.gitolite/conf/gitolite.conf'), configuration);
  for (const name of people) copyFileSync(join(dir, `${name}.pub`), join(home, '.gitolite/keydir', `${name}.pub`));
  gitolite('compile');
  gitolite('trigger', 'POST_COMPILE');
  const { url, command } = await startSshd(dir, join(home, '.ssh/authorized_keys'), environment);
  return { url: (name) => `${url}/${name}`, command, repository: (name) => join(home, 'repositories', `${name}.git`) };
}
