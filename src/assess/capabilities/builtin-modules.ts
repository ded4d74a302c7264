/** Which capabilities each module of Node's gives, member by member where they differ. */

import type { Capability } from '../../model/capability.js';

/** What a member gives: capabilities, or a thing that is followed further. */
export type Member = readonly Capability[] | { readonly thing: string };

/** An object whose members give different things. */
export interface PowerfulObject {
  /** What may be reached through it where the member is not known. */
  readonly whole: readonly Capability[];
  readonly members: Readonly<Record<string, Member>>;
  /** What every other member gives; `undetermined`: what `whole` says, perhaps. */
  readonly others: readonly Capability[] | 'undetermined';
}

const NONE: readonly Capability[] = [];
const READ: readonly Capability[] = ['fs-read'];
const WRITE: readonly Capability[] = ['fs-write'];
const BOTH: readonly Capability[] = ['fs-read', 'fs-write'];

function named(members: string, gives: Member): Record<string, Member> {
  return Object.fromEntries(members.split(' ').map((name) => [name, gives]));
}

/** Each with its `Sync` form. */
function withSync(members: string, gives: Member): Record<string, Member> {
  return { ...named(members, gives), ...named(members.replace(/\S+/g, '$&Sync'), gives) };
}

const FILES: Readonly<Record<string, Member>> = {
  ...withSync('readFile read readv readdir readlink realpath stat lstat fstat statfs access exists opendir glob', READ),
  ...named('createReadStream ReadStream FileReadStream Dir watch watchFile unwatchFile openAsBlob', READ),
  ...withSync('writeFile write writev appendFile mkdir mkdtemp rm rmdir unlink rename link symlink', WRITE),
  ...withSync('chmod chown fchmod fchown lchmod lchown utimes futimes lutimes truncate ftruncate', WRITE),
  ...withSync('fsync fdatasync mkdtempDisposable', WRITE),
  ...named('createWriteStream WriteStream FileWriteStream Utf8Stream', WRITE),
  ...withSync('copyFile cp', BOTH),
  ...withSync('open', { thing: 'fs.open' }),
  ...withSync('close', NONE),
  ...named('constants Stats Dirent BigIntStats F_OK R_OK W_OK X_OK', NONE),
};

function files(self: string): PowerfulObject {
  const members = { ...FILES, promises: { thing: 'builtin:fs/promises' }, default: { thing: self } };
  return { whole: BOTH, members, others: 'undetermined' };
}

/** A module with one kind of power, and members that have none of it. */
function wholly(gives: readonly Capability[], harmless = ''): PowerfulObject {
  return { whole: gives, members: harmless === '' ? {} : named(harmless, NONE), others: gives };
}

/** A module without power, but for these members. */
function mostlyHarmless(members: Readonly<Record<string, Member>>): PowerfulObject {
  const whole = [...new Set(Object.values(members).flatMap((gives) => ('thing' in gives ? [] : gives)))];
  return { whole, members, others: NONE };
}

const NETWORK: readonly Capability[] = ['network'];
const HTTP = 'STATUS_CODES METHODS maxHeaderSize validateHeaderName validateHeaderValue';

