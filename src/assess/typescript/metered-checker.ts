/** A checker that tells of each type that it makes, so that a question which would never end can be ended. */

import ts from '../compiler.cjs';

type TypeConstructor = new (checker: ts.TypeChecker, flags: ts.TypeFlags) => ts.Type;

/** Where a checker takes the constructor of its types from; TypeScript keeps it to itself (core.ts, `objectAllocator`, 6.0). */
const allocator = (ts as unknown as { readonly objectAllocator: { getTypeConstructor(): TypeConstructor } })
  .objectAllocator;

/**
 * The checker of a program that has none yet. `onType` is called for each type; where it throws, the question under way ends with that error,
 * and the checker must not be asked anything more: it stopped in the middle of its work.
 */
export function meteredChecker(program: ts.Program, onType: () => void): ts.TypeChecker {
  const plain = allocator.getTypeConstructor;
  const Plain = plain();
  class Metered extends Plain {
    constructor(checker: ts.TypeChecker, flags: ts.TypeFlags) {
      super(checker, flags);
      onType();
    }
  }
  allocator.getTypeConstructor = () => Metered;
  try {
    // Read once, while the checker is made.
    return program.getTypeChecker();
  } finally {
    allocator.getTypeConstructor = plain;
  }
}
