/** Who judged: part of each report and of each cached verdict's name. */

/** Raised with every change of the engine that can change a verdict or its words. */
const ENGINE = 15;

/** TypeScript is pinned exactly in package.json, and test/assess holds the two together. */
export const TYPESCRIPT = '6.0.3';

/** e.g. `git-lineage/assess-14 typescript/6.0.3` */
export const ASSESSOR = `git-lineage/assess-${ENGINE} typescript/${TYPESCRIPT}`;
