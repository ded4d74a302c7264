/** The rooms of the source and the one direction in which they import, read from the source itself. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

interface Import {
  /** `src/model/gate.ts:4: import … from './report.js'` */
  readonly where: string;
  readonly file: string;
  /** A room of the source, or the name of a package. */
  readonly to: string;
  /** The imported file, below src, or the package as written. */
  readonly path: string;
  readonly typeOnly: boolean;
  /** Asked for when it is needed, not when the file is loaded. */
  readonly late: boolean;
}

/** Stands for what only a running program knows: a loader's business, nobody else's. */
const COMPUTED = '(computed)';

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly syntax: ts.SourceFile;
}

const files: SourceFile[] = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => {
    const text = readFileSync(join(SOURCE, name), 'utf8');
    const path = relative(SOURCE, join(SOURCE, name)).split(sep).join('/');
    return { path, text, syntax: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
  });

/** `model` for model/gate.ts, `ports` for ports/keys.ts. */
function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.tsx?$/, '');
}

function lineAt(file: SourceFile, node: ts.Node): string {
  const { line } = file.syntax.getLineAndCharacterOfPosition(node.getStart(file.syntax));
  return `src/${file.path}:${line + 1}: ${node.getText(file.syntax).split('\n')[0]}`;
}

function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodes(child);
}

/** Static imports, re-exports, dynamic imports and import types; the name that each asks for. */
function specifierOf(node: ts.Node): { name: string; typeOnly: boolean } | null {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    const typeOnly = ts.isExportDeclaration(node)
      ? node.isTypeOnly
      : node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    return ts.isStringLiteral(node.moduleSpecifier) ? { name: node.moduleSpecifier.text, typeOnly } : null;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return {
      name: argument !== undefined && ts.isStringLiteral(argument) ? argument.text : COMPUTED,
      typeOnly: false,
    };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { name: node.argument.literal.text, typeOnly: true };
  }
  return null;
}

const paths = new Set(files.map(({ path }) => path));

