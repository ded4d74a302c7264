/** Good inputs for every parser, made by the library, by git and by ssh-keygen. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './oracles.mjs';

/**
 * @typedef {{
 *   commits: Buffer[], tags: Buffer[], trees: Buffer[], blobs: Buffer[],
 *   packs: Buffer[], indexes: Buffer[], bundles: Buffer[], packedRefs: Buffer[], configs: Buffer[],
 *   refNames: string[], entries: string[], versions: string[], reports: string[], policies: string[],
 *   signed: { payload: Uint8Array, signature: string }[],
 *   publicKeys: Buffer[], privateKeys: Buffer[], packets: Buffer[], pins: Buffer[],
 * }} Samples
 */

/** A key for signing with git. @param {string} dir @param {string} name @param {readonly string[]} options */
function keyFile(dir, name, options) {
  const path = join(dir, name);
  mustRun('ssh-keygen', ['-q', '-f', path, '-C', 'ada', ...options]);
  return path;
}

/** @param {import('./parts.mjs').Parts} parts @param {string} gitdir @param {string} privateKey */
async function fillLedger({ audit, index, format }, gitdir, privateKey) {
  const signer = await index.sshSigner({ privateKey, principal: 'ada@example.org' });
  let clock = 1_795_423_762;
  const ledger = await index.initLedger({ gitdir, signer, objectFormat: format.name, now: () => (clock += 0.125) });
  const files = (/** @type {number} */ i) => ({
    files: {
      'index.js': `export const plan = ${i};\n`,
      'lib/parts.js': '// parts\n',
      'run.sh': { data: '#!/bin/sh\n', mode: /** @type {const} */ ('100755') },
    },
  });
  await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, files(1));
  await ledger.recordCheckpoint({ moduleId: 'planner', metadata: { semver: '1.1.0', 'ä "': '\u202e' } }, files(2));
  await ledger.stage({ moduleId: 'planner' }, files(3));
  const pair = { moduleId: 'planner', fromVer: 2, toVer: 3 };
  await ledger.assessCompatibility({ ...pair, level: 'BREAKING', rationale: '----- ä: gone\n\n- Level: COMPATIBLE' });
  await ledger.approve('planner', 2, 3, { rationale: 'we know' });
  await ledger.withdraw('planner', 2, 3, { rationale: 'not yet' });
  await ledger.approve('planner', 2, 3);
  await ledger.activate('planner', 3);
  await ledger.tag('planner', 3, 'canary');
  await ledger.rollback('planner', 'HEALTH_FAILURE');
  await ledger.recordCheckpoint({ moduleId: '@acme/executor', tags: ['stable'], checksum: 'by-hand' });
  await ledger.recordCheckpoints(
    Array.from({ length: 70 }, (_, i) => ({ checkpoint: { moduleId: 'core.memory' }, ...files(i) })),
  );
  await ledger.assessCompatibility({
    moduleId: 'planner',
    fromVer: 4,
    toVer: 5,
    level: 'MINOR_CHANGE',
    rationale: 'soon',
  });
  const other = index.parsePublicKeyLine(index.generateKey().publicKey).key;
  await ledger.policy.set({
    settings: { maxCheckpoints: 5 },
    signers: [{ principal: 'bob@example.org', publicKey: other, roles: ['approver'] }],
  });
  const { pin } = await audit.auditLedger({ path: gitdir });
  await ledger.close();
  return pin === null ? [] : [Buffer.from(audit.formatPin(pin))];
}

