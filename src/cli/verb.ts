/** A verb of the command line as a value: what it is called, what it takes, what it answers. */

import type { ExitCode } from './exit-codes.js';
import type { Block } from './terminal/render.js';

/** The library, loaded when a verb runs and not before, so that `--help` does not wait for it. */
export type Library = typeof import('./library.js');

/** A stream that may be a terminal. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** All that the command line sees of the world around it. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Shows a text at the terminal, a screen at a time. False where that is not wanted: then nothing was written. */
  readonly page?: (text: string, io: Io) => Promise<boolean>;
  /** The time that has passed, in milliseconds, since any moment; by default that since the process began. */
  readonly now?: () => number;
}

/** What was given on the command line, by the name of the argument or option. */
export class Given {
  private readonly values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown>) {
    this.values = values;
  }

  /** A value that commander has made sure of. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new TypeError(`the verb does not declare ${name} as required`);
    return value;
  }

  text(name: string): string | undefined {
    const value = this.values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.values.get(name);
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  }

  flag(name: string): boolean {
    return this.values.get(name) === true;
  }
}

/** What is known of a call before the library is loaded. */
export interface Call {
  readonly io: Io;
  readonly given: Given;
}

export interface Context extends Call {
  readonly library: Library;
}

/** What a verb found or did: one JSON value, and the same for people. */
export interface Answer {
  /** What `--json` prints; undefined where standard output is somebody else's, and nothing is to be added. */
  readonly json: unknown;
  /** What is printed without it. */
  readonly blocks: readonly Block[];
  /** Printed on stderr, and part of `json` where a verb documents them. */
  readonly warnings?: readonly string[];
  readonly exitCode?: ExitCode;
}

export interface ArgumentSpec {
  /** `<MODULE>`, `[DIR]` or `<PATH...>`, as commander reads it. */
  readonly name: string;
  readonly description: string;
  /** What it is one of, for completion. */
  readonly values?: readonly string[];
}

export interface OptionSpec {
  /** `--full` or `--tag <TAG>`. */
  readonly flags: string;
  readonly description: string;
  /** What its value is one of, for completion. */
  readonly values?: readonly string[];
  /** May be given several times. */
  readonly repeat?: boolean;
  /** Must be given. */
  readonly mandatory?: boolean;
  /** Long names, without dashes, of options that it cannot be given with. */
  readonly conflicts?: readonly string[];
}

/** Where `--help` lists a verb. */
type VerbGroup = 'Versions:' | 'Compatibility:' | 'Going back:' | 'Proof:' | 'Copies:' | 'The ledger:';

export interface Verb {
  readonly name: string;
  readonly group: VerbGroup;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** A command line that works. */
  readonly example: string;
  /** The answer may be long: at a terminal it goes through a pager. */
  readonly paged?: boolean;
  /** Verbs of its own, such as `policy set`. */
  readonly verbs?: readonly Omit<Verb, 'group'>[];
  /** Answers a call that takes little of the library, which is not loaded then; null for any other call. */
  readonly runAlone?: (call: Call) => Promise<Answer> | null;
  run(context: Context): Promise<Answer>;
}
