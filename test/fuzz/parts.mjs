/** Every parser that reads bytes of a ledger, as one object: from the sources in a test, from the built files in a soak. */

const MODULES = /** @type {const} */ ({
  audit: 'api/audit',
  index: 'index',
  codec: 'git/object-codec',
  headerRules: 'git/copy/header-rules',
  treeRules: 'git/copy/tree-rules',
  bundle: 'git/copy/bundle',
  packScan: 'git/copy/pack-scan',
  pack: 'git/copy/pack',
  blocks: 'git/copy/blocks',
  memory: 'git/copy/memory',
  packIndex: 'git/copy/pack-index',
  loose: 'git/copy/loose',
  listRefs: 'git/copy/list-refs',
  packReader: 'git/pack-reader',
  packWriter: 'git/pack-writer',
  packedRefs: 'git/packed-refs',
  syncFiles: 'git/sync-files',
  fileSystem: 'git/file-system',
  refs: 'git/refs',
  config: 'git/config',
  notes: 'git/notes',
  pktLine: 'git/remote/pkt-line',
  cgiHead: 'git/cgi-head',
  procReceive: 'git/proc-receive',
  fetchByHttp: 'git/remote/fetch-by-http',
  fetchLimits: 'git/remote/fetch-limits',
  progressLines: 'git/remote/progress-lines',
  remoteUrl: 'git/remote/remote-url',
  receivedPack: 'git/remote/received-pack',
  objectText: 'audit/object-text',
  notesChanges: 'audit/notes-changes',
  pinText: 'audit/pin-text',
  objectId: 'model/object-id',
  entry: 'model/journal-entry',
  version: 'model/version-commit',
  report: 'model/report-text',
  checkpoint: 'model/checkpoint',
  trailers: 'model/trailers',
  tagLabel: 'model/tag-label',
  policy: 'model/policy-text',
  principal: 'model/principal',
  refNames: 'model/ref-names',
  sshsig: 'signing/sshsig',
  publicKey: 'signing/ssh-public-key',
  privateKey: 'signing/private-key',
  agent: 'signing/agent',
  wire: 'signing/wire',
  addCheckpoint: 'witness/format/add-checkpoint',
  logCheckpoint: 'witness/format/log-checkpoint',
  note: 'witness/format/note',
  noteKey: 'witness/format/note-key',
});

/**
 * @typedef {{
 *   audit: typeof import('../../src/api/audit.js'),
 *   index: typeof import('../../src/index.js'),
 *   codec: typeof import('../../src/git/object-codec.js'),
 *   headerRules: typeof import('../../src/git/copy/header-rules.js'),
 *   treeRules: typeof import('../../src/git/copy/tree-rules.js'),
 *   bundle: typeof import('../../src/git/copy/bundle.js'),
 *   packScan: typeof import('../../src/git/copy/pack-scan.js'),
 *   pack: typeof import('../../src/git/copy/pack.js'),
 *   blocks: typeof import('../../src/git/copy/blocks.js'),
 *   memory: typeof import('../../src/git/copy/memory.js'),
 *   packIndex: typeof import('../../src/git/copy/pack-index.js'),
 *   loose: typeof import('../../src/git/copy/loose.js'),
 *   listRefs: typeof import('../../src/git/copy/list-refs.js'),
 *   packReader: typeof import('../../src/git/pack-reader.js'),
 *   packWriter: typeof import('../../src/git/pack-writer.js'),
 *   packedRefs: typeof import('../../src/git/packed-refs.js'),
 *   syncFiles: typeof import('../../src/git/sync-files.js'),
 *   fileSystem: typeof import('../../src/git/file-system.js'),
 *   refs: typeof import('../../src/git/refs.js'),
 *   config: typeof import('../../src/git/config.js'),
 *   notes: typeof import('../../src/git/notes.js'),
 *   pktLine: typeof import('../../src/git/remote/pkt-line.js'),
 *   cgiHead: typeof import('../../src/git/cgi-head.js'),
 *   procReceive: typeof import('../../src/git/proc-receive.js'),
 *   fetchByHttp: typeof import('../../src/git/remote/fetch-by-http.js'),
 *   fetchLimits: typeof import('../../src/git/remote/fetch-limits.js'),
 *   progressLines: typeof import('../../src/git/remote/progress-lines.js'),
 *   remoteUrl: typeof import('../../src/git/remote/remote-url.js'),
 *   receivedPack: typeof import('../../src/git/remote/received-pack.js'),
 *   objectText: typeof import('../../src/audit/object-text.js'),
 *   notesChanges: typeof import('../../src/audit/notes-changes.js'),
 *   pinText: typeof import('../../src/audit/pin-text.js'),
 *   objectId: typeof import('../../src/model/object-id.js'),
 *   entry: typeof import('../../src/model/journal-entry.js'),
 *   version: typeof import('../../src/model/version-commit.js'),
 *   report: typeof import('../../src/model/report-text.js'),
 *   checkpoint: typeof import('../../src/model/checkpoint.js'),
 *   trailers: typeof import('../../src/model/trailers.js'),
 *   tagLabel: typeof import('../../src/model/tag-label.js'),
 *   policy: typeof import('../../src/model/policy-text.js'),
 *   principal: typeof import('../../src/model/principal.js'),
 *   refNames: typeof import('../../src/model/ref-names.js'),
 *   sshsig: typeof import('../../src/signing/sshsig.js'),
 *   publicKey: typeof import('../../src/signing/ssh-public-key.js'),
 *   privateKey: typeof import('../../src/signing/private-key.js'),
 *   agent: typeof import('../../src/signing/agent.js'),
 *   wire: typeof import('../../src/signing/wire.js'),
 *   addCheckpoint: typeof import('../../src/witness/format/add-checkpoint.js'),
 *   logCheckpoint: typeof import('../../src/witness/format/log-checkpoint.js'),
 *   note: typeof import('../../src/witness/format/note.js'),
 *   noteKey: typeof import('../../src/witness/format/note-key.js'),
 *   format: import('../../src/model/object-id.js').ObjectFormat,
 * }} Parts
 */

/**
 * @param {(module: string) => Promise<unknown>} load imports a module by its place below the sources, without an ending
 * @param {import('../../src/model/object-id.js').ObjectFormatName} objectFormat of the repositories whose bytes are read
 * @returns {Promise<Parts>}
 */
export async function loadParts(load, objectFormat) {
  const loaded = await Promise.all(Object.entries(MODULES).map(async ([name, path]) => [name, await load(path)]));
  const parts = Object.fromEntries(loaded);
  return { ...parts, format: parts.objectId.formatNamed(objectFormat) };
}

/** The parsers as they are built. @param {import('../../src/model/object-id.js').ObjectFormatName} objectFormat */
export function loadBuiltParts(objectFormat) {
  return loadParts((module) => import(new URL(`../../build/${module}.js`, import.meta.url).href), objectFormat);
}
