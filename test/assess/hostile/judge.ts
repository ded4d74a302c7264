/** Modules that mean harm, and what is asked of every answer on them. */

import { expect } from 'vitest';
import { assessFiles } from '../../../src/assess/assess-files.js';
import { parseAssessment } from '../../../src/assess/parse-assessment.js';
import type { Assessment } from '../../../src/model/assessment.js';
import type { ModuleFile, NormalizedFiles } from '../../../src/model/module-files.js';
import { isPrintableText } from '../../../src/model/printable.js';
import type { CompatibilityLevel } from '../../../src/model/report.js';

type Content = string | Uint8Array | { readonly link: string };

export type Files = Readonly<Record<string, Content>>;

/** Files as no ledger would take them: a store is asked to keep links inside, an engine must not rely on it. */
export function unchecked(files: Files | ReadonlyMap<string, Content>): NormalizedFiles {
  const entries: [string, Content][] = files instanceof Map ? [...files] : Object.entries(files);
  return new Map(
    entries.map(([path, content]): [string, ModuleFile] => {
      if (typeof content === 'string') return [path, { data: Buffer.from(content), mode: '100644' }];
      if (content instanceof Uint8Array) return [path, { data: content, mode: '100644' }];
      return [path, { data: Buffer.from(content.link), mode: '120000' }];
    }),
  );
}

/** The bytes of a rationale at most. */
const MAX_BYTES = 40 * 1024;

export function checkAnswer(answer: Assessment): void {
  expect(parseAssessment(structuredClone(answer))).toEqual(answer);
  expect(answer.rationale.split('\n').length).toBeLessThanOrEqual(40);
  expect(isPrintableText(answer.rationale, MAX_BYTES), JSON.stringify(answer.rationale)).toBe(true);
}

export const DTS = 'export declare function f(a: string): string;\n';

export const OTHER = 'export declare function f(a: number): number;\n';

export async function judge(from: Files | Map<string, Content>, to: Files | Map<string, Content>): Promise<Assessment> {
  const answer = await assessFiles({ fromFiles: unchecked(from), toFiles: unchecked(to) });
  checkAnswer(answer);
  return answer;
}

/** Not a level that lets the new version pass. */
export const STOPS: readonly CompatibilityLevel[] = ['BREAKING', 'UNKNOWN'];

export function times(count: number, line: (index: number) => string, between = '\n'): string {
  return Array.from({ length: count }, (_, index) => line(index)).join(between);
}

/** One type inside another, `depth` times. */
export function nested(depth: number, core: string, open = '{ a: ', close = ' }'): string {
  return `${open.repeat(depth)}${core}${close.repeat(depth)}`;
}
