/** A version that an entry stages: its commit, its place in the lineage, its content. */

import { isLedgerError, quoted } from '../errors.js';
import { digestOfHashes, type HashedFile, sha256Hex } from '../model/content-digest.js';
import { gitSeconds } from '../model/journal-entry.js';
import type { EventOf } from '../model/ledger-event.js';
import { type FileMode, normalizeFiles } from '../model/module-files.js';
import { caseTwin } from '../model/module-id.js';
import { demandsPortableNames } from '../model/policy.js';
import { unportableNames } from '../model/portable-names.js';
import { compareBytes } from '../model/printable.js';
import { versionRef } from '../model/ref-names.js';
import { formatVersion, type SealedVersion } from '../model/version-commit.js';
import { numberObjection } from '../model/version-numbers.js';
import type { LedgerObjects, Oid } from '../ports/objects.js';
import { type EntryReplay, versionName } from './entry-replay.js';
import { type LedgerState, textOf } from './ledger-state.js';
import { commitObjection } from './object-text.js';

type Staged = EventOf<'stage'>;

/** Deeper than any path that the ledger writes: a component takes two bytes at least, and a path 4,095. */
const MAX_DEPTH = 2048;

/** Files and folders. A few trees that name each other unfold to more than could ever be counted. */
const MAX_ENTRIES = 1_000_000;

/** A file of a version, and its blob. */
interface FoundFile extends HashedFile {
  readonly oid: Oid;
}

/** Why a tree is none that the ledger would write. */
class Unwritten extends Error {
  override readonly name = 'Unwritten';
}

/** Adds the files below a folder to `files`. @throws {@link Unwritten} */
async function addFiles(
  objects: LedgerObjects,
  tree: Oid,
  folder: { readonly prefix: string; readonly depth: number },
  found: { readonly files: FoundFile[]; entries: number },
): Promise<void> {
  const { prefix, depth } = folder;
  if (depth > MAX_DEPTH) throw new Unwritten('its folders are nested too deeply');
  const entries = await objects.readTree(tree);
  if (entries.length === 0 && depth > 0) throw new Unwritten(`it has an empty folder: ${quoted(prefix)}`);
  found.entries += entries.length;
  if (found.entries > MAX_ENTRIES) throw new Unwritten(`it has more than ${MAX_ENTRIES} files and folders`);
  for (const { mode, name, oid } of entries) {
    const path = prefix + name;
    if (mode === '40000') await addFiles(objects, oid, { prefix: `${path}/`, depth: depth + 1 }, found);
    else found.files.push({ path, mode, oid, sha256: await objects.blobSha256(oid) });
  }
}

/** The files of a version; what is no such tree is an {@link Unwritten} that is returned. */
async function filesOf(objects: LedgerObjects, tree: Oid): Promise<FoundFile[] | Unwritten> {
  const found = { files: [], entries: 0 };
  try {
    await addFiles(objects, tree, { prefix: '', depth: 0 }, found);
    return found.files;
  } catch (error) {
    if (error instanceof Unwritten) return error;
    throw error;
  }
}

/** The targets of links; of one that was redacted nothing is known, and nothing is asked. */
async function linkTargets(
  { objects, redactions }: LedgerState,
  files: readonly FoundFile[],
): Promise<Map<string, string>> {
  const targets = new Map<string, string>();
  for (const { path, mode, oid } of files)
    if (mode === '120000' && redactions.get(oid) === null)
      targets.set(path, textOf(await objects.readBlob(oid)) ?? '\0');
  return targets;
}

/** Why a tree's paths are none that the ledger would write, or null. */
async function pathObjection(state: LedgerState, files: readonly FoundFile[]): Promise<string | null> {
  const links = await linkTargets(state, files);
  const fileOf = ({ path, mode }: FoundFile) => {
    const target = links.get(path);
    if (target !== undefined) return { data: target, mode: mode as FileMode };
    return { data: '', mode: mode === '120000' ? '100644' : (mode as FileMode) };
  };
  try {
    normalizeFiles(new Map(files.map((file) => [file.path, fileOf(file)])));
    return null;
  } catch (error) {
    if (isLedgerError(error)) return error.message;
    throw error;
  }
}

