/**
 * A service that comes up on its ledger: starts-process.mjs GITDIR KEY DEADLY. It says what it is warned of, and which version runs;
 * DEADLY takes the process down in its health window, as a plugin that exhausts memory does. With `--left` nobody closes anything.
 */

import { readFileSync } from 'node:fs';
import { HotSwapper, openLedger, sshSigner } from './live.mjs';

const [gitdir = '', key = '', deadly = '', left] = process.argv.slice(2);
const signer = await sshSigner({ privateKey: readFileSync(key), principal: 'service@example.org' });
const ledger = await openLedger({ gitdir, signer });
const swapper = new HotSwapper({
  validator: { validate: () => true },
  healthWindowMs: 600_000,
  onEvent: (notice) => {
    if (notice.type === 'warning') process.stdout.write(`${notice.code} v${notice.version}\n`);
  },
});
const [{ version = null } = {}] = await swapper.resume({ versionManager: ledger });
process.stdout.write(`on v${version}\n`);
if (version === Number(deadly)) process.kill(process.pid, 'SIGKILL');
if (left === undefined) {
  await swapper.close();
  await ledger.close();
}
