/** Aliases of the standard library by what they make of their arguments. */

/** Those that take a function apart: whoever receives its parameters supplies the function. */
export const OF_PARAMETERS: ReadonlySet<string> = new Set(['Parameters', 'ConstructorParameters', 'ThisParameterType']);

/** Those that are made of the members of their first argument. */
export const OF_MEMBERS: ReadonlySet<string> = new Set(['Partial', 'Required', 'Readonly', 'Pick', 'Omit']);

/** Those of which each member has to be there, be it optional where it comes from or new. */
export const ASKS_FOR_ALL: ReadonlySet<string> = new Set(['Required', 'Record']);
