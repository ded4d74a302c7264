/** User and password of a URL: given to git without showing them to other users, and taken out of what others say. */

/** What stands before the `@` of an http(s) URL, decoded. */
export interface UrlCredentials {
  readonly username: string;
  readonly password: string;
}

/** An address without its credentials, and these; what is no http(s) URL, or holds none, stays as it is. */
export function splitCredentials(address: string): {
  readonly address: string;
  readonly credentials: UrlCredentials | null;
} {
  const url = /^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.username === '' && url.password === '')) return { address, credentials: null };
  const credentials = { username: decoded(url.username), password: decoded(url.password) };
  url.username = '';
  url.password = '';
  return { address: url.href, credentials };
}

/** Git asks for credentials line by line: what would make more lines, or is not percent-encoded, is taken as it stands. */
function decoded(part: string): string {
  try {
    const plain = decodeURIComponent(part);
    return /[\u0000-\u001f\u007f]/.test(plain) ? part : plain;
  } catch {
    return part;
  }
}

/** Stands in the place of a secret. */
const HIDDEN = '***';

/** Answers git from the environment: an argument, or a line of it, is seen by every user of the machine. */
const HELPER =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$GIT_LINEAGE_USERNAME" "$GIT_LINEAGE_PASSWORD"; }; f';

/**
 * The environment by which git (2.31 and later) finds credentials for the host of `address`, and gives them to no other host. With a
 * password the user's own helpers are not asked about that host.
 */
export function credentialEnvironment(
  address: string,
  { username, password }: UrlCredentials,
): Readonly<Record<string, string>> {
  const scope = `credential.${new URL(address).origin}`;
  const settings =
    password === ''
      ? [[`${scope}.username`, username]]
      : // An empty one takes away those before it (gitcredentials(7)).
        [
          [`${scope}.helper`, ''],
          [`${scope}.helper`, HELPER],
        ];
  const numbered = settings.flatMap(([key = '', value = ''], i) => [
    [`GIT_CONFIG_KEY_${i}`, key],
    [`GIT_CONFIG_VALUE_${i}`, value],
  ]);
  const secrets = { GIT_LINEAGE_USERNAME: username, GIT_LINEAGE_PASSWORD: password };
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(numbered), ...secrets };
}

/** Every form in which credentials may come back, longest first: the password alone, and both as in a URL and as in a header. */
export function secretsOf({ username, password }: UrlCredentials): string[] {
  // Without a password the user is one: some hosts take a token there.
  const secret = password === '' ? username : password;
  const pairs = [`${username}:${password}`, `${encodeURIComponent(username)}:${encodeURIComponent(password)}`];
  const bytes = Buffer.from(pairs[0] ?? '');
  const forms = [...pairs, ...pairs.map(encodeURIComponent), secret, encodeURIComponent(secret)];
  forms.push(bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'));
  return [...new Set(forms)].filter((form) => form !== '' && form !== ':').sort((a, b) => b.length - a.length);
}

/** The text with every secret taken out. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, HIDDEN), text);
}
