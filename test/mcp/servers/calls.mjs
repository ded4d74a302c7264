/** What each server is asked, so that its answers with a guard can be held against those without. */

/**
 * @typedef {readonly [method: string, params?: Record<string, unknown>]} Question
 */

/** An error of this kind is in the words of whoever refuses. */
export const UNKNOWN_METHOD = 'no/such/method';

/** @param {string} name @param {Record<string, unknown>} [given] @returns {Question} */
function call(name, given = {}) {
  return ['tools/call', { name, arguments: given }];
}

const THOUGHT = { thought: 'one', nextThoughtNeeded: true, thoughtNumber: 1, totalThoughts: 2 };
const ENTITIES = [{ name: 'ledger', entityType: 'thing', observations: ['it is signed'] }];

/**
 * Questions by server. A tool that a release does not have, and what it cannot take, is asked for all the same: errors are answers.
 *
 * @param {string} folder a folder that both may use
 * @returns {Record<string, readonly Question[]>}
 */
export function questions(folder) {
  return {
    filesystem: [
      call('list_allowed_directories'),
      call('write_file', { path: `${folder}/a.txt`, content: 'one\ntwo\n' }),
      call('read_file', { path: `${folder}/a.txt` }),
      call('read_text_file', { path: `${folder}/a.txt`, head: 1 }),
      call('read_media_file', { path: `${folder}/a.txt` }),
      call('read_multiple_files', { paths: [`${folder}/a.txt`, `${folder}/none`] }),
      call('edit_file', { path: `${folder}/a.txt`, edits: [{ oldText: 'one', newText: '1' }], dryRun: true }),
      call('list_directory', { path: folder }),
      call('directory_tree', { path: folder }),
      call('search_files', { path: folder, pattern: 'a*' }),
      call('read_file', { path: '/etc/hostname' }),
      call('read_file', {}),
    ],
    everything: [
      call('echo', { message: 'ä € 𝄞 \u2028' }),
      call('echo', {}),
      call('add', { a: 1, b: 2.5 }),
      call('get-sum', { a: 1, b: 1e300 }),
      call('getTinyImage'),
      call('get-tiny-image'),
      call('longRunningOperation', { duration: 1, steps: 4 }),
      call('trigger-long-running-operation', { duration: 1, steps: 4 }),
      call('sampleLLM', { prompt: 'anything' }),
      call('trigger-sampling-request', { prompt: 'anything' }),
      call('startElicitation'),
      call('trigger-elicitation-request'),
      call('get-roots-list'),
      call('annotatedMessage', { messageType: 'error', includeImage: true }),
      call('get-annotated-message', { messageType: 'error', includeImage: true }),
      call('structuredContent', { location: 'Oslo' }),
      call('get-structured-content', { location: 'New York' }),
      call('getResourceReference', { resourceId: 1 }),
      call('getResourceLinks', { count: 2 }),
      call('get-resource-links', { count: 2 }),
      ['prompts/get', { name: 'simple_prompt' }],
      ['prompts/get', { name: 'simple-prompt' }],
      ['prompts/get', { name: 'complex_prompt', arguments: { temperature: '1', style: 'plain' } }],
      ['prompts/get', { name: 'args-prompt', arguments: { city: 'Oslo' } }],
      ['resources/read', { uri: 'test://static/resource/2' }],
      ['resources/read', { uri: 'test://static/resource/none' }],
      ['resources/subscribe', { uri: 'test://static/resource/2' }],
      ['resources/unsubscribe', { uri: 'test://static/resource/2' }],
      ['logging/setLevel', { level: 'emergency' }],
      [
        'completion/complete',
        { ref: { type: 'ref/prompt', name: 'completable-prompt' }, argument: { name: 'department', value: 'S' } },
      ],
      [UNKNOWN_METHOD],
    ],
    'sequential-thinking': [
      call('sequentialthinking', THOUGHT),
      call('sequentialthinking', { ...THOUGHT, thoughtNumber: 'one' }),
      call('sequentialthinking', {}),
    ],
    memory: [
      call('create_entities', { entities: ENTITIES }),
      call('add_observations', { observations: [{ entityName: 'ledger', contents: ['and hashed'] }] }),
      call('read_graph'),
      call('search_nodes', { query: 'signed' }),
      call('open_nodes', { names: ['ledger'] }),
      call('delete_entities', { entityNames: ['ledger'] }),
      call('read_graph'),
    ],
  };
}

/** A call that takes a server little time, for its latency. @type {Record<string, Question>} */
export const QUICK = {
  filesystem: call('list_allowed_directories'),
  everything: call('echo', { message: 'one' }),
  'sequential-thinking': call('sequentialthinking', THOUGHT),
  memory: call('read_graph'),
};
