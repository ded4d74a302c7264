/**
 * Files of modules as TypeScript read them, kept from one pair to the next: of two neighbouring releases most files are the same, and what one pair
 * has for its later version is the next one's earlier. Programs share them as an editor's do: what a checker finds out it keeps to itself.
 */

import type ts from '../compiler.cjs';

/** Text that is kept, in characters; a parsed file takes ten to twenty times as many bytes. */
const MAX_TEXT = 4_000_000;

interface Parsed {
  readonly text: string;
  readonly file: ts.SourceFile;
}

/** Parsed files by name, of each the one that was read last; those that nobody asked for the longest go first. */
export class ParsedFiles {
  private readonly limit: number;
  private readonly files = new Map<string, Parsed>();
  private held = 0;

  constructor(limit = MAX_TEXT) {
    this.limit = limit;
  }

  /** The file of that name and text, parsed by `parse` where it was not kept. `options` is what else parsing depends on. */
  file(name: string, text: string, options: ts.CreateSourceFileOptions, parse: () => ts.SourceFile): ts.SourceFile {
    const key = `${name}\0${options.languageVersion} ${options.impliedNodeFormat ?? ''}`;
    const known = this.files.get(key);
    this.drop(key);
    const parsed = known?.text === text ? known : { text, file: parse() };
    if (text.length > this.limit) return parsed.file;
    this.files.set(key, parsed);
    this.held += text.length;
    for (const oldest of this.files.keys()) {
      if (this.held <= this.limit) break;
      this.drop(oldest);
    }
    return parsed.file;
  }

  private drop(key: string): void {
    this.held -= this.files.get(key)?.text.length ?? 0;
    this.files.delete(key);
  }
}
