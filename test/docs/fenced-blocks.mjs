/** The fenced blocks of a document in Markdown, and the headings that they stand below. */

/**
 * @typedef {object} Block
 * @property {string} info what stands behind the fence: a language, then what the block is: the name of its file, or why nobody runs it
 * @property {string} text
 * @property {string} section the title of the nearest heading above
 */

const FENCED = /^( *)```(.*)\n([\s\S]*?)^\1```$/gm;

/** What is not in a fenced block. @param {string} text */
export function proseOf(text) {
  return text.replace(FENCED, '');
}

/** In order. @param {string} text @returns {Block[]} */
export function fencedBlocks(text) {
  return [...text.matchAll(FENCED)].map(({ index, 2: info = '', 3: body = '' }) => {
    const [, section = ''] = /^#+ (.*)$(?![\s\S]*^#+ )/m.exec(proseOf(text.slice(0, index))) ?? [];
    return { info: info.trim(), text: body, section };
  });
}
