/** Reading an assessment that came from elsewhere, a process or a file: exactly what the contract says, or nothing. */

import {
  type Assessment,
  type AssessmentLimit,
  type Caller,
  type Finding,
  MAX_CALLER_LINE,
  MAX_FINDINGS,
} from '../model/assessment.js';
import { type Capability, type CapabilityChange, isCapability } from '../model/capability.js';
import { FINDING_CODES, type FindingCode } from '../model/finding-codes.js';
import { isPrintableLine } from '../model/printable.js';
import { isCompatibilityLevel } from '../model/report.js';

const CODES: ReadonlySet<unknown> = new Set(FINDING_CODES);
const LIMITS: ReadonlySet<unknown> = new Set<AssessmentLimit | null>(['work', 'time', 'memory', 'engine', null]);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function parseFinding(value: unknown): Finding | null {
  if (!isObject(value)) return null;
  const { code, level, path, before, after, message } = value;
  if (!CODES.has(code) || !isCompatibilityLevel(level)) return null;
  if (typeof path !== 'string' || typeof message !== 'string' || !isTextOrNull(before) || !isTextOrNull(after))
    return null;
  return Object.freeze({ code: code as FindingCode, level, path, before, after, message });
}

function isCallerLine(value: unknown): value is string {
  return typeof value === 'string' && isPrintableLine(value, MAX_CALLER_LINE);
}

/** A caller, null where the verdict has none, undefined where the value is neither. */
function parseCaller(value: unknown): Caller | null | undefined {
  if (value === null) return null;
  if (!isObject(value) || !Array.isArray(value['lines']) || value['lines'].length !== 2) return undefined;
  const [first, second]: readonly unknown[] = value['lines'];
  const { error } = value;
  if (!isCallerLine(first) || !isCallerLine(second) || !isCallerLine(error)) return undefined;
  return Object.freeze({ lines: Object.freeze([first, second] as const), error });
}

function parseCapabilities(value: unknown): readonly Capability[] | null {
  if (!Array.isArray(value) || !value.every(isCapability)) return null;
  return Object.freeze([...value]);
}

function parseChange(value: unknown): CapabilityChange | null {
  if (!isObject(value)) return null;
  const [added, removed] = [parseCapabilities(value['added']), parseCapabilities(value['removed'])];
  return added === null || removed === null ? null : Object.freeze({ added, removed });
}

/** A frozen copy of an assessment, or null where the value is none. */
export function parseAssessment(value: unknown): Assessment | null {
  if (!isObject(value)) return null;
  const { level, omitted, rationale, assessor, limit } = value;
  if (!isCompatibilityLevel(level) || !LIMITS.has(limit)) return null;
  if (typeof rationale !== 'string' || typeof assessor !== 'string') return null;
  const caller = parseCaller(value['caller']);
  if (caller === undefined || (caller !== null && level !== 'BREAKING')) return null;
  if (!Number.isSafeInteger(omitted) || Number(omitted) < 0) return null;
  if (!Array.isArray(value['findings']) || value['findings'].length > MAX_FINDINGS) return null;
  const findings = value['findings'].flatMap((found: unknown) => parseFinding(found) ?? []);
  const given: readonly unknown[] = Array.isArray(value['notes']) ? value['notes'] : [null];
  const notes = given.filter((note) => typeof note === 'string');
  if (findings.length !== value['findings'].length || notes.length !== given.length) return null;
  const capabilities = parseChange(value['capabilities']);
  if (capabilities === null) return null;
  return Object.freeze({
    level,
    findings: Object.freeze(findings),
    omitted: Number(omitted),
    notes: Object.freeze(notes),
    caller,
    capabilities,
    rationale,
    assessor,
    limit: limit as AssessmentLimit | null,
  });
}