/** The source of a file that an import names. */
function sourceOf(path: string): string {
  const [plain, withMarkup] = [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')];
  return paths.has(withMarkup) ? withMarkup : plain;
}

const imports: Import[] = files.flatMap((file) =>
  [...nodes(file.syntax)].flatMap((node) => {
    const specifier = specifierOf(node);
    if (specifier === null) return [];
    // The one file that stands for a package.
    const found = specifier.name.endsWith('/compiler.cjs') ? { ...specifier, name: 'typescript' } : specifier;
    const inside = found.name.startsWith('.');
    const path = inside ? sourceOf(posix.join(posix.dirname(file.path), found.name)) : found.name;
    const to = inside ? roomOf(path) : found.name.replace(/^(@[^/]+\/[^/]+|[^/]+)\/.*$/, '$1');
    return [
      {
        where: lineAt(file, node),
        file: file.path,
        to,
        path,
        typeOnly: found.typeOnly,
        late: ts.isCallExpression(node),
      },
    ];
  }),
);

/** What the doors hand on, and the facade of the command line. */
const LIBRARY = [
  ...['errors', 'model', 'ports', 'audit', 'ledger', 'git', 'signing', 'assess', 'witness'],
  ...['ledger-options', 'audit-copy', 'open', 'init', 'clone', 'fetch', 'publish-checkpoint', 'journal-pins'],
];

/** Which other rooms each room may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  'options-check': ['errors'],
  'ignoring-failures': [],
  model: ['errors'],
  ports: ['model'],
  witness: [
    'errors',
    'ed25519-seed',
    'options-check',
    'ignoring-failures',
    'make-folders',
    'durable-file',
    'native-locks',
    'listen',
    'host-check',
  ],
  audit: ['errors', 'model', 'ports', 'witness'],
  ledger: ['errors', 'options-check', 'ignoring-failures', 'model', 'ports', 'audit', 'witness'],
  git: [
    'errors',
    'options-check',
    'ignoring-failures',
    'model',
    'ports',
    'built-file',
    'git-environment',
    'url-credentials',
    'make-folders',
    'own-file',
    'native-locks',
    'start-thread',
    'listen',
    'host-check',
    'served-ledgers',
    'work-slices',
  ],
  'optional-package': ['errors'],
  listen: ['errors'],
  'make-folders': [],
  'own-file': [],
  'durable-file': ['make-folders'],
  'host-check': ['errors'],
  loopback: [],
  'served-ledgers': ['errors', 'options-check'],
  'ed25519-seed': [],
  signing: ['errors', 'options-check', 'model', 'ports', 'ed25519-seed'],
  'built-file': [],
  'git-environment': [],
  'url-credentials': [],
  'native-locks': ['errors'],
  'start-thread': ['errors'],
  'work-slices': [],
  assess: ['errors', 'options-check', 'model', 'built-file', 'make-folders', 'own-file'],
  swap: [
    'errors',
    'options-check',
    'model',
    'ledger',
    'assess',
    'built-file',
    'make-folders',
    'durable-file',
    'native-locks',
    'start-thread',
    'work-slices',
  ],
  metrics: ['errors', 'options-check', 'model', 'ledger', 'host-check'],
  page: [
    'errors',
    'options-check',
    'model',
    'ledger',
    'audit',
    'built-file',
    'make-folders',
    'listen',
    'host-check',
    'served-ledgers',
  ],
  webhooks: ['errors', 'options-check', 'loopback', 'ignoring-failures', 'model', 'ledger', 'swap', 'durable-file'],
  mcp: [
    'errors',
    'options-check',
    'optional-package',
    'ignoring-failures',
    'model',
    'ledger',
    'built-file',
    'durable-file',
    'native-locks',
    'listen',
    'loopback',
  ],
  'lazy-measurer': ['model', 'ports', 'assess'],
  'ledger-options': ['errors', 'options-check', 'model', 'ports', 'ledger', 'git'],
  'audit-copy': [
    'errors',
    'options-check',
    'lazy-measurer',
    'model',
    'audit',
    'ledger',
    'git',
    'signing',
    'ledger-options',
  ],
  open: [
    'errors',
    'optional-package',
    'ignoring-failures',
    'lazy-measurer',
    'model',
    'ports',
    'audit',
    'ledger',
    'git',
    'signing',
    'assess',
    'metrics',
    'ledger-options',
    'audit-copy',
  ],
  init: ['errors', 'model', 'ports', 'ledger', 'git', 'signing', 'ledger-options', 'open'],
  clone: ['errors', 'options-check', 'ports', 'audit', 'witness', 'git', 'audit-copy'],
  fetch: [
    'errors',
    'options-check',
    'model',
    'ports',
    'audit',
    'witness',
    'ledger',
    'git',
    'ledger-options',
    'audit-copy',
    'open',
    'clone',
  ],
  'publish-checkpoint': ['errors', 'options-check', 'model', 'ports', 'ledger', 'git', 'witness', 'open'],
  'journal-pins': ['options-check', 'audit', 'ledger', 'git', 'witness', 'open'],
  'install-guards': ['errors', 'git'],
  'receive-push': ['errors', 'lazy-measurer', 'model', 'ports', 'ledger', 'git', 'signing'],
  index: ['errors', 'model', 'ports', 'ledger', 'signing', 'ledger-options', 'open', 'init', 'clone', 'fetch'],
  api: [...LIBRARY, 'swap', 'metrics', 'page', 'webhooks', 'mcp', 'lazy-measurer', 'install-guards'],
  cli: [
    ...LIBRARY,
    'api',
    'optional-package',
    'receive-push',
    'built-file',
    'git-environment',
    'make-folders',
    'native-locks',
    'url-credentials',
  ],
  types: [],
};

/** Packages, and the room that alone knows each. */
const PACKAGE_ROOM: Readonly<Record<string, readonly string[]>> = {
  'isomorphic-git': ['git'],
  'fs-native-extensions': ['native-locks'],
  'bcrypt-pbkdf': ['signing'],
  '@modelcontextprotocol/sdk': ['mcp'],
  ignore: ['cli'],
  commander: ['cli'],
  memfs: ['init'],
  typescript: ['assess'],
  'es-module-lexer': ['assess', 'swap'],
  'cjs-module-lexer': ['assess'],
  semver: ['swap', 'assess', 'cli'],
  yaml: ['assess'],
  preact: ['page'],
  diff: ['page'],
  'prom-client': ['metrics', 'ledger-options', 'swap', 'webhooks', 'cli'],
};

/** Modules of node that touch neither files nor processes nor the network. */
const PURE = ['node:crypto', 'node:buffer', 'node:util', 'node:assert'];

function offences(where: (i: Import) => boolean): string[] {
  return imports.filter(where).map((i) => i.where);
}

describe('the source', () => {
  test('is read: every room that is named here exists, and imports were found in each', () => {
    const rooms = new Set(files.map((f) => roomOf(f.path)));
    for (const room of [
      'errors',
      'model',
      'ports',
      'ledger',
      'git',
      'signing',
      'metrics',
      'webhooks',
      'open',
      'api',
      'index',
    ]) {
      expect(rooms).toContain(room);
    }
    expect([...rooms].filter((room) => MAY_IMPORT[room] === undefined)).toEqual([]);
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.some((i) => i.to === 'memfs')).toBe(true);
  });

  test('is imported by paths that exist', () => {
    const known = new Set(files.map((f) => f.path));
    expect(offences((i) => /\.tsx?$/.test(i.path) && !known.has(i.path))).toEqual([]);
  });
});

