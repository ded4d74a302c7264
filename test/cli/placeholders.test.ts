/** What stands for a value in the usage of a verb is completed, or is what only a person knows. */

import { expect, it } from 'vitest';
import { COMPLETED } from '../../src/cli/completion/complete.js';
import { placeholderOf } from '../../src/cli/placeholder.js';
import { VERBS } from '../../src/cli/verbs.js';

it('every placeholder that verbs declare is completed, or one that nobody knows but who types it', () => {
  const typed = [
    'ADDRESS',
    'COMMAND',
    'COUNT',
    'FINGERPRINT',
    'HOST',
    'ID',
    'K',
    'KEY=VALUE',
    'PACKAGE',
    'PATTERN',
    'PORT',
    'REF',
    'SCOPE',
    'SECONDS',
    'SEQ',
    'TEXT',
    'TIME',
    'TIME|SEQ',
    'VKEY',
    'VKEY-AND-URL',
  ];
  const specs = VERBS.flatMap((verb) => [verb, ...(verb.verbs ?? [])]).flatMap((verb) => [
    ...(verb.arguments ?? []).map(({ name, values }) => ({ name, values })),
    ...(verb.options ?? []).flatMap(({ flags, values }) => {
      const [name] = /[<[].*[>\]]$/.exec(flags) ?? [];
      return name === undefined ? [] : [{ name, values }];
    }),
  ]);
  const open = specs.filter(({ values }) => values === undefined).map(({ name }) => placeholderOf(name));
  const unknown = new Set(open.filter((name) => !COMPLETED.includes(name)));
  expect([...unknown].sort()).toEqual(typed);
});
