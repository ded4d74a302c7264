/** The whole engine as one function: the files of two versions in, a verdict out. Runs where it is called: see worker.ts. */

import type { Assessment, AssessmentInput, Caller, Finding, PartialAssessment } from '../model/assessment.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { type ImportableEntry, moduleNameOf, specifiersOf } from './caller/specifiers.js';
import { compareCapabilities } from './capabilities/compare-capabilities.js';
import { compareManifests } from './compare-manifests.js';
import { compareRunTimeNames } from './compare-run-time-names.js';
import { ASSESSOR } from './engine-version.js';
import { type EntryPair, matchEntries, prefixOf } from './match-entries.js';
import { claimNotes } from './module/claims.js';
import { describedServer } from './module/described-server.js';
import { type Entry, surveyEntries } from './module/entries.js';
import { schemasOf } from './module/json-contracts.js';
import { ModuleTree } from './module/module-tree.js';
import { type RootCause, rootCausesOf } from './root-causes.js';
import { compareContracts } from './schema/compare-contracts.js';
import { hasSkill } from './skill/skill-folder.js';
import type { ComparedEntries } from './typescript/assess-interfaces.js';
import type { Side } from './typescript/pair-files.js';
import type { TypedEntry } from './typescript/typed-entry.js';
import { levelOf, verdictOfParts, withCaller } from './verdict.js';

/** What the checker may do for a pair, in instantiations of types: some 12 s of one core at 2.5 GHz. */
const CHECKER_WORK = 400_000;

/** Code beyond this is a bundle, in which the checker would look for types that are not there. */
const MAX_UNTYPED_CODE_BYTES = 1_000_000;

function isSameFile(before: NormalizedFiles, after: NormalizedFiles, path: string): boolean {
  const [a, b] = [before.get(path), after.get(path)];
  return a !== undefined && b !== undefined && a.mode === b.mode && Buffer.compare(a.data, b.data) === 0;
}

function isSameTree(before: NormalizedFiles, after: NormalizedFiles): boolean {
  return before.size === after.size && [...before.keys()].every((path) => isSameFile(before, after, path));
}

/** A version: its files, and where callers enter it. */
interface Version {
  readonly tree: ModuleTree;
  readonly entries: readonly Entry[];
}

/**
 * The file that says what an entry's types are: its own declaration, or the one of the other way to load the same
 * subpath. Of a module that has no declaration anywhere it is the code itself, with the types in its comments.
 */
function typingOf({ tree, entries }: Version, entry: Entry): string | null {
  if (entry.declaration !== null) return entry.declaration;
  const other = entries.find(({ subpath, declaration }) => subpath === entry.subpath && declaration !== null);
  if (other !== undefined) return other.declaration;
  const isTyped = entries.some(({ declaration }) => declaration !== null);
  if (isTyped || entry.code === null || !/\.[cm]?jsx?$/.test(entry.code)) return null;
  const size = tree.files.get(tree.realPath(entry.code) ?? '')?.data.length ?? 0;
  return size <= MAX_UNTYPED_CODE_BYTES ? entry.code : null;
}

