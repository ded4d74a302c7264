/** All that two versions of a module publish as JSON for their callers, held against one another: schemas and tools. */

import type { Finding, PartialAssessment } from '../../model/assessment.js';
import {
  isSchemaName,
  MAX_SCHEMAS,
  type PublishedSchema,
  type SchemaDirection,
  schemasOf,
} from '../module/json-contracts.js';
import { parseJson } from '../module/manifest.js';
import { folderOf, inFolder, type ModuleTree, normalPath } from '../module/module-tree.js';
import { compareSchemas } from './compare-schemas.js';
import { compareServers } from './compare-servers.js';
import { compareTools } from './compare-tools.js';
import { type LoadDocument, SchemaDocument } from './schema-document.js';

/** `plan.schema.json`, or `tools.json#/tools/search/inputSchema` with a tool's name for its place. */
function nameOf({ path, label }: PublishedSchema): string {
  return label === '' ? path : `${path}#${label}`;
}

/** Reads the files that references from one file name, each once. */
function neighboursOf(tree: ModuleTree, path: string, known = new Map<string, SchemaDocument | null>()): LoadDocument {
  return (reference) => {
    const target = normalPath(`./${inFolder(folderOf(path), reference)}`);
    if (target === null) return null;
    const found = known.get(target);
    if (found !== undefined) return found;
    const root = parseJson(tree.read(target) ?? '');
    const document = root === undefined ? null : new SchemaDocument(root, neighboursOf(tree, target, known));
    known.set(target, document);
    return document;
  };
}

function directionOfPair(from: SchemaDirection, to: SchemaDirection): SchemaDirection {
  return from === to ? from : 'both';
}

function gone(path: string, tree: ModuleTree, schema: PublishedSchema): Finding {
  if (isSchemaName(schema.path) && tree.exists(schema.path)) {
    const message = 'can no longer be read as JSON';
    return { code: 'schema-invalid', level: 'UNKNOWN', path, before: null, after: null, message };
  }
  const message = 'the schema is no longer published';
  return { code: 'export-removed', level: 'BREAKING', path, before: path, after: null, message };
}

/** What is said where a version publishes more schemas than are looked at: the level is UNKNOWN unless something worse is found. */
function cut(version: 'earlier' | 'later'): Finding {
  const message = `the ${version} version publishes more than ${MAX_SCHEMAS} schemas, of which no others were compared`;
  return { code: 'limit-reached', level: 'UNKNOWN', path: '', before: null, after: null, message };
}

/** The findings on every schema and tool that either version publishes. */
export function compareContracts(fromTree: ModuleTree, toTree: ModuleTree): PartialAssessment {
  const [earlier, later] = [schemasOf(fromTree), schemasOf(toTree)];
  const now = new Map(later.schemas.map((schema) => [nameOf(schema), schema]));
  const findings: Finding[] = earlier.isCut ? [cut('earlier')] : [];
  let missed = false;
  for (const old of earlier.schemas) {
    const path = nameOf(old);
    const successor = now.get(path);
    now.delete(path);
    // It may be among those that nobody looked at.
    if (successor === undefined && later.isCut && toTree.exists(old.path)) missed = true;
    else if (successor === undefined) findings.push(gone(path, toTree, old));
    else {
      const direction = directionOfPair(old.direction, successor.direction);
      const neighbours = { from: neighboursOf(fromTree, old.path), to: neighboursOf(toTree, successor.path) };
      findings.push(...compareSchemas(old.schema, successor.schema, direction, path, neighbours));
    }
  }
  if (missed) findings.push(cut('later'));
  for (const path of earlier.isCut ? [] : now.keys()) {
    const message = 'a schema is published that was not before';
    findings.push({ code: 'export-added', level: 'MINOR_CHANGE', path, before: null, after: path, message });
  }
  const [tools, servers] = [compareTools(fromTree, toTree), compareServers(fromTree, toTree)];
  const described = [...tools.findings, ...servers.findings];
  return { findings: [...findings, ...described], notes: [...servers.notes, ...tools.notes] };
}
