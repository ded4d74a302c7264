/**
 * The head of a `SKILL.md`, as the Agent Skills specification has it (agentskills.io/specification): YAML between two lines `---`, with a name
 * and a description that are always in a model's context, and the instructions after it, which are there once the skill is chosen.
 */

import { parseDocument } from 'yaml';
import { isObject, type Json, member } from '../module/manifest.js';

/** What a skill says of itself. */
export interface SkillHead {
  /** 1 to 64 of `a-z`, `0-9` and `-`: the name of its folder. */
  readonly name: string;
  /** What it does and when to use it, 1 to 1024 characters. */
  readonly description: string;
  /** The tools that it may use without asking, such as `Read` or `Bash(git:*)`, in the order given. */
  readonly allowedTools: readonly string[];
  /** What it needs, up to 500 characters, or null. */
  readonly compatibility: string | null;
  readonly license: string | null;
  readonly metadata: ReadonlyMap<string, string>;
  /** The fields that the specification does not name, as JSON: a client may do with them whatever it likes. */
  readonly further: ReadonlyMap<string, string>;
}

/** A `SKILL.md`, read. */
export interface SkillText {
  readonly head: SkillHead;
  /** Markdown: what a model does once it has chosen the skill. */
  readonly instructions: string;
}

/** What is wrong with a `SKILL.md`, a clause for each. */
interface SkillIssues {
  readonly issues: readonly string[];
}

/** A head is some lines; a longer one is no head, and reading it may take long. */
const MAX_HEAD = 65_536;
const MAX_NAME = 64;
const MAX_DESCRIPTION = 1_024;
const MAX_COMPATIBILITY = 500;

const FIELDS = new Set(['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools']);

/**
 * `Bash(git add *) Read` is two tools: what stands in parentheses, which may have others in them, belongs to the one before. Commas are taken
 * for spaces, as several clients write them.
 */
function splitTools(text: string): string[] {
  const tools = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(0, depth - 1);
    if (depth === 0 && /[\s,]/.test(character)) tools.push('');
    else tools[tools.length - 1] += character;
  }
  return tools.filter((tool) => tool !== '');
}

function toolsOf(value: Json | undefined, issues: string[]): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return splitTools(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.map((item) => item.trim());
  issues.push('allowed-tools is a text with spaces between the tools, or a list of texts');
  return [];
}

function textOf(head: Json, field: string, most: number, issues: string[]): string | null {
  const value = member(head, field);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value.trim() !== '' && [...value].length <= most) return value;
  const got =
    typeof value === 'string' ? `${[...value].length} characters` : Array.isArray(value) ? 'a list' : typeof value;
  issues.push(`${field} is a text of 1 to ${most} characters, not ${got}`);
  return null;
}

function metadataOf(head: Json, issues: string[]): Map<string, string> {
  const value = member(head, 'metadata');
  if (value === undefined || value === null) return new Map();
  if (isObject(value)) {
    // Numbers and dates without quotes are common, and read as what they look like.
    const entries = Object.entries(value);
    if (entries.every(([, item]) => item === null || typeof item !== 'object'))
      return new Map(entries.map(([key, item]) => [key, String(item)]));
  }
  issues.push('metadata is a map from texts to texts');
  return new Map();
}

/** The head as a value, or why there is none. Aliases are not followed: a few lines of them can stand for gigabytes. */
function readYaml(text: string): { readonly value: Json } | SkillIssues {
  const document = parseDocument(text, { uniqueKeys: true, strict: true, schema: 'core', logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) return { issues: [`the head is no YAML: ${error.message.split('\n')[0]}`] };
  try {
    const value: Json = document.toJS({ maxAliasCount: 0 });
    return isObject(value) ? { value } : { issues: ['the head is no map of fields'] };
  } catch {
    return { issues: ['the head has aliases, which are not followed'] };
  }
}

/** Splits a `SKILL.md`; null where it has no head. */
function splitHead(text: string): { readonly head: string; readonly instructions: string } | null {
  const found = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)/.exec(text.slice(0, MAX_HEAD));
  return found === null ? null : { head: found[1] ?? '', instructions: text.slice(found[0].length) };
}

/** Reads a `SKILL.md` by the rules of the specification; `folder` is the name of the folder that it is in, null where nobody knows it. */
export function readSkill(text: string, folder: string | null): SkillText | SkillIssues {
  const parts = splitHead(text);
  if (parts === null) return { issues: ['it does not begin with a head between two lines ---'] };
  const read = readYaml(parts.head);
  if ('issues' in read) return read;
  const { value } = read;
  const issues: string[] = [];
  const name = textOf(value, 'name', MAX_NAME, issues);
  const description = textOf(value, 'description', MAX_DESCRIPTION, issues);
  for (const [field, given] of Object.entries({ name, description }))
    if (given === null && member(value, field) == null) issues.push(`${field} is missing`);
  if (name !== null && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    issues.push('name has lower-case letters, digits and single hyphens between them');
  else if (name !== null && folder !== null && name !== folder)
    issues.push(`name is that of its folder, ${JSON.stringify(folder)}, not ${JSON.stringify(name)}`);
  const head = {
    compatibility: textOf(value, 'compatibility', MAX_COMPATIBILITY, issues),
    license: textOf(value, 'license', MAX_DESCRIPTION, issues),
    metadata: metadataOf(value, issues),
    allowedTools: toolsOf(member(value, 'allowed-tools'), issues),
    further: new Map(
      Object.entries(value as object).flatMap(([key, item]) => (FIELDS.has(key) ? [] : [[key, JSON.stringify(item)]])),
    ),
  };
  if (issues.length > 0 || name === null || description === null) return { issues };
  return { head: { name, description, ...head }, instructions: parts.instructions };
}
