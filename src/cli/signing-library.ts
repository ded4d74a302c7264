/** The part of the library that signs, for verbs that write: who reads waits for no keys and agents. */

export { agentSigner } from '../signing/agent.js';
export { generateKey, sshSigner } from '../signing/signer.js';