describe('imports', () => {
  test('run one way', () => {
    const wrong = offences((i) => {
      const from = roomOf(i.file);
      return MAY_IMPORT[i.to] !== undefined && i.to !== from && !MAY_IMPORT[from]?.includes(i.to);
    });
    expect(wrong).toEqual([]);
  });

  test('of git and signing meet the ledger in the files that put it together alone', () => {
    const joining = new Set(
      imports.filter((i) => (i.to === 'git' || i.to === 'signing') && i.to !== roomOf(i.file)).map((i) => i.file),
    );
    expect([...joining].sort()).toEqual([
      'api/server.ts',
      'api/testing.ts',
      'api/types.ts',
      'audit-copy.ts',
      'cli/library.ts',
      'cli/signing-library.ts',
      'clone.ts',
      'fetch.ts',
      'index.ts',
      'init.ts',
      'install-guards.ts',
      'journal-pins.ts',
      'ledger-options.ts',
      'open.ts',
      'publish-checkpoint.ts',
      'receive-push.ts',
    ]);
    expect(offences((i) => ['ledger', 'model'].includes(roomOf(i.file)) && ['git', 'signing'].includes(i.to))).toEqual(
      [],
    );
  });

  test('of whoever uses a ledger are its interfaces, not its insides', () => {
    const users = ['swap', 'metrics', 'page', 'webhooks', 'mcp', 'index', 'api', 'cli'];
    const shown = /^ledger\/(ledger|version-manager|ledger-(versions|reports|live|policy|replicas|journal))\.ts$/;
    const wrong = offences((i) => users.includes(roomOf(i.file)) && i.to === 'ledger' && !shown.test(i.path));
    expect(wrong).toEqual([]);
  });

  test("of the witnesses' texts reach nothing but hashes and signatures", () => {
    const wrong = offences(
      (i) =>
        i.file.startsWith('witness/format/') &&
        !(/^(witness\/format\/|(errors|options-check|ed25519-seed)\.ts$)/.test(i.path) || i.to === 'node:crypto'),
    );
    expect(wrong).toEqual([]);
  });

  test('of the witnesses by who checks them are their texts', () => {
    const checks = ['audit', 'ledger', 'clone', 'fetch'];
    const wrong = offences(
      (i) => checks.includes(roomOf(i.file)) && i.to === 'witness' && !i.path.startsWith('witness/format/'),
    );
    expect(wrong).toEqual([]);
  });

  test('of webhooks from the live side are its interface', () => {
    expect(
      offences((i) => roomOf(i.file) === 'webhooks' && i.to === 'swap' && i.path !== 'swap/swap-types.ts'),
    ).toEqual([]);
  });

  test('of the assessor come when something is to be judged, and through its door', () => {
    const users = imports.filter(
      (i) => i.to === 'assess' && ['lazy-measurer', 'open', 'swap'].includes(roomOf(i.file)),
    );
    expect(users.length).toBeGreaterThan(2);
    expect(users.filter((i) => !i.late).map((i) => i.where)).toEqual([]);
    const doors = new Set(users.map((i) => i.path));
    expect([...doors].sort()).toEqual(['assess/assessor.ts', 'assess/measure-versions.ts']);
  });

  test('of TypeScript and all that needs it stay in the engine', () => {
    const engine = ['assess-files.ts', 'assess-by-names.ts'].map((name) => `assess/${name}`);
    const wrong = offences((i) => engine.includes(i.path) && i.file !== 'assess/engine-thread.ts');
    expect(wrong).toEqual([]);
    const rooms = /^assess\/(caller|typescript|names|module|schema|capabilities|skill)\//;
    const reached = new Set<string>();
    const walk = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const i of imports) if (i.file === file && !i.typeOnly && i.path.startsWith('assess/')) walk(i.path);
    };
    walk('assess/assessor.ts');
    walk('assess/measure-versions.ts');
    expect([...reached].filter((file) => rooms.test(file))).toEqual([]);
    expect(reached.size).toBeGreaterThan(8);
  });

  test('of the command line come through its own facade and the public doors, nothing deeper', () => {
    const direct = ['built-file', 'git-environment', 'make-folders', 'native-locks', 'url-credentials'];
    const wrong = offences(
      (i) =>
        roomOf(i.file) === 'cli' &&
        !/^cli\/(files-|rare-|signing-)?library\.ts$/.test(i.file) &&
        i.path.endsWith('.ts') &&
        !['cli', 'api', ...direct].includes(i.to),
    );
    expect(wrong).toEqual([]);
  });

  test('of what compares files in the command line lead to no ledger, which takes longer to load', () => {
    const reached = new Set<string>();
    const walk = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const i of imports) if (i.file === file && !i.typeOnly && !i.late && i.path.endsWith('.ts')) walk(i.path);
    };
    for (const file of ['cli/files-library.ts', 'cli/verbs/assess-folders.ts']) walk(file);
    expect(reached).toContain('assess/assessor.ts');
    expect([...reached].filter((file) => ['git', 'ledger', 'signing'].includes(roomOf(file)))).toEqual([]);
  });

  test('of the doors that serve others come late in the command line: most verbs do without them', () => {
    const doors = imports.filter((i) => roomOf(i.file) === 'cli' && i.to === 'api' && !i.typeOnly);
    expect(doors.length).toBeGreaterThan(5);
    expect(doors.filter((i) => !i.late).map((i) => i.where)).toEqual([]);
  });

  test('of a package belong to one room', () => {
    const wrong = offences((i) => {
      if (/\.tsx?$/.test(i.path) || i.to.startsWith('node:') || i.to === COMPUTED) return false;
      return !PACKAGE_ROOM[i.to]?.includes(roomOf(i.file));
    });
    expect(wrong).toEqual([]);
  });

  test('of the model and the ledger reach no I/O', () => {
    const pure = ['errors', 'model', 'ports', 'ledger'];
    const wrong = offences((i) => pure.includes(roomOf(i.file)) && i.to.startsWith('node:') && !PURE.includes(i.to));
    expect(wrong).toEqual([]);
  });

  test('of the disk thread stay in the room of git', () => {
    const wrong = offences((i) => /^git\/disk-/.test(i.path) && roomOf(i.file) !== 'git');
    expect(wrong).toEqual([]);
    expect(imports.filter((i) => /^git\/disk-thread\.ts$/.test(i.path)).map((i) => i.file)).toEqual([
      'git/create-publisher.ts',
    ]);
  });

  test('of the audit are no replay, chain, index or view of those who read', () => {
    const shared =
      /^(model\/(replay|apply-event|blob-holders|tagged-target|pending-pairs|records|entry-chain|sorted-)|ledger\/|ports\/index-file)/;
    expect(offences((i) => roomOf(i.file) === 'audit' && shared.test(i.path))).toEqual([]);
  });

  test('of node say so: no built-in without its prefix', () => {
    const bare = ['fs', 'path', 'crypto', 'os', 'url', 'util', 'net', 'child_process', 'buffer', 'events', 'stream'];
    expect(offences((i) => bare.includes(i.to))).toEqual([]);
  });

  test("of what is computed are a loader's, in the swap room", () => {
    expect(offences((i) => i.to === COMPUTED && roomOf(i.file) !== 'swap')).toEqual([]);
  });

  test('make no circle of values', () => {
    const edges = new Map<string, string[]>();
    for (const i of imports) if (!i.typeOnly) edges.set(i.file, [...(edges.get(i.file) ?? []), i.path]);
    expect(edges.size).toBeGreaterThan(300);
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      (edges.get(from) ?? []).some((next) => {
        if (next === to) return true;
        if (seen.has(next)) return false;
        seen.add(next);
        return reaches(next, to, seen);
      });
    expect([...edges.keys()].filter((file) => reaches(file, file))).toEqual([]);
  });
});

