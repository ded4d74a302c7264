/** What names a remote: which URLs are taken, and how they are shown. */

import { invalidInput, quoted } from '../../errors.js';

/** `scheme://…`, `user@host:path`, or a path of this machine. */
const SCHEME = /^(https?|ssh|git|git\+ssh|ssh\+git|file):\/\/\S/i;
const SCP = /^[^\s:/-][^\s:/]*:[^\s:]/;
const PATH = /^(\/|\.\.?\/)/;

/** A URL as messages may show it: without user name and password. */
export function shownUrl(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}

/** True where the text is a URL or a path, not the name of a remote. */
export function isRemoteUrl(text: string): boolean {
  return SCHEME.test(text) || SCP.test(text) || PATH.test(text);
}

/** A URL that git may be given. @throws `INVALID_ARGUMENT` */
export function assertRemoteUrl(url: unknown, path = 'url'): string {
  const printable = typeof url === 'string' && !/[\u0000-\u001f\u007f]/.test(url);
  if (printable && !url.startsWith('-') && isRemoteUrl(url)) return url;
  const actual = typeof url === 'string' ? quoted(shownUrl(url)) : quoted(url);
  throw invalidInput(
    'INVALID_ARGUMENT',
    [{ path, expected: 'a URL (https, ssh, git, file), user@host:path or an absolute path', actual }],
    'give the URL of a bare repository, such as ssh://git@host/modules.git',
  );
}
