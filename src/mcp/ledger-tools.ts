/** What an agent may ask of a ledger, as tools: to read, to stage, to ask for an approval, to go back. Nothing approves, breaks the glass or changes the policy. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import type { Ledger } from '../ledger/ledger.js';
import { type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
import { isJsonObject, type Json, type JsonObject } from './json-reader.js';

/** Objections to files that are about to be staged, such as that one looks like a key. */
export type FileObjections = (files: NormalizedFiles) => readonly InputIssue[];

interface LedgerTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly annotations: JsonObject;
  /** What it answers, as JSON.stringify takes it. @throws `LedgerError` */
  readonly run: (ledger: Ledger, given: JsonObject, objections: FileObjections) => Promise<unknown>;
}

const MODULE = { type: 'string', description: 'the module, e.g. planner', maxLength: 256 };
const VERSION = { type: 'integer', minimum: 1, description: 'the number of a version' };
const LIMIT = { type: 'integer', minimum: 1, maximum: 100, description: 'at most so many; 20 by default' };
const FILES = {
  type: 'object',
  additionalProperties: { type: 'string' },
  maxProperties: 500,
  description: 'all files of the version: a relative path, and its text',
};

const READS = { readOnlyHint: true, openWorldHint: false };
const ADDS = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false };

function schema(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** What is wrong with an argument; the schemas here are this small. */
function objection(value: Json, rule: JsonObject): string | null {
  const { type, minimum = 0, maximum = Number.MAX_SAFE_INTEGER, maxLength = 0, maxProperties = 0 } = rule;
  if (type === 'string')
    return typeof value === 'string' && value.length <= Number(maxLength)
      ? null
      : `a text of at most ${maxLength} characters`;
  if (type === 'integer') {
    const fits = Number.isSafeInteger(value) && Number(value) >= Number(minimum) && Number(value) <= Number(maximum);
    return fits ? null : `an integer from ${minimum} to ${maximum}`;
  }
  const texts = isJsonObject(value) ? Object.values(value) : [0];
  const fits = texts.length <= Number(maxProperties) && texts.every((text) => typeof text === 'string');
  return fits ? null : `an object of at most ${maxProperties} texts`;
}

/** Arguments that fit a tool's schema. @throws `INVALID_ARGUMENT` with every one that does not */
export function checkedArguments({ inputSchema }: LedgerTool, given: Json | undefined): JsonObject {
  const rules = inputSchema['properties'] as Readonly<Record<string, JsonObject>>;
  const named = isJsonObject(given) ? given : {};
  const issues = Object.entries(named).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const expected = rule === undefined ? 'no such argument' : objection(value ?? null, rule);
    return expected === null ? [] : [{ path: name.slice(0, 40), expected, actual: quoted(value) }];
  });
  for (const name of inputSchema['required'] as readonly string[])
    if (named[name] === undefined) issues.push({ path: name, expected: 'a value', actual: 'none' });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'tools/list has the schema');
  return named;
}

const text = (given: JsonObject, name: string): string => String(given[name]);
const number = (given: JsonObject, name: string): number => Number(given[name]);

async function status(ledger: Ledger, given: JsonObject): Promise<unknown> {
  if (given['module'] !== undefined) {
    const moduleId = text(given, 'module');
    const pending = (await ledger.pendingApprovals()).filter((report) => report.moduleId === moduleId);
    return { ...(await ledger.versions.summary(moduleId)), pendingReports: pending };
  }
  const modules = await ledger.versions.modules();
  const shown = modules.slice(0, 100);
  const summaries = await Promise.all(shown.map((moduleId) => ledger.versions.summary(moduleId)));
  return { modules: summaries, omitted: modules.length - shown.length, position: await ledger.journal.position() };
}

async function show(ledger: Ledger, given: JsonObject): Promise<unknown> {
  const [moduleId, version] = [text(given, 'module'), number(given, 'version')];
  const [checkpoint, state] = [
    await ledger.versions.get(moduleId, version),
    await ledger.versions.status(moduleId, version),
  ];
  const reports = await ledger.reports.list(moduleId, checkpoint.parentVer, version);
  return {
    checkpoint,
    status: state,
    files: await ledger.versions.listFiles(moduleId, version),
    reports: reports.slice(-20),
  };
}

async function why(ledger: Ledger, given: JsonObject): Promise<unknown> {
  const proof = await ledger.versions.proof(text(given, 'module'), number(given, 'version'));
  const { version, status: state, activations, gate, rollbackTarget, entries } = proof;
  return { version, status: state, activations, gate, rollbackTarget, entries: entries.slice(-20) };
}

