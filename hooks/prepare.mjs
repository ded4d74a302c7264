// Runs at the end of `npm ci` and `npm install`: builds dist/, and in a working repository installs the git hooks.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (existsSync('.git') && !process.env['CI']) {
  execFileSync(process.execPath, ['node_modules/simple-git-hooks/cli.js'], { stdio: 'inherit' });
}
