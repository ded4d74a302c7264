/** A document of the repository: its fenced blocks, its sections, and where its links lead. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Block, fencedBlocks, proseOf } from './fenced-blocks.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Link {
  /** As it is written. */
  readonly link: string;
  /** Of the repository, without a leading `./`; the document itself where the link has no path. */
  readonly path: string;
  readonly anchor: string;
}

export class MarkdownDocument {
  readonly path: string;
  readonly text: string;

  /** @param path of the repository, as `docs/guide/cli.md` */
  constructor(path: string) {
    this.path = path;
    this.text = readFileSync(join(ROOT, path), 'utf8');
  }

  /** The fenced blocks in order. */
  get blocks(): readonly Block[] {
    return fencedBlocks(this.text);
  }

  /** What is in no fenced block. */
  get prose(): string {
    return proseOf(this.text);
  }

  /** The texts of the blocks with this info string, in order; of one section where it is named. */
  texts(info: string, section?: string): string[] {
    return this.blocks
      .filter((block) => block.info === info && (section === undefined || block.section === section))
      .map(({ text }) => text);
  }

  /** The commands of one section, each on a line. */
  commands(section: string): string[] {
    return this.texts('sh', section).flatMap((text) => text.trim().split('\n'));
  }

  /** What stands between a heading of level two or three and the next one of any of these; empty where there is none. */
  section(title: string): string {
    const part = this.text.split(/^#{2,3} /m).find((each) => each.startsWith(`${title}\n`)) ?? '';
    return part.slice(title.length + 1);
  }

  /** The anchors of the headings, as GitHub makes them. */
  get anchors(): readonly string[] {
    return [...this.prose.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    );
  }

  /** Links to files and headings of the repository. */
  get links(): readonly Link[] {
    const prose = this.prose.replace(/`[^`\n]*`/g, '');
    return [...prose.matchAll(/\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)/g)].map(([, to = '', anchor = '']) => ({
      link: `${to}${anchor === '' ? '' : `#${anchor}`}`,
      path: to === '' ? this.path : join(dirname(this.path), to),
      anchor,
    }));
  }

  /** The links that lead nowhere. */
  get brokenLinks(): readonly string[] {
    return this.links
      .filter(({ path, anchor }) => {
        if (!existsSync(join(ROOT, path))) return true;
        return anchor !== '' && !(path.endsWith('.md') && new MarkdownDocument(path).anchors.includes(anchor));
      })
      .map(({ link }) => link);
  }
}

/** A command with what its reader knows for what the document shows, which must be in it: the first place of each. */
export function meant(command: string, known: Readonly<Record<string, string>>): string {
  return Object.entries(known).reduce((text, [shown, here]) => {
    if (!text.includes(shown))
      throw new Error(`expected ${shown} in the command ${command}: name what the document shows`);
    return text.replace(shown, () => here);
  }, command);
}