interface Plan {
  readonly typed: readonly TypedEntry[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

function unknown(code: Finding['code'], path: string, message: string): Finding {
  return { code, level: 'UNKNOWN', path, before: null, after: null, message };
}

/** What to compare of each entry, and what cannot be. */
function plan(pairs: readonly EntryPair[], from: Version, to: Version): Plan {
  const typed = new Map<string, TypedEntry>();
  const findings: Finding[] = [];
  const untyped = new Set<string>();
  const typedElsewhere = from.entries.some(({ declaration }) => declaration !== null);
  for (const { before, after } of pairs) {
    const [a, b] = [typingOf(from, before), typingOf(to, after)];
    const prefix = prefixOf(before);
    if (a !== null && b !== null) typed.set(`${prefix}\0${a}\0${b}`, { prefix, from: a, to: b });
    else if (sameCode(before.code, after.code, from.tree, to.tree)) continue;
    else if (typedElsewhere && a === null) untyped.add(before.subpath);
    else if (before.format === 'module' || before.format === 'commonjs') {
      findings.push(
        unknown(
          'untyped',
          before.subpath,
          a === null ? 'says nothing of its types, and its code changed' : 'has no types any more',
        ),
      );
    } else {
      const path = before.code ?? before.subpath;
      findings.push(unknown('opaque', path, 'changed, and is nothing that an interface can be read from'));
    }
  }
  const [first, ...more] = untyped;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  const note = `${first}${others} changed and ${more.length === 0 ? 'has' : 'have'} no types: only the names of exports were compared`;
  return { typed: [...typed.values()], findings, notes: first === undefined ? [] : [note] };
}

function sameCode(a: string | null, b: string | null, from: ModuleTree, to: ModuleTree): boolean {
  return a !== null && a === b && isSameFile(from.files, to.files, a);
}

/** What the parts of the engine found, and whether the checker was done. */
interface TreesAssessment {
  readonly parts: PartialAssessment[];
  readonly outOfWork: boolean;
  /** Looks for a caller that breaks; null where none can be checked. */
  readonly findCaller: ((causes: readonly RootCause[]) => Caller | null) | null;
}

type FindCaller = TreesAssessment['findCaller'];

/** What callers of both versions are checked against, once the typed entries have been compared. */
async function callerFinder(
  versions: Readonly<Record<Side, Version>>,
  compared: ComparedEntries | null,
): Promise<FindCaller> {
  if (compared === null) return null;
  const { findCaller } = await import('./caller/find-caller.js');
  const moduleName = moduleNameOf(versions.from.tree);
  const importable = (version: Version): ImportableEntry[] =>
    version.entries.map((entry) => ({ entry, typing: typingOf(version, entry) }));
  const entries = { from: importable(versions.from), to: importable(versions.to) };
  const specifiers = specifiersOf(moduleName, entries, compared.ambient);
  return (causes) => findCaller(causes, { pair: compared.pair, specifiers, moduleName });
}

async function assessTrees(from: ModuleTree, to: ModuleTree, input: AssessmentInput): Promise<TreesAssessment> {
  const contracts = compareContracts(from, to);
  const skills = await skillsPart(from, to);
  const [before, after] = [surveyEntries(from, input.fromMetadata), surveyEntries(to, input.toMetadata)];
  if (before.entries.length === 0) {
    const parts = skills === null ? [contracts] : [contracts, skills];
    const isDescribed = hasSkill(from) || describedServer(from) !== null;
    if (isDescribed || schemasOf(from).schemas.length > 0) return { parts, outOfWork: false, findCaller: null };
    const nothing = 'the earlier version has no entry that callers could be held against';
    return { parts: [matchedPart([unknown('opaque', '', nothing)], [])], outOfWork: false, findCaller: null };
  }
  const [old, now]: [Version, Version] = [
    { tree: from, entries: before.entries },
    { tree: to, entries: after.entries },
  ];
  const matched = matchEntries(before.entries, after.entries, after.capped);
  const planned = plan(matched.pairs, old, now);
  const { typed } = planned;
  const parts: PartialAssessment[] = [matchedPart(matched.findings, after.notes), planned, contracts];
  if (skills !== null) parts.push(skills);
  let packages: readonly string[] = [];
  let outOfWork = false;
  let findCaller: FindCaller = null;
  if (typed.length > 0) {
    const { assessInterfaces } = await import('./typescript/assess-interfaces.js');
    const interfaces = assessInterfaces({ from, to }, typed, { work: CHECKER_WORK });
    parts.push(interfaces);
    packages = interfaces.packages;
    outOfWork = interfaces.outOfWork;
    findCaller = await callerFinder({ from: old, to: now }, interfaces.compared);
    if (interfaces.outOfWork) {
      const message = `not every export was compared within the work that a pair may take`;
      parts.push(matchedPart([unknown('limit-reached', '', message)], []));
    }
  }
  parts.push(compareManifests(from, to, now.entries, packages));
  const told = new Set(parts.flatMap(({ findings }) => findings).map(({ path }) => path));
  parts.push(compareRunTimeNames(from, to, matched.pairs, told));
  return { parts, outOfWork, findCaller };
}

/** What changed in the skills that either version has; null where neither has one. */
async function skillsPart(from: ModuleTree, to: ModuleTree): Promise<PartialAssessment | null> {
  if (!hasSkill(from) && !hasSkill(to)) return null;
  const { compareSkills } = await import('./skill/compare-skills.js');
  return compareSkills(from, to);
}

function matchedPart(findings: readonly Finding[], notes: readonly string[]): PartialAssessment {
  return { findings, notes };
}

/** A caller is beside the verdict: where the checker fails at one, there is none. */
function callerOf(verdict: Assessment, findCaller: NonNullable<FindCaller>): Caller | null {
  try {
    return findCaller(rootCausesOf(verdict.findings.filter(({ level }) => level === 'BREAKING')));
  } catch {
    return null;
  }
}

/**
 * Judges `to` as a replacement of `from`, as a caller would. Executes nothing of either, reads nothing but their files. `judged` is told
 * the verdict as soon as it stands, before a caller is looked for.
 */
export async function assessFiles(
  input: AssessmentInput,
  judged: (verdict: Assessment) => void = () => undefined,
): Promise<Assessment> {
  const { fromFiles, toFiles, fromMetadata = {}, toMetadata = {} } = input;
  if (isSameTree(fromFiles, toFiles)) return verdictOfParts([], ASSESSOR);
  // First: its syntax trees of all code are gone when the checker comes, which is kept until a caller was looked for.
  const capabilities = compareCapabilities(input);
  const [from, to] = [new ModuleTree(fromFiles), new ModuleTree(toFiles)];
  const { parts, outOfWork, findCaller } = await assessTrees(from, to, input);
  const findings = parts.flatMap((part) => part.findings);
  const notes = claimNotes(from, to, fromMetadata, toMetadata, levelOf(findings));
  // First of the notes, of which a rationale has so many and no more.
  const all = [capabilities, ...parts, matchedPart([], notes)];
  const verdict = verdictOfParts(all, ASSESSOR, outOfWork ? 'work' : null, capabilities.change);
  if (verdict.level !== 'BREAKING' || findCaller === null) return verdict;
  judged(verdict);
  const caller = callerOf(verdict, findCaller);
  return caller === null ? verdict : withCaller(verdict, caller);
}
