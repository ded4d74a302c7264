/** What the journal of several services must not say, whatever happened to them. */

/**
 * @typedef {import('./fleet-builds.mjs').Build} Build
 * @typedef {import('../../src/api/types.js').JournalEntry} JournalEntry
 * @typedef {object} Story
 * @property {readonly JournalEntry[]} entries oldest first
 * @property {ReadonlyMap<string, Build>} builds by checksum
 * @property {ReadonlyMap<number, number>} kills by version, from outside: so many processes that it was active in
 * @property {number} rollbacks that services were asked for
 * @property {string} operator whose word stands
 */

/** So many deaths in the health window of a version are taken for its doing. */
const TAKEN_FOR_DEADLY = 3;

/** @typedef {{ checksum: string, parent: number | null, activated: boolean, tags: Set<string>, condemned: boolean }} Known */

class Reading {
  /** @type {string[]} */
  complaints = [];
  /** @type {Map<number, Known>} */
  versions = new Map();
  /** @type {number | null} */
  active = null;
  asked = 0;

  /** @param {Story} story */
  constructor(story) {
    this.story = story;
    this.asked = story.rollbacks;
  }

  /** @param {number} version @returns {Known} */
  known(version) {
    const known = this.versions.get(version);
    if (known === undefined) throw new Error(`the journal speaks of v${version}, which it never staged`);
    return known;
  }

  /** @param {number} version */
  buildOf(version) {
    return this.story.builds.get(this.known(version).checksum);
  }

  /** @param {JournalEntry} entry @param {string} what */
  complain({ seq, actor }, what) {
    this.complaints.push(`entry ${seq} of ${actor}: ${what}`);
  }

  /** A machine reverts what is sick alone. @param {JournalEntry} entry @param {number} version */
  reverted(entry, version) {
    const kind = this.buildOf(version)?.kind;
    if (kind !== 'healthy' || (this.story.kills.get(version) ?? 0) >= TAKEN_FOR_DEADLY) return;
    this.complain(entry, `v${version} was reverted, and is healthy`);
  }

  /** A machine promotes nothing that was reverted, or that is sick everywhere. @param {JournalEntry} entry @param {number} version */
  promoted(entry, version) {
    if (this.known(version).condemned) this.complain(entry, `v${version} is stable, and was reverted`);
    const kind = this.buildOf(version)?.kind;
    if (kind === 'sick' || kind === 'deadly') this.complain(entry, `v${version} is stable, and ${kind}`);
  }

  /** @param {JournalEntry} entry @param {number} version @param {number | null} parentVer @param {string} checksum */
  staged(entry, version, parentVer, checksum) {
    const same = [...this.versions].find(
      ([, known]) =>
        known.checksum === checksum && known.parent === parentVer && !known.activated && !known.tags.has('reverted'),
    );
    // Who records a build says that it is a new version; a service that deploys it does not.
    if (same !== undefined && entry.actor !== this.story.operator)
      this.complain(entry, `v${version} has the build of v${same[0]}, which waits in its place`);
    const tags = new Set(/** @type {string[]} */ ([]));
    this.versions.set(version, { checksum, parent: parentVer, activated: false, tags, condemned: false });
  }

  /** @param {JournalEntry} entry @param {number} version */
  activated(entry, version) {
    const known = this.known(version);
    const same = this.active !== null && this.known(this.active).checksum === known.checksum;
    // As above.
    if (same && entry.actor !== this.story.operator)
      this.complain(entry, `v${version} replaced v${this.active}, which is the same build`);
    known.activated = true;
    this.active = version;
  }

  /** @param {JournalEntry} entry @param {import('../../src/api/types.js').LedgerEvent} event */
  read(entry, event) {
    const byMachine = entry.actor !== this.story.operator;
    switch (event.type) {
      case 'stage':
        return this.staged(entry, event.version, event.parentVer, event.checksum);
      case 'activate':
        return this.activated(entry, event.version);
      case 'tag': {
        const known = this.known(event.version);
        if (byMachine && event.tag === 'reverted') this.reverted(entry, event.version);
        if (byMachine && event.tag === 'stable') this.promoted(entry, event.version);
        if (event.tag === 'reverted') known.condemned = true;
        else if (!byMachine && event.tag === 'stable') known.condemned = false;
        return known.tags.add(event.tag);
      }
      case 'untag': {
        const known = this.known(event.version);
        if (event.tag === 'reverted') known.condemned = false;
        return known.tags.delete(event.tag);
      }
      case 'rollback': {
        const { fromVer, toVer, reason } = event;
        if (this.known(toVer).checksum === this.known(fromVer).checksum)
          this.complain(entry, `v${fromVer} was rolled back to v${toVer}, which is the same build`);
        if (byMachine && reason === 'MANUAL') this.asked -= 1;
        else if (byMachine) this.reverted(entry, fromVer);
        this.known(fromVer).condemned = true;
        this.known(fromVer).tags.add('reverted');
        this.active = toVer;
      }
    }
  }
}

/** @param {Story} story */
export function journalComplaints(story) {
  const reading = new Reading(story);
  for (const entry of story.entries) for (const event of entry.events) reading.read(entry, event);
  if (reading.asked < 0) reading.complaints.push(`${-reading.asked} rollbacks that nobody asked for`);
  return reading.complaints;
}
