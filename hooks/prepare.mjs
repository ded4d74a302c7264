// Runs at the end of `npm ci` and `npm install`: builds dist/, and in a working repository installs the git hooks.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
execFileSync(npx, ['--no-install', 'tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (existsSync('.git') && !process.env['CI']) {
  execFileSync(npx, ['--no-install', 'simple-git-hooks'], { stdio: 'inherit' });
}
