/** Builds of a module, each with words of its own: healthy ones, and those that are sick everywhere, in one process, or in their calls. */

import { contentDigest, normalizeFiles } from './live.mjs';

/**
 * @typedef {'healthy' | 'sick' | 'sick here' | 'faulty' | 'deadly'} Kind what it does to a process: see fleet-process.mjs
 * @typedef {{ word: string, kind: Kind, files: Record<string, string>, checksum: string }} Build
 */

export const NAMES = ['a', 'b', 'c'];

/** One of ten, at random. @type {readonly Kind[]} */
const KINDS = ['healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'sick', 'sick', 'sick here', 'faulty', 'deadly'];

/** @param {string} word @param {Kind} kind @param {string} where the process that it is sick in alone @returns {Build} */
export function build(word, kind, where = 'a') {
  const sickIn = { healthy: [], sick: NAMES, 'sick here': [where], faulty: [], deadly: [] }[kind];
  const source = [
    `export const sickIn = ${JSON.stringify(sickIn)};`,
    `export const deadlyIn = ${JSON.stringify(kind === 'deadly' ? NAMES : [])};`,
    `export const faulty = ${kind === 'faulty'};`,
    'let calls = 0;',
    `export function word() { if (faulty && ++calls % 2 === 0) throw new Error('as built'); return '${word}'; }`,
  ];
  const files = { 'index.mjs': `${source.join('\n')}\n` };
  return { word, kind, files, checksum: contentDigest(normalizeFiles(files)) };
}

/** A number from 0 up to `count`. @param {() => number} random @param {number} count */
export function below(random, count) {
  return Math.floor(random() * count);
}

/** @param {() => number} random @param {string} word */
export function randomBuild(random, word) {
  const kind = KINDS[below(random, KINDS.length)] ?? 'healthy';
  return build(word, kind, NAMES[below(random, NAMES.length)]);
}