/** Commits, tags, notes and trees as git itself writes them. @param {import('./oracles.mjs').ObjectFormat} format @param {string} dir @param {string} key */
function gitRepository(format, dir, key) {
  const cwd = join(dir, 'by-git');
  const git = (/** @type {string[]} */ ...args) => mustRun('git', args, { cwd });
  mkdirSync(cwd);
  git('init', '-q', '-b', 'main', `--object-format=${format.name}`);
  for (const [name, value] of [
    ['gpg.format', 'ssh'],
    ['user.signingKey', key],
    ['core.autocrlf', 'false'],
    ['remote.origin.url', 'https://example.org/modules.git'],
    ['extensions.partialClone', 'origin'],
    ['branch.main.description', 'several "quoted" words; # and more'],
  ])
    git('config', `${name}`, `${value}`);
  git('config', '--unset', 'extensions.partialClone');
  for (let i = 0; i < 6; i++) {
    mkdirSync(join(cwd, `d${i}`));
    writeFileSync(join(cwd, `d${i}`, 'é.txt'), `${'line of a file\n'.repeat(40)}${i}\n`);
    writeFileSync(join(cwd, 'grown.txt'), `${'line that stays\n'.repeat(50)}${'more\n'.repeat(i * 9)}`);
    writeFileSync(join(cwd, '.gitattributes'), '*.txt text\n');
    git('add', '.');
    git('commit', '-q', i % 2 === 0 ? '-S' : '--no-gpg-sign', '-m', `number ${i}\n\nbody`);
    git('notes', 'add', '-m', `note ${i}`);
    git('tag', i % 2 === 0 ? '-s' : '-a', `v${i}`, '-m', `tag ${i}`);
  }
  git('checkout', '-q', '-b', 'side', 'HEAD~3');
  git('commit', '-q', '--allow-empty', '-m', 'aside');
  git('merge', '-q', '--no-edit', 'main');
  git('bundle', 'create', '-q', '../v2.bundle', '--all');
  git('bundle', 'create', '-q', '../part.bundle', 'main~2..main', 'side');
  git('bundle', 'create', '-q', '--version=3', '../v3.bundle', '--all');
  git('repack', '-adfq', '--depth=20');
  git('pack-refs', '--all');
  return join(cwd, '.git');
}

/** Every object, by type. @param {string} gitdir @param {Samples} samples */
function takeObjects(gitdir, samples) {
  const listing = mustRun('git', ['-C', gitdir, 'cat-file', '--batch-all-objects', '--batch']);
  const lists = { commit: samples.commits, tag: samples.tags, tree: samples.trees, blob: samples.blobs };
  for (let at = 0; at < listing.length; ) {
    const end = listing.indexOf(10, at);
    const [, type, size] = listing.toString('latin1', at, end).split(' ');
    const start = end + 1;
    const list = lists[/** @type {keyof typeof lists} */ (type)];
    list.push(Buffer.from(listing.subarray(start, start + Number(size))));
    at = start + Number(size) + 1;
  }
}

/** The pack and index files of a repository. @param {string} gitdir @param {Samples} samples */
function takePacks(gitdir, samples) {
  const folder = join(gitdir, 'objects', 'pack');
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.pack')) samples.packs.push(readFileSync(join(folder, name)));
    if (name.endsWith('.idx')) samples.indexes.push(readFileSync(join(folder, name)));
  }
}

/** What the messages and trees of a ledger say. @param {import('./parts.mjs').Parts} parts @param {string} gitdir @param {Samples} samples */
function takeTexts({ codec, entry, format, version, report }, gitdir, samples) {
  // How long an id is says how long those in what it names are.
  const oid = format.zero;
  for (const data of samples.commits) {
    const commit = codec.decodeCommit(oid, data);
    if (entry.parseEntry(commit.message, format) !== null) samples.entries.push(commit.message);
    if (version.parseVersion(commit.message) !== null) samples.versions.push(commit.message);
    if (commit.signature !== null) samples.signed.push({ payload: commit.payload, signature: commit.signature });
  }
  for (const data of samples.tags) {
    const tag = codec.decodeTag(oid, data);
    if (report.parseReport(tag.message) !== null) samples.reports.push(tag.message);
    if (tag.signature !== null) samples.signed.push({ payload: tag.payload, signature: tag.signature });
  }
  for (const entryId of mustRun('git', ['-C', gitdir, 'rev-list', 'ledger']).toString('latin1').trim().split('\n')) {
    const file = (/** @type {string} */ name) =>
      mustRun('git', ['-C', gitdir, 'cat-file', 'blob', `${entryId}:${name}`]).toString('utf8');
    samples.policies.push(`${file('policy.json')}${POLICY_SEPARATOR}${file('allowed_signers')}`);
  }
  samples.policies = [...new Set(samples.policies)];
  const names = mustRun('git', ['-C', gitdir, 'for-each-ref', '--format=%(refname)'])
    .toString('utf8')
    .trim()
    .split('\n');
  samples.refNames = names.filter((name, i) => i % 9 === 0 || !name.includes('core.memory'));
}

