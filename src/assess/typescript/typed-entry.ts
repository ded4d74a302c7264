/** An entry that both versions have: the file that types it on either side. */
export interface TypedEntry {
  /** What stands before an export's name in a finding: empty for the main entry. */
  readonly prefix: string;
  readonly from: string;
  readonly to: string;
}
