/** What an object names, and what is wrong with it: one pass over its bytes. */

import { isOid, SHA1, SHA256 } from '../../model/object-id.js';
import type { ObjectType } from '../object-codec.js';
import { dotGitName } from './dot-git-names.js';
import { commitFault, tagFault } from './header-rules.js';
import { BLOB, COMMIT, type ObjectTable, TAG, TREE, type TypeNumber } from './object-table.js';
import { checkTree } from './tree-rules.js';

const NUMBER_OF: Readonly<Record<ObjectType, TypeNumber>> = { commit: COMMIT, tree: TREE, blob: BLOB, tag: TAG };

/** As what an object names another: a commit its tree and its parents, a tag its object, a tree an entry. */
type ReferenceRole = 'tree' | 'parent' | 'object' | 'entry';

/** The type, the number in the table, and the place of the name in the object that is read: `parent`, or offsets of a file name. */
export type OnReference = (
  target: number,
  type: TypeNumber,
  role: ReferenceRole,
  nameAt: number,
  nameEnd: number,
) => void;

const LINE_FEED = 0x0a;
/** A line of a commit that names an object, but for the id: its name, a space and a line feed. */
const TREE_LINE = 'tree \n'.length;
const PARENT_LINE = 'parent \n'.length;
const tagStart = (pattern: string) => new RegExp(`^object (${pattern})\\ntype (commit|tree|blob|tag)\\n`);
const TAG_START = { sha1: tagStart(SHA1.pattern), sha256: tagStart(SHA256.pattern) };
/** So long is the longest such start, but for the id. */
const TAG_START_BYTES = 'object \ntype commit\n'.length;

function commitReferences(table: ObjectTable, data: Buffer, withParents: boolean, visit: OnReference): void {
  const { format } = table;
  const oidAt = (prefix: string, at: number): string | null => {
    if (data.toString('latin1', at, at + prefix.length) !== prefix) return null;
    const end = at + prefix.length + format.digits;
    const oid = data.toString('latin1', at + prefix.length, end);
    return isOid(oid, format) && data[end] === LINE_FEED ? oid : null;
  };
  const tree = oidAt('tree ', 0);
  if (tree === null) return;
  visit(table.addOid(tree), TREE, 'tree', 0, 0);
  if (!withParents) return;
  for (let at = TREE_LINE + format.digits; ; at += PARENT_LINE + format.digits) {
    const parent = oidAt('parent ', at);
    if (parent === null) return;
    visit(table.addOid(parent), COMMIT, 'parent', 0, 0);
  }
}

function tagReferences(table: ObjectTable, data: Buffer, visit: OnReference): void {
  const { name, digits } = table.format;
  const match = TAG_START[name].exec(data.toString('latin1', 0, TAG_START_BYTES + digits));
  if (match?.[1] === undefined) return;
  visit(table.addOid(match[1]), NUMBER_OF[match[2] as ObjectType], 'object', 0, 0);
}

/** What is read of an object's content. */
export interface Reading {
  /** What is wrong with it. */
  readonly faults: readonly string[];
  /** Blobs that git reads as attributes. */
  readonly attributes: readonly number[];
}

const NOTHING: Reading = Object.freeze({ faults: [], attributes: [] });

function faultsOf(fault: string | null): Reading {
  return fault === null ? NOTHING : { faults: [fault], attributes: [] };
}

function isAttributes(name: Buffer): boolean {
  return dotGitName(name.toString('utf8'), name.toString('latin1')) === 'attributes';
}

/** Calls `visit` with everything that an object names; `withParents` is false for a commit where history was cut off. */
export function readReferences(
  table: ObjectTable,
  type: TypeNumber,
  data: Buffer,
  withParents: boolean,
  visit: OnReference,
): Reading {
  if (type === COMMIT) {
    commitReferences(table, data, withParents, visit);
    return faultsOf(commitFault(data, table.format));
  }
  if (type === TAG) {
    tagReferences(table, data, visit);
    return faultsOf(tagFault(data, table.format));
  }
  if (type !== TREE) return NOTHING;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const attributes: number[] = [];
  const faults = checkTree(data, table.format, ({ folder, suspect, nameAt, nameEnd, oidAt }) => {
    const target = table.add(view, oidAt);
    visit(target, folder ? TREE : BLOB, 'entry', nameAt, nameEnd);
    if (suspect && !folder && isAttributes(data.subarray(nameAt, nameEnd))) attributes.push(target);
  });
  return faults.length === 0 && attributes.length === 0 ? NOTHING : { faults, attributes };
}
