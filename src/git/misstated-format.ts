/** A config that says another object format than the journal has ids of: a hand has changed it. */

import { type ObjectFormat, SHA1, SHA256 } from '../model/object-id.js';
import { JOURNAL_REF } from '../model/ref-names.js';

/** What a repository says of itself, and how its config is put right. */
interface MisstatedFormat {
  readonly feature: string;
  readonly hint: string;
}

/**
 * What a config says wrongly whose repository's journal has an id of the other format; null where it has none. Nothing in there can be read as
 * that config has it, by git neither: without this the journal would seem to be lost.
 *
 * @param refs the file of the journal's ref, or where there is none packed-refs; null without either
 */
export function misstatedFormat(said: ObjectFormat, gitdir: string, refs: string | null): MisstatedFormat | null {
  const other = said === SHA1 ? SHA256 : SHA1;
  if (!new RegExp(`^${other.pattern}(?:[ \\t]${JOURNAL_REF})?\\s*$`, 'm').test(refs ?? '')) return null;
  const set = `git config -f ${gitdir}/config`;
  const version = `${set} --replace-all core.repositoryFormatVersion ${other === SHA1 ? 0 : 1}`;
  const format =
    other === SHA1
      ? `${set} --unset-all extensions.objectFormat`
      : `${set} --replace-all extensions.objectFormat ${other.name}`;
  return {
    feature: `the object format ${said.name} by its config, and ${other.name} by its ${JOURNAL_REF}`,
    hint: `somebody changed the config; a ledger keeps the format that it was made with: ${format} && ${version}`,
  };
}
