/** One version: what bears on it, its files as text, and the change to another. */

import { isLedgerError } from '../errors.js';
import type { FileChange } from '../ledger/ledger-versions.js';
import type { ModuleFile, NormalizedFiles } from '../model/module-files.js';
import type { ChangesAnswer, FilesAnswer, FileText, VersionAnswer } from './answers.js';
import { versionJson } from './json-reply.js';
import type { PageLedger } from './module-rows.js';

/** A longer file is not shown, nor one after so much of others. */
const MAX_FILE_BYTES = 256 * 1024;
const MAX_ALL_BYTES = 1024 * 1024;

/** @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `BAD_SIGNATURE`, `CORRUPT_OBJECT` */
export async function versionAnswer(ledger: PageLedger, moduleId: string, version: number): Promise<VersionAnswer> {
  const proof = await ledger.versions.proof(moduleId, version);
  return { ...proof, version: versionJson(proof.version) };
}

const REDACTED: FileText = { text: null, omitted: 'redacted' };

/** Reads texts until they are too much for one answer. */
class Texts {
  private left = MAX_ALL_BYTES;

  of({ data }: ModuleFile): FileText {
    if (data.byteLength > MAX_FILE_BYTES || data.byteLength > this.left) return { text: null, omitted: 'large' };
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
      if (text.includes('\0')) return { text: null, omitted: 'binary' };
      this.left -= data.byteLength;
      return { text, omitted: null };
    } catch {
      return { text: null, omitted: 'binary' };
    }
  }

  /** Null where the version has no such file; of files that are null nothing is shown. */
  ofOne(files: NormalizedFiles | null, path: string): FileText | null {
    if (files === null) return REDACTED;
    const file = files.get(path);
    return file === undefined ? null : this.of(file);
  }
}

/** The files of a version that are there; none of a version of which one was redacted: the page shows their names. */
async function textsOf(ledger: PageLedger, moduleId: string, version: number): Promise<NormalizedFiles | null> {
  try {
    return await ledger.readFiles(moduleId, version);
  } catch (error) {
    if (isLedgerError(error, 'VERSION_REDACTED')) return null;
    throw error;
  }
}

/** @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `CORRUPT_OBJECT` */
export async function filesAnswer(ledger: PageLedger, moduleId: string, version: number): Promise<FilesAnswer> {
  const texts = new Texts();
  const files = await textsOf(ledger, moduleId, version);
  const listed = await ledger.versions.listFiles(moduleId, version);
  return {
    files: listed.map(({ path, mode, bytes }) => ({ path, mode, bytes, ...(texts.ofOne(files, path) ?? REDACTED) })),
  };
}

/** A module's first version, against nothing. */
async function firstChanges(ledger: PageLedger, moduleId: string, to: number): Promise<Omit<ChangesAnswer, 'files'>> {
  const { tags, metadata } = await ledger.versions.get(moduleId, to);
  const reports = await ledger.reports.list(moduleId, null, to);
  const gates = reports.length === 0 ? null : (await ledger.versions.proof(moduleId, to)).gate.level;
  return {
    metadata: Object.entries(metadata).map(([key, value]) => ({ key, from: null, to: value })),
    tags: { added: [...tags], removed: [] },
    sameContent: false,
    level: gates,
    approvers: [],
  };
}

/** `from` null: against nothing. @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `CORRUPT_OBJECT` */
export async function changesAnswer(
  ledger: PageLedger,
  moduleId: string,
  from: number | null,
  to: number,
): Promise<ChangesAnswer> {
  const texts = new Texts();
  const after = await textsOf(ledger, moduleId, to);
  if (from === null) {
    const files = (await ledger.versions.listFiles(moduleId, to)).map(({ path, ...state }) => {
      const change: FileChange = { path, change: 'added', from: null, to: state };
      return { ...change, before: null, after: texts.ofOne(after, path) };
    });
    return { ...(await firstChanges(ledger, moduleId, to)), files };
  }
  const before = await textsOf(ledger, moduleId, from);
  const { files, metadata, tags, sameContent, level, approvers } = await ledger.versions.diff(moduleId, from, to);
  return {
    files: files.map((file) => ({
      ...file,
      before: file.from === null ? null : texts.ofOne(before, file.path),
      after: file.to === null ? null : texts.ofOne(after, file.path),
    })),
    metadata,
    tags,
    sameContent,
    level,
    approvers,
  };
}
