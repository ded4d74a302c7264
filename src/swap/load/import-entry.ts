/** Importing a file of the cache, and what a module of either kind exports. */

/** A file that can be imported. */
export interface Entry {
  readonly url: string;
  readonly format: 'module' | 'commonjs';
}

/** The namespace of an ES module; of a CommonJS module what `require` would give. */
export async function importEntry({ url, format }: Entry): Promise<unknown> {
  const namespace: { readonly default?: unknown } = await import(url);
  return format === 'commonjs' && 'default' in namespace ? namespace.default : namespace;
}
