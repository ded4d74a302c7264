/**
 * Two versions of the skills of a module. What a skill is called and what it may do without asking is a promise like any other. What a model
 * reads and what it runs has no interface: whoever changes it may have changed anything, so that a person has to look.
 */

import type { Finding, PartialAssessment } from '../../model/assessment.js';
import { hiddenIn, quotedText, textChange } from '../changed-text.js';
import type { ModuleTree } from '../module/module-tree.js';
import { grantsBeyond } from './allowed-tools.js';
import { readSkill, type SkillHead, type SkillText } from './frontmatter.js';
import { kindOf, type SkillFileKind, type SkillFolder, skillsOf } from './skill-folder.js';

/** A skill of one version, read. */
interface Skill extends SkillFolder {
  readonly tree: ModuleTree;
  /** Null where its head says too little, or nothing that can be read. */
  readonly text: SkillText | null;
  readonly issues: readonly string[];
}

function skillAt(tree: ModuleTree, folder: SkillFolder): Skill {
  const { folder: at } = folder;
  const read = readSkill(tree.read(folder.path) ?? '', at === '' ? null : at.slice(at.lastIndexOf('/') + 1));
  return 'issues' in read
    ? { ...folder, tree, text: null, issues: read.issues }
    : { ...folder, tree, text: read, issues: [] };
}

function finding(
  code: Finding['code'],
  level: Finding['level'],
  path: string,
  message: string,
  before: string | null = null,
  after: string | null = null,
): Finding {
  return { code, level, path, before, after, message };
}

/** Names and grants: what a client relies on before it reads the instructions. */
function compareHeads(path: string, before: SkillHead, after: SkillHead): PartialAssessment {
  const findings: Finding[] = [];
  const notes: string[] = [];
  if (before.name !== after.name)
    findings.push(
      finding(
        'skill-renamed',
        'BREAKING',
        path,
        'goes by another name: who asks for the old one finds nothing',
        before.name,
        after.name,
      ),
    );
  const more = grantsBeyond(after.allowedTools, before.allowedTools);
  const fewer = grantsBeyond(before.allowedTools, after.allowedTools);
  if (more.length > 0)
    findings.push(
      finding(
        'skill-tools-widened',
        'BREAKING',
        path,
        `may use without asking: ${quotedText(more.join(' '))}`,
        before.allowedTools.join(' '),
        after.allowedTools.join(' '),
      ),
    );
  if (fewer.length > 0)
    findings.push(
      finding(
        'skill-tools-narrowed',
        'MINOR_CHANGE',
        path,
        `has to ask now for: ${quotedText(fewer.join(' '))}`,
        before.allowedTools.join(' '),
        after.allowedTools.join(' '),
      ),
    );
  if (before.description !== after.description) {
    const message = `its description, by which a model chooses it, ${textChange(before.description, after.description)}`;
    findings.push(finding('skill-description-changed', 'UNKNOWN', path, message));
  }
  for (const field of new Set([...before.further.keys(), ...after.further.keys()])) {
    const [old, now] = [before.further.get(field), after.further.get(field)];
    if (old === now) continue;
    const message = `the field ${quotedText(field)}, which the specification does not name, ${textChange(old, now)}`;
    findings.push(finding('skill-field-changed', 'UNKNOWN', path, message));
  }
  for (const field of ['compatibility', 'license'] as const)
    if (before[field] !== after[field])
      notes.push(`${path}: ${field} ${textChange(before[field] ?? undefined, after[field] ?? undefined)}`);
  return { findings, notes };
}

/** Line ends and spaces at the ends of lines mean nothing to whoever reads. */
function asRead(text: string): string {
  return text.replace(/[ \t]*\r?\n/g, '\n').trim();
}

/** A text that a model follows. */
function compareTexts(path: string, before: string, after: string): Finding[] {
  const findings: Finding[] = [];
  const known = new Set(hiddenIn(before));
  const hidden = hiddenIn(after).filter((character) => !known.has(character));
  if (hidden.length > 0) {
    const message = `has characters that a person does not see and a model reads: ${hidden.slice(0, 5).join(', ')}`;
    findings.push(finding('hidden-text', 'BREAKING', path, message));
  }
  const [old, now] = [asRead(before), asRead(after)];
  if (old !== now) findings.push(finding('skill-text-changed', 'UNKNOWN', path, textChange(old, now)));
  return findings;
}

const CHANGED: Readonly<Record<SkillFileKind, readonly [added: string, changed: string]>> = {
  script: ['a script is new', 'a script has changed: nobody can say from its text what it does now'],
  text: ['a text is new', 'has changed'],
  asset: ['a file is new', 'has changed: nobody can say what a model or a script makes of it'],
};

