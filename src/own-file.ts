/** Whose a file or folder is, for who believes what it holds. */

const WRITABLE_BY_OTHERS = 0o022;

/** What is asked of the file system; a file system that has no users says 0 of all. */
interface Owned {
  readonly uid: number | bigint;
  readonly mode: number | bigint;
}

/** True for what belongs to this user, and where nobody else can write; on a system without users always. */
export function isOursAlone({ uid, mode }: Owned): boolean {
  const user = process.geteuid?.();
  return user === undefined || (Number(uid) === user && (Number(mode) & WRITABLE_BY_OTHERS) === 0);
}
