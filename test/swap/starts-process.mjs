/**
 * A service that comes up on its ledger: starts-process.mjs GITDIR KEY DEADLY. It says which version runs; DEADLY takes the process
 * down in its health window, as a plugin that exhausts memory does. `--calm` has it stay until its input ends.
 */

import { readFileSync } from 'node:fs';
import { HotSwapper, openLedger, sshSigner } from './live.mjs';

const [gitdir = '', key = '', deadly = '', calm] = process.argv.slice(2);
const signer = await sshSigner({ privateKey: readFileSync(key), principal: 'service@example.org' });
const ledger = await openLedger({ gitdir, signer });
const swapper = new HotSwapper({
  validator: { validate: () => true },
  healthWindowMs: calm === undefined ? 600_000 : 0,
});
const [{ version = null } = {}] = await swapper.resume({ versionManager: ledger });
process.stdout.write(`on v${version}\n`);
if (version === Number(deadly)) process.kill(process.pid, 'SIGKILL');
await swapper.close();
await ledger.close();
