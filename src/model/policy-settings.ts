/** The settings of a ledger: what each is, what it begins with, and what it may be. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import { CAPABILITIES, type Capability, inOrder, isCapabilityList } from './capability.js';
import type { LedgerFormat } from './ledger-event.js';

/** The three settings of the version manager. */
export interface VersionManagerConfig {
  /** The window that `getLineage` shows and `asm_version_lineage_depth` reports; at least 2. The ledger keeps every version. */
  readonly maxCheckpoints: number;
  /** True: a BREAKING version does not become active before an approver has signed for it. */
  readonly requireApproval: boolean;
  /** True: a BREAKING version that goes sick is rolled back like any other; false: it stays, and says so. */
  readonly autoRollbackOnBreaking: boolean;
}

/**
 * Whose word on a level lets a version pass. `any`: every report counts. `assessor`: what no assessor's key signed only raises a level.
 * `recheck`: whoever activates a version or takes an activation in measures it again, and by that result, what no assessor's key signed
 * only raises a level.
 */
export type MeasuredBy = 'any' | 'assessor' | 'recheck';

const MEASURED_BY: readonly MeasuredBy[] = ['any', 'assessor', 'recheck'];

/** Settings of the ledger beyond the three. */
export interface PolicySettings extends VersionManagerConfig {
  /** True: a pair nobody assessed needs an approval too. */
  readonly approveUnknown: boolean;
  /** How many different principals must approve; at least 1. */
  readonly requiredApprovals: number;
  /** True: a version that was healthy for the whole of its health window is tagged `stable` by whoever swapped it in. */
  readonly promoteStable: boolean;
  /** Seconds by which the date of an entry may be ahead of the clock of whoever writes, adopts or audits it; 1 to 3,600. Format 2. */
  readonly clockTolerance: number;
  /**
   * How far above the highest number of its module, of those by keys that are believed, a version's number may be; at least 1. Format 2.
   */
  readonly maxVersionJump: number;
  /** True: where two principals or more can approve, an approval by the one who staged the version does not count. Format 2. */
  readonly forbidSelfApproval: boolean;
  /** True: files may have names that a checkout on Windows or macOS would change. Format 2. */
  readonly allowUnportableNames: boolean;
  /** Whose word on a level lets a version pass. Format 2. */
  readonly measuredBy: MeasuredBy;
  /**
   * A version that gains one of these over the version that it replaces needs an approval, whatever its level; in the order of
   * `CAPABILITIES`, each once. Format 2.
   */
  readonly approveCapabilities: readonly Capability[];
  /** How many different principals must sign a change of policy that is the admins'; at least 1. Format 2. */
  readonly adminThreshold: number;
  /** How many different principals must sign a change of the root keys or of a threshold; at least 1. Format 2. */
  readonly rootThreshold: number;
  /**
   * The public key of the ledger's log, which one publisher holds, as `git-lineage checkpoint key` prints it; null where none is named.
   * Format 2.
   */
  readonly logKey: string | null;
}

export const DEFAULT_SETTINGS: PolicySettings = Object.freeze({
  maxCheckpoints: 20,
  requireApproval: false,
  autoRollbackOnBreaking: true,
  approveUnknown: false,
  requiredApprovals: 1,
  promoteStable: true,
  clockTolerance: 300,
  maxVersionJump: 1000,
  forbidSelfApproval: false,
  allowUnportableNames: false,
  measuredBy: 'any',
  approveCapabilities: Object.freeze([]),
  adminThreshold: 1,
  rootThreshold: 1,
  logKey: null,
});

/** By these a version takes the machine over, or asks somebody who does. */
const APPROVED_CAPABILITIES = inOrder(['process', 'network', 'code', 'native', 'install']);

/**
 * The settings that a new ledger of a format begins with. Levels are measured again: that takes no other key than a ledger begins with,
 * where `assessor` would leave each level UNKNOWN until somebody has one, and `any` believes every recorder.
 */
export function defaultSettings(format: LedgerFormat): PolicySettings {
  if (format === 1) return DEFAULT_SETTINGS;
  const measured = { measuredBy: 'recheck', approveCapabilities: APPROVED_CAPABILITIES } as const;
  return { ...DEFAULT_SETTINGS, forbidSelfApproval: true, ...measured };
}

