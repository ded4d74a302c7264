/**
 * Which tests `npm test` runs, in two minutes on two cores, and which are left to `npm run test:long`: those that kill processes, cut the
 * power, attack, start servers, browsers and Prometheus, run the documents' commands, or measure many pairs. `npm run test:all` runs both.
 */

/** As vitest takes them, with braces for alternatives. */
export const LONG: readonly string[] = [
  'test/assess/{caller,hostile,limits,metamorphic,pairs,pairs-proof,schema-inclusion}.test.ts',
  'test/attacks/**',
  'test/audit/**',
  'test/cli/{agent,audit,completion,content,follow,gate-changed*,hooks,import-*,keys,planted,pre-swap,roads,terminal,webhook}.test.ts',
  'test/crash/**',
  'test/docs/{backup,examples,guides,readme,start,swap,trust,webhooks,assess,page}.test.ts',
  'test/fuzz/**',
  'test/hooks/**',
  'test/interop/**',
  'test/mcp/{attacks-on-the-guard,guard,http-guard,real-server}.test.ts',
  'test/monitoring/**',
  'test/page/**',
  'test/property/**',
  'test/publisher/**',
  'test/remote/**',
  'test/signing/{private-key,sshsig}.test.ts',
  'test/suite/{approve-capabilities,measure-first,return-level}.test.ts',
  'test/swap/{crash,fleet,starts,memory,worker-*,process-loader,again,canary}.test.ts',
  'test/webhooks/**',
  'test/witness/**',
];

/** The files of a mode of vitest: `quick`, `long`, or any other for all. */
export function suiteOf(mode: string): { readonly include: string[]; readonly exclude: string[] } {
  if (mode === 'long') return { include: LONG.map((glob) => glob.replace(/\*\*$/, '**/*.test.ts')), exclude: [] };
  return { include: ['test/**/*.test.ts'], exclude: mode === 'quick' ? [...LONG] : [] };
}
