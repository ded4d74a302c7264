/**
 * What real upgrades gain: of each patch and minor row of `fixtures/assess/npm-upgrades.tsv`, which of the capabilities that new ledgers
 * ask an approval for the later version reaches and the earlier one does not, and where. Packages are fetched with `npm pack`.
 *
 *     npm run --silent build && node test/assess/capability-shares.mjs [--package NAME] [--all-uses]
 *
 * Each gain was read in the package's source; what was found stands in `fixtures/assess/capability-gains.tsv`:
 *
 * | judgement | |
 * |---|---|
 * | real | the later version reaches what no code of the earlier one reached |
 * | moved | the earlier version reached it as well, where the analysis could not see it: in a dependency, or behind what is undetermined |
 * | false | nothing is reached |
 *
 * Exits 1 where what is found is not what the table says: a gain that nobody judged, one that is gone, or one at another place.
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { capabilitiesOf } from '../../build/assess/capabilities/capabilities-of.js';
import { useOf } from '../../build/assess/capabilities/compare-capabilities.js';
import { compareReach } from '../../build/model/capability.js';
import { defaultSettings } from '../../build/model/policy-settings.js';
import { CACHE, fetchMissing, tarball } from './fetch-packages.mjs';
import { unpack } from './unpack.mjs';
import { keyOf, readTable, readUpgrades, versionsOf } from './upgrade-table.mjs';

/**
 * @typedef {import('./upgrade-table.mjs').Upgrade} Upgrade
 * @typedef {import('../../src/model/capability.js').Capability} Capability
 * @typedef {import('../../src/assess/capabilities/capability-report.js').CapabilityReport} CapabilityReport
 *
 * @typedef {object} Gain
 * @property {Upgrade} upgrade
 * @property {Capability} capability
 * @property {string} place where the use stands that shows it best, `file:line`
 * @property {string} what what stands there
 * @property {CapabilityReport} now
 */

const JUDGED = fileURLToPath(new URL('../../fixtures/assess/capability-gains.tsv', import.meta.url));
const JUDGEMENTS = ['real', 'moved', 'false'];
const { approveCapabilities: ASKED } = defaultSettings(2);

/** @param {{ upgrade: Upgrade, capability: string, place: string }} gain */
function gainKey({ upgrade, capability, place }) {
  return `${keyOf(upgrade)} ${capability} ${place}`;
}

/** The judgement of each gain, by `gainKey`. @returns {Map<string, string>} */
function readJudged() {
  const judged = new Map();
  readTable(JUDGED).forEach(
    ([name = '', old = '', next = '', capability = '', place = '', judgement = '', why = ''], i) => {
      const key = `${name} ${old} ${next} ${capability} ${place}`;
      if (!JUDGEMENTS.includes(judgement) || why === '' || judged.has(key))
        throw new Error(
          `${JUDGED}:${i + 2}: expected package, from, to, capability, place, ${JUDGEMENTS.join(' or ')}, why, once each; found ${key} ${judgement}`,
        );
      judged.set(key, judgement);
    },
  );
  return judged;
}

/** @param {Upgrade} upgrade @param {CapabilityReport} old @param {CapabilityReport} now @returns {Gain[]} */
function gainsOf(upgrade, old, now) {
  const asked = compareReach(old.reach, now.reach).added.filter((capability) => ASKED.includes(capability));
  return asked.map((capability) => {
    const use = useOf(now, capability);
    const place = use === undefined ? '-' : `${use.file}:${use.line}`;
    return { upgrade, capability, place, what: use === undefined ? '' : `${use.what} (${use.reach})`, now };
  });
}

/** @param {Gain} gain @param {string} judgement @param {boolean} isWithUses */
function printGain({ upgrade, capability, place, what, now }, judgement, isWithUses) {
  process.stdout.write(`${[keyOf(upgrade), capability, place, judgement, what].join('\t')}\n`);
  if (!isWithUses) return;
  for (const use of now.uses.filter((one) => one.capability === capability))
    process.stdout.write(`\t${use.file}:${use.line}\t${use.what} (${use.reach})\n`);
}

