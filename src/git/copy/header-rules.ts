/** What `git fsck --strict` asks of the headers of a commit and a tag (git's fsck.c, fsck_commit and fsck_tag). */

import { type ObjectFormat, SHA1, SHA256 } from '../../model/object-id.js';

const IDENTITY = '[^<>\\n]* <[^<>\\n]*> (?:0|[1-9][0-9]{0,17}) [+-][0-9]{4}';

function rulesOf({ pattern: oid }: ObjectFormat) {
  return {
    oid,
    commit: new RegExp(`^tree ${oid}\\n(?:parent ${oid}\\n)*author ${IDENTITY}\\ncommitter ${IDENTITY}\\n`),
    tag: new RegExp(`^object ${oid}\\ntype (?:blob|tree|commit|tag)\\ntag [^\\n]*\\n(?:tagger ${IDENTITY}\\n)?`),
  };
}

const RULES = { sha1: rulesOf(SHA1), sha256: rulesOf(SHA256) };

/** The header with its last line feed; null where there is none or a zero byte stands in it. */
function headerOf(data: Buffer): string | null {
  const blank = data.indexOf('\n\n');
  const end = blank === -1 ? data.length : blank + 1;
  const header = data.toString('latin1', 0, end);
  return header.includes('\0') || !header.endsWith('\n') ? null : header;
}

const NO_HEADER = 'its header has a zero byte in it or is not ended';

/** The first line that is not as it should be, `expected` being the lines in their order. */
function firstBadLine(header: string, expected: readonly (readonly [pattern: RegExp, repeated: boolean])[]): string {
  const lines = header.split('\n');
  let at = 0;
  for (const [pattern, repeated] of expected) {
    if (repeated) while (pattern.test(lines[at] ?? '')) at += 1;
    else if (!pattern.test(lines[at++] ?? '')) return `line ${at} of its header is malformed, missing or misplaced`;
  }
  return `line ${at + 1} of its header is malformed or misplaced`;
}

const whole = (pattern: string) => new RegExp(`^${pattern}$`);

/** What is wrong with a commit, or null. */
export function commitFault(data: Buffer, { name }: ObjectFormat): string | null {
  const header = headerOf(data);
  if (header === null) return NO_HEADER;
  const { oid, commit } = RULES[name];
  const match = commit.exec(header);
  if (match === null) {
    return firstBadLine(header, [
      [whole(`tree ${oid}`), false],
      [whole(`parent ${oid}`), true],
      [whole(`author ${IDENTITY}`), false],
      [whole(`committer ${IDENTITY}`), false],
    ]);
  }
  return data.includes(0) ? 'its message has a zero byte in it' : null;
}

/** What is wrong with a tag, or null. */
export function tagFault(data: Buffer, { name }: ObjectFormat): string | null {
  const header = headerOf(data);
  if (header === null) return NO_HEADER;
  const { oid, tag } = RULES[name];
  const match = tag.exec(header);
  const isWhole = match !== null && !header.startsWith('tagger ', match[0].length);
  return isWhole
    ? null
    : firstBadLine(header, [
        [whole(`object ${oid}`), false],
        [/^type (?:blob|tree|commit|tag)$/, false],
        [/^tag /, false],
        [whole(`tagger ${IDENTITY}`), true],
      ]);
}
