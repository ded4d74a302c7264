/** One file of the source says how long an object id is: the others name it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
const OWNER = 'model/object-id.ts';

/** SHA-1 as an algorithm, digests of tarballs that a registry gives, and a word of the command line: no object ids of git's. */
const OTHER_SHA1 = /^(git\/sha1\/|cli\/import\/(integrity|npm-source)\.ts$|cli\/verbs\/init\.ts$)/;

/** Numbers of git's room that are as large by chance, by the constant that they are the value of. */
const BY_CHANCE = new Set(['DAY_MS', 'ABANDONED_MS', 'WINDOW', 'MERGE_FROM', 'FOLDER_ATTEMPTS', 'SIZES_BYTES']);

/** An id as bytes and as text; with the zero byte, space or line feed beside it; as a row of a pack's index; a loose file's name. */
const LENGTHS = new Set(['20', '21', '22', '24', '28', '38', '40', '41']);

const SPELLED = /\{(38|40)[,}]|^(['"`])sha1\2$|object-format=sha1/;

function nodes(node: ts.Node, found: ts.Node[] = []): ts.Node[] {
  found.push(node);
  ts.forEachChild(node, (child) => {
    nodes(child, found);
  });
  return found;
}

/** The name of the constant that a node is part of the value of. */
function constantOf(node: ts.Node): string | null {
  for (let at = node.parent; at !== undefined; at = at.parent)
    if (ts.isVariableDeclaration(at)) return at.name.getText();
  return null;
}

function isPowerOfTwo(node: ts.Node): boolean {
  return (
    ts.isBinaryExpression(node.parent) &&
    node.parent.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken &&
    node.parent.right === node
  );
}

function spells(path: string, node: ts.Node): boolean {
  if (ts.isRegularExpressionLiteral(node) || ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node))
    return SPELLED.test(node.getText());
  // Another room has no bytes of git's; there only lengths of text are looked for.
  if (ts.isNumericLiteral(node) && LENGTHS.has(node.text) && path.startsWith('git/'))
    return !isPowerOfTwo(node) && !BY_CHANCE.has(constantOf(node) ?? '');
  if (ts.isCallExpression(node)) return /\.repeat\((20|38|40)\)$/.test(node.getText());
  return ts.isBinaryExpression(node) && /\.length [=!<>]=+ (20|38|40)$/.test(node.getText());
}

function spellings(path: string, text: string): string[] {
  // Most files have nothing like it anywhere: they need not be parsed.
  if (!/sha1|\b(20|21|22|24|28|38|40|41)\b/.test(text)) return [];
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  return nodes(syntax)
    .filter((node) => spells(path, node))
    .map((node) => `src/${path}:${syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText()}`);
}

describe('the length of an object id', () => {
  test('is said in one file of the source', () => {
    const paths = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => name.split(sep).join('/'));
    expect(paths).toContain(OWNER);
    const others = paths.filter((path) => path !== OWNER && !OTHER_SHA1.test(path));
    expect(others.flatMap((path) => spellings(path, readFileSync(join(SOURCE, path), 'utf8')))).toEqual([]);
  });

  test.each([
    ['a pattern', 'const OID = /^[0-9a-f]{40}$/;'],
    ['the name of a loose file', 'const REST = /^[0-9a-f]{38}$/;'],
    ['a pattern in a string', 'const OID = `[0-9a-f]{40}`;'],
    ['the id that names nothing', "const zero = '0'.repeat(40);"],
    ['a length of text', 'if (oid.length === 40) take(oid);'],
    ['a length of bytes', 'const id = bytes.subarray(at, at + 20);'],
    ['the name of the hash', "const hash = createHash('sha1');"],
  ])('is found elsewhere: %s', (_, text) => {
    expect(spellings('git/example.ts', text)).not.toEqual([]);
  });
});
