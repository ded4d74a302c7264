/** Long answers at a terminal, through the pager that git would take. The terminal is script(1)'s. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Sandbox, withLedger } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** Marks what comes through it. */
const MARKING = "sed 's/^/paged: /'";

interface Shown {
  readonly code: number | null;
  readonly text: string;
}

function atTerminal(box: Sandbox, argv: string, env: Record<string, string> = {}, cwd = box.root): Shown {
  const command = `'${process.execPath}' '${BIN}' ${argv}`;
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...box.env, TERM: 'dumb', NO_COLOR: '1', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { code: status, text: stdout.replaceAll('\r\n', '\n') };
}

async function place(): Promise<Sandbox> {
  const box = await withLedger();
  await box.ok('record', 'planner', '--checksum', 'a', '--tag', 'stable');
  await box.ok('record', 'planner', '--checksum', 'b');
  return box;
}

const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

describe.skipIf(!hasTerminal)('the pager', () => {
  it('is GIT_PAGER, then core.pager of the user, then PAGER', async () => {
    const box = await place();
    for (const verb of ['log planner', 'history', 'show planner@1', 'why planner@1']) {
      const { code, text } = atTerminal(box, verb, { GIT_PAGER: MARKING, PAGER: 'false' });
      expect({ code, first: text.slice(0, 7) }, verb).toEqual({ code: 0, first: 'paged: ' });
    }
    expect(atTerminal(box, 'history', { PAGER: MARKING }).text).toMatch(/^paged: /);
    execFileSync('git', ['config', '--global', 'core.pager', "sed 's/^/mine: /'"], { env: { ...box.env } });
    expect(atTerminal(box, 'history', { PAGER: MARKING }).text).toMatch(/^mine: /);
    expect(atTerminal(box, 'history', { PAGER: MARKING, GIT_PAGER: "sed 's/^/env: /'" }).text).toMatch(/^env: /);
  });

  it('is given what less needs to leave short answers alone, where nobody says otherwise', async () => {
    const box = await place();
    const pager = 'cat > /dev/null; echo "LESS=$LESS LV=$LV"';
    expect(atTerminal(box, 'history', { GIT_PAGER: pager }).text).toBe('LESS=FRX LV=-c\n');
    expect(atTerminal(box, 'history', { GIT_PAGER: pager, LESS: 'S' }).text).toBe('LESS=S LV=-c\n');
  });

  it.each([
    ['--no-pager', MARKING],
    ["--format '%(seq)'", ''],
    ['', 'cat'],
    ['', ''],
  ])('is left out with %j and GIT_PAGER=%j', async (option, pager) => {
    const box = await place();
    const { code, text } = atTerminal(box, `history ${option}`, { GIT_PAGER: pager, PAGER: MARKING });
    expect(code).toBe(0);
    expect(text).not.toContain('paged: ');
    expect(text).toMatch(/^(SEQ|2)/);
  });

  it('that is left early, or is not there, is no failure', async () => {
    const box = await place();
    expect(atTerminal(box, 'history', { GIT_PAGER: 'head -1' })).toMatchObject({
      code: 0,
      text: expect.stringMatching(/^SEQ.*\n$/),
    });
    expect(atTerminal(box, 'history', { GIT_PAGER: 'exit 3' }).code).toBe(0);
    const missing = atTerminal(box, 'history', { GIT_PAGER: 'no-such-pager' });
    expect(missing.code).toBe(0);
    expect(missing.text).toContain('activate planner@2');
  });

  it('is not for short answers, for errors or for a pipe', async () => {
    const box = await place();
    expect(atTerminal(box, 'status', { GIT_PAGER: MARKING }).text).not.toContain('paged: ');
    expect(atTerminal(box, 'log nobody', { GIT_PAGER: MARKING })).toMatchObject({
      code: 2,
      text: expect.stringMatching(/^error: NOT_FOUND/),
    });
    const piped = await box.run(['history'], { env: { GIT_PAGER: MARKING } });
    expect(piped.stdout).not.toContain('paged: ');
  });

  it('is never one that a ledger names', async () => {
    const box = await place();
    const mark = box.path('mark');
    const config = readFileSync(`${box.ledger}/config`, 'utf8');
    box.write(
      'modules.git/config',
      `${config}[core]\n\tpager = touch ${mark}; cat\n[pager]\n\tlog = touch ${mark}; cat\n`,
    );
    const { text } = atTerminal(box, 'history', { PAGER: MARKING }, box.ledger);
    expect(text).toMatch(/^paged: /);
    expect(existsSync(mark)).toBe(false);
  });
});
