// Builds the site of the documents and of the API reference into site/, without the network, and makes sure that none of its links
// leads nowhere: neither to a page nor to a heading. `npm run docs` runs it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const site = join(root, 'site');

const typedoc = [join(root, 'node_modules/typedoc/bin/typedoc'), '--cleanOutputDir'];
const { status } = spawnSync(process.execPath, typedoc, { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);

/** The anchors of a page. @type {Map<string, Set<string>>} */
const known = new Map();
/** @param {string} page */
function anchorsOf(page) {
  const anchors =
    known.get(page) ?? new Set([...readFileSync(page, 'utf8').matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));
  known.set(page, anchors);
  return anchors;
}

const pages = readdirSync(site, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.html'))
  .map((name) => join(site, name));
/** @type {string[]} */
const broken = [];
for (const page of pages) {
  for (const [, to = ''] of readFileSync(page, 'utf8').matchAll(/ (?:href|src)="([^"]*)"/g)) {
    if (/^(?:https?|data|mailto):/.test(to)) continue;
    const [path = '', anchor = ''] = decodeURIComponent(to).split('#');
    const target = path === '' ? page : join(dirname(page), path);
    const found = existsSync(target) && (anchor === '' || !target.endsWith('.html') || anchorsOf(target).has(anchor));
    if (!found) broken.push(`${relative(site, page)}: ${to}`);
  }
}
if (broken.length > 0) {
  console.error(`links that lead nowhere:\n${[...new Set(broken)].join('\n')}`);
  process.exit(1);
}
console.log(`${pages.length} pages in ${relative(process.cwd(), site) || '.'}/`);
