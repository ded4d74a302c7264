/** Parsers of text: journal entries, versions, reports, policies, names, pins, settings, refs. */

import { POLICY_SEPARATOR } from './samples.mjs';

/** @typedef {import('./engine.mjs').Target} Target */

/** Bytes that are UTF-8 as text; null for others, which no parser of text is ever handed. @param {Uint8Array} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * A text format with a strict inverse.
 *
 * @template T
 * @param {string} name
 * @param {number} share
 * @param {readonly string[]} samples
 * @param {(text: string) => T | null} parse
 * @param {(value: T) => string} format
 * @param {readonly string[]} [words]
 * @returns {Target}
 */
function codec(name, share, samples, parse, format, words = []) {
  return {
    name,
    share,
    samples: samples.map((text) => Buffer.from(text)),
    words,
    run: (bytes) => {
      const text = textOf(bytes);
      const value = text === null ? null : parse(text);
      return value === null ? null : { again: Buffer.from(format(value)), detail: '' };
    },
  };
}

/** @param {string} message the same text again, read from what was written of it @param {unknown} first @param {unknown} second */
function sameOr(message, first, second) {
  return JSON.stringify(first) === JSON.stringify(second) ? undefined : message;
}

const ENTRY_WORDS = [
  'Init: 1',
  'Stage: ',
  'Activate: ',
  'Tag: ',
  'Untag: ',
  'Report: ',
  'Approve: ',
  'Withdraw: ',
].concat(
  ['Rollback: ', 'Break-Glass: ', 'Policy: ', 'Restored: ', 'Ref-Update: ', 'Seq: ', 'Previous-SHA256: ', 'Actor: '],
  [
    'BREAKING',
    'UNKNOWN',
    'refs/heads/',
    'refs/tags/',
    '0'.repeat(40),
    '0'.repeat(64),
    'f'.repeat(64),
    'MANUAL',
    'constructor: x',
  ],
);
const REPORT_WORDS = [
  'Level: ',
  'Measured-Level: ',
  'Approved-By: auto',
  'Withdraws: 1',
  'Assessor: x',
  'To-Checksum: ',
].concat(['-----', '- -----', '-----BEGIN SSH SIGNATURE-----', 'COMPATIBLE', 'BREAKING', ' (approved)', '\n\n']);
/** The example of C2SP tlog-cosignature. */
const CHECKPOINT_TEXT = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const CHECKPOINT_NOTE = `${CHECKPOINT_TEXT}
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;
const CHECKPOINT_WORDS = ['\n\n', '— ', '\u00a0', '+', '00', '9007199254740993', '=', 'old 0\n', '\r\n', '\u2014'];

const POLICY_WORDS = [
  '"admin"',
  '"recorder"',
  '[]',
  'null',
  'true',
  '1e2',
  '"revoked": {',
  '"__proto__": ',
  '"keys": {',
].concat([
  'ssh-ed25519',
  'ssh-rsa',
  'cert-authority ',
  'namespaces="git" ',
  '\\u0061',
  '"maxCheckpoints": 20,',
  POLICY_SEPARATOR,
]);

/** @param {import('./parts.mjs').Parts} parts @param {import('./samples.mjs').Samples} samples @returns {Target[]} */
export function textTargets(parts, samples) {
  const { entry, version, report, checkpoint, trailers, tagLabel, policy, refNames, pinText, config, refs, listRefs } =
    parts;
  const { format } = parts;
  const parseEntry = (/** @type {string} */ text) => entry.parseEntry(text, format);
  const formatEntry = (/** @type {Parameters<typeof entry.formatEntry>[0]} */ text) => entry.formatEntry(text, format);
  const metadata = ['{}', '{"semver":"1.0.0"}', '{"a":"\\u202e","b":"ä","constructor":""}'];
  return [
    codec('journal entry', 90, samples.entries, parseEntry, formatEntry, ENTRY_WORDS),
    codec('version', 70, samples.versions, version.parseVersion, version.formatVersion, ['Checksum: ', 'Metadata: {}']),
    codec('report', 70, samples.reports, report.parseReport, report.formatReport, REPORT_WORDS),
    codec('metadata', 40, metadata, checkpoint.parseMetadata, checkpoint.formatMetadata, [
      '"__proto__":"x",',
      '\\u0000',
    ]),
    {
      name: 'trailers',
      share: 40,
      samples: [...samples.entries, ...samples.reports].map((text) => Buffer.from(text)),
      words: ENTRY_WORDS,
      run: (bytes) => {
        // Lenient about blank lines: who reads a format by it writes what was read again, and compares.
        const parsed = trailers.parseMessage(bytes.toString('utf8'));
        if (parsed === null) return null;
        const { subject, body, trailers: list } = parsed;
        const second = trailers.parseMessage(trailers.formatMessage(subject, body, list));
        return { wrong: sameOr('a message changes when it is read again', parsed.trailers, second?.trailers) };
      },
    },
    codec(
      'policy',
      60,
      samples.policies,
      (text) => {
        const [policyJson = '', allowedSigners, more] = text.split(POLICY_SEPARATOR);
        return allowedSigners === undefined || more !== undefined
          ? null
          : policy.parsePolicy({ policyJson, allowedSigners });
      },
      (value) => {
        const { policyJson, allowedSigners } = policy.formatPolicy(value);
        return `${policyJson}${POLICY_SEPARATOR}${allowedSigners}`;
      },
      POLICY_WORDS,
    ),
    {
      ...codec(
        'ref name',
        60,
        samples.refNames,
        refNames.parseRef,
        (meaning) => {
          if (meaning.kind === 'journal') return refNames.JOURNAL_REF;
          if (meaning.kind === 'notes') return `refs/notes/${meaning.name}`;
          if (meaning.kind === 'branch') return refNames.branchRef(meaning.moduleId);
          if (meaning.kind === 'version') return refNames.versionRef(meaning.moduleId, meaning.version);
          return refNames.reportRef(meaning.moduleId, meaning.fromVer, meaning.toVer, meaning.seq);
        },
        [
          'refs/',
          'heads/',
          'tags/',
          'notes/',
          'compat/',
          '.lock',
          '@',
          'v1',
          '/0-1/1',
          'HEAD',
          'ledger',
          '@{',
          '..',
          'con',
        ],
      ),
      oracle: 'refName',
    },
    {
      name: 'tags note',
      share: 20,
      samples: [Buffer.from('stable\n'), Buffer.from('blue\ncanary\n'), Buffer.from('a b\n🚀\n')],
      run: (bytes) => {
        const text = tagLabel.formatTags(tagLabel.parseTags(bytes.toString('utf8')));
        return {
          wrong: sameOr(
            'a tags note changes when it is read again',
            text,
            tagLabel.formatTags(tagLabel.parseTags(text)),
          ),
        };
      },
    },
    codec('signed note', 30, [CHECKPOINT_NOTE], parts.note.parseNote, parts.note.formatNote, CHECKPOINT_WORDS),
    codec(
      'log checkpoint',
      20,
      [CHECKPOINT_TEXT],
      parts.logCheckpoint.parseCheckpoint,
      parts.logCheckpoint.formatCheckpoint,
      CHECKPOINT_WORDS,
    ),
    codec(
      'add-checkpoint',
      30,
      [
        `old 0\n\n${CHECKPOINT_NOTE}`,
        `old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\n${CHECKPOINT_NOTE}`,
      ],
      (text) => {
        const asked = parts.addCheckpoint.parseAddCheckpoint(text);
        return typeof asked === 'string' ? null : asked;
      },
      ({ oldSize, proof, note }) =>
        parts.addCheckpoint.formatAddCheckpoint(oldSize, proof, parts.note.formatNote(note)),
      CHECKPOINT_WORDS,
    ),
    {
      name: 'note key',
      share: 20,
      samples: [Buffer.from('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')],
      words: ['+', 'PRIVATE+KEY+', '=', ' '],
      codes: ['INVALID_KEY'],
      run: (bytes) => {
        const text = textOf(bytes);
        if (text === null) return null;
        return { again: Buffer.from(parts.noteKey.formatNoteKey(parts.noteKey.parseNoteKey(text, 'log'))), detail: '' };
      },
    },
    {
      name: 'pin',
      share: 20,
      samples: samples.pins,
      words: ['"root": ', 'null', '[]', '{', '1e400', '-0', '"seq": 0.5', '__proto__'],
      codes: ['INVALID_ARGUMENT'],
      run: (bytes) => {
        const pin = pinText.parsePin(bytes.toString('utf8'));
        return { wrong: sameOr('a pin changes when it is read again', pin, pinText.parsePin(pinText.formatPin(pin))) };
      },
    },
    {
      name: 'config',
      share: 40,
      samples: samples.configs,
      words: [
        '[core]',
        '[extensions]\n',
        '\tobjectFormat = sha256\n',
        'refStorage',
        ' = ',
        '\\\n',
        '"',
        '[a "b"]',
        '[a.b]',
      ].concat(['repositoryformatversion = 9', '#', ';', 'true', '\\"', '\\t', '\\x', 'bare']),
      oracle: 'config',
      run: (bytes) => {
        const entries = [...config.configEntries(bytes.toString('utf8'))];
        const ours = entries.filter(([name]) => /^(core|extensions)\./.test(name));
        return { detail: ours.map(([name, value]) => `${name}\n${value}`).join('\0') };
      },
    },
    {
      name: 'packed-refs',
      share: 40,
      samples: samples.packedRefs.map((bytes) => bytes.subarray(0, 2000)),
      words: ['refs/heads/x', '^', '# pack-refs with: ', ' sorted ', '\t', `${format.zero} `, 'HEAD', 'refs/../x'],
      oracle: 'packedRefs',
      run: (bytes) => {
        const found = parts.packedRefs.parsePackedRefs(bytes.toString('utf8'), format);
        const lines = [...found].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        return { detail: lines.map(([ref, oid]) => `${oid} ${ref}\n`).join('') };
      },
    },
    {
      name: 'loose ref',
      share: 30,
      samples: [Buffer.from(`${'3f'.repeat(format.bytes)}\n`), Buffer.from('ref: refs/heads/ledger\n')],
      words: ['ref: ', 'refs/heads/x', '\n', ' ', '\t', '\r\n', format.zero, '\ufeff'],
      oracle: 'looseRef',
      run: async (bytes) => {
        const file = { size: bytes.length, ino: 1, dev: 1, mtimeMs: 0, isDirectory: () => false, isFile: () => true };
        const folder = { ...file, isDirectory: () => true, isFile: () => false };
        const isRef = (/** @type {string} */ path) => path === '/g/refs/heads/r';
        const missing = () => Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }));
        const stat = (/** @type {string} */ path) =>
          isRef(path) ? Promise.resolve(file) : path.endsWith('packed-refs') ? missing() : Promise.resolve(folder);
        const promises = {
          readFile: (/** @type {string} */ path) => (isRef(path) ? Promise.resolve(bytes) : missing()),
          readdir: (/** @type {string} */ path) =>
            Promise.resolve(path.replace(/\/$/, '') === '/g/refs' ? ['heads'] : ['r']),
          stat,
          lstat: stat,
        };
        const gone = () => {
          throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
        };
        const sync = {
          openSync: (/** @type {string} */ path) => (isRef(path) ? 3 : gone()),
          readSync: (/** @type {number} */ _fd, /** @type {Buffer} */ to) => bytes.copy(to),
          readFileSync: (/** @type {string} */ path) => (isRef(path) ? bytes : gone()),
          lstatSync: () => undefined,
          closeSync: () => undefined,
        };
        const files = new parts.fileSystem.Files(/** @type {any} */ ({ promises }));
        const listed = (await listRefs.listRefs(files, { gitdir: '/g', format }, 'refs/')).get('refs/heads/r');
        const syncFiles = new parts.syncFiles.SyncFiles(/** @type {any} */ (sync));
        const value = new refs.Refs(syncFiles, '/g', format).read('refs/heads/r');
        const read = typeof value === 'string' ? value : '';
        if (listed !== read)
          return { wrong: `two readers differ: ${JSON.stringify(listed)} and ${JSON.stringify(value)}` };
        return read === '' ? null : { detail: read };
      },
    },
  ];
}
