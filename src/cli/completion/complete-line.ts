/** Which word may come next on a command line, read from the verbs as they are declared. */

import { placeholderOf } from '../placeholder.js';
import { GLOBAL_OPTIONS, HELP_OPTION, HELP_VERB, VERSION_OPTION } from '../program.js';
import type { ArgumentSpec, OptionSpec, Verb } from '../verb.js';

/** What of a verb is completed. */
interface AnyVerb extends Pick<Verb, 'name' | 'summary' | 'arguments' | 'options'> {
  readonly verbs?: readonly AnyVerb[];
}

/** What is known of the line when its last word is completed. */
export interface LineState {
  /** The verb, with its own verb where it has some, or null where it is the verb that is to be completed. */
  readonly verb: AnyVerb | null;
  /** The verbs that may stand here. */
  readonly verbs: readonly AnyVerb[];
  /** The options that may stand here: none that was given and cannot be repeated, none behind `--`. */
  readonly options: readonly OptionSpec[];
  /** The argument, or the value of an option, that stands here; null where none does. */
  readonly value: ValueSpec | null;
  /** What stands before the value in its word: `--tag=`, or nothing. */
  readonly before: string;
  /** Arguments and values given so far, by their declared name; of options `--name`. */
  readonly given: ReadonlyMap<string, string>;
}

/** A value by its placeholder, and what it is one of, where that is declared. */
interface ValueSpec {
  /** `MODULE@N`, `FILE`, … */
  readonly placeholder: string;
  readonly values: readonly string[];
}

/** `--tag` of `--tag <TAG>`. */
export function longName({ flags }: OptionSpec): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

/** What stands for an option's value; null where it takes none. */
function optionValue({ flags, values = [] }: OptionSpec): ValueSpec | null {
  const placeholder = placeholderOf(flags);
  return placeholder === '' ? null : { placeholder, values };
}

function isVariadic(name: string): boolean {
  return name.includes('...');
}

/** The argument that stands at a place; the last one stands at all that follow where it takes several. */
function argumentAt(specs: readonly ArgumentSpec[], place: number): ValueSpec | null {
  const last = specs.at(-1);
  const spec = specs[place] ?? (last !== undefined && isVariadic(last.name) ? last : undefined);
  return spec === undefined ? null : { placeholder: placeholderOf(spec.name), values: spec.values ?? [] };
}

/** Reads the words before the one that is completed. */
class LineReader {
  readonly given = new Map<string, string>();
  private verb: AnyVerb | null = null;
  private verbs: readonly AnyVerb[];
  private place = 0;
  private ended = false;
  /** The option whose value comes next. */
  private waiting: OptionSpec | null = null;

  constructor(verbs: readonly Verb[]) {
    // Behind `help` stands one of the others, without anything that it takes.
    const named = verbs.map(({ name, summary }) => ({ name, summary }));
    this.verbs = [...verbs, { ...HELP_VERB, verbs: named }];
  }

  private get options(): readonly OptionSpec[] {
    const own = this.verb === null ? [VERSION_OPTION] : (this.verb.options ?? []);
    return [...own, ...GLOBAL_OPTIONS, HELP_OPTION];
  }

  private option(name: string): OptionSpec | undefined {
    return this.options.find((option) => longName(option) === name);
  }

  take(word: string): void {
    if (this.waiting !== null && !(isVariadic(this.waiting.flags) && word.startsWith('-'))) {
      this.given.set(longName(this.waiting), word);
      if (!isVariadic(this.waiting.flags)) this.waiting = null;
    } else if (!this.ended && word === '--') {
      this.ended = true;
      this.waiting = null;
    } else if (!this.ended && word.startsWith('-') && word !== '-') this.takeOption(word);
    else this.takeArgument(word);
  }

  private takeOption(word: string): void {
    const [name = '', ...rest] = word.split('=');
    const option = this.option(name);
    this.given.set(name, rest.join('='));
    this.waiting = option !== undefined && rest.length === 0 && optionValue(option) !== null ? option : null;
  }

  private takeArgument(word: string): void {
    const verb = this.place === 0 ? this.verbs.find(({ name }) => name === word) : undefined;
    if (verb !== undefined) {
      this.verb = verb;
      this.verbs = verb.verbs ?? [];
      return;
    }
    const argument = argumentAt(this.verb?.arguments ?? [], this.place);
    if (argument !== null) this.given.set(argument.placeholder, word);
    this.place++;
  }

  /** What the word under the cursor, which begins with `prefix`, may become. */
  state(prefix: string): LineState {
    const { verb, given } = this;
    const base = { verb, verbs: [], options: [], value: null, before: '', given };
    if (this.waiting !== null && !(isVariadic(this.waiting.flags) && prefix.startsWith('-')))
      return { ...base, value: optionValue(this.waiting) };
    const equals = this.ended ? -1 : prefix.indexOf('=');
    const option = equals < 0 ? undefined : this.option(prefix.slice(0, equals));
    if (option !== undefined) return { ...base, value: optionValue(option), before: prefix.slice(0, equals + 1) };
    const free = this.options.filter((o) => o.repeat === true || !given.has(longName(o)));
    const value = argumentAt(verb?.arguments ?? [], this.place);
    return {
      ...base,
      verbs: this.place === 0 ? this.verbs : [],
      options: this.ended ? [] : free,
      value: !this.ended && prefix.startsWith('-') && prefix !== '-' ? null : value,
    };
  }
}

/** The state at the last of `words`, which stand behind the name of the program. */
export function readLine(words: readonly string[], verbs: readonly Verb[]): LineState {
  const reader = new LineReader(verbs);
  for (const word of words.slice(0, -1)) reader.take(word);
  return reader.state(words.at(-1) ?? '');
}