/** @param {string} title @param {number} part @param {number} whole */
function printShare(title, part, whole) {
  process.stdout.write(
    `${title.padEnd(32)} ${part} of ${whole} (${((100 * part) / Math.max(1, whole)).toFixed(1)}%)\n`,
  );
}

/**
 * `before`: what the earlier version of each row reaches. Where that is code, or may be, whatever else is undetermined is no gain.
 *
 * @param {readonly Upgrade[]} upgrades @param {readonly Gain[]} gains @param {ReadonlyMap<string, string>} judged
 * @param {ReadonlyMap<string, import('../../src/model/capability.js').ReachOf>} before
 */
function printShares(upgrades, gains, judged, before) {
  const countOf = (/** @type {readonly Gain[]} */ some) => new Set(some.map(({ upgrade }) => keyOf(upgrade))).size;
  process.stdout.write('\n');
  for (const reach of /** @type {const} */ (['none', 'undetermined', 'present'])) {
    const some = upgrades.filter((row) => before.get(keyOf(row))?.code === reach);
    printShare(`rows whose code was ${reach}`, some.length, upgrades.length);
  }
  for (const declared of ['patch', 'minor']) {
    const some = gains.filter(({ upgrade }) => upgrade.declared === declared);
    printShare(
      `${declared} rows with a gain`,
      countOf(some),
      upgrades.filter((row) => row.declared === declared).length,
    );
  }
  printShare('rows with a gain', countOf(gains), upgrades.length);
  for (const judgement of JUDGEMENTS) {
    const some = gains.filter((gain) => judged.get(gainKey(gain)) === judgement);
    printShare(`rows with a ${judgement} gain`, countOf(some), upgrades.length);
  }
  for (const capability of ASKED)
    printShare(
      `rows that gain ${capability}`,
      countOf(gains.filter((gain) => gain.capability === capability)),
      upgrades.length,
    );
}

function main() {
  const { values } = parseArgs({
    options: {
      package: { type: 'string', multiple: true },
      cache: { type: 'string', default: CACHE },
      /** Each place at which a gained capability is used, for whoever judges it. */
      'all-uses': { type: 'boolean', default: false },
    },
  });
  const names = values.package;
  const isAsked = (/** @type {string} */ name) => names === undefined || names.includes(name);
  const upgrades = readUpgrades().filter((row) => row.declared !== 'major' && isAsked(row.package));
  const judged = readJudged();
  fetchMissing(values.cache, versionsOf(upgrades));
  /** @type {Gain[]} */
  const gains = [];
  /** @type {Map<string, import('../../src/model/capability.js').ReachOf>} */
  const before = new Map();
  /** @type {Map<string, CapabilityReport>} */
  const reports = new Map();
  const reportOf = (/** @type {string} */ name, /** @type {string} */ version) => {
    const file = tarball(values.cache, name, version);
    const report = reports.get(file) ?? capabilitiesOf(unpack(file));
    reports.set(file, report);
    return report;
  };
  for (const upgrade of upgrades) {
    const [old, now] = [reportOf(upgrade.package, upgrade.old), reportOf(upgrade.package, upgrade.new)];
    before.set(keyOf(upgrade), old.reach);
    for (const gain of gainsOf(upgrade, old, now)) {
      gains.push(gain);
      printGain(gain, judged.get(gainKey(gain)) ?? 'NOT JUDGED', values['all-uses']);
    }
  }
  printShares(upgrades, gains, judged, before);
  const found = new Set(gains.map(gainKey));
  const gone = [...judged.keys()].filter((key) => isAsked(key.split(' ', 1)[0] ?? '') && !found.has(key));
  for (const key of gone) process.stdout.write(`judged, and not found: ${key}\n`);
  process.exitCode = gone.length > 0 || gains.some((gain) => !judged.has(gainKey(gain))) ? 1 : 0;
}

main();
