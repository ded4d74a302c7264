/** Every kind of change that an assessment can name. The strings are public: `--json` prints them. */

export const FINDING_CODES = [
  // What a module offers
  'export-removed',
  'export-added',
  'export-type-only',
  'export-kind-changed',
  'subpath-removed',
  'subpath-added',
  'require-removed',
  'require-added',
  'import-removed',
  'import-added',
  // Types as a whole
  'type-changed',
  'type-narrowed',
  'type-widened',
  'union-member-added',
  'union-member-removed',
  // Members of objects, classes, namespaces
  'member-removed',
  'member-added',
  'member-required',
  'member-optional',
  'member-readonly',
  'member-writable',
  'member-hidden',
  'member-exposed',
  'member-abstract',
  'index-signature-removed',
  'index-signature-added',
  // Calls
  'not-callable',
  'call-added',
  'param-added',
  'param-removed',
  'param-required',
  'param-optional',
  'param-narrowed',
  'param-widened',
  'return-narrowed',
  'return-widened',
  'became-async',
  'predicate-changed',
  'overload-removed',
  'overload-added',
  'overload-reordered',
  // Generics
  'type-param-added',
  'type-param-removed',
  'type-param-constraint',
  'type-param-default',
  // Classes and enums
  'class-abstract',
  'constructor-hidden',
  'class-nominal',
  'enum-member-added',
  'enum-member-removed',
  'enum-value-changed',
  // JSON Schema
  'schema-narrowed',
  'schema-widened',
  'schema-unsupported',
  'schema-invalid',
  // Tools that a model calls
  'tool-promise-removed',
  // Too little information
  'any-introduced',
  'any-removed',
  'unresolved-import',
  'untyped',
  'not-comparable',
  'opaque',
  'syntax-error',
  'limit-reached',
] as const;

/** What kind of change one finding of a measurement is; `FINDING_CODES` lists them all. */
export type FindingCode = (typeof FINDING_CODES)[number];
