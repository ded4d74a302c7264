// Another process at a ledger: records one version for each message, and says when it is done. `other-writer.mjs GITDIR MODULE`
import { openLedger } from 'git-lineage';
import { signerOf } from './make-ledger.mjs';
import { codeOf } from './peers.mjs';

const [, , gitdir = '', moduleId = ''] = process.argv;
const ledger = await openLedger({ gitdir, signer: await signerOf(gitdir) });
let made = 0;
process.on('message', async () => {
  made += 1;
  const { version } = await ledger.recordCheckpoint({ moduleId }, { files: { 'index.js': codeOf(made) } });
  process.send?.(version);
});
process.on('disconnect', () => ledger.close());
process.send?.(0);