describe('every file', () => {
  test('has a name of its own, but for verbs, which have theirs from the command line, and doors', () => {
    const names = files
      .map((f) => f.path)
      .filter((path) => !/^(cli\/verbs|api)\//.test(path))
      .map((path) => basename(path));
    expect([...new Set(names.filter((name, i) => names.indexOf(name) !== i))]).toEqual([]);
  });

  test('names what it exports: no star, no default', () => {
    const wrong = files.flatMap((file) =>
      [...nodes(file.syntax)]
        .filter(
          (node) =>
            (ts.isExportDeclaration(node) && node.exportClause === undefined) ||
            ts.isExportAssignment(node) ||
            (node.kind === ts.SyntaxKind.DefaultKeyword && ts.canHaveModifiers(node.parent)) ||
            (ts.isExportSpecifier(node) && node.name.text === 'default'),
        )
        .filter(() => !file.path.endsWith('.d.ts'))
        .map((node) => lineAt(file, node.parent.kind === ts.SyntaxKind.SourceFile ? node : node.parent)),
    );
    expect(wrong).toEqual([]);
  });

  test('exports what some other file uses, of the source or of its tests', () => {
    const others = ['test', 'bench', 'hooks'].flatMap((folder) =>
      readdirSync(join(SOURCE, '..', folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.m?ts$|\.mjs$/.test(name))
        .map((name) => readFileSync(join(SOURCE, '..', folder, name), 'utf8')),
    );
    const users = new Map<string, Set<string>>();
    const words = (text: string) => new Set(text.match(/[A-Za-z_$][\w$]*/g));
    const use = (path: string, text: string) => {
      for (const word of words(text)) users.set(word, (users.get(word) ?? new Set()).add(path));
    };
    for (const { path, text } of files) use(path, text);
    others.forEach((text, i) => {
      use(`(${i})`, text);
    });
    const unused = files.flatMap((file) =>
      file.syntax.statements
        .filter((node) => ts.canHaveModifiers(node) && ts.getModifiers(node)?.[0]?.kind === ts.SyntaxKind.ExportKeyword)
        .flatMap((node) => {
          if (ts.isVariableStatement(node))
            return node.declarationList.declarations.flatMap(({ name }) => name.getText().match(/\w+/g) ?? []);
          const { name } = node as ts.FunctionDeclaration;
          return name === undefined ? [] : [name.text];
        })
        .filter((name) => (users.get(name)?.size ?? 0) < 2)
        .map((name) => `${file.path}: ${name}`),
    );
    expect(unused).toEqual([]);
  });

  test('has 380 lines at most', () => {
    expect(files.length).toBeGreaterThan(300);
    const lengths = files.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > 380)).toEqual([]);
  });

  test('is named for what it does', () => {
    const vague = /^(utils?|helpers?|common|misc|shared)(\.|$)/;
    const names = files.flatMap((f) => f.path.split('/')).map((name) => basename(name));
    expect([...new Set(names)].filter((name) => vague.test(name))).toEqual([]);
    expect(files.map((f) => dirname(f.path)).filter((folder) => folder.split('/').length > 2)).toEqual([]);
  });

  test('of the library prints nothing, ends nothing and reads no environment', () => {
    // What runs in processes of their own are programs.
    const programs = [
      'assess/engine-main.ts',
      'assess/engine-thread.ts',
      'swap/process/process-main.ts',
      'mcp/keeper-main.ts',
    ];
    const library = files.filter((f) => roomOf(f.path) !== 'cli' && !programs.includes(f.path));
    const wrong = library.flatMap((file) =>
      [...nodes(file.syntax)]
        .filter((node) => {
          if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
            const object = node.expression.getText(file.syntax).replace(/^globalThis\./, '');
            if (object === 'console') return true;
            return (
              object === 'process' &&
              !/^(globalThis\.)?process\.(pid|kill|geteuid|versions|versions\.node)$/.test(node.getText(file.syntax))
            );
          }
          return false;
        })
        .map((node) => lineAt(file, node)),
    );
    // The programs that the library starts get the environment that they would have had, less what is not meant for them.
    const passedOn =
      /^src\/(git-environment|git\/pre-swap-hook|git\/http-backend|assess\/engine-process|swap\/process\/process-loader)\.ts:\d+: process\.env$/;
    // A version runs on the Node that its host runs on.
    const sameNode = /^src\/swap\/process\/process-loader\.ts:\d+: process\.execPath$/;
    expect(wrong.filter((line) => !passedOn.test(line) && !sameNode.test(line))).toEqual([]);
    expect(
      offences((i) => roomOf(i.file) !== 'cli' && ['node:process', 'node:console', 'node:readline'].includes(i.path)),
    ).toEqual([]);
  });
});

