/**
 * The engine against those who depend on a package: each row of `fixtures/assess/dependants.tsv` names a published package
 * whose types import an upgraded one. Its files that do are compiled against the version before and the one after.
 *
 *     npm run --silent build && node test/assess/dependants.mjs [--package NAME] [--verdicts FILE] [--json FILE]
 *
 * `--verdicts` takes what `upgrades.mjs --json` wrote, so that the engine is not asked again about the rows in it.
 *
 * | before | after | the engine says | |
 * |---|---|---|---|
 * | compiles | compiles | anything | ok: most dependants use little of a package |
 * | compiles | does not | BREAKING | ok |
 * | compiles | does not | anything else | MISSED, unless the row's sixth column explains it |
 * | does not | | | wrong: such a row tells nothing |
 *
 * Exits 1 where a row is missed without an explanation, is wrong, or explains what is not there.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { assessInChild, ENGINE } from './assess-tarballs.mjs';
import { errorsOf, install, withInstalled } from './compile-against.mjs';
import { CACHE, fetchMissing, splitSpec, tarball } from './fetch-packages.mjs';
import { keyOf, readTable } from './upgrade-table.mjs';

/**
 * @typedef {object} Dependant
 * @property {string} package
 * @property {string} old
 * @property {string} new
 * @property {string} dependant as npm spells it, `name@version`
 * @property {readonly string[]} companions what else its types and the package's lead to
 * @property {string} explained why a break is not called BREAKING; empty where there is none
 *
 * @typedef {Dependant & { verdict: string, before: string | null, after: string | null, mark: string }} Row
 */

const DEPENDANTS = fileURLToPath(new URL('../../fixtures/assess/dependants.tsv', import.meta.url));
const DECLARATION = /\.d\.[cm]?ts$/;
const SOURCE = /\.[cm]?ts$/;
const MAX_SHOWN = 110;

/** @param {string} file @returns {Dependant[]} */
function readDependants(file) {
  const seen = new Set();
  return readTable(file).map((cells, i) => {
    const [name = '', old = '', next = '', dependant = '', companions = '', explained = ''] = cells;
    const row = {
      package: name,
      old,
      new: next,
      dependant,
      companions: companions.split(' ').filter(Boolean),
      explained,
    };
    const key = `${keyOf(row)} ${dependant}`;
    if (next === '' || !/.@\d/.test(dependant) || seen.has(key)) {
      const found = cells.join('\t');
      throw new Error(`${file}:${i + 2}: expected package, old, new, dependant@version, once each; found ${found}`);
    }
    seen.add(key);
    return row;
  });
}

/** What the engine said already, by what names an upgrade. @param {string | undefined} file @returns {Map<string, string>} */
function readVerdicts(file) {
  /** @type {(import('./upgrade-table.mjs').Upgrade & { verdict: string })[]} */
  const rows = file === undefined ? [] : JSON.parse(readFileSync(file, 'utf8'));
  return new Map(rows.map((row) => [keyOf(row), row.verdict]));
}

/** The name that callers import: types of DefinitelyTyped stand for the package that they type. @param {string} name */
function importedName(name) {
  const [, typed] = /^@types\/(.+)$/.exec(name) ?? [];
  if (typed === undefined) return name;
  return typed.includes('__') ? `@${typed.replace('__', '/')}` : typed;
}

/** The dependant's declarations that import the package, or its sources where it ships no declarations.
 * @param {string} root @param {string} imported */
async function importersOf(root, imported) {
  const name = imported.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const mention = new RegExp(`(from\\s+|import\\(|require\\(|import\\s+|types=)["']${name}(/[^"']*)?["']`);
  const paths = (await readdir(root, { recursive: true })).filter((path) => SOURCE.test(path) && !/test/.test(path));
  const files = paths
    .filter((path) => mention.test(readFileSync(join(root, path), 'utf8')))
    .map((path) => join(root, path));
  const declarations = files.filter((path) => DECLARATION.test(path));
  return declarations.length > 0 ? declarations : files;
}

/** The first error before and after, or null. @param {Dependant} row @returns {Promise<readonly [string | null, string | null]>} */
function compileBoth(row) {
  const specs = [row.dependant, ...row.companions];
  return withInstalled(CACHE, [...specs, `${row.package}@${row.old}`], async (folder) => {
    const root = join(folder, 'node_modules', splitSpec(row.dependant)[0]);
    const files = await importersOf(root, importedName(row.package));
    if (files.length === 0) return /** @type {const} */ ([`nothing of ${row.dependant} imports it`, null]);
    const [before] = errorsOf(files, folder);
    install(folder, `${row.package}@${row.new}`, CACHE);
    const [after] = errorsOf(files, folder);
    return /** @type {const} */ ([before ?? null, after ?? null]);
  });
}

/** @param {Dependant} row @param {string} verdict @param {string | null} before @param {string | null} after */
function mark(row, verdict, before, after) {
  if (before !== null) return 'wrong';
  const missed = after !== null && verdict !== 'BREAKING';
  if (missed) return row.explained === '' ? 'MISSED' : 'explained';
  return row.explained === '' ? 'ok' : 'wrong';
}

async function main() {
  const { values } = parseArgs({
    options: {
      package: { type: 'string', multiple: true },
      verdicts: { type: 'string' },
      'limit-ms': { type: 'string', default: '60000' },
      'limit-mb': { type: 'string', default: '1024' },
      json: { type: 'string' },
    },
  });
  const asked = values.package;
  const dependants = readDependants(DEPENDANTS).filter((row) => asked === undefined || asked.includes(row.package));
  const limits = { limitMs: Number(values['limit-ms']), limitMB: Number(values['limit-mb']) };
  fetchMissing(
    CACHE,
    dependants.flatMap((row) => {
      return [`${row.package}@${row.old}`, `${row.package}@${row.new}`, row.dependant, ...row.companions];
    }),
  );
  const verdicts = readVerdicts(values.verdicts);
  /** @type {Row[]} */
  const rows = [];
  for (const row of dependants) {
    const key = keyOf(row);
    if (!verdicts.has(key)) {
      const [from, to] = [tarball(CACHE, row.package, row.old), tarball(CACHE, row.package, row.new)];
      const { verdict } = await assessInChild({ engine: ENGINE, from, to, warm: false, ...limits });
      verdicts.set(key, verdict);
    }
    const verdict = verdicts.get(key) ?? '';
    const [before, after] = await compileBoth(row);
    const marked = mark(row, verdict, before, after);
    rows.push({ ...row, verdict, before, after, mark: marked });
    const said = (before ?? after ?? '').slice(0, MAX_SHOWN);
    process.stdout.write(`${marked.padEnd(9)} ${verdict.padEnd(12)} ${key} ${row.dependant} ${said}`.trimEnd());
    process.stdout.write('\n');
  }
  const count = (/** @type {(row: Row) => boolean} */ test) => `${rows.filter(test).length} of ${rows.length}`;
  process.stdout.write(`
compile before                        ${count(({ before }) => before === null)}
broken by the upgrade                 ${count(({ before, after }) => before === null && after !== null)}
broken, and called BREAKING           ${count(({ after, verdict }) => after !== null && verdict === 'BREAKING')}
broken, and explained                 ${count((row) => row.mark === 'explained')}
broken, and called anything else      ${count((row) => row.mark === 'MISSED')}
`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  process.exitCode = rows.some((row) => row.mark === 'MISSED' || row.mark === 'wrong') ? 1 : 0;
}

await main();