/** The files of a version, whose digest is its checksum; none where only a checksum was recorded. */
async function contentOf({ objects }: LedgerState, tree: Oid, checksum: string): Promise<FoundFile[] | Unwritten> {
  const found = await filesOf(objects, tree);
  if (found instanceof Unwritten || found.length === 0) return found;
  const files = found.sort((a, b) => compareBytes(a.path, b.path));
  const digest = digestOfHashes(files);
  return digest === checksum
    ? files
    : new Unwritten(`its files have the checksum ${digest}, its commit says ${checksum}`);
}

/**
 * The files of a version that is in the ledger, in bytewise order of their paths; or why they are not what its checksum says, or cannot
 * be. What was redacted of them is no objection, nor is what the policy let in.
 */
export async function provenFiles(
  state: LedgerState,
  tree: Oid,
  checksum: string,
): Promise<readonly FoundFile[] | string> {
  const files = await contentOf(state, tree, checksum);
  if (files instanceof Unwritten) return files.message;
  return (files.length === 0 ? null : await pathObjection(state, files)) ?? files;
}

/** The same of content that entry `seq` brings: nothing that was redacted before, and only names that the policy allows. */
async function newContentObjection(
  state: LedgerState,
  seq: number,
  tree: Oid,
  checksum: string,
): Promise<string | null> {
  const files = await contentOf(state, tree, checksum);
  if (files instanceof Unwritten) return files.message;
  if (files.length === 0) return null;
  const again = files.find(({ oid }) => (state.redactions.get(oid)?.seq ?? seq) < seq);
  if (again !== undefined) return `${quoted(again.path)} is a file that was redacted before`;
  const portable = state.policy !== null && demandsPortableNames(state.policy);
  const [issue] = portable ? unportableNames(files.map(({ path }) => path)) : [];
  return issue === undefined ? pathObjection(state, files) : `expected ${issue.expected}, got the file ${issue.actual}`;
}

function sealObjection(event: Staged, sealed: SealedVersion): string | null {
  const pairs: [string, string, string][] = [
    ['Module', event.moduleId, sealed.moduleId],
    ['Version', String(event.version), String(sealed.version)],
    ['Parent-Version', String(event.parentVer ?? 0), String(sealed.parentVer ?? 0)],
    ['Checksum', event.checksum, sealed.checksum],
  ];
  const wrong = pairs.find(([, expected, actual]) => expected !== actual);
  return wrong === undefined ? null : `the journal says ${wrong[0]} ${wrong[1]}, its commit ${wrong[2]}`;
}

/** Checks a `Stage:` event and takes the version into the state. */
export async function stageVersion(replay: EntryReplay, event: Staged): Promise<void> {
  const { state, entry } = replay;
  const { moduleId, version, parentVer, checksum } = event;
  const name = `${moduleId} v${version}`;
  const ref = versionRef(moduleId, version);
  replay.checked('versions');
  const known = state.module(moduleId);
  const twin = known === null ? caseTwin(moduleId, state.names()) : null;
  if (twin !== null)
    replay.wrong('versions', `${name}: a module ${twin} is there already, which differs in case alone`);
  const unfit = state.policy === null ? null : numberObjection(state.policy, state.numbers(moduleId), event);
  if (unfit !== null) replay.wrong('versions', `${name}: ${unfit}`, { ref });
  state.setModule(moduleId, { active: known?.active ?? null, highest: Math.max(known?.highest ?? 0, version) });
  state.stage(moduleId, version);
  const oid = replay.created('versions', ref);
  if (oid === null) return;
  replay.checksums.set(oid, checksum);
  const place = { oid, ref };
  const found = await state.version(oid);
  if (found === null) return replay.wrong('versions', `${name}: its commit is not written as a version`, place);
  const parent = parentVer === null ? null : state.ref(versionRef(moduleId, parentVer));
  if (parentVer !== null && parent === null)
    return replay.wrong('versions', `${name} is made from v${parentVer}, which is not in the ledger`, place);
  const sha256 = sha256Hex(found.commit.raw);
  const objection =
    (event.commitSha256 === undefined || event.commitSha256 === sha256
      ? null
      : `its commit has the SHA-256 ${sha256}, its Stage line says ${event.commitSha256}`) ??
    sealObjection(event, found.sealed) ??
    commitObjection(found.commit, {
      parents: parent === null ? [] : [parent],
      principal: entry.text.actor,
      seconds: gitSeconds(found.sealed.timestamp),
      message: formatVersion(found.sealed),
      signed: false,
    }) ??
    (await newContentObjection(state, entry.text.seq, found.commit.tree, checksum));
  if (objection !== null) replay.wrong('versions', `${name}, made from ${versionName(parentVer)}: ${objection}`, place);
}
