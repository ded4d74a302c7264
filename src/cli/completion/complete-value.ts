/** What an argument, or the value of an option, may be: names that the ledger knows. */

import { runGit } from '../git/run-git.js';
import type { Ledger } from '../library.js';
import { findLedger } from '../options/find-ledger.js';
import { Given, type Io } from '../verb.js';
import type { LineState } from './complete-line.js';

export interface Candidate {
  readonly text: string;
  readonly description: string;
  /** More of the word is to come. */
  readonly open?: boolean;
}

/** At most so many are read of a module or a ledger: nobody looks through more. */
const MAX_CANDIDATES = 500;

/** Milliseconds that a journal without an index may be read for. */
const PATIENCE_MS = 1500;

type Question = (ledger: Ledger, line: LineState, prefix: string, io: Io) => Promise<Candidate[]>;

function named(texts: Iterable<string>): Candidate[] {
  return [...new Set(texts)].map((text) => ({ text, description: '' }));
}

async function modules(ledger: Ledger, prefix: string): Promise<readonly string[]> {
  return (await ledger.versions.modules()).filter((id) => id.startsWith(prefix)).slice(0, MAX_CANDIDATES);
}

/** The newest first, as they are wanted. */
async function versionsOf(ledger: Ledger, moduleId: string, staged: boolean): Promise<Candidate[]> {
  const all = await ledger.versions.list(moduleId);
  const wanted = staged ? new Set((await ledger.versions.summary(moduleId)).staged) : null;
  return all
    .filter(({ version }) => wanted === null || wanted.has(version))
    .slice(-MAX_CANDIDATES)
    .reverse()
    .map(({ version, tags }) => ({ text: String(version), description: [...tags].join(', ') }));
}

/** `planner`, then `planner@3`. */
function reference(open: boolean): Question {
  return async (ledger, { verb }, prefix) => {
    const at = prefix.lastIndexOf('@');
    if (at <= 0) {
      const mark = open ? '' : '@';
      return (await modules(ledger, prefix)).map((id) => ({ text: `${id}${mark}`, description: '', open: true }));
    }
    const moduleId = prefix.slice(0, at);
    const versions = await versionsOf(ledger, moduleId, verb?.name === 'activate');
    return versions.map(({ text, description }) => ({ text: `${moduleId}@${text}`, description }));
  };
}

/** The module that the line names before this word. */
function moduleOn({ given }: LineState): string | undefined {
  const text = given.get('MODULE') ?? given.get('MODULE@N') ?? given.get('MODULE[@N]');
  const at = text?.lastIndexOf('@') ?? -1;
  return at > 0 ? text?.slice(0, at) : text;
}

const version: Question = async (ledger, line) => {
  const moduleId = moduleOn(line);
  return moduleId === undefined ? [] : versionsOf(ledger, moduleId, false);
};

/** What is replaced may also be nothing. */
const versionOrNone: Question = async (...asked) => [
  ...(await version(...asked)),
  { text: '-', description: 'no version' },
];

const tag: Question = async (ledger, line) => {
  const moduleId = moduleOn(line);
  const known = moduleId === undefined ? [] : await ledger.versions.list(moduleId).catch(() => []);
  if (line.verb?.name !== 'untag') return named(['stable', ...known.flatMap(({ tags }) => [...tags])]);
  const number = line.given.get('MODULE@N')?.replace(/^.*@/, '');
  return named(known.filter((v) => String(v.version) === number).flatMap(({ tags }) => [...tags]));
};

const principal: Question = async (ledger) =>
  named((await ledger.policy.get()).signers.map((signer) => signer.principal));

const signer: Question = async (ledger) => {
  const { signers } = await ledger.policy.get();
  return [
    ...named(signers.map((s) => s.principal)),
    ...signers.map((s) => ({ text: s.publicKey.fingerprint, description: s.principal })),
  ];
};

/** Those that git's configuration of the ledger names. */
const remote: Question = async (ledger, _line, _prefix, io) => {
  const asked = ['config', '--local', '--name-only', '-z', '--get-regexp', '^remote\\..*\\.url$'];
  const answer = await runGit(io, ledger.gitdir, [`--git-dir=${ledger.gitdir}`, ...asked]);
  const keys = answer?.code === 0 ? answer.stdout.toString('utf8').split('\0') : [];
  return named(keys.flatMap((key) => /^remote\.(.*)\.url$/s.exec(key)?.[1] ?? []));
};

/** What is asked for each placeholder of a verb's arguments and options. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  MODULE: async (ledger, _line, prefix) => named(await modules(ledger, prefix)),
  'MODULE@N': reference(false),
  'MODULE[@N]': reference(true),
  N: version,
  M: version,
  FROM: versionOrNone,
  TO: version,
  TAG: tag,
  SIGNER: signer,
  NAME: principal,
  PRINCIPAL: principal,
  REMOTE: remote,
};

/** The placeholders that the ledger is asked about. */
export const LEDGER_PLACEHOLDERS: readonly string[] = Object.keys(QUESTIONS);

/**
 * The ledger's answer to what stands at a place of the line; nothing where there is none. Reads only: takes no key, and asks
 * nobody. Throws whatever keeps the ledger from being read.
 */
export async function ledgerCandidates(line: LineState, prefix: string, io: Io): Promise<readonly Candidate[]> {
  const question = QUESTIONS[line.value?.placeholder ?? ''];
  if (question === undefined) return [];
  const library = await import('../library.js');
  const ledgerGiven = line.given.get('--ledger');
  const given = new Given(new Map(ledgerGiven === undefined ? [] : [['ledger', ledgerGiven]]));
  const gitdir = await findLedger({ io, given, library }, 'read');
  const until = Date.now() + PATIENCE_MS;
  const onProgress = () => {
    if (Date.now() > until) throw new Error('the journal takes too long to read');
  };
  const ledger = await library.openLedger({ gitdir, thread: false, onProgress });
  try {
    return await question(ledger, line, prefix, io);
  } finally {
    await ledger.close();
  }
}
