/** A tag is put on a version, or taken off: the version is there, and carried the tag or did not. */

import type { EventOf } from '../model/ledger-event.js';
import { versionRef } from '../model/ref-names.js';
import { REVERTED } from '../model/tag-label.js';
import type { EntryReplay } from './entry-replay.js';

export async function changeTag(replay: EntryReplay, event: EventOf<'tag' | 'untag'>): Promise<void> {
  const { type, moduleId, version, tag } = event;
  const name = `${type} ${moduleId} v${version}: ${tag}`;
  replay.checked('tags');
  const oid = replay.state.ref(versionRef(moduleId, version));
  if (oid === null) return replay.wrong('tags', `${name}: that version is not in the ledger`);
  const before = await replay.tagsOf(oid);
  if (before.has(tag) === (type === 'tag'))
    replay.wrong('tags', `${name}: it ${type === 'tag' ? 'carried that tag already' : 'did not carry it'}`, { oid });
  if (type === 'tag' && tag === REVERTED && replay.state.module(moduleId)?.active === version)
    replay.wrong('tags', `${name}: the active version is rolled back, not tagged`, { oid });
  const after = new Set(before);
  if (type === 'tag') after.add(tag);
  else after.delete(tag);
  replay.tags.set(oid, after);
}
