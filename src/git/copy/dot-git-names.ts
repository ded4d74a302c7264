/** Names that git keeps for itself, and those that HFS+ or NTFS read as one of them (git's path.c and utf8.c). */

/** Characters that HFS+ ignores in names. */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** NTFS ignores spaces and periods at the end; ":" begins the name of a stream. */
const NTFS_END = /^[ .]*(?::|$)/;
const NTFS_DOT_GIT = /^(?:\.git|git~1)[ .]*(?:[\\/:]|$)/i;

/** Long name, the six letters of its usual short name, and those of its short name where these are taken. */
const FILES = [
  ['modules', 'gitmodules', 'gitmod', 'gi7eba'],
  ['attributes', 'gitattributes', 'gitatt', 'gi7d29'],
] as const;

/** git: is_ntfs_dot_generic. */
function isNtfsName(name: string, long: string, short: string, fallback: string): boolean {
  const lower = name.toLowerCase();
  if (lower.startsWith(`.${long}`)) return NTFS_END.test(lower.slice(long.length + 1));
  if (lower.startsWith(`${short}~`) && /^[1-4]/.test(lower.slice(7))) return NTFS_END.test(lower.slice(8));
  const digits = /^([^~]{0,6})~[1-9][0-9]*$/.exec(lower.slice(0, 8));
  return lower.length >= 8 && digits !== null && fallback.startsWith(digits[1] ?? '') && NTFS_END.test(lower.slice(8));
}

/**
 * Which of git's own names a name is or can be read as, or null. `attributes` is `.gitattributes`, which a tree may have.
 * `name` is the text, `raw` the same bytes as latin1.
 */
export function dotGitName(name: string, raw: string): 'git' | 'modules' | 'attributes' | null {
  const plain = name.replace(HFS_IGNORED, '').toLowerCase();
  // What follows a backslash is a name of its own on NTFS.
  const parts = raw.split('\\').map((_, i, all) => all.slice(i).join('\\'));
  if (plain === '.git' || parts.some((part) => NTFS_DOT_GIT.test(part))) return 'git';
  for (const [kind, long, short, fallback] of FILES) {
    if (plain === `.${long}` || parts.some((part) => isNtfsName(part, long, short, fallback))) return kind;
  }
  return null;
}
