/**
 * Hosts as people run them, from Debian: `git http-backend` behind nginx with TLS and passwords, and sshd with a key. Each is a child
 * with a configuration of its own on a free port. They are used where they are installed, demanded in CI, and skipped for all to see
 * elsewhere.
 */

import { execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../free-port.js';
import { listening } from './servers.js';

const [NGINX, FCGIWRAP, SSHD] = ['/usr/sbin/nginx', '/usr/sbin/fcgiwrap', '/usr/sbin/sshd'];

const mayBeMissing = (process.env['CI'] ?? '') === '';

/** True where nginx, fcgiwrap or openssl is not installed and may be missing. In CI none may: there the tests fail. */
export const skipHttps = mayBeMissing && ![NGINX, FCGIWRAP, '/usr/bin/openssl'].every((path) => existsSync(path));

/** The same for openssh-server. */
export const skipSsh = mayBeMissing && !existsSync(SSHD);

/** Starts a program in a group of its own, which ends with the test. */
function start(program: string, args: readonly string[], options: SpawnOptions = {}) {
  const child = spawn(program, args, { stdio: 'ignore', detached: true, ...options });
  onTestFinished(() => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  });
  return child;
}

/** Makes an authority that nobody knows, and of it a certificate for this machine. */
function makeCertificates(dir: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=an authority of these tests'];
  openssl('req', '-x509', '-days', '2', ...key, ...authority);
  openssl('req', '-new', ...key, '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=localhost');
  writeFileSync(join(dir, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'host.csr', '-out', 'host.pem', ...signed);
}

export interface HttpsHost {
  /** `https://localhost:PORT`, which serves what lies below the folder to one user. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** The certificate of the authority that a client has to trust. */
  readonly authority: string;
}

/** git's variables on a host: what its machine and its people have set does not count. `path` is where its hooks find programs. */
export const hostEnvironment = (path: string) => ({ PATH: path, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' });

/** Serves the repositories below `base`; what the server itself needs goes into `dir`. */
export async function httpsHost(dir: string, base: string, path = process.env['PATH'] ?? ''): Promise<HttpsHost> {
  const [username, password] = ['ops', 'right'];
  makeCertificates(dir);
  writeFileSync(join(dir, 'users'), `${username}:{PLAIN}${password}\n`);
  const parameters = {
    SCRIPT_FILENAME: '/usr/lib/git-core/git-http-backend',
    GIT_PROJECT_ROOT: base,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: '$uri',
    QUERY_STRING: '$query_string',
    REQUEST_METHOD: '$request_method',
    CONTENT_TYPE: '$content_type',
    CONTENT_LENGTH: '$content_length',
    REMOTE_USER: '$remote_user',
    REMOTE_ADDR: '$remote_addr',
    SERVER_PROTOCOL: '$server_protocol',
    ...hostEnvironment(path),
  };
  const port = await freePort();
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(dir, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
events {}
http {
  access_log off;
  ${places.map((name) => `${name}_temp_path ${dir}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${dir}/host.pem;
    ssl_certificate_key ${dir}/host.key;
    auth_basic "modules";
    auth_basic_user_file ${dir}/users;
    location / {
      fastcgi_pass unix:${dir}/cgi;
      ${Object.entries(parameters)
        .map(([name, value]) => `fastcgi_param ${name} "${value}";`)
        .join('\n      ')}
    }
  }
}
`,
  );
  start(FCGIWRAP, ['-c', '2', '-s', `unix:${dir}/cgi`]);
  while (!existsSync(join(dir, 'cgi'))) await new Promise((again) => setTimeout(again, 10));
  await listening(port, start(NGINX, ['-e', `${dir}/error.log`, '-p', dir, '-c', `${dir}/nginx.conf`]));
  return { url: `https://localhost:${port}`, username, password, authority: join(dir, 'ca.pem') };
}

export interface SshHost {
  /** `ssh://USER@127.0.0.1:PORT`: paths are those of this machine. */
  readonly url: string;
  /** The client's command, which offers the key that the host knows, and knows the host. */
  readonly command: string;
  /** The same with a key that the host does not know. */
  readonly stranger: string;
}

/** Starts a daemon for those whom `authorized` names; its port, and a client's command for a key in `dir`. */
export async function startSshd(dir: string, authorized: string, environment: Readonly<Record<string, string>>) {
  const port = await freePort();
  makeKeys(dir, ['host']);
  const set = Object.entries(environment).map(([name, value]) => `"${name}=${value}"`);
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${dir}/host`,
    `AuthorizedKeysFile ${authorized}`,
    `PidFile none`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    // The folders above belong to others, as /tmp does.
    'StrictModes no',
    `SetEnv ${set.join(' ')}`,
  ];
  writeFileSync(join(dir, 'sshd_config'), `${settings.join('\n')}\n`);
  // As root it wants the folder that Debian's service makes at each start.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  await listening(port, start(SSHD, ['-D', '-f', join(dir, 'sshd_config'), '-E', join(dir, 'sshd.log')]));
  execFileSync('sh', ['-c', `printf '[127.0.0.1]:${port} %s\\n' "$(cat host.pub)" >known`], { cwd: dir });
  const command = (key: string) =>
    `ssh -F none -i ${dir}/${key} -o IdentitiesOnly=yes -o IdentityAgent=none -o UserKnownHostsFile=${dir}/known -o BatchMode=yes`;
  const { username } = userInfo();
  return { url: `ssh://${username}@127.0.0.1:${port}`, command };
}

/** Keys of people, in `dir`. */
export function makeKeys(dir: string, names: readonly string[]): void {
  for (const name of names)
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(dir, name)]);
}

/** A daemon that lets one key in, as the user that this process runs as. */
export async function sshHost(dir: string, path = process.env['PATH'] ?? ''): Promise<SshHost> {
  makeKeys(dir, ['client', 'other']);
  const { url, command } = await startSshd(dir, join(dir, 'client.pub'), hostEnvironment(path));
  return { url, command: command('client'), stranger: command('other') };
}
