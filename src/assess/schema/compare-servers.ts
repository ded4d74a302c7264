/** What two versions say of a tool server beside its tools. */

import type { Finding, PartialAssessment } from '../../model/assessment.js';
import { textChange } from '../changed-text.js';
import { type DescribedItem, describedServer } from '../module/described-server.js';
import type { ModuleTree } from '../module/module-tree.js';

function finding(code: Finding['code'], level: Finding['level'], path: string, message: string): Finding {
  const isNew = code === 'export-added';
  return { code, level, path, before: isNew ? null : path, after: code === 'export-removed' ? null : path, message };
}

/** What is said now and was not, or was said, by places; `of` names what they are places of. */
function compareTexts(of: string, before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const places = new Set([...before.keys(), ...after.keys()]);
  return [...places]
    .filter((place) => before.get(place) !== after.get(place))
    .map((place) => `${of}${place} ${textChange(before.get(place), after.get(place))}`);
}

/** Whoever fills a prompt in gives what must be given, and no more than is asked for. */
function compareArguments(before: DescribedItem, after: DescribedItem): Finding[] {
  const findings: Finding[] = [];
  for (const [name, isRequired] of after.arguments) {
    const path = `${after.path}#/arguments/${name}`;
    const was = before.arguments.get(name);
    if (isRequired && was !== true)
      findings.push(
        finding('param-required', 'BREAKING', path, 'an argument of a prompt must be given that need not be before'),
      );
    else if (was === undefined)
      findings.push(finding('param-optional', 'MINOR_CHANGE', path, 'a prompt takes one more argument'));
  }
  for (const name of before.arguments.keys())
    if (!after.arguments.has(name))
      findings.push(
        finding(
          'param-removed',
          'BREAKING',
          `${before.path}#/arguments/${name}`,
          'a prompt no longer takes the argument',
        ),
      );
  return findings;
}

/** Prompts and templates that are gone are BREAKING, new ones additive; what is said to a model is a note, as of tools. */
export function compareServers(from: ModuleTree, to: ModuleTree): PartialAssessment {
  const [earlier, later] = [describedServer(from), describedServer(to)];
  if (earlier === null || later === null) return { findings: [], notes: [] };
  const now = new Map(later.items.map((item) => [item.path, item]));
  const findings: Finding[] = [];
  const notes = compareTexts('server.json#', earlier.texts, later.texts);
  for (const old of earlier.items) {
    const successor = now.get(old.path);
    now.delete(old.path);
    if (successor === undefined) {
      findings.push(finding('export-removed', 'BREAKING', old.path, 'the tool server no longer offers it'));
      continue;
    }
    findings.push(...compareArguments(old, successor));
    notes.push(...compareTexts(`${old.path}#`, old.texts, successor.texts));
  }
  for (const path of now.keys())
    findings.push(finding('export-added', 'MINOR_CHANGE', path, 'the tool server offers it, and did not before'));
  return { findings, notes };
}