/** Node's modules that reach something, by name without `node:`. */
const POWERFUL: Readonly<Record<string, PowerfulObject>> = {
  fs: files('builtin:fs'),
  'fs/promises': files('builtin:fs/promises'),
  child_process: wholly(['process']),
  cluster: wholly(['process'], 'isMaster isPrimary isWorker'),
  net: wholly(NETWORK, 'isIP isIPv4 isIPv6 BlockList SocketAddress'),
  http: wholly(NETWORK, HTTP),
  https: wholly(NETWORK),
  http2: wholly(NETWORK, 'constants sensitiveHeaders getDefaultSettings getPackedSettings getUnpackedSettings'),
  tls: wholly(NETWORK, 'checkServerIdentity rootCertificates getCiphers DEFAULT_MIN_VERSION DEFAULT_MAX_VERSION'),
  dgram: wholly(NETWORK),
  dns: wholly(NETWORK),
  'dns/promises': wholly(NETWORK),
  quic: wholly(NETWORK),
  _http_agent: wholly(NETWORK),
  _http_client: wholly(NETWORK),
  _http_common: wholly(NETWORK),
  _http_incoming: wholly(NETWORK),
  _http_outgoing: wholly(NETWORK),
  _http_server: wholly(NETWORK),
  _tls_common: wholly(NETWORK),
  _tls_wrap: wholly(NETWORK),
  inspector: wholly(['code', 'network'], 'console'),
  'inspector/promises': wholly(['code', 'network'], 'console'),
  vm: wholly(['code'], 'isContext constants'),
  repl: wholly(['code']),
  wasi: wholly(['code', 'fs-read', 'fs-write']),
  sqlite: wholly(['fs-read', 'fs-write', 'native'], 'constants'),
  trace_events: wholly(WRITE),
  // `test` has all of it as members of its own, `run` among them.
  test: wholly(['process', 'code'], 'describe it suite before after beforeEach afterEach snapshot'),
  // Its streams are sockets, which connect.
  tty: { whole: NETWORK, members: named('isatty', NONE), others: 'undetermined' },
  worker_threads: mostlyHarmless({ Worker: { thing: 'Worker' } }),
  v8: mostlyHarmless({
    ...named('writeHeapSnapshot setHeapSnapshotNearHeapLimit takeCoverage stopCoverage', WRITE),
    setFlagsFromString: ['code'],
  }),
  crypto: mostlyHarmless({ setEngine: ['native'] }),
  os: mostlyHarmless({
    ...named('homedir hostname userInfo networkInterfaces tmpdir', ['environment']),
    setPriority: ['process'],
  }),
  module: {
    whole: ['code'],
    members: {
      ...named(
        'builtinModules isBuiltin syncBuiltinESMExports findPackageJSON SourceMap findSourceMap constants',
        NONE,
      ),
      ...named('getCompileCacheDir stripTypeScriptTypes getSourceMapsSupport setSourceMapsSupport', NONE),
      ...named('enableCompileCache flushCompileCache', WRITE),
      ...named('default Module', { thing: 'builtin:module' }),
      createRequire: { thing: 'createRequire' },
      _load: { thing: 'Module._load' },
    },
    others: ['code'],
  },
};

const HARMLESS: ReadonlySet<string> = new Set(
  (
    'assert assert/strict async_hooks buffer console constants diagnostics_channel domain events path path/posix ' +
    'path/win32 perf_hooks punycode querystring readline readline/promises sea stream stream/consumers ' +
    'stream/promises stream/web string_decoder sys timers timers/promises url util util/types zlib test/reporters ' +
    '_stream_duplex _stream_passthrough _stream_readable _stream_transform _stream_wrap _stream_writable'
  ).split(' '),
);

/** With these a name needs its `node:`; without it, it is a package. */
const PREFIXED: ReadonlySet<string> = new Set(['sea', 'sqlite', 'test', 'test/reporters', 'quic']);

/** A module of Node's by what an import says: `harmless`, its name, or `unlisted` for a `node:` that is not known here. */
export function builtinOf(specifier: string): { readonly name: string } | 'harmless' | 'unlisted' | null {
  const prefixed = specifier.startsWith('node:');
  const name = prefixed ? specifier.slice('node:'.length) : specifier;
  if (!prefixed && PREFIXED.has(name)) return null;
  if (name === 'process' || Object.hasOwn(POWERFUL, name)) return { name };
  if (HARMLESS.has(name)) return 'harmless';
  return prefixed ? 'unlisted' : null;
}

/** What the module of Node's with this name gives. */
export function builtinObject(name: string): PowerfulObject {
  return POWERFUL[name] ?? wholly(NONE);
}
