/** `checkout --follow DIR`: a folder is brought to the active versions, and again whenever they change, until it is interrupted. */

import { setTimeout as pause } from 'node:timers/promises';
import { FollowedFolder } from '../content/followed-folder.js';
import type { Ledger, NormalizedFiles, VersionCheckpoint } from '../library.js';
import { interrupted } from '../terminal/interrupted.js';
import { jsonLine, printable, styleFor } from '../terminal/render.js';
import type { Answer, Context } from '../verb.js';
import { whyActive } from './history-at.js';

/** How often the ledger is looked at, in milliseconds. */
const LOOK_MS = 500;
/** How often the files are held against the ledger's, whether it has moved or not. */
const VERIFY_MS = 60_000;

/** What was done to a name. */
interface Change {
  readonly moduleId: string;
  readonly name: string;
  /** The version that stands there now; null where none does. */
  readonly version: number | null;
  /** Why, in a clause. */
  readonly why: string;
}

/** The name of a module's folder: the last part of its id. */
function nameOf(moduleId: string): string {
  return moduleId.slice(moduleId.lastIndexOf('/') + 1);
}

interface Wanted {
  readonly moduleId: string;
  readonly active: VersionCheckpoint;
}

class Follower {
  private readonly context: Context;
  private readonly ledger: Ledger;
  private readonly folder: FollowedFolder;
  private readonly only: string | undefined;
  /** Which version of a module stands in the folder, or was found not to be for it. */
  private readonly known = new Map<string, { readonly version: number; readonly isShown: boolean }>();
  /** What the last look warned of, and what this one does. */
  private warned = new Set<string>();
  private warning = new Set<string>();

  constructor(context: Context, ledger: Ledger, dir: string, only: string | undefined) {
    this.context = context;
    this.ledger = ledger;
    this.folder = new FollowedFolder(dir);
    this.only = only;
  }

  /** Says something once, as long as it stays true. */
  private warn(text: string): void {
    const isKnown = this.warned.has(text) || this.warning.has(text);
    this.warning.add(text);
    if (!isKnown) this.context.io.stderr.write(`warning: ${printable(text)}\n`);
  }

  private tell({ moduleId, name, version, why }: Change): void {
    const { io, given } = this.context;
    if (given.flag('json')) io.stdout.write(jsonLine({ moduleId, name, version, why }));
    else {
      const style = styleFor(io.stdout, io.env);
      const line = `${name}: ${version === null ? 'none' : `${moduleId}@${version}`}, ${why}`;
      io.stdout.write(`${style.paint(printable(line), version === null ? 'warn' : 'good')}\n`);
    }
  }

  /** The modules with an active version, one for each name: the first by its id has it. */
  private async wanted(): Promise<Map<string, Wanted>> {
    const wanted = new Map<string, Wanted>();
    for (const moduleId of this.only === undefined ? await this.ledger.versions.modules() : [this.only]) {
      const active = await this.ledger.latestCheckpoint(moduleId);
      if (active === null) continue;
      const name = nameOf(moduleId);
      const other = wanted.get(name);
      if (other === undefined) wanted.set(name, { moduleId, active });
      else this.warn(`${moduleId} is left out: ${other.moduleId} has the name ${name}`);
    }
    return wanted;
  }

  /** Of all modules the skills are shown; the one that was named is, whatever it is. */
  private isShown(files: NormalizedFiles): boolean {
    return files.size > 0 && (this.only !== undefined || files.has('SKILL.md'));
  }

  /** Brings one name to the version that is active. */
  private async bring(name: string, { moduleId, active }: Wanted, verify: boolean): Promise<void> {
    const known = this.known.get(moduleId);
    if (known?.version === active.version && !(verify && known.isShown)) return;
    const files = await this.ledger.readFiles(moduleId, active.version);
    const isShown = this.isShown(files);
    if (isShown && (await this.folder.at(name)).kind === 'foreign') {
      this.warn(`${name} is left alone: somebody else put something there`);
      return;
    }
    if (isShown && !(await this.folder.holds(name, files))) {
      await this.folder.set(name, active.version, files);
      const drifted = known?.version === active.version;
      const { activation } = await this.ledger.versions.summary(moduleId);
      const why = drifted ? 'put back: it was changed here' : activation === null ? 'active' : whyActive(activation);
      this.tell({ moduleId, name, version: active.version, why });
    }
    this.known.set(moduleId, { version: active.version, isShown });
  }

  /** Brings the whole folder to what is active. @throws what the ledger throws; `IO` */
  async look(verify: boolean): Promise<void> {
    this.warning = new Set();
    const wanted = await this.wanted();
    for (const [name, module] of wanted) await this.bring(name, module, verify);
    for (const name of await this.folder.names()) {
      const module = wanted.get(name);
      if (module !== undefined && this.known.get(module.moduleId)?.isShown === true) continue;
      await this.folder.remove(name);
      const why = module === undefined ? 'no version is active' : 'the active version is none to follow';
      this.tell({ moduleId: module?.moduleId ?? name, name, version: null, why });
    }
    if (verify) await this.folder.prune(Date.now());
    this.warned = this.warning;
  }

  /** Looks again and again. What cannot be read or written now is told, and tried again: the folder stays as it is. */
  async follow(): Promise<string> {
    const ending = new AbortController();
    const signal = interrupted().finally(() => ending.abort());
    let seen = '';
    let verifiedAt = 0;
    while (!ending.signal.aborted) {
      try {
        const { oid } = await this.ledger.journal.position();
        const verify = Date.now() - verifiedAt >= VERIFY_MS;
        if (oid !== seen || verify) await this.look(verify);
        if (verify) verifiedAt = Date.now();
        seen = oid;
      } catch (error) {
        this.warn(error instanceof Error ? error.message : String(error));
        seen = '';
      }
      await pause(LOOK_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
    return signal;
  }
}

/** Follows until interrupted; with `--once`, brings the folder to what is active now. */
export async function followActive(context: Context, ledger: Ledger, dir: string, only?: string): Promise<Answer> {
  const follower = new Follower(context, ledger, dir, only);
  if (context.given.flag('once')) {
    await follower.look(true);
    return { json: { directory: dir, names: await new FollowedFolder(dir).names() }, blocks: [] };
  }
  return { json: { ended: await follower.follow() }, blocks: [] };
}
