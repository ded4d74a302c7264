/** What one file says of the names that it exports, before the files that it exports from are looked at. */

/** Another file whose exports become this one's. */
export interface Reexport {
  readonly specifier: string;
  /** True where `default` stays behind, as with `export *`. */
  readonly star: boolean;
}

/** The names that a file's own text exports. */
export interface FileNames {
  readonly names: ReadonlySet<string>;
  readonly reexports: readonly Reexport[];
  /** True where nothing but `names` and `reexports` can be exported. */
  readonly exact: boolean;
}