async function stage(ledger: Ledger, given: JsonObject, objections: FileObjections): Promise<unknown> {
  const files = normalizeFiles(given['files'] as Readonly<Record<string, string>>);
  const issues = objections(files);
  if (issues.length > 0) throw invalidInput('INVALID_FILES', issues, 'leave out what looks like a secret');
  return ledger.stage({ moduleId: text(given, 'module') }, { files }, { reuse: true });
}

/**
 * A report that says what a version changes is what an operator is asked with: where the policy asks for an approval, it waits, and is
 * told to whoever is on call.
 */
async function requestApproval(ledger: Ledger, given: JsonObject): Promise<unknown> {
  const [moduleId, version] = [text(given, 'module'), number(given, 'version')];
  const { parentVer } = await ledger.versions.get(moduleId, version);
  const report = await ledger.assess(moduleId, parentVer, version);
  const gate = await ledger.gate(moduleId, parentVer, version);
  const approve = `git-lineage approve ${moduleId} ${parentVer ?? '-'} ${version}`;
  const isMissing = gate.reasons.some(({ code }) => code === 'APPROVAL_MISSING');
  return {
    report,
    gate,
    waits: isMissing,
    command: isMissing ? approve : `git-lineage activate ${moduleId}@${version}`,
  };
}

export const LEDGER_TOOLS: readonly LedgerTool[] = [
  {
    name: 'status',
    description:
      'Where modules stand: what is active and why, what a rollback would lead to, what waits for an operator.',
    inputSchema: schema({ module: MODULE }, []),
    annotations: READS,
    run: status,
  },
  {
    name: 'log',
    description: 'The versions of a module, newest first.',
    inputSchema: schema({ module: MODULE, before: VERSION, limit: LIMIT }, ['module']),
    annotations: READS,
    run: (ledger, given) => {
      const before = given['before'] === undefined ? undefined : number(given, 'before');
      return ledger.versions.log(text(given, 'module'), { before, limit: Number(given['limit'] ?? 20) });
    },
  },
  {
    name: 'show',
    description: 'One version: its description, files by digest, and the reports on it.',
    inputSchema: schema({ module: MODULE, version: VERSION }, ['module', 'version']),
    annotations: READS,
    run: show,
  },
  {
    name: 'diff',
    description: 'The change between two versions: which files, which metadata, and the level in force.',
    inputSchema: schema({ module: MODULE, from: VERSION, to: VERSION }, ['module', 'from', 'to']),
    annotations: READS,
    run: (ledger, given) => ledger.versions.diff(text(given, 'module'), number(given, 'from'), number(given, 'to')),
  },
  {
    name: 'why',
    description: 'Why a version is or was active: by which entries, on whose word, and what the gate says of it today.',
    inputSchema: schema({ module: MODULE, version: VERSION }, ['module', 'version']),
    annotations: READS,
    run: why,
  },
  {
    name: 'assess',
    description: 'What a version changes for the callers of another one; measured, and nothing stored.',
    inputSchema: schema({ module: MODULE, from: VERSION, to: VERSION }, ['module', 'from', 'to']),
    annotations: READS,
    run: (ledger, given) => ledger.reports.preview(text(given, 'module'), number(given, 'from'), number(given, 'to')),
  },
  {
    name: 'stage',
    description: 'Puts a new version into the ledger, made from the active one. It is not active yet.',
    inputSchema: schema({ module: MODULE, files: FILES }, ['module', 'files']),
    annotations: ADDS,
    run: stage,
  },
  {
    name: 'request_approval',
    description:
      'Measures a staged version and stores the report, which waits for an operator where the policy asks for an approval of its level.',
    inputSchema: schema({ module: MODULE, version: VERSION }, ['module', 'version']),
    annotations: ADDS,
    run: requestApproval,
  },
  {
    name: 'rollback',
    description: 'Makes the last stable version before the active one active again. The active version must be named.',
    inputSchema: schema({ module: MODULE, from: VERSION }, ['module', 'from']),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    run: async (ledger, given) => {
      const moduleId = text(given, 'module');
      const epoch = await ledger.live.epoch(moduleId);
      const since = epoch?.version === number(given, 'from') ? epoch.since : 0;
      return ledger.rollback(moduleId, 'MANUAL', { expect: { version: number(given, 'from'), since } });
    },
  },
];
