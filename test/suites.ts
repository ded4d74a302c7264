/**
 * Which tests `npm test` runs, in two minutes on two cores, and which are left to `npm run test:long`: those that kill processes, cut the
 * power, attack, start servers, browsers and Prometheus, run the documents' commands, or measure many pairs. `npm run test:sweeps` runs
 * those that hold one rule on very many inputs, or at very many points in time, and `npm run test:all` all three.
 */

/** As vitest takes them, with braces for alternatives. */
export const LONG: readonly string[] = [
  'test/assess/hostile/**',
  'test/assess/{caller,limits,metamorphic,pairs,pairs-proof,schema-inclusion}.test.ts',
  'test/assess/random/**',
  'test/attacks/**',
  'test/audit/**',
  'test/cli/{agent,audit,completion,content,follow,gate-changed*,hooks,import-*,keys,mcp-http,planted,pre-swap,roads,ten-skills,terminal,webhook}.test.ts',
  'test/crash/**',
  'test/docs/{backup,examples,guides,readme,start,swap,trust,webhooks,witnesses,assess,page}.test.ts',
  'test/fuzz/**',
  'test/hooks/**',
  'test/interop/**',
  'test/mcp/{attacks-on-the-guard,guard,http-*,real-server}.test.ts',
  'test/monitoring/**',
  'test/page/**',
  'test/property/**',
  'test/publisher/**',
  'test/remote/**',
  'test/signing/{private-key,sshsig}.test.ts',
  'test/suite/{approve-capabilities,measure-first,object-format,return-level}.test.ts',
  'test/swap/{approved-grants,crash,fleet,starts,memory,worker-*,process-loader,again,canary}.test.ts',
  'test/webhooks/**',
  'test/witness/**',
];

/** Of those, the ones that hold one rule on very many inputs, at very many points in time, over every kind of host, or a long guide on one ledger. */
export const SWEEPS: readonly string[] = [
  'test/assess/hostile/**',
  'test/assess/{limits,metamorphic,pairs-proof,schema-inclusion}.test.ts',
  'test/assess/random/**',
  'test/cli/{completion,gate-changed-filters,import-npm}.test.ts',
  'test/crash/{cut,kill,one-process,pack-tags,redaction,wrong-clocks}.test.ts',
  'test/docs/{backup,trust}.test.ts',
  'test/fuzz/**',
  'test/interop/{damaged-objects,evidence-*,foreign-edits,maintenance,module-names,notes}.test.ts',
  'test/monitoring/incidents.test.ts',
  'test/property/**',
  'test/publisher/pack-deltas.test.ts',
  'test/remote/{gitolite,host,nodes,redacted}.test.ts',
  'test/signing/{private-key,sshsig}.test.ts',
  'test/swap/crash.test.ts',
];

/** The globs as vitest includes them. */
function filesOf(globs: readonly string[]): string[] {
  return globs.map((glob) => glob.replace(/\*\*$/, '**/*.test.ts'));
}

/** The files of a mode of vitest: `quick`, `long`, `sweeps`, or any other for all. */
export function suiteOf(mode: string): { readonly include: string[]; readonly exclude: string[] } {
  if (mode === 'sweeps') return { include: filesOf(SWEEPS), exclude: [] };
  if (mode === 'long') return { include: filesOf(LONG), exclude: filesOf(SWEEPS) };
  return { include: ['test/**/*.test.ts'], exclude: mode === 'quick' ? [...LONG] : [] };
}
