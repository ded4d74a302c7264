/** examples/: each program prints what its README says, the CI gate answers, and units and container files are well-formed. */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { MarkdownDocument, ROOT } from './document.js';
import { follow } from './follow.js';
import { Workplace } from './workplace.js';

const EXAMPLES = join(ROOT, 'examples');
const readme = new MarkdownDocument('examples/README.md');

function workplace(): Workplace {
  const place = new Workplace('fastify', 'express');
  onTestFinished(() => place.remove());
  cpSync(EXAMPLES, place.path('examples'), { recursive: true });
  return place;
}

describe('the programs', () => {
  const sections = ['A Fastify host, an Express host', 'An agent that writes its own tool', 'A pool of threads'];

  it.each(sections)(
    '%s',
    async (title) => {
      const place = workplace();
      const blocks = readme.blocks.filter(({ section }) => section === title);
      const printed = await follow(blocks, { cwd: place.folder, env: place.env });
      // What the two hosts print is the same.
      expect(new Set(printed).size).toBe(1);
    },
    240_000,
  );

  it('are all that examples/ has', () => {
    const named = sections.map((title) => readme.section(title)).join('');
    const started = ['pool-thread.mjs'];
    const there = readdirSync(EXAMPLES).filter((name) => name.endsWith('.mjs') && !started.includes(name));
    expect(there.filter((name) => !named.includes(name))).toEqual([]);
  });
});

describe('the gate in CI', () => {
  it('lets pass what changes nothing, refuses what breaks callers, and lets it pass once it is approved', () => {
    const place = workplace();
    place.run(`
      git-lineage init modules.git --principal ops@example.org --require-approval --json > founded
      mkdir -p shop/src
      echo 'export const plan = () => ["wait"];' > shop/src/index.js
      git-lineage record planner shop/src --tag stable --ledger modules.git
      cd shop
      git init --quiet`);
    const config = { 'git-lineage': { ledger: '../nowhere.git', modules: { planner: 'src' } } };
    place.write('shop/package.json', JSON.stringify({ name: 'shop', private: true, ...config }));
    const { key } = JSON.parse(readFileSync(place.path('founded'), 'utf8'));
    place.env['LEDGER_URL'] = `file://${place.path('modules.git')}`;
    place.env['LEDGER_FINGERPRINT'] = key.fingerprint;
    const gate = () => place.attempt('git add . && ../examples/ci-gate/gate.sh', place.path('shop'));

    expect(gate()).toMatchObject({ status: 0, stdout: expect.stringContaining('unchanged') });
    writeFileSync(place.path('shop/src/index.js'), 'export const schedule = () => ["wait"];\n');
    expect(gate()).toMatchObject({ status: 1, stderr: expect.stringContaining('An approver has to sign') });
    place.run(`
      export GIT_LINEAGE_DIR="$PWD/modules.git"
      git-lineage stage planner shop/src
      git-lineage assess planner 1 2
      git-lineage approve planner 1 2`);
    expect(gate()).toMatchObject({ status: 0, stdout: expect.stringContaining('allow') });
    place.env['LEDGER_FINGERPRINT'] = `SHA256:${'A'.repeat(43)}`;
    expect(gate().status).toBe(4);
  }, 240_000);

  it('is run by a workflow that can be read', () => {
    const workflow = parse(readFileSync(join(EXAMPLES, 'ci-gate', 'workflow.yml'), 'utf8'));
    const steps: { run?: string; env?: Record<string, string> }[] = workflow.jobs.gate.steps;
    const gate = steps.find(({ run }) => run?.includes('gate.sh'));
    const [, script = ''] = /(\S+gate\.sh)/.exec(gate?.run ?? '') ?? [];
    expect(existsSync(join(ROOT, script))).toBe(true);
    const text = readFileSync(join(ROOT, script), 'utf8');
    expect(Object.keys(gate?.env ?? {}).filter((name) => !text.includes(`$${name}`))).toEqual([]);
  });
});