/** The calls of a function by its name, and the files that they are in. */
function callers(name: string): string[] {
  const found = files.filter((file) =>
    [...nodes(file.syntax)].some(
      (node) => ts.isCallExpression(node) && node.expression.getText(file.syntax).replace(/^.*\./, '') === name,
    ),
  );
  return found.map((file) => file.path).sort();
}

describe('the journal', () => {
  test('is parsed by the model, and by the audit, which shares nothing but that with it', () => {
    const rooms = new Set(callers('parseEntry').map(roomOf));
    expect([...rooms].sort()).toEqual(['audit', 'model']);
    expect(callers('parseEntry').filter((path) => roomOf(path) === 'model')).toEqual([
      'model/entry-chain.ts',
      'model/journal-entry.ts',
    ]);
  });

  test('is walked in one place, and by the audit', () => {
    // Whoever takes the parent of a commit for the next one, in a loop, walks.
    const walks = files
      .filter((file) => !['audit', 'assess'].includes(roomOf(file.path)))
      .flatMap((file) =>
        [...nodes(file.syntax)]
          .filter((node) => ts.isForStatement(node) || ts.isWhileStatement(node))
          .filter((loop) => /parents\[0\]|readParents|\bparents = |= \w+\.parent;/.test(loop.getText(file.syntax)))
          .map(() => file.path),
      );
    expect([...new Set(walks)]).toEqual(['model/entry-chain.ts']);
  });
});