/** Between the two files of a policy, which are fuzzed together: the one names keys of the other. */
export const POLICY_SEPARATOR = '\n=====\n';

const KEY_TYPES = [
  ['ed25519', ['-t', 'ed25519']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
  ['nistp256', ['-t', 'ecdsa', '-b', '256']],
  ['nistp521', ['-t', 'ecdsa', '-b', '521']],
];

/**
 * @param {import('./parts.mjs').Parts} parts
 * @param {string} dir
 * @returns {Promise<Samples>}
 */
export async function makeSamples(parts, dir) {
  /** @type {Samples} */
  const samples = {
    ...{
      commits: [],
      tags: [],
      trees: [],
      blobs: [],
      packs: [],
      indexes: [],
      bundles: [],
      packedRefs: [],
      configs: [],
    },
    ...{
      refNames: [],
      entries: [],
      versions: [],
      reports: [],
      policies: [],
      signed: [],
      publicKeys: [],
      privateKeys: [],
    },
    ...{ packets: [], pins: [] },
  };
  const keys = KEY_TYPES.map(([name, options]) => keyFile(dir, String(name), ['-N', '', ...(options ?? [])]));
  // One round: the derivation is not what is under test, and a fuzzer derives often.
  keys.push(keyFile(dir, 'locked', ['-t', 'ed25519', '-a', '1', '-N', 'correct horse']));
  keys.push(
    keyFile(dir, 'locked-gcm', ['-t', 'ed25519', '-a', '1', '-N', 'correct horse', '-Z', 'aes256-gcm@openssh.com']),
  );
  samples.privateKeys = keys.map((path) => readFileSync(path));
  samples.publicKeys = keys.map((path) => readFileSync(`${path}.pub`));
  const [key = ''] = keys;
  const gitdir = join(dir, 'ledger.git');
  samples.pins = await fillLedger(parts, gitdir, readFileSync(key, 'utf8'));
  takeObjects(gitdir, samples);
  takePacks(gitdir, samples);
  takeTexts(parts, gitdir, samples);
  samples.configs.push(readFileSync(join(gitdir, 'config')));
  mustRun('git', ['-C', gitdir, 'pack-refs', '--all']);
  mustRun('git', ['-C', gitdir, 'bundle', 'create', '-q', join(dir, 'ledger.bundle'), '--all']);
  mustRun('git', ['-C', gitdir, 'gc', '-q', '--aggressive', '--prune=now']);
  takePacks(gitdir, samples);
  const byGit = gitRepository(parts.format, dir, key);
  takeObjects(byGit, samples);
  takePacks(byGit, samples);
  for (const folder of [gitdir, byGit]) samples.packedRefs.push(readFileSync(join(folder, 'packed-refs')));
  samples.configs.push(readFileSync(join(byGit, 'config')));
  samples.bundles = ['ledger', 'v2', 'part', 'v3'].map((name) => readFileSync(join(dir, `${name}.bundle`)));
  samples.packets = [
    mustRun('git', ['upload-pack', '--http-backend-info-refs', byGit]),
    mustRun('git', ['upload-pack', '--http-backend-info-refs', gitdir]),
  ];
  return samples;
}
