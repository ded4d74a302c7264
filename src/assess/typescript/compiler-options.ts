/** The options of the compiler, of which no version has a say. */

import ts from '../compiler.cjs';

/**
 * As strict as a caller can be: what an optional field or a `null` means must be seen. Nothing is emitted, no
 * tsconfig is read, no `@types` are picked up, and checking of the libraries themselves is skipped.
 */
export const OPTIONS: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowJs: true,
  checkJs: true,
  maxNodeModuleJsDepth: 0,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  allowArbitraryExtensions: true,
  preserveSymlinks: true,
  jsx: ts.JsxEmit.Preserve,
  experimentalDecorators: true,
  noEmit: true,
  noLib: false,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
  types: [],
};

/** How a caller resolves that runs what it compiles with Node. */
export const NODE_OPTIONS: ts.CompilerOptions = {
  ...OPTIONS,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};
