/** `show MODULE@N --proof`: everything that bears on one version, on one page, with the git commands that check it. */

import type { JournalEntry, VersionProof } from '../library.js';
import { checkpointJson, entryJson, journalJson, storedReportJson } from '../terminal/json-answers.js';
import type { Block } from '../terminal/render.js';
import { isoTime, nameOf, statusCell, tagsText } from '../terminal/show-version.js';
import type { Answer } from '../verb.js';
import { eventText } from './history.js';
import { activationLines } from './why.js';

function contentText({ version, checksumNote, files }: VersionProof): string {
  const note = checksumNote === version.checksum ? 'its note agrees' : `its note says ${checksumNote ?? 'nothing'}`;
  if (files.some(({ bytes }) => bytes === null))
    return `${note}, and so does the digest of its files, with those of the redacted ones as the journal names them`;
  return files.length === 0 ? `${note}; no files were recorded` : `${note}, and so does the digest of its files`;
}

function identity(proof: VersionProof): Block {
  const { version, status, oid, parent, tree, rollbackTarget, root, position } = proof;
  const target = rollbackTarget === null ? 'none' : `v${rollbackTarget}`;
  return {
    columns: ['FIELD', 'VALUE'],
    rows: [
      ['version', { text: nameOf(version), tone: 'strong' }],
      ['status', statusCell(status)],
      ['commit', oid],
      ['parent', parent === null ? '-' : `${parent} (v${version.parentVer ?? '-'})`],
      ['tree', tree],
      ['checksum', version.checksum],
      ['content', contentText(proof)],
      ['time', isoTime(version.timestamp)],
      ['tags', tagsText(version.tags)],
      ...(status === 'ACTIVE' ? [['would go back to', target]] : []),
      ['ledger', root],
      ['as of', `entry ${position.seq} ${position.oid}`],
    ],
  };
}

function entryRow({
  seq,
  oid,
  timestamp,
  actor,
  fingerprint,
  events,
}: JournalEntry): (string | { text: string; short: string })[] {
  return [
    String(seq),
    { text: oid, short: oid.slice(0, 10) },
    isoTime(timestamp),
    actor,
    { text: fingerprint, short: `${fingerprint.slice(0, 15)}…` },
    events.map(eventText).join('; '),
  ];
}

function reportRows({ reports }: VersionProof): (string | { text: string; short: string })[][] {
  return reports.map((r) => [
    r.ref.slice('refs/tags/'.length),
    { text: r.oid, short: r.oid.slice(0, 10) },
    r.level,
    r.withdraws === null ? r.approvedBy : `withdraws #${r.withdraws}`,
    r.signedBy,
    { text: r.fingerprint, short: `${r.fingerprint.slice(0, 15)}…` },
    r.bound ? 'bound' : 'unbound',
  ]);
}

/** One word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What anybody can run against a clone to see the same; without a single word of ours in between. */
function commands({ version, ref, entries, reports }: VersionProof, gitdir: string): Block[] {
  const git = `git -C ${shellWord(gitdir)}`;
  // Named for each command, so that no setting is left behind.
  const verified = `${git} -c gpg.ssh.allowedSignersFile="$signers"`;
  const lines = [
    `signers=$(mktemp) && ${git} show refs/heads/ledger:allowed_signers > "$signers"`,
    ...entries.map(({ oid, seq }) => `${verified} verify-commit ${oid}   # entry ${seq}`),
    ...reports.map((r) => `${verified} verify-tag ${shellWord(r.ref.slice('refs/tags/'.length))}`),
    `${git} notes --ref=checksum show ${shellWord(ref.slice('refs/tags/'.length))}   # ${version.checksum}`,
    'rm "$signers"',
  ];
  return [{ line: 'check it with git alone:', tone: 'faint' }, ...lines.map((line) => ({ line: `  ${line}` }))];
}

/** `gitdir` is where the ledger is, for the commands. */
export function proofAnswer(proof: VersionProof, gitdir: string): Answer {
  const { version, status, oid, ref, tree, parent, checksumNote, files, entries, reports } = proof;
  const { activations, gate, rollbackTarget, root, position } = proof;
  return {
    json: {
      checkpoint: checkpointJson(version),
      status,
      oid,
      ref,
      tree,
      parent,
      checksumNote,
      files,
      entries: entries.map(entryJson),
      reports: reports.map((r) => {
        const { signedBy, fingerprint } = r;
        return { ...storedReportJson(r), ref: r.ref, oid: r.oid, signedBy, fingerprint };
      }),
      activations,
      gate,
      rollbackTarget,
      root,
      position: journalJson(position),
    },
    blocks: [
      identity(proof),
      { columns: ['ENTRY', 'OID', 'TIME', 'ACTOR', 'KEY', 'EVENTS'], rows: entries.map(entryRow) },
      ...activations.flatMap((judged) =>
        activationLines(
          judged,
          entries.find(({ seq }) => seq === judged.seq),
        ),
      ),
      { columns: ['REPORT', 'OID', 'LEVEL', 'APPROVED BY', 'SIGNED BY', 'KEY', 'CONTENT'], rows: reportRows(proof) },
      {
        columns: ['MODE', 'BYTES', 'PATH'],
        rows: files.map((f) => [f.mode, f.bytes === null ? 'redacted' : String(f.bytes), f.path]),
      },
      ...commands(proof, gitdir),
    ],
  };
}
