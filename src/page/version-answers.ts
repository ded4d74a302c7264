/** One version: what bears on it, its files as text, and the change to another. */

import type { FileChange, FileState } from '../ledger/contract.js';
import { sha256Hex } from '../model/content-digest.js';
import type { ModuleFile, NormalizedFiles } from '../model/module-files.js';
import type { ChangesAnswer, FilesAnswer, FileText, VersionAnswer } from './answers.js';
import { versionJson } from './json.js';
import type { PageLedger } from './module-rows.js';

/** A longer file is not shown, nor one after so much of others. */
const MAX_FILE_BYTES = 256 * 1024;
const MAX_ALL_BYTES = 1024 * 1024;

/** @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `BAD_SIGNATURE`, `CORRUPT_OBJECT` */
export async function versionAnswer(ledger: PageLedger, moduleId: string, version: number): Promise<VersionAnswer> {
  const proof = await ledger.proof(moduleId, version);
  return { ...proof, version: versionJson(proof.version) };
}

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

  ofOne(files: NormalizedFiles, path: string): FileText | null {
    const file = files.get(path);
    return file === undefined ? null : this.of(file);
  }
}

/** @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `CORRUPT_OBJECT` */
export async function filesAnswer(ledger: PageLedger, moduleId: string, version: number): Promise<FilesAnswer> {
  const texts = new Texts();
  const files = await ledger.readFiles(moduleId, version);
  return {
    files: [...files].map(([path, file]) => ({
      path,
      mode: file.mode,
      bytes: file.data.byteLength,
      ...texts.of(file),
    })),
  };
}

function stateOf({ mode, data }: ModuleFile): FileState {
  return { mode, bytes: data.byteLength, sha256: sha256Hex(data) };
}

/** A module's first version, against nothing. */
async function firstChanges(ledger: PageLedger, moduleId: string, to: number): Promise<Omit<ChangesAnswer, 'files'>> {
  const { tags, metadata } = await ledger.getVersion(moduleId, to);
  const reports = await ledger.reports(moduleId, null, to);
  const gates = reports.length === 0 ? null : (await ledger.proof(moduleId, to)).gate.level;
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
  const after = await ledger.readFiles(moduleId, to);
  if (from === null) {
    const files = [...after].map(([path, file]) => {
      const change: FileChange = { path, change: 'added', from: null, to: stateOf(file) };
      return { ...change, before: null, after: texts.of(file) };
    });
    return { ...(await firstChanges(ledger, moduleId, to)), files };
  }
  const before = await ledger.readFiles(moduleId, from);
  const { files, metadata, tags, sameContent, level, approvers } = await ledger.diff(moduleId, from, to);
  return {
    files: files.map((file) => ({
      ...file,
      before: texts.ofOne(before, file.path),
      after: texts.ofOne(after, file.path),
    })),
    metadata,
    tags,
    sameContent,
    level,
    approvers,
  };
}