describe('the systemd units', () => {
  const folder = join(EXAMPLES, 'systemd');
  const units = readdirSync(folder);

  it('have sections, and settings as NAME=VALUE', () => {
    expect(units.length).toBeGreaterThan(3);
    for (const unit of units) {
      const lines = readFileSync(join(folder, unit), 'utf8').split('\n');
      const wrong = lines.filter((line) => !/^$|^#|^\[(Unit|Service|Timer|Install)\]$|^[A-Z][A-Za-z]+=./.test(line));
      expect(wrong, unit).toEqual([]);
      expect(lines).toContain(unit.endsWith('.timer') ? '[Timer]' : '[Service]');
    }
  });

  const verifies = existsSync('/usr/bin/systemd-analyze');
  it.skipIf(!verifies)('are accepted by systemd-analyze', () => {
    const place = workplace();
    // What they start is at another place here.
    mkdirSync(place.path('units'));
    symlinkSync(process.execPath, place.path('bin', 'node'));
    for (const unit of units) {
      const text = readFileSync(join(folder, unit), 'utf8').replaceAll('/usr/local/bin/', `${place.path('bin')}/`);
      writeFileSync(place.path('units', unit.replace('@', '@3')), text);
    }
    const paths = units.map((unit) => place.path('units', unit.replace('@', '@3')));
    const said = place.attempt(`systemd-analyze verify --man=no ${paths.join(' ')}`);
    expect(said.stderr.split('\n').filter((line) => line.includes(place.path('units')))).toEqual([]);
  });
});

describe('the container', () => {
  const folder = join(EXAMPLES, 'container');

  it('has instructions that are known, and copies what is there or what README puts there', () => {
    const text = readFileSync(join(folder, 'Containerfile'), 'utf8').replace(/ *\\\n */g, ' ');
    const instructions = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const known = /^(FROM|RUN|WORKDIR|COPY|USER|ENV|VOLUME|EXPOSE|ENTRYPOINT|CMD) ./;
    expect(instructions.filter((line) => !known.test(line))).toEqual([]);
    const copied = instructions
      .filter((line) => line.startsWith('COPY '))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const put = readme.section('A container');
    expect(copied.filter((name) => !existsSync(join(folder, name)) && !put.includes(name))).toEqual([]);
    for (const line of instructions.filter((each) => /^(ENTRYPOINT|CMD) /.test(each)))
      expect(JSON.parse(line.replace(/^\w+ /, ''))).toBeInstanceOf(Array);
  });

  it('has a compose file whose secrets are there', () => {
    const { services, secrets } = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'));
    expect(Object.keys(secrets)).toEqual(services.planner.secrets);
    expect(services.planner.environment.GIT_LINEAGE_KEY).toBe(`/run/secrets/${services.planner.secrets[0]}`);
  });

  it('comes up where the gate lets its version, and not otherwise', () => {
    const place = workplace();
    place.run(`
      git-lineage init modules.git --principal ops@example.org
      mkdir planner
      echo 'export const plan = () => 1;' > planner/index.js
      git-lineage record planner planner --ledger modules.git`);
    place.env['GIT_LINEAGE_DIR'] = place.path('modules.git');
    const entrypoint = 'examples/container/entrypoint.sh echo it runs';
    expect(place.run(entrypoint)).toBe('it runs\n');
    expect(place.run(`MODULE=planner FROM=- TO=1 ${entrypoint}`)).toBe('it runs\n');
    expect(place.attempt(`MODULE=planner FROM=1 TO=2 ${entrypoint}`)).toMatchObject({ status: 1, stdout: '' });
  }, 120_000);
});

it('no example imports anything of git-lineage but the package', () => {
  const sources = readdirSync(EXAMPLES).filter((name) => name.endsWith('.mjs'));
  for (const name of sources) {
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    const imported = [...text.matchAll(/(?:from |import\()'([^']+)'/g)].map(([, from = '']) => from);
    const expected = /^(node:|\.\/[\w-]+\.mjs$|git-lineage(\/\w+)?$|fastify$|express$)/;
    expect(
      imported.filter((from) => !expected.test(from)),
      name,
    ).toEqual([]);
  }
  expect(execFileSync('git', ['ls-files', 'examples'], { cwd: ROOT, encoding: 'utf8' })).not.toContain('.key');
});