function addedFile(skill: Skill, path: string): Finding[] {
  const kind = kindOf(skill.tree, path, skill.folder);
  const code = kind === 'script' ? 'skill-script-added' : 'skill-file-added';
  const hidden = kind === 'text' ? compareTexts(path, '', skill.tree.read(path) ?? '') : [];
  return [
    finding(code, kind === 'script' ? 'UNKNOWN' : 'MINOR_CHANGE', path, CHANGED[kind][0]),
    ...hidden.filter((found) => found.code === 'hidden-text'),
  ];
}

function changedFile(before: Skill, after: Skill, path: string): Finding[] {
  const [old, now] = [before.tree.files.get(path), after.tree.files.get(path)];
  if (old === undefined || now === undefined) return [];
  const same = Buffer.compare(old.data, now.data) === 0;
  const [was, is] = [kindOf(before.tree, path, before.folder), kindOf(after.tree, path, after.folder)];
  if (same && was !== 'script' && is === 'script')
    return [finding('skill-script-added', 'UNKNOWN', path, 'can be run now')];
  if (same) return [];
  if (is === 'text') return compareTexts(path, before.tree.read(path) ?? '', after.tree.read(path) ?? '');
  return [finding(is === 'script' ? 'skill-script-changed' : 'skill-asset-changed', 'UNKNOWN', path, CHANGED[is][1])];
}

/** The path of a file below its skill, as the instructions name it. */
function below({ folder }: SkillFolder, path: string): string {
  return folder === '' ? path : path.slice(folder.length + 1);
}

function compareFiles(before: Skill, after: Skill): Finding[] {
  const now = new Set(after.files);
  const then = new Set(before.files);
  const instructions = after.text?.instructions ?? '';
  const gone = before.files.filter((path) => !now.has(path) && !after.tree.exists(path));
  return [
    ...gone.map((path) =>
      instructions.includes(below(before, path))
        ? finding('skill-file-missing', 'BREAKING', path, 'is gone, and the instructions still name it')
        : finding('skill-file-removed', 'MINOR_CHANGE', path, 'is gone; the instructions do not name it'),
    ),
    ...after.files.flatMap((path) => (then.has(path) ? changedFile(before, after, path) : addedFile(after, path))),
  ];
}

/** What keeps a client from loading a skill is the end of it for whoever uses it. */
function compareValidity(before: Skill, after: Skill): Finding[] {
  if (after.issues.length === 0) return [];
  const message = `no client that follows the specification loads it: ${after.issues.slice(0, 3).join('; ')}`;
  return [finding('skill-invalid', before.issues.length === 0 ? 'BREAKING' : 'UNKNOWN', after.path, message)];
}

function compareSkill(before: Skill, after: Skill): PartialAssessment {
  const [old, now] = [before.text, after.text];
  const heads =
    old === null || now === null ? { findings: [], notes: [] } : compareHeads(after.path, old.head, now.head);
  // What cannot be read as a skill is held against the other as a text.
  const [was, is] = [
    old?.instructions ?? before.tree.read(before.path) ?? '',
    now?.instructions ?? after.tree.read(after.path) ?? '',
  ];
  return {
    findings: [
      ...compareValidity(before, after),
      ...heads.findings,
      ...compareTexts(after.path, was, is),
      ...compareFiles(before, after),
    ],
    notes: heads.notes,
  };
}

/** The skills that both versions have, by their folders, and those that came and went. */
export function compareSkills(from: ModuleTree, to: ModuleTree): PartialAssessment {
  const [then, now] = [from, to].map(
    (tree) => new Map(skillsOf(tree).map((folder) => [folder.folder, skillAt(tree, folder)])),
  );
  const findings: Finding[] = [];
  const notes: string[] = [];
  for (const [folder, before] of then ?? []) {
    const after = now?.get(folder);
    if (after === undefined) findings.push(finding('skill-removed', 'BREAKING', before.path, 'the skill is gone'));
    else {
      const compared = compareSkill(before, after);
      findings.push(...compared.findings);
      notes.push(...compared.notes);
    }
  }
  for (const [folder, after] of now ?? []) {
    if (then?.has(folder) === true) continue;
    const { issues, path } = after;
    findings.push(
      finding(
        'skill-added',
        'MINOR_CHANGE',
        path,
        `a skill is new${issues.length === 0 ? '' : `, and is none by the specification: ${issues[0]}`}`,
      ),
    );
    findings.push(...compareTexts(path, '', to.read(path) ?? '').filter(({ code }) => code === 'hidden-text'));
  }
  return { findings, notes };
}