interface SettingRule {
  readonly expected: string;
  readonly test: (value: unknown) => boolean;
  /** The format that brought it. */
  readonly since: LedgerFormat;
}

function isWhole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

function atLeast(least: number, since: LedgerFormat): SettingRule {
  return { expected: `an integer of at least ${least}`, test: (value) => isWhole(value, least), since };
}

function trueOrFalse(since: LedgerFormat): SettingRule {
  return { expected: 'true or false', test: (value) => typeof value === 'boolean', since };
}

/** The form of a log's key; that it is of this ledger is for its reader to say, which knows the first entry. */
const LOG_KEY = /^git-lineage\/[0-9a-f]{64}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/;

const RULES: { readonly [K in keyof PolicySettings]: SettingRule } = {
  maxCheckpoints: atLeast(2, 1),
  requireApproval: trueOrFalse(1),
  autoRollbackOnBreaking: trueOrFalse(1),
  approveUnknown: trueOrFalse(1),
  requiredApprovals: atLeast(1, 1),
  promoteStable: trueOrFalse(1),
  clockTolerance: { expected: 'an integer from 1 to 3600', test: (value) => isWhole(value, 1, 3600), since: 2 },
  maxVersionJump: atLeast(1, 2),
  forbidSelfApproval: trueOrFalse(2),
  allowUnportableNames: trueOrFalse(2),
  measuredBy: {
    expected: MEASURED_BY.join(', '),
    test: (value) => MEASURED_BY.some((known) => known === value),
    since: 2,
  },
  approveCapabilities: { expected: `a list of ${CAPABILITIES.join(', ')}`, test: isCapabilityList, since: 2 },
  adminThreshold: atLeast(1, 2),
  rootThreshold: atLeast(1, 2),
  logKey: {
    expected: 'the public key of a log, git-lineage/…+…+…, or null',
    test: (value) => value === null || (typeof value === 'string' && LOG_KEY.test(value)),
    since: 2,
  },
};

/** The names of all settings that a format has, in the order of `policy.json`. */
export function settingNames(format: LedgerFormat): readonly (keyof PolicySettings)[] {
  return (Object.keys(RULES) as (keyof PolicySettings)[]).filter((name) => RULES[name].since <= format);
}

/** What a ledger of an earlier format lacks, as the hint of a refusal. */
export const UPGRADE_HINT = 'this ledger is of format 1: an admin takes it to format 2 with git-lineage upgrade';

/** The given settings over `base`, or `INVALID_CONFIG` with every issue at once; an unknown name is one. */
export function checkSettings(
  given: unknown,
  base: PolicySettings = DEFAULT_SETTINGS,
  format: LedgerFormat = 1,
): PolicySettings {
  const hint = `the settings are ${settingNames(format).join(', ')}`;
  if (given === undefined) return base;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidInput('INVALID_CONFIG', [{ path: 'config', expected: 'an object', actual: quoted(given) }], hint);
  }
  const issues: InputIssue[] = [];
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof PolicySettings] : undefined;
    if (rule === undefined) issues.push({ path: quoted(name), expected: 'a known setting', actual: quoted(value) });
    // What every ledger of its format has is no setting of it.
    else if (rule.since > format && (value === undefined || isSame(value, base[name as keyof PolicySettings])))
      continue;
    else if (value !== undefined && rule.since > format)
      issues.push({ path: name, expected: `a ledger of format ${rule.since}`, actual: `one of format ${format}` });
    else if (value !== undefined && !rule.test(value))
      issues.push({ path: name, expected: rule.expected, actual: quoted(value) });
  }
  const isLate = issues.some(({ path }) => isSettingSince2(path));
  if (issues.length > 0) throw invalidInput('INVALID_CONFIG', issues, isLate && format === 1 ? UPGRADE_HINT : hint);
  const defined: Partial<PolicySettings> = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
  const settings = { ...base, ...defined };
  return Object.freeze({ ...settings, approveCapabilities: inOrder(settings.approveCapabilities) });
}

/** True for a setting's own value, also where it is a list of its own. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.join() === b.join());
}

function isSettingSince2(name: string): boolean {
  return Object.hasOwn(RULES, name) && RULES[name as keyof PolicySettings].since === 2;
}
