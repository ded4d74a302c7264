/** `assess --files A B`: two folders or npm tarballs compared, with no ledger at all. */

import { invalidArgument, quoted } from '../complaint.js';
import { contentOf } from '../content/content-of.js';
import { assessmentBlocks, assessmentJson } from '../terminal/assessment-answer.js';
import { progressLine } from '../terminal/progress-line.js';
import type { Answer, Call } from '../verb.js';

/** Compares the two that `--files` names. */
export async function assessFiles(call: Call, paths: readonly string[]): Promise<Answer> {
  const [from, to] = paths;
  if (from === undefined || to === undefined || paths.length > 2) {
    const actual = paths.length === 0 ? 'none' : paths.map(quoted).join(', ');
    throw invalidArgument('--files', 'two folders or npm tarballs', actual, 'git-lineage assess --files OLD NEW');
  }
  const library = await import('../files-library.js');
  const reading = { io: call.io, library };
  const [fromFiles, toFiles] = [await contentOf(reading, from), await contentOf(reading, to)];
  const assessor = library.createAssessor();
  const progress = progressLine(call);
  progress.show(`assessing ${from} -> ${to}`);
  try {
    const found = await assessor.assessFiles({ fromFiles, toFiles });
    return { json: assessmentJson(found), blocks: assessmentBlocks(found, `${from} -> ${to}`) };
  } finally {
    progress.clear();
    await assessor.close();
  }
}
