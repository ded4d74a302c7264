// The five minutes of somebody new, as README.md says and nothing else: from a checkout to a rollback that is seen in the page.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fencedBlocks } from '../test/docs/fenced-blocks.mjs';
import { SERVES, Stranger } from '../test/docs/stranger.mjs';
import { launchChromium } from '../test/page/chromium.mjs';
import { atMost, Table } from './table.mjs';

const README = new URL('../README.md', import.meta.url);
const MARK = '== done: ';
const WHOLE = 'all of it';

/** @typedef {import('../test/docs/fenced-blocks.mjs').Block} Block */
/** @typedef {(step: string) => void} Done */

/** Something must be in the README for the way to lead on. @template T @param {T | undefined} found @param {string} what @returns {T} */
function needed(found, what) {
  if (found === undefined) throw new Error(`README.md leads no further: expected ${what}`);
  return found;
}

/**
 * One shell runs the commands of these blocks, and says when each step is done.
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} place
 * @param {readonly Block[]} blocks
 * @param {Done} done
 */
async function follow(place, blocks, done) {
  const script = blocks.flatMap(({ section, text }) =>
    text.split('\n').flatMap((line) => {
      if (line === '' || line.startsWith('#')) return [];
      const [command = ''] = /^(?:npx )?[\w-]+ [\w.-]*/.exec(line) ?? [];
      return [line, `echo '${MARK}${section}: ${command}'`];
    }),
  );
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script.join('\n')], {
    ...place,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const status = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith(MARK)) done(line.slice(MARK.length));
    else if (/^planner@\d+: /.test(line)) done(`In a service: ${line}`);
  }
  if ((await status) !== 0) throw new Error(`the README's commands ended with ${await status}: ${said}`);
}

/**
 * What takes no time worth a line of its own goes with the step that follows.
 * @param {(step: string, seconds: number) => void} note
 * @returns {Done}
 */
function steps(note) {
  let last = performance.now();
  return (step) => {
    if (/: (?:mkdir|cd|export|echo) /.test(step)) return;
    const now = performance.now();
    note(step, (now - last) / 1000);
    last = now;
  };
}

/** @param {(step: string, seconds: number) => void} note */
async function walk(note) {
  const blocks = fencedBlocks(readFileSync(README, 'utf8'));
  const browser = await launchChromium();
  const stranger = await Stranger.arrive();
  try {
    const of = (/** @type {string} */ section) => blocks.filter((block) => block.section === section);
    const [install, ...minute] = [...of('Install'), ...of('In a minute')].filter(({ info }) => info === 'sh');
    const service = of('In a service');
    const program = needed(
      service.find(({ info }) => info.startsWith('js ')),
      'a program in "In a service"',
    );
    const run = needed(
      service.find(({ info }) => info === 'sh'),
      'how the program is run',
    );
    const page = needed(
      service.find(({ info }) => info === SERVES),
      'how the page is opened',
    );
    const { text, ...rest } = needed(install, 'how it is installed');
    const start = performance.now();
    const done = steps(note);
    const file = program.info.split(' ')[1] ?? '';
    const { checkout, project, env } = stranger;
    await follow({ cwd: checkout, env }, [{ ...rest, text: stranger.installing(text) }, ...minute], done);
    writeFileSync(join(project, file), program.text);
    await follow({ cwd: project, env }, [run], done);
    const { url, end } = await stranger.serve(page.text);
    try {
      done('In a service: git-lineage ui answers');
      const view = await browser.newPage();
      await view.goto(url);
      await view.getByText('HEALTH_FAILURE').first().waitFor();
      done('the rollback is seen in the page');
    } finally {
      await end();
    }
    note(WHOLE, (performance.now() - start) / 1000);
  } finally {
    stranger.leave();
    await browser.close();
  }
}

/** One walk. */
export async function benchStranger() {
  const table = new Table(
    'a stranger follows README.md; npm from a registry on this machine, npm ci without its downloads',
  );
  /** @type {Map<string, number>} */
  const took = new Map();
  await walk((step, seconds) => took.set(step, (took.get(step) ?? 0) + seconds));
  for (const [name, seconds] of took)
    table.note({ name, unit: 's', peer: '', goal: name === WHOLE ? atMost(300) : null }, seconds, Number.NaN);
  table.print();
}
