/** What the git command line is told, and what it is not, whenever the library starts it: no hook, no inherited repository. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that win over every config file: no hook, no monitor, no helper named by a URL, no maintenance on the side. */
export const QUIET_SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'protocol.ext.allow=never',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** Of git's variables: how a host is reached and where the user's settings are, not which repository is meant. */
const KEPT =
  /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|PROXY_COMMAND|ASKPASS|EXEC_PATH|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|SSL_.*|HTTP_.*|CURL_VERBOSE|TRACE.*)$/;

/** The environment that git would have had, less what names another repository; it answers in English. */
export function gitEnvironment(env: Environment = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('GIT_') || KEPT.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
