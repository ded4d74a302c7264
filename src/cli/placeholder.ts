/** What stands for a value in the usage of a verb, such as `DIR` in `--ledger <DIR>`, and what it says of the value. */

/** What names a place, and what a shell offers for it. */
export const PLACES: Readonly<Record<string, 'files' | 'folders'>> = {
  DIR: 'folders',
  URL: 'folders',
  REMOTE: 'folders',
  REPO: 'folders',
  FILE: 'files',
  PATH: 'files',
  COPY: 'files',
  A: 'files',
  B: 'files',
  KEY: 'files',
  'KEY.pub': 'files',
};

/** `MODULE` of `<MODULE>`, `[MODULE...]`, `--module <MODULE>`; '' where nothing stands for a value. */
export function placeholderOf(usage: string): string {
  return /[<[](.+?)(?:\.\.\.)?[>\]]$/.exec(usage)?.[1] ?? '';
}
