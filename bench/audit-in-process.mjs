// Audits a copy twice in this process and prints the seconds that the second took: what a program pays that has the library
// loaded and its code compiled.
import { auditLedger } from 'git-lineage/audit';
import { seconds } from './statistics.mjs';

const [, , path = ''] = process.argv;

async function audit() {
  const { outcome } = await auditLedger({ path });
  if (outcome !== 'passed') throw new Error(`${path}: ${outcome}`);
}

await audit();
console.log(await seconds(audit));
